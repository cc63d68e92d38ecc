//! Drives the restores of a shard: makes their requests, reads the history in slices, and applies
//! and reports the results.

use super::super::errors::ShardError;
use super::super::partitions::{Partition, Stage};
use super::super::ports::{Clock, Fault, HistoryItem, HistoryLog, Ports};
use super::Shard;
use super::restore::{RestoreContext, Turn};
use super::resume_point::{OffsetComparison, Restored};
use crate::history::{Continuity, HistoryError};
use crate::metrics::{CheckpointResult, RestoreResult};
use crate::status::{Activity, MemoryState, PartitionState};
use crate::transaction::Time;
use std::time::Duration;

/// How long a turn reads history while the records of other partitions wait, and how long it then
/// leaves to them.
const SLICE: Duration = Duration::from_millis(5);
/// The slice if all partitions are being restored; the group must still be polled.
const LONG_SLICE: Duration = Duration::from_millis(50);
/// The wait for a history record.
const READ_WAIT: Duration = Duration::from_millis(1);

impl<P: Ports> Shard<P> {
    pub(super) fn restore(&mut self) -> Result<(), ShardError> {
        if self.clock.now() < self.restore_due {
            return Ok(());
        }
        let restoring: Vec<i32> = self
            .partitions
            .iter()
            .filter(|(_, partition)| partition.is_restoring())
            .map(|(number, _)| number)
            .collect();
        if restoring.is_empty() {
            return Ok(());
        }
        for number in &restoring {
            self.doing(Activity::Restoring, Some(*number));
            self.turn(*number)?;
        }
        self.read_history(restoring.len())
    }

    fn warm_up_since(&self) -> Option<Time> {
        let back = self.settings.warm_up?;
        let back_ms = i64::try_from(back.as_millis()).unwrap_or(i64::MAX);
        Some(Time(self.clock.wall().millis().saturating_sub(back_ms)))
    }

    fn turn(&mut self, number: i32) -> Result<(), ShardError> {
        let (now, warm_up_since) = (self.clock.now(), self.warm_up_since());
        let Self { input, log, checkpoints, partitions, settings, .. } = self;
        let Some(partition) = partitions.get_mut(number) else { return Ok(()) };
        let Stage::Restoring(restore) = &mut partition.stage else { return Ok(()) };
        let topic = &settings.topics.transactions;
        let mut context = RestoreContext { input, log, checkpoints, topic, now, warm_up_since };
        match restore.turn(number, &mut context)? {
            Turn::Waiting | Turn::Moved => Ok(()),
            Turn::Finished(restored) => {
                self.restored(number, restored);
                Ok(())
            }
        }
    }

    fn read_history(&mut self, restoring: usize) -> Result<(), ShardError> {
        let alone = restoring == self.partitions.count();
        let slice = if alone { LONG_SLICE } else { SLICE };
        let until = self.clock.now() + slice;
        while self.partitions.is_reading() {
            if !self.read_one()? || self.clock.now() >= until {
                break;
            }
        }
        if !alone {
            self.restore_due = self.clock.now() + SLICE;
        }
        self.show_progress();
        Ok(())
    }

    /// Returns whether an item arrived.
    fn read_one(&mut self) -> Result<bool, ShardError> {
        let (now, warm_up_since) = (self.clock.now(), self.warm_up_since());
        let Self { log, partitions, settings, clock, .. } = self;
        let piece = match log.next(READ_WAIT) {
            Ok(Some(piece)) => piece,
            Ok(None) => return Ok(false),
            Err(Fault::Fatal(error)) => return Err(error),
            Err(Fault::Retriable(reason) | Fault::Abortable(reason) | Fault::Broken(reason)) => {
                tracing::warn!(%reason, "cannot read the history; trying again");
                return Ok(false);
            }
        };
        let (HistoryItem::Record { partition: number, .. }
        | HistoryItem::End { partition: number }) = piece;
        let Some(Partition { memory, stage: Stage::Restoring(restore), .. }) =
            partitions.get_mut(number)
        else {
            return Ok(true);
        };
        match piece {
            HistoryItem::Record { offset, written, value, .. } => {
                let follows = match restore.read((offset, written, value), memory) {
                    Ok(follows) => follows,
                    Err(error) => {
                        self.give_up_unreadable(number, offset, error);
                        return Ok(true);
                    }
                };
                // Retention deletes old records from the start of the history. That matters
                // only within the memory's own retention.
                let floor = || clock.wall().millis() - settings.limits.retention_ms;
                if follows == Continuity::AfterGap && written.millis() > floor() {
                    restore.note_history_gap();
                    log_gap(number, offset);
                }
                if !restore.is_reading() {
                    log.close(number);
                }
            }
            HistoryItem::End { .. } => {
                restore.end_of_log(warm_up_since, now);
                log.close(number);
            }
        }
        Ok(true)
    }

    fn restored(&mut self, number: i32, restored: Restored) {
        report(number, &restored);
        let result = match restored.has_history_gap {
            true => RestoreResult::Behind,
            false => result(restored.offset_comparison),
        };
        self.settings.metrics.restored(result, restored.progress.transactions);
        self.settings.metrics.missed(restored.missed);
        if restored.checkpoint.is_some() {
            self.settings.metrics.checkpoint(CheckpointResult::Used);
        } else if restored.checkpoint_ignored {
            self.settings.metrics.checkpoint(CheckpointResult::Ignored);
        }
        self.settings.metrics.set_restore_left(number, 0);
        let Some(partition) = self.partitions.get_mut(number) else { return };
        partition.gap = restored.gap;
        partition.covered = restored.seek;
        if let OffsetComparison::Ahead { covered, .. } = restored.offset_comparison {
            partition.catch_up = Some(covered);
        }
        partition.last_record = restored.last_record;
        partition.saved = restored.checkpoint;
        partition.stage = match restored.warm_up_until {
            Some(until) => Stage::WarmingUp { until },
            None => Stage::Live,
        };
        let memory = match restored.warm_up_until {
            Some(_) => MemoryState::WarmingUp,
            None => MemoryState::Ready,
        };
        self.status.set_partition(number, PartitionState { shard: self.index, memory });
    }

    /// Abandons the restore of a partition with an unreadable history record. Another member may be
    /// able to read it, and the other partitions are not affected.
    fn give_up_unreadable(&mut self, number: i32, offset: i64, error: HistoryError) {
        let topic = self.settings.topics.history.as_deref();
        tracing::error!(
            topic,
            partition = number,
            offset,
            %error,
            "cannot read the history: the partition is not processed until this instance is \
             restarted or another one takes the partition over"
        );
        self.log.close(number);
        self.settings.metrics.set_restore_left(number, 0);
        if let Some(partition) = self.partitions.get_mut(number) {
            partition.mark_unreadable();
        }
        let memory = MemoryState::Unreadable { offset, error };
        self.status.set_partition(number, PartitionState { shard: self.index, memory });
    }

    /// Reports that the warm-up is over and decisions begin.
    pub(super) fn warmed_up(&self, number: i32) {
        tracing::info!(partition = number, "warmed up: decisions begin");
        let state = PartitionState { shard: self.index, memory: MemoryState::Ready };
        self.status.set_partition(number, state);
    }

    fn show_progress(&mut self) {
        let now = self.clock.now();
        for (number, partition) in self.partitions.iter_mut() {
            if let Stage::Restoring(restore) = &mut partition.stage {
                restore.log_progress(number, now);
                let progress = restore.progress();
                self.settings.metrics.set_restore_left(number, progress.left);
                let memory = MemoryState::Restoring { left: progress.left };
                self.status.set_partition(number, PartitionState { shard: self.index, memory });
            }
        }
    }
}

fn result(offset_comparison: OffsetComparison) -> RestoreResult {
    match offset_comparison {
        OffsetComparison::Agree => RestoreResult::Agree,
        OffsetComparison::Fresh => RestoreResult::Fresh,
        OffsetComparison::Ahead { .. } => RestoreResult::Ahead,
        OffsetComparison::Behind { .. } => RestoreResult::Behind,
    }
}

fn log_gap(partition: i32, offset: i64) {
    tracing::error!(
        partition,
        offset,
        "a part of the history is missing before this record: windows that reach back before it \
         are treated as incomplete"
    );
}

fn report(number: i32, restored: &Restored) {
    let Restored { progress, took, .. } = restored;
    tracing::info!(
        partition = number,
        transactions = progress.transactions,
        records = progress.records,
        took_ms = took.as_millis(),
        checkpoint = restored.checkpoint.map(|record| record.offset),
        next = restored.seek,
        "memory restored"
    );
    match restored.offset_comparison {
        OffsetComparison::Agree | OffsetComparison::Fresh => {}
        OffsetComparison::Ahead { committed, covered } => tracing::error!(
            partition = number,
            committed,
            covered,
            "the history covers more than the group committed: reading continues after the history"
        ),
        OffsetComparison::Behind { committed, covered: None }
            if restored.warm_up_until.is_some() =>
        {
            tracing::warn!(
                partition = number,
                committed,
                "there is no history of what was decided before the committed offset: memory is \
                 filled from the input instead"
            );
        }
        OffsetComparison::Behind { committed, covered } => tracing::error!(
            partition = number,
            committed,
            covered,
            "the history lacks what was decided before the committed offset: windows across the \
             gap are undecided where the rest does not settle them"
        ),
    }
    if restored.missed > 0 {
        tracing::error!(
            partition = number,
            missed = restored.missed,
            next = restored.seek,
            "records of the input were deleted before they were read and were never decided; \
             windows across the gap are undecided where the rest does not settle them"
        );
    }
    if let Some(until) = restored.warm_up_until {
        tracing::info!(
            partition = number,
            from = restored.seek,
            until,
            "warming up: records are remembered without being decided"
        );
    }
}
