//! Drives the restores of a shard: makes their requests, reads the history in slices, and applies
//! and reports the results.

use super::partition::Partition;
use super::partitions::Partitions;
use super::ports::{Clock, Fault, HistoryItem, HistoryLog, PortSet, Ports};
use super::reporter::Reporter;
use super::restore::{
    Applied, RestoreContext, RestoreTurn, ResumePoint, log_gap, log_resume_point, result,
};
use crate::history::HistoryError;
use crate::kafka::errors::ShardError;
use crate::kafka::settings::Settings;
use crate::metrics::CheckpointResult;
use crate::status::{Activity, MemoryState};
use crate::transaction::Time;
use std::time::{Duration, Instant};

/// How long a turn reads history while the records of other partitions wait, and how long it then
/// leaves to them.
const SLICE: Duration = Duration::from_millis(5);
/// The slice if all partitions are being restored; the group must still be polled.
const LONG_SLICE: Duration = Duration::from_millis(50);
/// The wait for a history record.
const READ_WAIT: Duration = Duration::from_millis(1);

/// Drives the restores of a shard.
pub struct RestoreDriver<'s, P: Ports> {
    pub settings: &'s Settings,
    pub ports: &'s mut PortSet<P>,
    pub reporter: &'s Reporter,
    pub partitions: &'s mut Partitions,
    /// When restores continue, if records of other partitions are processed in between.
    pub due: &'s mut Instant,
}

impl<P: Ports> RestoreDriver<'_, P> {
    /// Makes the requests that are due, and reads history for a while.
    pub fn advance(&mut self) -> Result<(), ShardError> {
        if self.ports.clock.now() < *self.due {
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
            self.reporter.doing(Activity::Restoring, Some(*number));
            self.turn(*number)?;
        }
        self.read_history(restoring.len())
    }

    fn warm_up_since(&self) -> Option<Time> {
        let back = self.settings.warm_up?;
        let back_ms = i64::try_from(back.as_millis()).unwrap_or(i64::MAX);
        Some(Time(self.ports.clock.wall().millis().saturating_sub(back_ms)))
    }

    fn turn(&mut self, number: i32) -> Result<(), ShardError> {
        let warm_up_since = self.warm_up_since();
        let PortSet { clock, input, log, labels, checkpoints, .. } = &mut *self.ports;
        let labels = self.settings.topics.labels.is_some().then_some(labels);
        let restoring = self.partitions.get_mut(number).and_then(Partition::restoring);
        let Some((restore, _)) = restoring else { return Ok(()) };
        let topic = &self.settings.topics.transactions;
        let now = clock.now();
        let mut context =
            RestoreContext { input, log, labels, checkpoints, topic, now, warm_up_since };
        match restore.turn(number, &mut context)? {
            RestoreTurn::Waiting | RestoreTurn::Moved => {}
            RestoreTurn::Finished(point) => self.restored(number, &point),
        }
        Ok(())
    }

    fn read_history(&mut self, restoring: usize) -> Result<(), ShardError> {
        let alone = restoring == self.partitions.count();
        let slice = if alone { LONG_SLICE } else { SLICE };
        let until = self.ports.clock.now() + slice;
        while self.partitions.is_reading_history() {
            if !self.read_one()? || self.ports.clock.now() >= until {
                break;
            }
        }
        if !alone {
            *self.due = self.ports.clock.now() + SLICE;
        }
        self.show_progress();
        Ok(())
    }

    /// Returns whether an item arrived.
    fn read_one(&mut self) -> Result<bool, ShardError> {
        let warm_up_since = self.warm_up_since();
        let PortSet { clock, log, .. } = &mut *self.ports;
        let now = clock.now();
        let item = match log.next(READ_WAIT) {
            Ok(Some(item)) => item,
            Ok(None) => return Ok(false),
            Err(Fault::Fatal(error)) => return Err(error),
            Err(Fault::Retriable(reason) | Fault::Abortable(reason) | Fault::Broken(reason)) => {
                tracing::warn!(%reason, "cannot read the history; trying again");
                return Ok(false);
            }
        };
        let (HistoryItem::Record { partition: number, .. }
        | HistoryItem::End { partition: number }) = item;
        let restoring = self.partitions.get_mut(number).and_then(Partition::restoring);
        let Some((restore, memory)) = restoring else { return Ok(true) };
        match item {
            HistoryItem::Record { offset, written, value, .. } => {
                let applied = match restore.read((offset, written, value), memory) {
                    Ok(applied) => applied,
                    Err(error) => {
                        self.give_up_unreadable(number, offset, error);
                        return Ok(true);
                    }
                };
                // Retention deletes old records from the start of the history. That matters
                // only within the memory's own retention.
                let floor = || clock.wall().millis() - self.settings.limits.retention_ms;
                if applied == Applied::AfterGap && written.millis() > floor() {
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

    fn restored(&mut self, number: i32, point: &ResumePoint) {
        log_resume_point(number, point);
        let metrics = &self.reporter.metrics;
        metrics.restored(result(point), point.progress.transactions);
        if point.checkpoint.is_some() {
            metrics.checkpoint(CheckpointResult::Used);
        } else if point.checkpoint_ignored {
            metrics.checkpoint(CheckpointResult::Ignored);
        }
        metrics.set_restore_left(number, 0);
        if let Some(next) = point.seek.filter(|_| point.missed > 0) {
            self.reporter.missed(number, point.missed, next);
        }
        let Some(partition) = self.partitions.get_mut(number) else { return };
        partition.resume(point);
        let memory = match point.warm_up_until {
            Some(_) => MemoryState::WarmingUp,
            None => MemoryState::Ready,
        };
        self.reporter.memory_state(number, memory);
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
        self.ports.log.close(number);
        self.reporter.metrics.set_restore_left(number, 0);
        if let Some(partition) = self.partitions.get_mut(number) {
            partition.mark_unreadable();
        }
        self.reporter.memory_state(number, MemoryState::Unreadable { offset, error });
    }

    fn show_progress(&mut self) {
        let now = self.ports.clock.now();
        for (number, partition) in self.partitions.iter_mut() {
            let Some((restore, _)) = partition.restoring() else { continue };
            restore.log_progress(number, now);
            let left = restore.progress().left;
            self.reporter.metrics.set_restore_left(number, left);
            let memory = match restore.awaits_labels() {
                true => MemoryState::AwaitingLabels,
                false => MemoryState::Restoring { left },
            };
            self.reporter.memory_state(number, memory);
        }
    }
}
