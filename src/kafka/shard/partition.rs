//! One partition of the input: its memory, its progress, and its share of the open batch.

use super::record_mark::RecordMark;
use super::restore::{OffsetComparison, Restore, ResumePoint};
use crate::history::{self, FormatVersion, Gap};
use crate::memory::{Entry, Limits, Memory, Progress, Usage};
use crate::transaction::{Currency, Time};
use std::time::Instant;

/// What the partitions of a shard have in common.
pub struct PartitionSettings {
    pub limits: Limits,
    /// Whether there is a history to restore from.
    pub has_history: bool,
    pub history_version: FormatVersion,
    pub base_currency: Currency,
}

/// What a committed batch changed in one partition.
#[derive(Debug, Default)]
pub struct Committed {
    /// The warm-up is over.
    pub is_warmed_up: bool,
    /// So many input offsets were deleted before they were read; `first` is the one after them.
    pub missed: i64,
    pub first: i64,
}

/// One partition of the input.
pub struct Partition {
    number: i32,
    base_currency: Currency,
    pub memory: Memory,
    stage: Stage,
    /// The input records in the open batch.
    in_batch: Option<OffsetSpan>,
    /// The history record of the open batch.
    record: HistoryRecord,
    covered: Option<i64>,
    /// The last record before `covered` that came again, and how many times in a row the input went
    /// back to such records.
    back: Option<(i64, u32)>,
    /// The last history record in `memory`, between batches; used for a checkpoint. `None` if its
    /// offset is not known.
    last_record: Option<RecordMark>,
    /// The history record of the open batch, once it is handed to the producer.
    handed_over: Option<HandedOver>,
    /// The last history record in the last checkpoint.
    saved: Option<RecordMark>,
    /// Whether transactions may be missing before the open batch. The gap ends with the first
    /// transaction that is processed, and the history records it.
    gap: Gap,
    /// The offset that the group has to be advanced to, if the history is ahead of it.
    catch_up: Option<i64>,
    /// The number of input offsets before the open batch that were deleted before they were read.
    missed: i64,
    /// Whether the end of the partition was reached during the warm-up.
    at_end: bool,
    /// The usage that was last reported.
    usage: Usage,
}

/// The history record that is being written.
struct HistoryRecord {
    writer: history::Writer,
    /// Whether the writer has begun the record.
    begun: bool,
    /// The progress of memory before this record.
    progress: Progress,
}

/// A history record handed to the producer.
#[derive(Debug, Clone, Copy)]
struct HandedOver {
    hash: u64,
    /// `None` until it is acknowledged.
    offset: Option<i64>,
}

/// What a partition can be used for at the moment.
enum Stage {
    /// Its memory is being read from the history.
    Restoring(Box<Restore>),
    /// Its history cannot be read. Its records are not processed, and its memory is empty.
    Unreadable,
    /// Records before `until` are remembered but not scored.
    WarmingUp {
        until: i64,
    },
    Live,
}

/// The input records of one partition in a batch: the first record, and the offset after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OffsetSpan {
    first: i64,
    next: i64,
}

impl Partition {
    /// A partition whose memory has yet to be restored, if there is a history.
    pub fn new(number: i32, settings: &PartitionSettings, now: Instant) -> Self {
        let memory = Memory::new(settings.limits);
        let progress = memory.progress();
        let writer = history::Writer::new(settings.history_version, history::RECORD_BYTES_DEFAULT);
        Self {
            number,
            base_currency: settings.base_currency,
            memory,
            stage: if settings.has_history {
                Stage::Restoring(Box::new(Restore::new(now)))
            } else {
                Stage::Live
            },
            in_batch: None,
            record: HistoryRecord { writer, begun: false, progress },
            covered: None,
            back: None,
            last_record: None,
            handed_over: None,
            saved: None,
            gap: Gap::None,
            catch_up: None,
            missed: 0,
            at_end: false,
            usage: Usage::default(),
        }
    }

    /// Whether its records may be processed.
    pub fn is_running(&self) -> bool {
        matches!(self.stage, Stage::WarmingUp { .. } | Stage::Live)
    }

    pub fn is_restoring(&self) -> bool {
        matches!(self.stage, Stage::Restoring(_))
    }

    /// The restore in progress and the memory that it fills.
    pub fn restoring(&mut self) -> Option<(&mut Restore, &mut Memory)> {
        match &mut self.stage {
            Stage::Restoring(restore) => Some((restore, &mut self.memory)),
            Stage::Unreadable | Stage::WarmingUp { .. } | Stage::Live => None,
        }
    }

    /// Whether it is waiting for history records.
    pub fn is_reading_history(&self) -> bool {
        matches!(&self.stage, Stage::Restoring(restore) if restore.is_reading())
    }

    /// Continues after its restore.
    pub fn resume(&mut self, point: &ResumePoint) {
        self.gap = point.gap;
        self.covered = point.seek;
        if let OffsetComparison::Ahead { covered, .. } = point.offset_comparison {
            self.catch_up = Some(covered);
        }
        self.last_record = point.last_record;
        self.saved = point.checkpoint;
        self.stage = match point.warm_up_until {
            Some(until) => Stage::WarmingUp { until },
            None => Stage::Live,
        };
    }

    /// The first offset that the next history record has to cover: the one after the last committed
    /// record.
    pub fn covered(&self) -> Option<i64> {
        self.covered
    }

    /// Notes that a record came again that was already processed. If the input went back for it, how
    /// many times in a row it did; 0 if it follows another such record.
    pub fn goes_back(&mut self, offset: i64) -> u32 {
        let (times, is_further) = match self.back {
            Some((last, times)) => (times, offset > last),
            None => (0, false),
        };
        let times = if is_further { times } else { times + 1 };
        self.back = Some((offset, times));
        if is_further { 0 } else { times }
    }

    /// Notes that a record came that was not processed before.
    pub fn goes_forward(&mut self) {
        self.back = None;
    }

    /// Whether the open batch contains any of its records.
    pub fn is_in_batch(&self) -> bool {
        self.in_batch.is_some()
    }

    /// The offset that the open batch commits for the group.
    pub fn to_commit(&self) -> Option<i64> {
        self.in_batch.map(|span| span.next)
    }

    /// Whether the record at `offset` may be processed, and has not been: the library may still
    /// deliver an old record after a seek.
    pub fn may_process(&self, offset: i64) -> bool {
        self.is_running() && self.in_batch.is_none_or(|span| offset >= span.next)
    }

    /// How many offsets before `offset` were deleted before they were read. `log_start` is asked only
    /// if the offset is not the next one. Offsets without a record (the markers of transactions,
    /// aborted or compacted records) are not missing as long as the log still contains them.
    pub fn missed_before(&self, offset: i64, log_start: impl FnOnce() -> Option<i64>) -> i64 {
        let Some(expected) = self.to_commit().or(self.covered) else { return 0 };
        if offset <= expected {
            return 0;
        }
        log_start().map_or(0, |start| start.min(offset).saturating_sub(expected).max(0))
    }

    /// Begins a gap before the next batch, which these offsets would have been part of.
    pub fn begin_gap(&mut self, missed: i64) {
        self.missed = missed;
        self.gap = Gap::Open;
    }

    /// Marks the history as unreadable and drops what was restored so far.
    pub fn mark_unreadable(&mut self) {
        self.memory = Memory::new(self.memory.limits());
        self.stage = Stage::Unreadable;
    }

    /// Adds the record at `offset` to the open batch, before it is processed.
    pub fn add_to_batch(&mut self, offset: i64) {
        match &mut self.in_batch {
            Some(span) => span.next = offset + 1,
            None => {
                self.memory.begin();
                self.record.progress = self.memory.progress();
                self.in_batch = Some(OffsetSpan { first: offset, next: offset + 1 });
            }
        }
    }

    /// If the history is ahead of the group's offset, adds that offset to the batch. Returns
    /// whether it was ahead.
    pub fn add_catch_up_to_batch(&mut self) -> bool {
        let Some(offset) = self.catch_up.take() else { return false };
        self.memory.begin();
        self.record.progress = self.memory.progress();
        self.in_batch = Some(OffsetSpan { first: offset, next: offset });
        true
    }

    /// Whether the record at `offset` is remembered but not scored.
    pub fn is_warming_up(&self, offset: i64) -> bool {
        matches!(self.stage, Stage::WarmingUp { until } if offset < until)
    }

    /// Whether exactly the records before `offset` are remembered but not scored.
    pub fn warms_up_to(&self, offset: i64) -> bool {
        matches!(self.stage, Stage::WarmingUp { until } if until == offset)
    }

    /// Adds an entry that memory has applied to the history record.
    pub fn remember(&mut self, entry: &Entry<'_>) {
        if !self.record.begun {
            self.begin_record();
        }
        self.record.writer.push(entry);
    }

    /// Whether its history record has no room for another entry.
    pub fn is_full(&self) -> bool {
        self.record.begun && self.record.writer.is_full()
    }

    /// The history record of this partition's share of the batch, if it has one, and the first
    /// offset that it covers.
    pub fn finish_record(&mut self) -> Option<(i64, &[u8])> {
        let OffsetSpan { first, next } = self.in_batch?;
        if !self.record.begun {
            self.begin_record();
        }
        // A finished record cannot be appended to; after an abort or a commit a new one begins.
        self.record.begun = false;
        let record = self.record.writer.finish(next, None);
        self.handed_over = Some(HandedOver { hash: history::fingerprint(record), offset: None });
        Some((first, record))
    }

    /// Notes the offset of the history record that was handed to the producer.
    pub fn written_at(&mut self, offset: i64) {
        if let Some(record) = &mut self.handed_over {
            record.offset = Some(offset);
        }
    }

    /// A checkpoint with this history record has been saved.
    pub fn saved(&mut self, record: RecordMark) {
        self.saved = Some(record);
    }

    /// The history record that a checkpoint would include, if memory has changed since the last
    /// checkpoint. `None` within a batch.
    pub fn to_save(&self) -> Option<RecordMark> {
        let can_be = self.in_batch.is_none() && self.is_running();
        self.last_record.filter(|last| can_be && self.saved != Some(*last))
    }

    fn begin_record(&mut self) {
        let first = self.in_batch.map_or(0, |span| span.first);
        let warm_up_until = match self.stage {
            Stage::WarmingUp { until } => Some(until),
            Stage::Live | Stage::Restoring(_) | Stage::Unreadable => None,
        };
        self.record.begun = true;
        self.record.writer.begin(&history::Start {
            partition: self.number,
            base_currency: self.base_currency,
            first_offset: self.covered.unwrap_or(first).min(first),
            first_label: None,
            progress: self.record.progress,
            gap: self.gap,
            warm_up_until,
        });
    }

    /// Ends an open gap at the first transaction after it.
    pub fn close_gap(&mut self, time: Time) {
        if self.gap == Gap::Open {
            self.gap = Gap::Closed(time);
            self.memory.note_gap(time);
        }
    }

    /// Notes that the reader reached the end of the partition. Returns whether that ends the
    /// warm-up now.
    pub fn reached_end(&mut self) -> bool {
        self.at_end = matches!(self.stage, Stage::WarmingUp { .. });
        self.in_batch.is_none() && self.end_warm_up()
    }

    /// Applies a committed batch. Returns what to report.
    pub fn commit_batch(&mut self) -> Committed {
        self.record.begun = false;
        if let Gap::Closed(_) = self.gap {
            self.gap = Gap::None;
        }
        let Some(span) = self.in_batch.take() else { return Committed::default() };
        self.covered = Some(span.next);
        self.last_record = self.handed_over.take().and_then(|record| {
            let HandedOver { hash, offset } = record;
            Some(RecordMark { offset: offset?, next: span.next, hash })
        });
        self.memory.keep();
        let is_over = matches!(self.stage, Stage::WarmingUp { until } if span.next >= until);
        let is_warmed_up = (is_over || self.at_end) && self.end_warm_up();
        Committed { is_warmed_up, missed: std::mem::take(&mut self.missed), first: span.first }
    }

    /// Undoes an aborted batch. Returns the offset to read again from.
    pub fn undo_batch(&mut self) -> Option<i64> {
        self.record.begun = false;
        self.at_end = false;
        self.handed_over = None;
        if let Gap::Closed(_) = self.gap {
            self.gap = Gap::Open;
        }
        let OffsetSpan { first, next } = self.in_batch.take()?;
        self.memory.undo();
        if first == next {
            self.catch_up = Some(next);
        }
        Some(first)
    }

    fn end_warm_up(&mut self) -> bool {
        let warming_up = matches!(self.stage, Stage::WarmingUp { .. });
        if warming_up {
            self.stage = Stage::Live;
        }
        warming_up
    }

    /// The memory's usage now and at the previous call.
    pub fn usage_and_before(&mut self) -> (Usage, Usage) {
        let usage = self.memory.usage();
        (usage, std::mem::replace(&mut self.usage, usage))
    }
}
