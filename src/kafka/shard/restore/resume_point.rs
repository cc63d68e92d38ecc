//! The result of a restore: how the history compares with the group's committed offset, and where
//! the partition continues.

use super::replay::RestoreProgress;
use crate::history::{Gap, Start};
use crate::kafka::shard::record_mark::RecordMark;
use std::time::Duration;

/// How a restored partition continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumePoint {
    /// The next offset to read; `None`: where a group without a committed offset starts.
    pub seek: Option<i64>,
    /// Records before this offset are remembered but not scored.
    pub warm_up_until: Option<i64>,
    pub gap: Gap,
    /// Where labels are read from; `None` without a topic of labels.
    pub labels: Option<LabelStart>,
    /// The number of input offsets that were deleted before they were read.
    pub missed: i64,
    pub last_record: Option<RecordMark>,
    /// The last history record in the checkpoint that was used.
    pub checkpoint: Option<RecordMark>,
    /// Whether a checkpoint was ignored because it does not fit the history.
    pub checkpoint_ignored: bool,
    /// Whether the history lacks a part of what memory would contain.
    pub has_history_gap: bool,
    pub offset_comparison: OffsetComparison,
    pub progress: RestoreProgress,
    pub took: Duration,
}

/// Where the labels of a restored partition begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelStart {
    /// The first label offset to read.
    pub from: i64,
    /// The first offset of the input: history records cover the input from there if the group has no
    /// committed offset.
    pub input_start: i64,
}

/// How the history's end compares with the committed offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetComparison {
    Agree,
    /// Nothing was ever committed or remembered.
    Fresh,
    /// The history covers more than was committed.
    Ahead {
        committed: Option<i64>,
        covered: i64,
    },
    /// What was scored between the history's end and the committed offset is not remembered.
    Behind {
        committed: i64,
        covered: Option<i64>,
    },
}

impl ResumePoint {
    /// Continues after the history's last record, whose header shows whether memory was warming up.
    pub fn after_history(self, mark: RecordMark, start: &Start) -> Self {
        let (offset_comparison, seek, gap) = match self.offset_comparison {
            // Without transactions, the history record is written before the offset is committed.
            // After the first record of a warm-up, the group may therefore still be at the offset
            // where the warm-up ends.
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

    /// Without history or warm-up: continues at the committed offset with a gap, or where a new
    /// group starts.
    pub fn after_nothing(self) -> Self {
        match self.offset_comparison {
            OffsetComparison::Behind { committed, .. } => {
                Self { seek: Some(committed), gap: Gap::Open, ..self }
            }
            _ => self,
        }
    }

    /// Without history: reads the input from offset `since`, and scores from the committed offset
    /// on, or from `end` if there is none.
    pub fn warming_up(self, committed: Option<i64>, since: i64, end: i64) -> Self {
        let until = committed.unwrap_or(end);
        let warm_up_until = (since < until).then_some(until);
        Self { seek: Some(since.min(until)), warm_up_until, ..self }
    }

    /// Moves the start to the input's first record if necessary; the records before it are missing.
    pub fn not_before(self, start: i64) -> Self {
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

/// Keeps a gap only if it is still open: a closed one has its end in a record.
fn left_open(gap: Gap) -> Gap {
    match gap {
        Gap::Open => Gap::Open,
        Gap::None | Gap::Closed(_) => Gap::None,
    }
}

/// `covered` is the input offset after the last one that the history covers.
pub fn offset_comparison(committed: Option<i64>, covered: i64) -> OffsetComparison {
    match committed {
        Some(committed) if committed == covered => OffsetComparison::Agree,
        Some(committed) if committed > covered => {
            OffsetComparison::Behind { committed, covered: Some(covered) }
        }
        _ => OffsetComparison::Ahead { committed, covered },
    }
}

pub fn without_history(committed: Option<i64>) -> OffsetComparison {
    match committed {
        None => OffsetComparison::Fresh,
        Some(committed) => OffsetComparison::Behind { committed, covered: None },
    }
}
