//! The history record of a partition's share of the open batch, and which record is the last one in
//! memory.

use super::record_mark::RecordMark;
use crate::history::{self, FormatVersion, Start};
use crate::memory::{Entry, Progress};

/// The history record that is being written.
pub struct HistoryRecord {
    writer: history::Writer,
    /// Whether the writer has begun the record.
    begun: bool,
    /// The progress of memory before this record.
    progress: Progress,
    /// The record, once it is handed to the producer.
    handed_over: Option<HandedOver>,
    /// The last record in memory, between batches; used for a checkpoint. `None` if its offset is
    /// not known.
    last: Option<RecordMark>,
    /// The last record in the last checkpoint.
    saved: Option<RecordMark>,
}

/// A history record handed to the producer.
#[derive(Debug, Clone, Copy)]
struct HandedOver {
    hash: u64,
    /// `None` until it is acknowledged.
    offset: Option<i64>,
}

impl HistoryRecord {
    pub fn new(version: FormatVersion, progress: Progress) -> Self {
        Self {
            writer: history::Writer::new(version, history::RECORD_BYTES_DEFAULT),
            begun: false,
            progress,
            handed_over: None,
            last: None,
            saved: None,
        }
    }

    /// Continues after a restore: the last record in memory, and in the checkpoint that was used.
    pub fn resume(&mut self, last: Option<RecordMark>, saved: Option<RecordMark>) {
        (self.last, self.saved) = (last, saved);
    }

    /// A batch begins with this progress of memory.
    pub fn begin_batch(&mut self, progress: Progress) {
        self.progress = progress;
    }

    /// The progress of memory before the open batch.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    pub fn has_begun(&self) -> bool {
        self.begun
    }

    pub fn begin(&mut self, start: &Start) {
        self.begun = true;
        self.writer.begin(start);
    }

    pub fn push(&mut self, entry: &Entry<'_>) {
        self.writer.push(entry);
    }

    /// Whether it has no room for another entry.
    pub fn is_full(&self) -> bool {
        self.begun && self.writer.is_full()
    }

    /// The finished record, which covers the input before `next` and the labels before
    /// `next_label`.
    pub fn finish(&mut self, next: i64, next_label: Option<i64>) -> &[u8] {
        // A finished record cannot be appended to; after an abort or a commit a new one begins.
        self.begun = false;
        let record = self.writer.finish(next, next_label);
        self.handed_over = Some(HandedOver { hash: history::fingerprint(record), offset: None });
        record
    }

    /// Notes the offset of the record that was handed to the producer.
    pub fn written_at(&mut self, offset: i64) {
        if let Some(record) = &mut self.handed_over {
            record.offset = Some(offset);
        }
    }

    /// The batch was committed; its record covers the input before `next` and the labels before
    /// `next_label`.
    pub fn commit(&mut self, next: i64, next_label: Option<i64>) {
        self.begun = false;
        self.last = self.handed_over.take().and_then(|record| {
            let HandedOver { hash, offset } = record;
            Some(RecordMark { offset: offset?, next, next_label, hash })
        });
    }

    /// Drops the record of an aborted batch.
    pub fn undo(&mut self) {
        self.begun = false;
        self.handed_over = None;
    }

    /// A checkpoint with this record has been saved.
    pub fn saved(&mut self, record: RecordMark) {
        self.saved = Some(record);
    }

    /// The record that a checkpoint would include, if memory has changed since the last checkpoint.
    pub fn to_save(&self) -> Option<RecordMark> {
        self.last.filter(|last| self.saved != Some(*last))
    }
}
