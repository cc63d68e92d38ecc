//! Splits a card's past into blocks of at most 64 charges, newest block first.

use super::super::ir::Source;
use crate::memory::{Event, Past, Recall};

/// The most charges in a block: one for each bit of a mask.
pub const BLOCK: usize = 64;

/// A run of charges, oldest first. `age` is the number of charges newer than the run.
#[derive(Debug, Clone, Copy)]
pub struct Block<'e> {
    pub events: &'e [Event],
    pub age: usize,
}

impl<'e> Block<'e> {
    /// The charges of the block after a time.
    pub fn after(self, ms: i64) -> Self {
        let start = self.events.partition_point(|event| event.time().millis() <= ms);
        Self { events: self.events.get(start..).unwrap_or(&[]), ..self }
    }

    /// The charges of the block from an index on.
    pub fn from(self, start: usize) -> &'e [Event] {
        self.events.get(start..).unwrap_or(&[])
    }

    /// A mask with the bit of every charge set.
    pub fn bits(self) -> u64 {
        match self.events.len() {
            0 => 0,
            length => u64::MAX >> (BLOCK - length),
        }
    }

    /// How many charges are newer than the one at a bit.
    pub fn age_at(self, bit: u32) -> u64 {
        (self.age + self.events.len()).saturating_sub(bit as usize + 1) as u64
    }

    /// The charges whose bits are set, newest first.
    pub fn newest_first(self, mut bits: u64) -> impl Iterator<Item = &'e Event> {
        std::iter::from_fn(move || {
            let at = (BLOCK - 1).checked_sub(bits.leading_zeros() as usize)?;
            bits &= !(1 << at);
            self.events.get(at)
        })
    }
}

pub fn past<'c>(source: Source, recall: &Recall<'c>) -> Past<'c> {
    match source {
        Source::Charges => recall.charges,
        Source::Refunds => recall.refunds,
    }
}

/// How many charges are later than `after`. Few usually are, so the search begins at the newest.
pub fn count_after(past: Past<'_>, after: i64) -> usize {
    let count = count_in(past.newer, after);
    if count == past.newer.len() { count + count_in(past.older, after) } else { count }
}

fn count_in(events: &[Event], after: i64) -> usize {
    let is_inside = |at: usize| events.get(at).is_some_and(|event| event.time().millis() > after);
    if is_inside(0) {
        return events.len();
    }
    let mut reach = 1;
    while events.len().checked_sub(reach).is_some_and(is_inside) {
        reach *= 2;
    }
    let start = events.len().saturating_sub(reach);
    let tail = events.get(start..).unwrap_or(&[]);
    tail.len() - tail.partition_point(|event| event.time().millis() <= after)
}

/// The most blocks that this many charges can take: each run of a past may end with a partial one.
pub fn blocks_max(charges: usize) -> usize {
    charges.div_ceil(BLOCK) + 1
}

/// Blocks that cover the newest `reach` charges, newest first. No block spans both runs of the
/// past.
pub fn blocks<'e>(past: Past<'e>, reach: usize) -> impl Iterator<Item = Block<'e>> {
    let newer = past.newer.len();
    let of_newer = past.newer.rchunks(BLOCK).enumerate();
    let of_newer = of_newer.map(|(at, events)| Block { events, age: at * BLOCK });
    let of_older = past.older.rchunks(BLOCK).enumerate();
    let of_older = of_older.map(move |(at, events)| Block { events, age: newer + at * BLOCK });
    of_newer.chain(of_older).take_while(move |block| block.age < reach)
}
