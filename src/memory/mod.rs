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
mod undo_log;

pub use card_handle::CardMemory;
pub use checkpoint::{CheckpointError, Mark, MissingInV1};
pub use entry::{AdjustmentEntry, AdjustmentKind, Effect, Entry};
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
    /// How long a charge is remembered, in milliseconds.
    pub retention_ms: i64,
    /// How many charges of a card are remembered at most. The same cap applies to its refunds, to
    /// its clearings and reversals, and to its increments.
    pub events_per_card: usize,
    /// How many cards a partition remembers at most.
    pub cards: usize,
    /// How many bytes a partition's memory takes at most. A single card may exceed it.
    pub bytes: usize,
}

/// How a message relates to what is remembered of its card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognised {
    New {
        /// Whether a message with the same type and id, but another merchant or time, is
        /// remembered.
        reused_id: bool,
    },
    /// The response to a remembered message that came without one.
    Outcome {
        /// Whether anything but the response differs from the remembered message. The time may
        /// differ within the second.
        differs: bool,
    },
    /// The same message as a remembered one, by type, id, merchant and time to the second.
    Duplicate {
        /// Whether its content differs from the remembered message.
        differs: bool,
    },
}

/// What a message does to memory. It is determined before the rules run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// An authorization, or a clearing whose original is not remembered. Rules run.
    Charge,
    /// Remembered separately from spending. Rules run.
    Refund,
    /// A clearing of a remembered charge. No rules.
    Settles,
    /// A clearing whose original the cap may have cut. Rules run, but it does not become a charge.
    Unlisted,
    /// A reversal, including one that waits for its original. No rules.
    Reverses,
    /// The response to a message that came without one. No rules.
    Outcome,
}

impl Role {
    /// Whether rules run on the message.
    pub fn runs_rules(self) -> bool {
        match self {
            Self::Charge | Self::Refund | Self::Unlisted => true,
            Self::Settles | Self::Reverses | Self::Outcome => false,
        }
    }
}

/// The result of recording a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Kept, and the newest message of its card.
    Kept,
    /// Kept, and inserted before newer messages.
    KeptLate,
    /// Kept, but older than the newest message of its card by at least the retention. Only messages
    /// that are equally late see it, until the partition's clock has passed it.
    KeptOutdated,
    /// Decided but not kept: older than the partition's clock (which includes this message) by at
    /// least the retention, or older than what the cap left.
    TooOld,
}

/// A published alert about a message of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedAlert {
    pub time: Time,
    /// The rank of its severity; higher is more severe.
    pub severity: u8,
}

/// How far a partition's memory has advanced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Entries applied since the beginning of the partition's history.
    pub recorded: u64,
    /// The time of the partition's event-time clock.
    pub reached: Time,
}

/// Sizes and counts of a partition's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    pub cards: usize,
    /// Charges and refunds.
    pub events: usize,
    pub bytes: usize,
    /// Cards evicted since the start because a memory limit was reached.
    pub evicted_cards: u64,
    /// Cards dropped since the start because their newest message fell out of retention.
    pub expired_cards: u64,
    /// Messages that were decided but not kept ([`Recorded::TooOld`]) since the start.
    pub too_old: u64,
    /// Clearings and reversals that the cap has cut since the start while they waited for their
    /// original.
    pub evicted_waiting: u64,
}
