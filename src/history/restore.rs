//! Memory again, from the records of its partition in their order.
//!
//! It knows how a record has to follow on the one before, and what to do where one does not. Where
//! records are kept and how they are read is the caller's.
//!
//! ```text
//! covered ├──────────┤                     what was restored so far, in input offsets
//!                    ├────────┤            On: all of it is applied
//!              ├────────┤                  Overlaps: what is new in it
//!           ├────┤                         Repeats: nothing
//!                        ├────────┤        AfterGap: all of it, and windows across the gap are cut
//! ```

use super::{Gap, Header, Record};
use crate::memory::{Entry, Memory};
use crate::transaction::Time;

/// How far a restore is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Restore {
    covered: Option<i64>,
}

/// How a record followed on those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Continuity {
    On,
    /// Without transactions, a commit that was tried again, or one of a member that was thrown out
    /// and of its successor: the entries are the same and in the same order.
    Overlaps,
    /// All of it was restored before.
    Repeats,
    /// Something is missing before it; also before the first, where a history does not go back to
    /// its beginning. Memory took note of that.
    AfterGap,
}

impl Restore {
    /// Into empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Into memory that goes up to before that input offset.
    pub fn after(next_offset: i64) -> Self {
        Self { covered: Some(next_offset) }
    }

    /// The input offset to go on from, so far; `None` before the first record.
    pub fn next_offset(&self) -> Option<i64> {
        self.covered
    }

    /// Takes the next record into memory. `missing_until`: the event time up to which messages may be
    /// missing, should the record not follow on the one before; no later than when the record was
    /// written.
    pub fn take(
        &mut self,
        record: &Record<'_>,
        missing_until: Time,
        memory: &mut Memory,
    ) -> Continuity {
        self.take_until(record, missing_until, memory, u64::MAX)
    }

    /// The same up to before the entry that so many came before, since the history began.
    pub fn take_until(
        &mut self,
        record: &Record<'_>,
        missing_until: Time,
        memory: &mut Memory,
        recorded: u64,
    ) -> Continuity {
        let header = &record.header;
        let follows = self.follows(header, memory);
        let new = match follows {
            Continuity::Repeats => &[],
            Continuity::On => &*record.entries,
            Continuity::Overlaps => unknown(record, memory),
            Continuity::AfterGap => {
                memory.go_on_from(header.start.progress);
                memory.note_gap(missing_until);
                &*record.entries
            }
        };
        if let Gap::Closed(until) = header.start.gap {
            memory.note_gap(until);
        }
        let wanted = recorded.saturating_sub(memory.progress().recorded);
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        memory.apply_all(new.get(..wanted).unwrap_or(new));
        self.covered = self.covered.max(Some(header.next_offset));
        follows
    }

    fn follows(&self, header: &Header, memory: &Memory) -> Continuity {
        let before = header.start.progress.recorded;
        let known = memory.progress().recorded;
        let first = header.start.first_offset;
        match self.covered {
            Some(covered) if header.next_offset <= covered && first < covered => {
                Continuity::Repeats
            }
            Some(covered) if first < covered && before <= known => Continuity::Overlaps,
            Some(covered) if first == covered && before == known => Continuity::On,
            // It begins later since something was missing of the input, and says so.
            Some(covered)
                if first > covered && before == known && header.start.gap != Gap::None =>
            {
                Continuity::On
            }
            None if before == known => Continuity::On,
            _ => Continuity::AfterGap,
        }
    }
}

/// The record's entries that are not in memory yet.
fn unknown<'r, 'b>(record: &'r Record<'b>, memory: &Memory) -> &'r [Entry<'b>] {
    let known = memory.progress().recorded.saturating_sub(record.header.start.progress.recorded);
    let known = usize::try_from(known).unwrap_or(usize::MAX);
    record.entries.get(known..).unwrap_or_default()
}
