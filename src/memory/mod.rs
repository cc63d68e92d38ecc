//! What a card is remembered for: its charges as compact events, in time order, for a bounded time.
//!
//! One [`Memory`] is the memory of one input partition. It knows nothing of rules, Kafka or clocks:
//! time comes in with each transaction.
//!
//! ```text
//! open(card) ─▶ remembers(id)? ─▶ role(tx) ─▶ recall(now) ─▶ … rules … ─▶ record(tx, alert)
//!                                                                           │ entry, for the history
//!                                              the history, read again ─▶ apply(entry)
//!
//! partition   cards by key, bounds, the clock, the heap of idle cards
//!   └ card    visible charges: 64 bytes each, sorted, capped
//!       └ ledger   only where there is any: refunds, clearings, reversals, reversed charges
//! ```
//!
//! Only [`Memory::apply`] changes anything, by the [`Entry`] alone: memory is a fold of the entries.

mod apply;
mod balance;
mod card;
mod checkpoint;
mod clock;
mod edit;
mod entry;
mod event;
mod idle;
mod journal;
mod ledger;
mod open;
mod partition;
mod parts;
mod recall;
mod slab;
#[cfg(test)]
mod tests;
mod timeline;
mod undo;

pub use checkpoint::{CheckpointError, Mark};
pub use entry::{Effect, Entry, Original};
pub(crate) use event::FlagField;
pub use event::{CardKey, Event, MessageId, id_hash32, id_hash64};
pub use open::CardMemory;
pub use partition::Memory;
pub use parts::{EventField, EventParts};
pub use recall::{Past, Recall};

use crate::transaction::Time;

/// The bounds of one partition's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a charge is remembered, milliseconds.
    pub retention_ms: i64,
    /// How many charges of a card are remembered at most; likewise its refunds, its clearings and
    /// reversals, and its reversed charges.
    pub events_per_card: usize,
    /// How many cards a partition remembers at most.
    pub cards: usize,
    /// How many bytes a partition's memory takes at most; one card may exceed it.
    pub bytes: usize,
}

/// What a message does to memory; decided before the rules run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// An authorization, or a clearing whose original is not remembered. Rules run.
    Charge,
    /// Remembered apart, no spending. Rules run.
    Refund,
    /// A clearing of a remembered charge. No rules.
    Settles,
    /// A reversal, also one that waits for its original. No rules.
    Reverses,
}

/// What became of a recorded message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// In memory, and the newest of its card.
    Kept,
    /// In memory, put in its place before newer ones.
    KeptLate,
    /// Older than the retention, or than what the cap left: decided, not kept.
    TooOld,
}

/// What a card's last alert was, for the cooldown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastAlert {
    pub time: Time,
    /// Rank of its severity, higher is more severe.
    pub severity: u8,
}

/// How far a partition's memory has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Entries taken in since the beginning of the partition's history.
    pub recorded: u64,
    /// The event time that the partition has certainly come to.
    pub reached: Time,
}

/// Sizes and counts of a partition's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    pub cards: usize,
    /// Visible charges and refunds.
    pub events: usize,
    pub bytes: usize,
    /// Cards evicted for want of room since the start.
    pub evicted_cards: u64,
    /// Cards let go of since the start because their newest message fell out of retention.
    pub expired_cards: u64,
    /// Messages that were decided and not kept ([`Recorded::TooOld`]) since the start.
    pub too_old: u64,
}
