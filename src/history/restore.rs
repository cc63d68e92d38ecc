//! Rebuilds memory from the records of its partition, in order.
//!
//! This module knows how a record must follow the one before it, and what to do if it does not. The
//! caller knows where records are stored and how to read them.
//!
//! ```text
//! covered ├──────────┤                     what was restored so far, in offsets of input and labels
//!                    ├────────┤            On: all of it is applied
//!              ├────────┤                  Overlaps: only what is new is applied
//!           ├────┤                         Repeats: nothing is applied
//!                        ├────────┤        AfterGap: all of it is applied, windows across the gap are cut
//! ```

use super::{Gap, Header, Record, Start};
use crate::memory::{Effect, Entry, Memory, Progress};
use crate::transaction::Time;
use std::borrow::Cow;

/// The progress of a restore.
#[derive(Debug, Clone, Copy, Default)]
pub struct Restore {
    covered: Option<i64>,
    labels_covered: Option<i64>,
}

/// How a record follows those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Continuity {
    Contiguous,
    /// Occurs without Kafka transactions: after a retried commit, or when a removed group member and
    /// its successor both committed. The entries of each topic are the same and in the same order;
    /// labels may be elsewhere among the messages.
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
        Self { covered: Some(next_offset), labels_covered: next_label }
    }

    /// The next input offset to process; `None` before the first record.
    pub fn next_offset(&self) -> Option<i64> {
        self.covered
    }

    /// The next label offset to process; `None` before the first record that covers labels.
    pub fn next_label(&self) -> Option<i64> {
        self.labels_covered
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
        let new = match follows {
            Continuity::Repeated => Cow::Borrowed(&[][..]),
            Continuity::Contiguous => Cow::Borrowed(&*record.entries),
            Continuity::Overlaps => Cow::Owned(unknown(record, memory)),
            Continuity::AfterGap => {
                memory.resume_after_gap(header.start.progress);
                memory.note_gap(missing_until);
                Cow::Borrowed(&*record.entries)
            }
        };
        if let Gap::Closed(until) = header.start.gap {
            memory.note_gap(until);
        }
        let wanted = recorded.saturating_sub(memory.progress().recorded);
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        memory.apply_all(new.get(..wanted).unwrap_or(&new));
        self.covered = self.covered.max(Some(header.next_offset));
        self.labels_covered = self.labels_covered.max(header.next_label);
        follows
    }

    fn follows(&self, header: &Header, memory: &Memory) -> Continuity {
        let before = header.start.progress.recorded;
        let known = memory.progress().recorded;
        let first = header.start.first_offset;
        // A record may hold labels only, so that it covers no input.
        let covers_labels_again =
            header.start.first_label.is_some_and(|first| Some(first) < self.labels_covered);
        let has_new_labels = header.next_label > self.labels_covered;
        let is_known =
            Applied::before(header, memory.progress()).is_within(Applied::by(memory.progress()));
        let covers_again = |covered| first < covered || covers_labels_again;
        match self.covered {
            Some(covered)
                if header.next_offset <= covered && !has_new_labels && covers_again(covered) =>
            {
                Continuity::Repeated
            }
            Some(covered) if covers_again(covered) && is_known => Continuity::Overlaps,
            Some(covered) if first == covered && before == known => Continuity::Contiguous,
            // Input was missing, so the record begins later. Its header says so.
            Some(covered)
                if first > covered && before == known && header.start.gap != Gap::None =>
            {
                Continuity::Contiguous
            }
            None if before == known => Continuity::Contiguous,
            _ => Continuity::AfterGap,
        }
    }
}

/// How many entries were applied, by topic.
#[derive(Debug, Clone, Copy)]
struct Applied {
    input: u64,
    labels: u64,
}

impl Applied {
    fn by(progress: Progress) -> Self {
        let Progress { recorded, labels, .. } = progress;
        Self { input: recorded.saturating_sub(labels), labels }
    }

    /// Before a record. One without offsets of labels does not say how many of the entries were
    /// labels, and then it is those in memory.
    fn before(header: &Header, known: Progress) -> Self {
        let Start { first_label, progress, .. } = header.start;
        let labels = if first_label.is_some() { progress.labels } else { known.labels };
        Self::by(Progress { labels, ..progress })
    }

    fn is_within(self, other: Self) -> bool {
        self.input <= other.input && self.labels <= other.labels
    }
}

/// The record's entries that are not in memory yet.
fn unknown<'b>(record: &Record<'b>, memory: &Memory) -> Vec<Entry<'b>> {
    let known = Applied::by(memory.progress());
    let before = Applied::before(&record.header, memory.progress());
    let mut left = Applied {
        input: known.input.saturating_sub(before.input),
        labels: known.labels.saturating_sub(before.labels),
    };
    let is_unknown = |entry: &&Entry<'_>| {
        let is_label = matches!(entry.effect, Effect::Label(_));
        let left = if is_label { &mut left.labels } else { &mut left.input };
        let is_unknown = *left == 0;
        *left = left.saturating_sub(1);
        is_unknown
    };
    record.entries.iter().filter(is_unknown).copied().collect()
}
