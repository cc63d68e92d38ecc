//! Runs of at most 64 charges, newest run first: as many as a mask has bits.

use super::super::tree::Source;
use crate::memory::{Event, Past, Recall};

/// A block of charges holds as many as a mask has bits.
pub const BLOCK: usize = 64;

/// A run of charges, oldest first, before which `age` newer ones stand.
#[derive(Debug, Clone, Copy)]
pub struct Block<'e> {
    pub events: &'e [Event],
    pub age: usize,
}

impl<'e> Block<'e> {
    /// The charges after a time.
    pub fn after(self, ms: i64) -> Self {
        let start = self.events.partition_point(|event| event.time().millis() <= ms);
        Self { events: self.events.get(start..).unwrap_or(&[]), ..self }
    }

    /// A bit for each charge.
    pub fn bits(self) -> u64 {
        match self.events.len() {
            0 => 0,
            length => u64::MAX >> (BLOCK - length),
        }
    }

    /// How many newer charges stand before the one at a bit.
    pub fn age_at(self, bit: u32) -> u64 {
        (self.age + self.events.len()).saturating_sub(bit as usize + 1) as u64
    }

    /// The charges at these bits.
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

/// How many charges, from the newest, are later than `after`; `known` of them are known to be.
pub fn inside(past: Past<'_>, after: i64, known: usize) -> usize {
    let is_inside = |event: &&Event| event.time().millis() > after;
    if past.iter().next().is_none_or(|oldest| is_inside(&oldest)) {
        return past.len();
    }
    known + past.iter().rev().skip(known).take_while(is_inside).count()
}

/// Blocks of the newest `reach` charges, newest first; none spans both runs of the past.
pub fn blocks<'e>(past: Past<'e>, reach: usize) -> impl Iterator<Item = Block<'e>> {
    let newer = past.newer.len();
    let of_newer = past.newer.rchunks(BLOCK).enumerate();
    let of_newer = of_newer.map(|(at, events)| Block { events, age: at * BLOCK });
    let of_older = past.older.rchunks(BLOCK).enumerate();
    let of_older = of_older.map(move |(at, events)| Block { events, age: newer + at * BLOCK });
    of_newer.chain(of_older).take_while(move |block| block.age < reach)
}
