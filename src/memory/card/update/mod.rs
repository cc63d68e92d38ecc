//! How one message changes a card.
//!
//! This folder knows one card at a time, and neither partitions nor clocks.

mod card_limits;
pub(in crate::memory) mod card_update;
mod follow_ups;
mod labels;
mod rebinding;
mod references;
