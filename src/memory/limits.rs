//! The bounds of a partition's memory.

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
