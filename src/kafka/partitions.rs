//! Holds the partitions that a shard owns: their memory, their progress, and their share of the
//! open batch.

use super::ports::Offsets;
use super::settings::Settings;
use super::shard::restore::Restore;
use crate::history::{self, FormatVersion, Gap};
use crate::memory::{Entry, Limits, Memory, Progress, Usage};
use crate::transaction::{Currency, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// The partitions of one shard.
pub(super) struct Partitions {
    limits: Limits,
    /// Whether there is a history to restore from.
    restores: bool,
    history_version: FormatVersion,
    base_currency: Currency,
    owned: BTreeMap<i32, Partition>,
}

/// One partition of the input.
pub(super) struct Partition {
    number: i32,
    base_currency: Currency,
    pub memory: Memory,
    pub stage: Stage,
    /// The input records in the open batch.
    pub in_batch: Option<OffsetSpan>,
    /// The history record of the open batch.
    record: HistoryRecord,
    /// The first offset that the next history record has to cover: the one after the last committed
    /// record.
    pub covered: Option<i64>,
    /// The last history record in `memory`, between batches; used for a checkpoint. `None` if its
    /// offset is not known.
    pub last_record: Option<RecordMark>,
    /// The history record of the open batch, once it is handed to the producer.
    handed_over: Option<HandedOver>,
    /// The last history record in the last checkpoint.
    pub saved: Option<RecordMark>,
    /// Whether transactions may be missing before the open batch. The gap ends with the first
    /// transaction that is processed, and the history records it.
    pub gap: Gap,
    /// The offset that the group has to be advanced to, if the history is ahead of it.
    pub catch_up: Option<i64>,
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
pub(super) enum Stage {
    /// Its memory is being read from the history.
    Restoring(Box<Restore>),
    /// Its history cannot be read. Its records are not processed, and its memory is empty.
    Unreadable,
    /// Records before `until` are remembered but not decided.
    WarmingUp {
        until: i64,
    },
    Live,
}

/// The input records of one partition in a batch: the first record, and the offset after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OffsetSpan {
    pub first: i64,
    pub next: i64,
}

/// The last history record that a memory includes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RecordMark {
    pub offset: i64,
    /// The input offset after the last record that it covers.
    pub next: i64,
    pub hash: u64,
}

impl Partitions {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            limits: settings.limits,
            restores: settings.topics.history.is_some(),
            history_version: settings.history_version,
            base_currency: settings.base_currency,
            owned: BTreeMap::new(),
        }
    }

    /// Adds a partition whose memory has yet to be restored.
    pub(super) fn add(&mut self, number: i32, now: Instant) {
        let memory = Memory::new(self.limits);
        let progress = memory.progress();
        let partition = Partition {
            number,
            base_currency: self.base_currency,
            memory,
            stage: if self.restores {
                Stage::Restoring(Box::new(Restore::new(now)))
            } else {
                Stage::Live
            },
            in_batch: None,
            record: HistoryRecord {
                writer: history::Writer::new(self.history_version, history::RECORD_BYTES_DEFAULT),
                begun: false,
                progress,
            },
            covered: None,
            last_record: None,
            handed_over: None,
            saved: None,
            gap: Gap::None,
            catch_up: None,
            at_end: false,
            usage: Usage::default(),
        };
        self.owned.insert(number, partition);
    }

    /// Drops a partition and its memory. Returns it if it was owned.
    pub(super) fn remove(&mut self, number: i32) -> Option<Partition> {
        self.owned.remove(&number)
    }

    /// Discards a partition's memory and state, and restores it again.
    pub(super) fn restart(&mut self, number: i32, now: Instant) {
        if self.owned.contains_key(&number) {
            self.add(number, now);
        }
    }

    pub(super) fn count(&self) -> usize {
        self.owned.len()
    }

    /// Whether any partition is waiting for history records.
    pub(super) fn is_reading(&self) -> bool {
        self.owned.values().any(|partition| match &partition.stage {
            Stage::Restoring(restore) => restore.is_reading(),
            Stage::Unreadable | Stage::WarmingUp { .. } | Stage::Live => false,
        })
    }

    pub(super) fn numbers(&self) -> Vec<i32> {
        self.owned.keys().copied().collect()
    }

    pub(super) fn get_mut(&mut self, number: i32) -> Option<&mut Partition> {
        self.owned.get_mut(&number)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (i32, &Partition)> {
        self.owned.iter().map(|(number, partition)| (*number, partition))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (i32, &mut Partition)> {
        self.owned.iter_mut().map(|(number, partition)| (*number, partition))
    }

    /// The partitions whose records may be processed.
    pub(super) fn running(&self) -> BTreeSet<i32> {
        let running = self.owned.iter().filter(|(_, partition)| partition.is_running());
        running.map(|(number, _)| *number).collect()
    }

    /// The partition that a record belongs to. `None` if this shard must not process the record, or
    /// has already processed it: the library may still deliver an old record after a seek.
    pub(super) fn processable(&mut self, number: i32, offset: i64) -> Option<&mut Partition> {
        let partition = self.owned.get_mut(&number)?;
        let is_new = partition.in_batch.is_none_or(|span| offset >= span.next);
        (partition.is_running() && is_new).then_some(partition)
    }

    /// Whether the open batch contains any records.
    pub(super) fn has_batch(&self) -> bool {
        self.owned.values().any(|partition| partition.in_batch.is_some())
    }

    /// The offsets that the open batch commits for the group.
    pub(super) fn to_commit(&self) -> Offsets {
        let in_batch =
            self.owned.iter().filter_map(|(number, p)| Some((*number, p.in_batch?.next)));
        in_batch.collect()
    }
}

impl Partition {
    /// Whether its records may be processed.
    pub(super) fn is_running(&self) -> bool {
        matches!(self.stage, Stage::WarmingUp { .. } | Stage::Live)
    }

    pub(super) fn is_restoring(&self) -> bool {
        matches!(self.stage, Stage::Restoring(_))
    }

    /// Marks the history as unreadable and drops what was restored so far.
    pub(super) fn mark_unreadable(&mut self) {
        self.memory = Memory::new(self.memory.limits());
        self.stage = Stage::Unreadable;
    }

    /// Adds the record at `offset` to the open batch, before it is processed.
    pub(super) fn add_to_batch(&mut self, offset: i64) {
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
    pub(super) fn add_catch_up_to_batch(&mut self) -> bool {
        let Some(offset) = self.catch_up.take() else { return false };
        self.memory.begin();
        self.record.progress = self.memory.progress();
        self.in_batch = Some(OffsetSpan { first: offset, next: offset });
        true
    }

    /// Whether the record at `offset` is remembered but not decided.
    pub(super) fn is_warming_up(&self, offset: i64) -> bool {
        matches!(self.stage, Stage::WarmingUp { until } if offset < until)
    }

    /// Whether exactly the records before `offset` are remembered but not decided.
    pub(super) fn warms_up_to(&self, offset: i64) -> bool {
        matches!(self.stage, Stage::WarmingUp { until } if until == offset)
    }

    /// Adds an entry that memory has applied to the history record.
    pub(super) fn remember(&mut self, entry: &Entry<'_>) {
        if !self.record.begun {
            self.begin_record();
        }
        self.record.writer.push(entry);
    }

    /// Whether its history record has no room for another entry.
    pub(super) fn is_full(&self) -> bool {
        self.record.begun && self.record.writer.is_full()
    }

    /// The history record of this partition's share of the batch, if it has one, and the first
    /// offset that it covers.
    pub(super) fn finish_record(&mut self) -> Option<(i64, &[u8])> {
        let OffsetSpan { first, next } = self.in_batch?;
        if !self.record.begun {
            self.begin_record();
        }
        // A finished record cannot be appended to; after an abort or a commit a new one begins.
        self.record.begun = false;
        let record = self.record.writer.finish(next);
        self.handed_over = Some(HandedOver { hash: history::fingerprint(record), offset: None });
        Some((first, record))
    }

    /// Notes the offset of the history record that was handed to the producer.
    pub(super) fn written_at(&mut self, offset: i64) {
        if let Some(record) = &mut self.handed_over {
            record.offset = Some(offset);
        }
    }

    /// The history record that a checkpoint would include, if memory has changed since the last
    /// checkpoint. `None` within a batch.
    pub(super) fn to_save(&self) -> Option<RecordMark> {
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
            progress: self.record.progress,
            gap: self.gap,
            warm_up_until,
        });
    }

    /// Ends an open gap at the first transaction after it.
    pub(super) fn close_gap(&mut self, time: Time) {
        if self.gap == Gap::Open {
            self.gap = Gap::Closed(time);
            self.memory.note_gap(time);
        }
    }

    /// Notes that the reader reached the end of the partition. Returns whether that ends the
    /// warm-up now.
    pub(super) fn reached_end(&mut self) -> bool {
        self.at_end = matches!(self.stage, Stage::WarmingUp { .. });
        self.in_batch.is_none() && self.end_warm_up()
    }

    /// Applies a committed batch. Returns whether that ends the warm-up.
    pub(super) fn commit_batch(&mut self) -> bool {
        self.record.begun = false;
        if let Gap::Closed(_) = self.gap {
            self.gap = Gap::None;
        }
        let Some(span) = self.in_batch.take() else { return false };
        self.covered = Some(span.next);
        self.last_record = self.handed_over.take().and_then(|record| {
            let HandedOver { hash, offset } = record;
            Some(RecordMark { offset: offset?, next: span.next, hash })
        });
        self.memory.keep();
        let is_over = matches!(self.stage, Stage::WarmingUp { until } if span.next >= until);
        (is_over || self.at_end) && self.end_warm_up()
    }

    /// Undoes an aborted batch. Returns the offset to read again from.
    pub(super) fn undo_batch(&mut self) -> Option<i64> {
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
    pub(super) fn usage_and_before(&mut self) -> (Usage, Usage) {
        let usage = self.memory.usage();
        (usage, std::mem::replace(&mut self.usage, usage))
    }
}
