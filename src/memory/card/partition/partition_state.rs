//! What is known of a partition besides its cards.

use crate::memory::store::clock::PartitionClock;
use crate::transaction::Time;

/// What is known of a partition as a whole.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::memory) struct State {
    pub clock: PartitionClock,
    /// The newest time of a message that was dropped with its card, or that came too late to be
    /// kept. Nothing is known up to that time about a card that is not in memory.
    pub forgotten: Option<Time>,
    /// The time up to which messages may be missing from the history; see [`Memory::note_gap`](super::memory::Memory::note_gap).
    pub gap: Option<Time>,
    pub usage: Usage,
    /// Transactions applied since the beginning of the partition's history.
    pub recorded: u64,
    /// Labels applied since then.
    pub recorded_labels: u64,
}

/// How far a partition's memory has advanced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Transactions applied since the beginning of the partition's history.
    pub recorded: u64,
    /// Labels applied since then.
    pub labels: u64,
    /// The time of the partition's event-time clock.
    pub reached: Time,
}

/// Sizes and counts of a partition's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Cards in memory.
    pub cards: usize,
    /// Charges and refunds in memory.
    pub events: usize,
    /// Bytes that the cards take, counted by the capacity of their lists.
    pub bytes: usize,
    /// Cards evicted since the start because a memory limit was reached.
    pub evicted_cards: u64,
    /// Cards dropped since the start because their newest message fell out of retention.
    pub expired_cards: u64,
    /// Messages that were scored but not kept ([`Recorded::TooOld`](crate::memory::Recorded::TooOld)) since the start.
    pub too_old: u64,
    /// Clearings, reversals and labels that the cap has cut since the start while they waited for
    /// their original.
    pub evicted_waiting: u64,
}
