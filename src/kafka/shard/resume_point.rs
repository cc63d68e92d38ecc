//! What a restore came to: how the history and the group's offset stand to each other, and where
//! reading goes on.

use super::super::partitions::RecordMark;
use super::restore::RestoreProgress;
use crate::history::{Gap, Start};
use std::time::Duration;

/// How a restored partition goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Restored {
    /// Where its next record is; `None` where the group starts that never committed.
    pub seek: Option<i64>,
    /// Up to where records are remembered without being decided.
    pub warm_up_until: Option<i64>,
    pub gap: Gap,
    /// How many offsets of the input were gone before they were read.
    pub missed: i64,
    pub last_record: Option<RecordMark>,
    /// Up to where memory came from a checkpoint.
    pub checkpoint: Option<RecordMark>,
    /// Whether there was one that is not of this history.
    pub checkpoint_ignored: bool,
    /// Whether the history lacks a part of what memory reaches back to.
    pub history_cut: bool,
    pub offset_comparison: OffsetComparison,
    pub progress: RestoreProgress,
    pub took: Duration,
}

/// How the history's end and the committed offset stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum OffsetComparison {
    Agree,
    /// Nothing was ever committed or remembered.
    Fresh,
    /// The history covers more than was committed.
    Ahead {
        committed: Option<i64>,
        covered: i64,
    },
    /// What was decided between them is not remembered.
    Behind {
        committed: i64,
        covered: Option<i64>,
    },
}

impl Restored {
    /// On after the history's last record, whose header says whether memory was warming up.
    pub(super) fn after_history(self, mark: RecordMark, start: &Start) -> Self {
        let (offset_comparison, seek, gap) = match self.offset_comparison {
            // Without transactions the history is a step ahead of the group: with its first record of
            // a warm-up, the group may still be where that ends.
            OffsetComparison::Behind { committed, .. }
                if start.warm_up_until == Some(committed) =>
            {
                (OffsetComparison::Agree, mark.next, left_open(start.gap))
            }
            behind @ OffsetComparison::Behind { committed, .. } => (behind, committed, Gap::Open),
            other => (other, mark.next, left_open(start.gap)),
        };
        let warm_up_until = start.warm_up_until.filter(|until| seek < *until);
        Self {
            seek: Some(seek),
            warm_up_until,
            gap,
            last_record: Some(mark),
            offset_comparison,
            ..self
        }
    }

    /// Without history or warm-up: on where the group is, with a gap, or at its start.
    pub(super) fn after_nothing(self) -> Self {
        match self.offset_comparison {
            OffsetComparison::Behind { committed, .. } => {
                Self { seek: Some(committed), gap: Gap::Open, ..self }
            }
            _ => self,
        }
    }

    /// Without history: from the input's first record of the time asked for, up to where decisions
    /// begin.
    pub(super) fn warming_up(self, committed: Option<i64>, since: i64, end: i64) -> Self {
        let until = committed.unwrap_or(end);
        let warm_up_until = (since < until).then_some(until);
        Self { seek: Some(since.min(until)), warm_up_until, ..self }
    }

    /// Not before the input's first record: what lay between is missing.
    pub(super) fn not_before(self, start: i64) -> Self {
        match self.seek {
            Some(seek) if seek < start => Self {
                seek: Some(start),
                missed: start - seek,
                gap: Gap::Open,
                warm_up_until: self.warm_up_until.filter(|until| start < *until),
                ..self
            },
            _ => self,
        }
    }
}

/// A gap whose end was in no record yet.
fn left_open(gap: Gap) -> Gap {
    match gap {
        Gap::Open => Gap::Open,
        Gap::None | Gap::Closed(_) => Gap::None,
    }
}

/// `covered`: the input offset after the last one that the history covers.
pub(super) fn offset_comparison(committed: Option<i64>, covered: i64) -> OffsetComparison {
    match committed {
        Some(committed) if committed == covered => OffsetComparison::Agree,
        Some(committed) if committed > covered => {
            OffsetComparison::Behind { committed, covered: Some(covered) }
        }
        _ => OffsetComparison::Ahead { committed, covered },
    }
}

pub(super) fn without_history(committed: Option<i64>) -> OffsetComparison {
    match committed {
        None => OffsetComparison::Fresh,
        Some(committed) => OffsetComparison::Behind { committed, covered: None },
    }
}
