//! Applies history records to memory, from a checkpoint on if a valid one exists.

use super::super::super::partitions::RecordMark;
use super::{Restore, RestoreProgress, Stage};
use crate::history::{self, Continuity, HistoryError, Record, fingerprint};
use crate::memory::{Mark, Memory};
use crate::transaction::Time;
use std::time::Instant;

/// Why a checkpoint is ignored.
const OTHER_HISTORY: &str = "the history record that it goes up to is not there";

impl Restore {
    /// Applies one history record to memory. `written` is its timestamp: if the record does not
    /// continue the previous one, messages up to this time may be missing, because no earlier bound
    /// is known.
    pub(in super::super::super) fn read(
        &mut self,
        (offset, written, value): (i64, Time, &[u8]),
        memory: &mut Memory,
    ) -> Result<Continuity, HistoryError> {
        if let Some(checkpoint) = self.checkpoint.take() {
            return self.begin_with(*checkpoint, offset, value, memory);
        }
        let record = Record::parse(value)?;
        self.progress.records += 1;
        self.progress.transactions += u64::from(record.header.entries);
        let Stage::Reading { end, last, .. } = &mut self.stage else {
            return Ok(Continuity::Contiguous);
        };
        self.progress.left = *end - offset - 1;
        let follows = self.fold.take(&record, written, memory);
        if follows == Continuity::AfterGap
            && let Some(used) = self.used.take()
        {
            *memory = Memory::new(memory.limits());
            (self.fold, self.progress) = (history::Restore::new(), RestoreProgress::default());
            self.ignore(
                record.header.start.partition,
                used.offset,
                "what follows on it is not there",
            );
            return Ok(Continuity::Repeated);
        }
        if follows != Continuity::Repeated {
            let next = self.fold.next_offset().unwrap_or(record.header.next_offset);
            let mark = RecordMark { offset, next, hash: fingerprint(value) };
            *last = Some((mark, record.header.start));
        }
        Ok(follows)
    }

    /// The history offset to begin at with a checkpoint. `None` if there is no checkpoint, or if
    /// its record cannot exist.
    pub(super) fn begin_at(&mut self, start: i64, end: i64) -> Option<i64> {
        let mark = self.checkpoint.as_ref()?.1;
        if (start..end).contains(&mark.history_offset) {
            return Some(mark.history_offset);
        }
        self.checkpoint = None;
        self.ignore(mark.partition, mark.history_offset, OTHER_HISTORY);
        None
    }

    /// Ignores the checkpoint, so that the history is read from its start.
    fn ignore(&mut self, partition: i32, offset: i64, reason: &str) {
        self.ignored = true;
        if let Stage::Reading { committed, end, .. } = self.stage {
            self.stage = Stage::Settling { committed, end };
        }
        tracing::warn!(
            partition,
            offset,
            reason,
            "the checkpoint is ignored, and the history read from its start"
        );
    }

    /// Checks that the first record read is the last one in the checkpoint, and starts from the
    /// checkpoint if so.
    fn begin_with(
        &mut self,
        (found, mark): (Memory, Mark),
        offset: i64,
        value: &[u8],
        memory: &mut Memory,
    ) -> Result<Continuity, HistoryError> {
        let Mark { history_offset, history_hash, next_offset, .. } = mark;
        if (offset, fingerprint(value)) != (history_offset, history_hash) {
            self.ignore(mark.partition, history_offset, OTHER_HISTORY);
            return Ok(Continuity::Repeated);
        }
        let start = Record::parse(value)?.header.start;
        let record = RecordMark { offset, next: next_offset, hash: history_hash };
        *memory = found;
        self.fold = history::Restore::after(next_offset);
        self.used = Some(record);
        if let Stage::Reading { end, last, .. } = &mut self.stage {
            self.progress.left = *end - offset - 1;
            *last = Some((record, start));
        }
        Ok(Continuity::Repeated)
    }

    /// Handles the end of the history: every record up to the last stable offset has been read.
    pub(in super::super::super) fn end_of_log(
        &mut self,
        warm_up_since: Option<Time>,
        now: Instant,
    ) {
        if let Some(checkpoint) = self.checkpoint.take() {
            let Mark { partition, history_offset, .. } = checkpoint.1;
            self.ignore(partition, history_offset, OTHER_HISTORY);
        } else if let Stage::Reading { committed, last, .. } = self.stage {
            self.read_all(committed, last, warm_up_since, now);
        }
    }
}
