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
//! card/   what is remembered of cards, and how messages change it
//! store/  values by key, bounded, with an undo log; knows no cards
//! ```
//!
//! Only [`Memory::apply`] changes anything, and only by the [`Entry`]: memory is a fold over the
//! entries.

mod card;
mod store;

pub(crate) use card::FlagField;
pub use card::{
    AdjustmentEntry, AdjustmentKind, AlertEntry, CardKey, CardMemory, CardSnooze, ChargeLink,
    CheckpointError, Effect, Entry, Event, EventCountries, EventField, EventIds, EventParts,
    Identity, LabelEntry, Labelled, Limits, Mark, Memory, MessageId, MissingInV1, OriginalId, Past,
    Progress, PublishedAlert, Recall, Recognised, Recorded, Role, RuleHashes, Snoozes, Usage,
    id_hash32, id_hash64,
};
#[cfg(test)]
pub(crate) use card::{Message, Oracle, PastOfCard, past_with};
pub use store::clock::PartitionClock;
