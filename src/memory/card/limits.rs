//! The bounds of a partition's memory.

/// How many of a card's clearings and reversals, of its increments, and of its labels are kept at most,
/// as a multiple of [`Limits::events_per_card`]. Those that may still change a kept charge are kept
/// up to this bound.
pub(in crate::memory) const ADJUSTMENTS_PER_EVENT: usize = 8;

/// The bounds of one partition's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a charge is remembered, in milliseconds.
    pub retention_ms: i64,
    /// How many charges of a card are remembered at most. The same cap applies to its refunds.
    /// Beyond this number, clearings, reversals and increments are forgotten together with the
    /// charges that they count towards; eight times this number is remembered in any case.
    pub events_per_card: usize,
    /// How many cards a partition remembers at most.
    pub cards: usize,
    /// How many bytes a partition's memory takes at most. A single card may exceed it.
    pub bytes: usize,
}
