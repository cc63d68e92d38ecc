//! Rebuilds memory from the records of its partition, in order.
//!
//! This module knows how a record must follow the one before it, and what to do if it does not. The
//! caller knows where records are stored and how to read them.
//!
//! ```text
//! covered ├──────────┤                     what was restored so far, in input offsets
//!                    ├────────┤            On: all of it is applied
//!              ├────────┤                  Overlaps: only what is new is applied
//!           ├────┤                         Repeats: nothing is applied
//!                        ├────────┤        AfterGap: all of it is applied, windows across the gap are cut
//! ```

use super::{Gap, Header, Record};
use crate::memory::{Entry, Memory};
use crate::transaction::Time;

/// The progress of a restore.
#[derive(Debug, Clone, Copy, Default)]
pub struct Restore {
    covered: Option<i64>,
    next_label: Option<i64>,
}

/// How a record follows those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Continuity {
    Contiguous,
    /// Occurs without Kafka transactions: after a retried commit, or when a removed group member and
    /// its successor both committed. The entries are the same and in the same order.
    Overlaps,
    /// All of it was restored before.
    Repeated,
    /// Something is missing before it. This also applies to the first record, if the history does
    /// not go back to the beginning. Memory has noted the gap.
    AfterGap,
}

impl Restore {
    /// A restore into empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// A restore into memory that contains everything before these offsets of the input and, if any
    /// are read, of the labels.
    pub fn after(next_offset: i64, next_label: Option<i64>) -> Self {
        Self { covered: Some(next_offset), next_label }
    }

    /// The next input offset to process; `None` before the first record.
    pub fn next_offset(&self) -> Option<i64> {
        self.covered
    }

    /// The next label offset to process; `None` before the first record that covers labels.
    pub fn next_label(&self) -> Option<i64> {
        self.next_label
    }

    /// Applies the next record to memory. `missing_until` is used if the record does not follow the
    /// one before it: the event time up to which messages may be missing, no later than when the
    /// record was written.
    pub fn take(
        &mut self,
        record: &Record<'_>,
        missing_until: Time,
        memory: &mut Memory,
    ) -> Continuity {
        self.take_until(record, missing_until, memory, u64::MAX)
    }

    /// Like [`Restore::take`], but stops once `recorded` entries have been applied since the
    /// beginning of the history.
    pub fn take_until(
        &mut self,
        record: &Record<'_>,
        missing_until: Time,
        memory: &mut Memory,
        recorded: u64,
    ) -> Continuity {
        let header = &record.header;
        let follows = self.follows(header, memory);
        let transactions = match follows {
            Continuity::Repeated => &[],
            Continuity::Contiguous => record.transactions(),
            Continuity::Overlaps => unknown(record, memory),
            Continuity::AfterGap => {
                memory.resume_after_gap(header.start.progress);
                memory.note_gap(missing_until);
                record.transactions()
            }
        };
        let known = memory.progress().labels.saturating_sub(header.start.progress.labels);
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        memory.apply_all(record.labels().get(known..).unwrap_or_default());
        if let Gap::Closed(until) = header.start.gap {
            memory.note_gap(until);
        }
        let wanted = recorded.saturating_sub(memory.progress().recorded);
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        memory.apply_all(transactions.get(..wanted).unwrap_or(transactions));
        self.covered = self.covered.max(Some(header.next_offset));
        self.next_label = self.next_label.max(header.next_label);
        follows
    }

    fn follows(&self, header: &Header, memory: &Memory) -> Continuity {
        let before = header.start.progress.recorded;
        let known = memory.progress().recorded;
        let first = header.start.first_offset;
        match self.covered {
            Some(covered) if header.next_offset <= covered && first < covered => {
                Continuity::Repeated
            }
            Some(covered) if first < covered && before <= known => Continuity::Overlaps,
            Some(covered) if first == covered && before == known => Continuity::Contiguous,
            // Input was missing, so the record begins later. Its header says so.
            Some(covered)
                if first > covered && before == known && header.start.gap != Gap::None =>
            {
                Continuity::Contiguous
            }
            // It covers only labels, and was written before what is known.
            Some(covered) if header.next_offset <= covered && first == header.next_offset => {
                Continuity::Repeated
            }
            None if before == known => Continuity::Contiguous,
            _ => Continuity::AfterGap,
        }
    }
}

/// The record's transactions that are not in memory yet.
fn unknown<'r, 'b>(record: &'r Record<'b>, memory: &Memory) -> &'r [Entry<'b>] {
    let known = memory.progress().recorded.saturating_sub(record.header.start.progress.recorded);
    let known = usize::try_from(known).unwrap_or(usize::MAX);
    record.transactions().get(known..).unwrap_or_default()
}
