//! One partition of the input: its memory, its progress, and its share of the open batch.

use super::backsteps::Backsteps;
use super::history_record::HistoryRecord;
use super::input_share::{InputShare, OffsetSpan};
use super::label_input::LabelInput;
use super::record_mark::RecordMark;
use super::restore::{OffsetComparison, Restore, ResumePoint};
use crate::history::{self, FormatVersion, Gap};
use crate::kafka::record::OwnedRecord;
use crate::memory::{Entry, Limits, Memory, Usage};
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
    input: InputShare,
    record: HistoryRecord,
    pub backsteps: Backsteps,
    /// Whether transactions may be missing before the open batch. The gap ends with the first
    /// transaction that is processed, and the history records it.
    gap: Gap,
    /// The number of input offsets before the open batch that were deleted before they were read.
    missed: i64,
    /// Whether the end of the partition was reached during the warm-up.
    at_end: bool,
    /// Its labels, once memory is restored; `None` without a topic of labels.
    labels: Option<LabelInput>,
    /// Whether the next batch takes no labels, because it begins with a gap.
    holds_labels: bool,
    /// The usage that was last reported.
    usage: Usage,
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

impl Partition {
    /// A partition whose memory has yet to be restored, if there is a history.
    pub fn new(number: i32, settings: &PartitionSettings, now: Instant) -> Self {
        let memory = Memory::new(settings.limits);
        let progress = memory.progress();
        Self {
            number,
            base_currency: settings.base_currency,
            memory,
            stage: if settings.has_history {
                Stage::Restoring(Box::new(Restore::new(now)))
            } else {
                Stage::Live
            },
            input: InputShare::default(),
            record: HistoryRecord::new(settings.history_version, progress),
            backsteps: Backsteps::default(),
            gap: Gap::None,
            missed: 0,
            at_end: false,
            labels: None,
            holds_labels: false,
            usage: Usage::default(),
        }
    }

    /// Whether its records may be processed: memory is restored, and contains the labels that were
    /// known when the partition was taken over.
    pub fn is_running(&self) -> bool {
        self.is_restored() && self.labels.as_ref().is_none_or(LabelInput::has_caught_up)
    }

    fn is_restored(&self) -> bool {
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
        let catch_up = if let OffsetComparison::Ahead { covered, .. } = point.offset_comparison {
            Some(covered)
        } else {
            None
        };
        let covered = point.seek.or(point.labels.map(|labels| labels.input_start));
        self.input.resume(covered, catch_up);
        self.record.resume(point.last_record, point.checkpoint);
        self.labels = point.labels.map(|labels| LabelInput::from_offset(labels.from));
        self.stage = match point.warm_up_until {
            Some(until) => Stage::WarmingUp { until },
            None => Stage::Live,
        };
    }

    /// The first offset that the next history record has to cover: the one after the last committed
    /// record.
    pub fn covered(&self) -> Option<i64> {
        self.input.covered()
    }

    /// Its labels, if they may be processed now: those of a batch come before its transactions. So a
    /// restore applies them in the same order.
    pub fn labels_to_process(&mut self) -> Option<&mut LabelInput> {
        let may = !self.input.is_in_batch() && !self.is_full() && self.is_restored();
        // A history record has the end of a gap at its start, together with a transaction.
        let begins = self.gap == Gap::Open || self.holds_labels;
        self.labels.as_mut().filter(|labels| may && (!begins || !labels.has_caught_up()))
    }

    /// Its labels, if there is a topic of labels and memory is restored.
    pub fn labels(&mut self) -> Option<&mut LabelInput> {
        self.labels.as_mut()
    }

    /// Keeps labels out of the next batch.
    pub fn hold_labels(&mut self) {
        self.holds_labels = true;
    }

    /// Whether the open batch contains any of its records or labels.
    pub fn is_in_batch(&self) -> bool {
        self.input.is_in_batch() || self.labels_in_batch()
    }

    fn labels_in_batch(&self) -> bool {
        self.labels.as_ref().is_some_and(LabelInput::is_in_batch)
    }

    /// The label offset that the open batch commits for the group, also if the batch has no labels:
    /// after a restore, the history may be ahead of the group.
    pub fn labels_to_commit(&self) -> Option<i64> {
        let labels = self.labels.as_ref().filter(|_| self.is_in_batch())?;
        Some(labels.next_offset())
    }

    /// Whether the open batch contains labels of it and no records.
    pub fn has_only_labels_in_batch(&self) -> bool {
        !self.input.is_in_batch() && self.labels_in_batch()
    }

    /// The offset that the open batch commits for the group. A batch with only labels commits the
    /// same offset again, so that the partition's next owner waits for its outcome.
    pub fn to_commit(&self) -> Option<i64> {
        self.is_in_batch().then(|| self.input.span().next)
    }

    /// Whether the record at `offset` may be processed, and has not been.
    pub fn may_process(&self, offset: i64) -> bool {
        self.is_running() && self.input.is_new(offset)
    }

    /// How many offsets before `offset` were deleted before they were read. `log_start` is asked only
    /// if the offset is not the next one. Offsets without a record (the markers of transactions,
    /// aborted or compacted records) are not missing as long as the log still contains them.
    pub fn missed_before(&self, offset: i64, log_start: impl FnOnce() -> Option<i64>) -> i64 {
        let Some(expected) = self.input.expected() else { return 0 };
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
        self.begin_batch();
        self.holds_labels = false;
        self.input.add_to_batch(offset);
    }

    /// Adds a label to the open batch, before it is processed.
    pub fn add_label_to_batch(&mut self, label: OwnedRecord) {
        self.begin_batch();
        if let Some(labels) = &mut self.labels {
            labels.add_to_batch(label);
        }
    }

    /// Lets memory undo what follows, unless the open batch has already begun.
    fn begin_batch(&mut self) {
        if !self.is_in_batch() {
            self.memory.begin();
            self.record.begin_batch(self.memory.progress());
        }
    }

    /// If the history is ahead of the group's offset, adds that offset to the batch. Returns
    /// whether it was ahead.
    pub fn add_catch_up_to_batch(&mut self) -> bool {
        let is_behind = self.input.is_behind();
        if is_behind {
            self.begin_batch();
            self.input.add_catch_up_to_batch();
        }
        is_behind
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
        self.begin_record();
        self.record.push(entry);
    }

    /// Whether its history record has no room for another entry.
    pub fn is_full(&self) -> bool {
        self.record.is_full()
    }

    /// The history record of this partition's share of the batch, if it has one, and the first
    /// offset that it covers.
    pub fn finish_record(&mut self) -> Option<(i64, &[u8])> {
        if !self.is_in_batch() {
            return None;
        }
        let OffsetSpan { first, next } = self.input.span();
        self.begin_record();
        let next_label = self.labels.as_ref().map(LabelInput::next_offset);
        Some((first, self.record.finish(next, next_label)))
    }

    /// Notes the offset of the history record that was handed to the producer.
    pub fn written_at(&mut self, offset: i64) {
        self.record.written_at(offset);
    }

    /// A checkpoint with this history record has been saved.
    pub fn saved(&mut self, record: RecordMark) {
        self.record.saved(record);
    }

    /// The history record that a checkpoint would include, if memory has changed since the last
    /// checkpoint. `None` within a batch.
    pub fn to_save(&self) -> Option<RecordMark> {
        self.record.to_save().filter(|_| !self.is_in_batch() && self.is_restored())
    }

    fn begin_record(&mut self) {
        if self.record.has_begun() {
            return;
        }
        let first = self.input.span().first;
        let warm_up_until = match self.stage {
            Stage::WarmingUp { until } => Some(until),
            Stage::Live | Stage::Restoring(_) | Stage::Unreadable => None,
        };
        self.record.begin(&history::Start {
            partition: self.number,
            base_currency: self.base_currency,
            first_offset: self.covered().unwrap_or(first).min(first),
            first_label: self.labels.as_ref().map(LabelInput::covered),
            progress: self.record.progress(),
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
        !self.is_in_batch() && self.end_warm_up()
    }

    /// Applies a committed batch. Returns what to report.
    pub fn commit_batch(&mut self) -> Committed {
        if let Gap::Closed(_) = self.gap {
            self.gap = Gap::None;
        }
        if !self.is_in_batch() {
            return Committed::default();
        }
        let span = self.input.commit_batch();
        if let Some(labels) = &mut self.labels {
            labels.commit_batch();
        }
        let next_label = self.labels.as_ref().map(LabelInput::covered);
        self.record.commit(span.next, next_label);
        self.memory.keep();
        let is_over = matches!(self.stage, Stage::WarmingUp { until } if span.next >= until);
        let is_warmed_up = (is_over || self.at_end) && self.end_warm_up();
        Committed { is_warmed_up, missed: std::mem::take(&mut self.missed), first: span.first }
    }

    /// Undoes an aborted batch. Returns the offset to read again from.
    pub fn undo_batch(&mut self) -> Option<i64> {
        self.record.undo();
        if let Gap::Closed(_) = self.gap {
            self.gap = Gap::Open;
        }
        if !self.is_in_batch() {
            return None;
        }
        self.memory.undo();
        if let Some(labels) = &mut self.labels {
            labels.undo_batch();
        }
        let first = self.input.undo_batch()?;
        // The input is read again, so its end comes again.
        self.at_end = false;
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
