//! Remembers the charges of cards as compact events, in time order, for a bounded time.
//!
//! One [`Memory`] is the memory of one input partition. It knows nothing of rules, Kafka or system
//! clocks: time comes from the transactions.
//!
//! ```text
//! open(card) ─▶ recognise(tx) ─▶ role(tx) ─▶ recall(now) ─▶ … rules … ─▶ record(tx, role, alert)
//!                                                                           │ entry, for the history
//!                                                        restore from it ─▶ apply(entry)
//!
//! partition   cards by key, bounds, the clock, the heap of idle cards
//!   └ card    charges, sorted and capped
//!       └ ledger   if needed: refunds, clearings, reversals, increments, notes
//! ```
//!
//! Only [`Memory::apply`] changes anything, and only by the [`Entry`]: memory is a fold over the
//! entries.

mod apply;
mod card;
mod card_handle;
mod card_limits;
mod card_update;
mod checkpoint;
mod clock;
mod entry;
mod event;
mod event_codec;
mod eviction_queue;
mod follow_ups;
mod identity;
mod ledger;
mod limits;
mod link;
mod partition;
mod partition_state;
mod rebinding;
mod recall;
mod references;
mod reversed_as_charged;
mod role;
mod settlement;
mod slab;
#[cfg(test)]
mod tests;
mod timeline;
mod undo;
mod undo_log;

pub use card_handle::CardMemory;
pub use checkpoint::{CheckpointError, Mark, MissingInV1};
pub use entry::{AdjustmentEntry, AdjustmentKind, Effect, Entry};
pub use event::Event;
pub(crate) use event::FlagField;
pub use event_codec::{EventField, EventParts};
pub use identity::{CardKey, Identity, MessageId, OriginalId, id_hash32, id_hash64};
pub use limits::Limits;
pub use partition::Memory;
pub use partition_state::{Progress, Usage};
pub use recall::{Past, Recall};
pub use role::{PublishedAlert, Recognised, Recorded, Role};
