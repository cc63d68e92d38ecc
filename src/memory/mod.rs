//! What a card is remembered for: its charges as compact events, in time order, for a bounded time.
//!
//! One [`Memory`] is the memory of one input partition. It knows nothing of rules, Kafka or clocks:
//! time comes in with each transaction.
//!
//! ```text
//! open(card, now) ─▶ remembers(id)? ─▶ role(tx) ─▶ recall(now) ─▶ … rules … ─▶ record(tx)
//! ```

mod event;

pub(crate) use event::FlagField;
pub use event::{CardKey, Event, MessageId, id_hash32, id_hash64};

use crate::transaction::{Country, Time, Transaction};

/// The bounds of one partition's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a charge is remembered, milliseconds.
    pub retention_ms: i64,
    /// How many charges of a card are remembered at most.
    pub events_per_card: usize,
    /// How many cards a partition remembers at most.
    pub cards: usize,
    /// How many bytes a partition's memory takes at most.
    pub bytes: usize,
}

/// The memory of one partition's cards.
#[derive(Debug)]
pub struct Memory {
    limits: Limits,
}

/// One card's memory, held open for one transaction.
#[derive(Debug)]
pub struct CardMemory<'m> {
    memory: &'m mut Memory,
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

/// Sizes and counts of a partition's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    pub cards: usize,
    pub events: usize,
    pub bytes: usize,
    /// Cards evicted for want of room since the start.
    pub evicted_cards: u64,
}

/// A card's past as of one moment.
///
/// Everything in it is at or before `now`; whether a window is whole is [`Recall::is_cut`]'s to say.
#[derive(Debug, Clone, Copy)]
pub struct Recall<'m> {
    pub now: Time,
    /// Charges, oldest first. Reversed ones and those settled into others are not in it.
    pub charges: Past<'m>,
    /// Refunds, oldest first.
    pub refunds: Past<'m>,
    /// Countries of charges that the cap has cut, each with the newest time it was seen.
    pub cut_countries: &'m [(Country, Time)],
    /// The time of the newest event that was once remembered and no longer is, or up to when the
    /// partition has evicted, for a card that it opened since.
    pub cut: Option<Time>,
    pub retention_ms: i64,
}

/// Events in time order, in two contiguous runs: all of `older` come before all of `newer`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Past<'m> {
    pub older: &'m [Event],
    pub newer: &'m [Event],
}

impl<'m> Past<'m> {
    pub fn len(&self) -> usize {
        self.older.len() + self.newer.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Oldest first; reverse it for newest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &'m Event> + use<'m> {
        self.older.iter().chain(self.newer)
    }
}

impl Recall<'_> {
    /// Whether an event that is no longer remembered may have lain in the window of `window_ms`
    /// before now: then counts over it are lower bounds.
    pub fn is_cut(&self, window_ms: i64) -> bool {
        self.cut.is_some_and(|cut| cut.millis() > self.now.millis().saturating_sub(window_ms))
    }
}

impl Memory {
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }

    /// The memory of a card as it stands, created empty if there is none; may evict others to make
    /// room, and lets go of what fell out of retention.
    pub fn open(&mut self, _card: CardKey, _now: Time) -> CardMemory<'_> {
        todo!("memory")
    }

    pub fn usage(&self) -> Usage {
        todo!("memory {:?}", self.limits)
    }
}

impl CardMemory<'_> {
    /// Whether a message of that type and id is remembered: then this one is a redelivery.
    pub fn remembers(&self, _id: MessageId) -> bool {
        todo!("memory")
    }

    pub fn role(&self, _tx: &Transaction<'_>) -> Role {
        todo!("memory")
    }

    /// The past at or before `now`. Of two events at the same time the one that arrived first is the earlier.
    pub fn recall(&self, _now: Time) -> Recall<'_> {
        todo!("memory")
    }

    /// Takes the message into memory, in the role that [`CardMemory::role`] gave it.
    pub fn record(&mut self, _tx: &Transaction<'_>, _role: Role) -> Recorded {
        todo!("memory {:?}", self.memory)
    }

    pub fn last_alert(&self) -> Option<LastAlert> {
        todo!("memory")
    }

    pub fn set_last_alert(&mut self, _alert: LastAlert) {
        todo!("memory")
    }
}
