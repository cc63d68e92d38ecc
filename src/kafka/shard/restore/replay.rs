//! Applies history records to memory, from a checkpoint on if a valid one exists.

use crate::history::{self, Continuity, HistoryError, Record, Start, fingerprint};
use crate::kafka::shard::record_mark::RecordMark;
use crate::memory::{Mark, Memory};
use crate::transaction::Time;

#[cfg(test)]
mod tests;

/// Why a checkpoint is ignored.
const OTHER_HISTORY: &str = "the history record that it goes up to is not there";
const NOT_CONTINUED: &str = "what follows on it is not there";

/// What a restore has read of one partition's history.
pub struct Replay {
    pub progress: RestoreProgress,
    fold: history::Restore,
    /// The last record that was applied, and its header.
    last: Option<(RecordMark, Start)>,
    /// A checkpoint that was found, until its history record is read.
    checkpoint: Option<Box<(Memory, Mark)>>,
    /// The history record of the checkpoint in use.
    used: Option<RecordMark>,
    has_ignored_checkpoint: bool,
}

/// What has been read so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RestoreProgress {
    pub records: u64,
    pub transactions: u64,
    /// The maximum number of history offsets left to read.
    pub left: i64,
}

/// What a record changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It continues, overlaps or repeats the records before it.
    Follows,
    /// It was applied, but a part of the history before it is missing.
    AfterGap,
    /// The checkpoint does not fit the history, which has to be read from its start.
    StartOver,
}

impl Replay {
    pub fn new() -> Self {
        Self {
            progress: RestoreProgress::default(),
            fold: history::Restore::new(),
            last: None,
            checkpoint: None,
            used: None,
            has_ignored_checkpoint: false,
        }
    }

    /// Begins with this checkpoint, if its history record is there.
    pub fn use_checkpoint(&mut self, checkpoint: Box<(Memory, Mark)>) {
        self.checkpoint = Some(checkpoint);
    }

    /// The history record of the checkpoint in use.
    pub fn used_checkpoint(&self) -> Option<RecordMark> {
        self.used
    }

    /// Whether a checkpoint was ignored because it does not fit the history.
    pub fn has_ignored_checkpoint(&self) -> bool {
        self.has_ignored_checkpoint
    }

    /// The last history record in memory, and its header.
    pub fn last(&self) -> Option<(RecordMark, Start)> {
        self.last
    }

    /// The next label offset to process; `None` if the history covers no labels.
    pub fn next_label(&self) -> Option<i64> {
        self.fold.next_label()
    }

    /// The history offset to begin at, if the history has the offsets from `start` to before `end`.
    pub fn begin(&mut self, start: i64, end: i64) -> i64 {
        let from = self.checkpoint_offset(start, end).unwrap_or(start);
        self.last = None;
        self.progress.left = (end - from).max(0);
        from
    }

    /// Applies one history record to memory; `end` is the offset to read to. `written` is the
    /// record's timestamp: if the record does not continue the previous one, messages up to this
    /// time may be missing, because no earlier bound is known.
    pub fn read(
        &mut self,
        (offset, written, value): (i64, Time, &[u8]),
        end: i64,
        memory: &mut Memory,
    ) -> Result<Applied, HistoryError> {
        if let Some(checkpoint) = self.checkpoint.take() {
            return self.begin_with(*checkpoint, (offset, value), end, memory);
        }
        let record = Record::parse(value)?;
        self.progress.records += 1;
        self.progress.transactions += u64::from(record.header.entries);
        self.progress.left = end - offset - 1;
        let follows = self.fold.take(&record, written, memory);
        if follows == Continuity::AfterGap
            && let Some(used) = self.used.take()
        {
            *memory = Memory::new(memory.limits());
            (self.fold, self.progress) = (history::Restore::new(), RestoreProgress::default());
            self.ignore(record.header.start.partition, used.offset, NOT_CONTINUED);
            return Ok(Applied::StartOver);
        }
        if follows != Continuity::Repeated {
            let next = self.fold.next_offset().unwrap_or(record.header.next_offset);
            let next_label = record.header.next_label;
            let mark = RecordMark { offset, next, next_label, hash: fingerprint(value) };
            self.last = Some((mark, record.header.start));
        }
        Ok(match follows {
            Continuity::AfterGap => Applied::AfterGap,
            Continuity::Contiguous | Continuity::Overlaps | Continuity::Repeated => {
                Applied::Follows
            }
        })
    }

    /// Whether the end of the history completes memory. If the checkpoint's record did not come, the
    /// checkpoint is ignored, and the history has to be read from its start.
    pub fn is_complete(&mut self) -> bool {
        let Some(checkpoint) = self.checkpoint.take() else { return true };
        let Mark { partition, history_offset, .. } = checkpoint.1;
        self.ignore(partition, history_offset, OTHER_HISTORY);
        false
    }

    /// The offset of the checkpoint's record. `None` if there is no checkpoint, or if its record
    /// cannot exist.
    fn checkpoint_offset(&mut self, start: i64, end: i64) -> Option<i64> {
        let mark = self.checkpoint.as_ref()?.1;
        if (start..end).contains(&mark.history_offset) {
            return Some(mark.history_offset);
        }
        self.checkpoint = None;
        self.ignore(mark.partition, mark.history_offset, OTHER_HISTORY);
        None
    }

    /// Checks that the first record read is the last one in the checkpoint, and starts from the
    /// checkpoint if so.
    fn begin_with(
        &mut self,
        (found, mark): (Memory, Mark),
        (offset, value): (i64, &[u8]),
        end: i64,
        memory: &mut Memory,
    ) -> Result<Applied, HistoryError> {
        let Mark { history_offset, history_hash, next_offset, next_label, .. } = mark;
        if (offset, fingerprint(value)) != (history_offset, history_hash) {
            self.ignore(mark.partition, history_offset, OTHER_HISTORY);
            return Ok(Applied::StartOver);
        }
        let start = Record::parse(value)?.header.start;
        let record = RecordMark { offset, next: next_offset, next_label, hash: history_hash };
        *memory = found;
        self.fold = history::Restore::after(next_offset, next_label);
        self.used = Some(record);
        self.progress.left = end - offset - 1;
        self.last = Some((record, start));
        Ok(Applied::Follows)
    }

    fn ignore(&mut self, partition: i32, offset: i64, reason: &str) {
        self.has_ignored_checkpoint = true;
        tracing::warn!(
            partition,
            offset,
            reason,
            "the checkpoint is ignored, and the history read from its start"
        );
    }
}
