//! The cards of one input partition.

mod apply;
pub(in crate::memory) mod card_memory;
pub(in crate::memory) mod memory;
pub(in crate::memory) mod partition_state;
mod undo;
