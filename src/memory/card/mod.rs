//! What is remembered of cards.
//!
//! ```text
//! message/     a message as memory keeps it: identity, event, role, entry
//! state/       one card: charges, ledger, what refers to what, sums, a view of its past
//! update/      how one message changes a card, and what its bounds drop
//! partition/   all cards of a partition: bounds, clock, batches, one card opened at a time
//! checkpoint/  a partition's memory as bytes
//! ```
//!
//! Each folder imports only from those above it.

mod checkpoint;
mod limits;
mod message;
mod partition;
mod state;
#[cfg(test)]
mod tests;
mod update;

pub use checkpoint::{CheckpointError, Mark, MissingInV1};
pub use limits::Limits;
pub use message::alert::{AlertEntry, RuleHashes};
pub use message::entry::{AdjustmentEntry, AdjustmentKind, Effect, Entry, LabelEntry};
pub use message::event::{Event, EventCountries, EventField, EventIds};
pub use message::event_codec::EventParts;
pub(crate) use message::event_flags::FlagField;
pub use message::identity::{CardKey, Identity, MessageId, OriginalId, id_hash32, id_hash64};
pub use message::role::{Labelled, PublishedAlert, Recognised, Recorded, Role};
pub use partition::card_memory::CardMemory;
pub use partition::memory::Memory;
pub use partition::partition_state::{Progress, Usage};
pub use state::charge_links::ChargeLink;
pub use state::recall::{Past, Recall};
pub use state::snoozes::{CardSnooze, Snoozes};
#[cfg(test)]
pub(crate) use tests::{Message, Oracle, PastOfCard, past_with};
