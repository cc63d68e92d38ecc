//! What a card is remembered for: its charges as compact events, in time order, for a bounded time.
//!
//! One [`Memory`] is the memory of one input partition. It knows nothing of rules, Kafka or clocks:
//! time comes in with each transaction.
//!
//! ```text
//! open(card) ─▶ recognise(tx) ─▶ role(tx) ─▶ recall(now) ─▶ … rules … ─▶ record(tx, role, alert)
//!                                                                           │ entry, for the history
//!                                              the history, read again ─▶ apply(entry)
//!
//! partition   cards by key, bounds, the clock, the heap of idle cards
//!   └ card    charges, sorted and capped
//!       └ ledger   only where there is any: refunds, clearings, reversals, increments, notes
//! ```
//!
//! Only [`Memory::apply`] changes anything, by the [`Entry`] alone: memory is a fold of the entries.

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
mod journal;
mod ledger;
mod link;
mod partition;
mod rebinding;
mod recall;
mod references;
mod settlement;
mod slab;
#[cfg(test)]
mod tests;
mod timeline;
mod undo;

pub use card_handle::CardMemory;
pub use checkpoint::{CheckpointError, Lost, Mark};
pub use entry::{AdjustmentEntry, Change, Effect, Entry};
pub use event::Event;
pub(crate) use event::FlagField;
pub use event_codec::{EventField, EventParts};
pub use identity::{CardKey, Identity, MessageId, OriginalId, id_hash32, id_hash64};
pub use partition::Memory;
pub use recall::{Past, Recall};

use crate::transaction::Time;

/// The bounds of one partition's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a charge is remembered, milliseconds.
    pub retention_ms: i64,
    /// How many charges of a card are remembered at most; likewise its refunds, its clearings and
    /// reversals, and its increments.
    pub events_per_card: usize,
    /// How many cards a partition remembers at most.
    pub cards: usize,
    /// How many bytes a partition's memory takes at most; one card may exceed it.
    pub bytes: usize,
}

/// What a message is to what is remembered of its card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognised {
    New {
        /// Whether a message of the same type and id, at another merchant or time, is remembered.
        reused_id: bool,
    },
    /// The response to a remembered message that came without one.
    Outcome {
        /// Whether it says anything else that the remembered one does not; the time within the second
        /// may differ.
        differs: bool,
    },
    /// The same message as a remembered one, by type, id, merchant and time to the second.
    Duplicate {
        /// Whether it says something else than the remembered one.
        differs: bool,
    },
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
    /// A clearing whose original the cap may have cut: rules run, and no list has it.
    Unlisted,
    /// A reversal, also one that waits for its original. No rules.
    Reverses,
    /// The response to a message that came without one. No rules.
    Outcome,
}

impl Role {
    /// Whether the message is decided by rules.
    pub fn runs_rules(self) -> bool {
        match self {
            Self::Charge | Self::Refund | Self::Unlisted => true,
            Self::Settles | Self::Reverses | Self::Outcome => false,
        }
    }
}

/// What became of a recorded message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// In memory, and the newest of its card.
    Kept,
    /// In memory, put in its place before newer ones.
    KeptLate,
    /// The same, but older than the retention before the newest message of its card: only messages
    /// that are that late themselves see it, until the partition's clock has passed it.
    KeptOutdated,
    /// Older than the retention before the partition's clock, this message included, or than what the
    /// cap left: decided, not kept.
    TooOld,
}

/// A published alert about a message of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedAlert {
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
    /// Clearings and reversals that the cap cut since the start while they waited for their original.
    pub evicted_waiting: u64,
}
