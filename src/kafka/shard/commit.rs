//! Closes a batch: commits it, or aborts it and restores the state before it.

use super::super::errors::ShardError;
use super::super::outbound_record::{Origin, Output, OutputKind};
use super::super::partitions::Partition;
use super::super::ports::{
    Checkpoints, Clock, Fault, Input, Ports, Publisher, Reason, SendProgress,
};
use super::Shard;
use super::batch::{CommitStep, Phase};
use crate::metrics::CommitResult;
use crate::status::Activity;
use std::time::{Duration, Instant};

/// If acknowledgements take longer than this, the group is polled during the wait.
const ACKNOWLEDGE_SLICE: Duration = Duration::from_millis(500);
/// The retries of one step are logged once in this many attempts.
const RETRIES_PER_LOG: u32 = 16;

impl<P: Ports> Shard<P> {
    /// Runs the next step, or waits for the next attempt.
    pub(super) fn advance(&mut self, now: Instant) -> Result<(), ShardError> {
        if !self.batch.may_try(now) {
            return self.hold();
        }
        match self.batch.phase() {
            Phase::Idle => Ok(()),
            Phase::Open => {
                self.batch.close(now);
                Ok(())
            }
            Phase::Closing(number) => self.close(number, now),
            Phase::Aborting => {
                self.doing(Activity::Aborting, None);
                self.abort()
            }
            Phase::RecreatingProducer => {
                self.doing(Activity::RecreatingProducer, None);
                self.recreate_producer()
            }
            Phase::ResolvingCommit => {
                self.doing(Activity::ResolvingCommit, None);
                self.resolve_commit()
            }
            Phase::Rewinding => self.rewind(),
        }
    }

    fn close(&mut self, number: usize, now: Instant) -> Result<(), ShardError> {
        let Some(step) = self.batch.step(number) else {
            self.batch_kept(now);
            return Ok(());
        };
        self.doing(activity(step), None);
        let done = match step {
            CommitStep::HandOverHistory => self.hand_over_history(),
            CommitStep::Offsets => self.send_offsets(),
            CommitStep::Acknowledge => self.acknowledged(),
            CommitStep::Commit => self.publisher.commit().map(|()| SendProgress::Done),
        };
        match done {
            Ok(SendProgress::Done) => self.batch.go_to(Phase::Closing(number + 1)),
            Ok(SendProgress::NotYet) if self.batch.closing_for(now) >= ACKNOWLEDGE_SLICE => {
                return self.hold();
            }
            Ok(SendProgress::NotYet) => {}
            Err(fault) => return self.failed(fault),
        }
        Ok(())
    }

    /// Sends a history record for each partition of the batch, even if the record only covers
    /// offsets.
    fn hand_over_history(&mut self) -> Result<SendProgress, Fault> {
        let Some(topic) = &self.settings.topics.history else { return Ok(SendProgress::Done) };
        for (number, partition) in self.partitions.iter_mut() {
            let Some((offset, value)) = partition.finish_record() else { continue };
            let origin = Origin { what: OutputKind::History, partition: number, offset };
            self.publisher.send(Output {
                topic,
                to_partition: Some(number),
                key: None,
                value,
                headers: None,
                origin,
            })?;
        }
        Ok(SendProgress::Done)
    }

    fn acknowledged(&mut self) -> Result<SendProgress, Fault> {
        let progress = self.publisher.acknowledged()?;
        for (number, offset) in self.publisher.history_offsets() {
            if let Some(partition) = self.partitions.get_mut(number) {
                partition.written_at(offset);
            }
        }
        Ok(progress)
    }

    fn send_offsets(&mut self) -> Result<SendProgress, Fault> {
        let offsets = self.partitions.to_commit();
        if self.batch.commits_in_transaction() {
            return self.publisher.send_offsets(&offsets, self.input.group()?);
        }
        self.input.commit(&offsets)
    }

    fn batch_kept(&mut self, now: Instant) {
        for number in self.partitions.numbers() {
            self.commit_partition(number);
        }
        self.finish_and_count(true, now);
    }

    /// Resets memory, counts and positions to the state before the batch.
    fn batch_undone(&mut self) {
        for number in self.partitions.numbers() {
            self.undo_partition(number);
        }
        self.scorer.recorder().discard();
        self.finish_batch(false);
    }

    fn commit_partition(&mut self, number: i32) {
        if self.partitions.get_mut(number).is_some_and(Partition::commit_batch) {
            self.warmed_up(number);
        }
    }

    fn undo_partition(&mut self, number: i32) {
        if let Some(first) = self.partitions.get_mut(number).and_then(Partition::undo_batch) {
            rewind_to(&mut self.rewinds, number, first);
        }
    }

    fn finish_batch(&mut self, kept: bool) {
        self.begun = false;
        self.batch.end(kept);
        if !self.rewinds.is_empty() {
            self.batch.rewind();
        }
    }

    fn abort(&mut self) -> Result<(), ShardError> {
        if let Err(fault) = self.publisher.abort() {
            return self.failed(fault);
        }
        self.settings.metrics.commit(CommitResult::Aborted, Duration::ZERO);
        self.batch_undone();
        Ok(())
    }

    fn recreate_producer(&mut self) -> Result<(), ShardError> {
        if let Err(fault) = self.publisher.recreate() {
            return self.failed(fault);
        }
        self.begun = false;
        if self.partitions.has_batch() {
            self.batch.go_to(Phase::ResolvingCommit);
        } else {
            self.finish_batch(false);
        }
        Ok(())
    }

    /// Resolves the outcome of a transaction whose end was not seen, from the group's committed
    /// offsets. A transaction is committed as a whole, but another member may since have advanced a
    /// partition that this member lost. If a partition's warm-up ends at the committed offset, that
    /// offset shows nothing, so the partition is restored.
    fn resolve_commit(&mut self) -> Result<(), ShardError> {
        let expected = self.partitions.to_commit();
        let numbers: Vec<i32> = expected.keys().copied().collect();
        let committed = match self.input.committed(&numbers) {
            Ok(committed) => committed,
            Err(fault) => return self.failed(fault),
        };
        let now = self.clock.now();
        let mut was_committed = false;
        for (number, next) in expected {
            match committed.get(&number).copied().flatten() {
                // When the input replaces a lost history, the group was at this offset before the
                // batch too.
                Some(at) if self.partitions.get_mut(number).is_some_and(|p| p.warms_up_to(at)) => {
                    tracing::debug!(
                        partition = number,
                        at,
                        next,
                        "rereading the history to resolve the commit"
                    );
                    self.partitions.restart(number, now);
                }
                Some(at) if at == next => {
                    was_committed = true;
                    self.commit_partition(number);
                }
                Some(at) if at > next => {
                    tracing::warn!(
                        partition = number,
                        at,
                        next,
                        "another member advanced this \
                         partition"
                    );
                    self.checkpoints.look_for(number);
                    self.partitions.restart(number, now);
                }
                _ => self.undo_partition(number),
            }
        }
        tracing::info!(was_committed, "transaction outcome resolved");
        self.finish_and_count(was_committed, now);
        Ok(())
    }

    fn finish_and_count(&mut self, was_committed: bool, now: Instant) {
        let result = if was_committed { CommitResult::Ok } else { CommitResult::Failed };
        self.settings.metrics.commit(result, self.batch.closing_for(now));
        match was_committed {
            true => {
                self.settings.metrics.batch(self.batch.open_for(now));
                self.scorer.recorder().flush();
            }
            false => self.scorer.recorder().discard(),
        }
        self.finish_batch(was_committed);
    }

    fn rewind(&mut self) -> Result<(), ShardError> {
        while let Some((number, offset)) = self.rewinds.first_key_value().map(|(n, o)| (*n, *o)) {
            self.doing(Activity::Seeking, Some(number));
            let runs = self.partitions.get_mut(number).is_some_and(|p| p.is_running());
            if runs && let Err(fault) = self.input.seek(number, offset) {
                return self.failed(fault);
            }
            self.rewinds.remove(&number);
        }
        self.batch.go_to(Phase::Idle);
        Ok(())
    }

    pub(super) fn log_retry(&self, reason: &Reason) {
        let (phase, tries) = (self.batch.phase(), self.batch.failures());
        // After a pause the coordinator takes a while to answer; that is not worth a warning yet.
        if phase == Phase::RecreatingProducer && tries == 0 {
            tracing::info!(%reason, "trying again");
        } else if tries.is_multiple_of(RETRIES_PER_LOG)
            || phase == Phase::RecreatingProducer && tries == 1
        {
            tracing::warn!(%reason, ?phase, tries, "trying again");
        }
    }
}

fn activity(step: CommitStep) -> Activity {
    match step {
        CommitStep::HandOverHistory => Activity::HandingOver,
        CommitStep::Offsets => Activity::AddingOffsets,
        CommitStep::Acknowledge => Activity::Acknowledging,
        CommitStep::Commit => Activity::Committing,
    }
}

/// Notes an offset to read again from; the lowest offset per partition wins.
pub(super) fn rewind_to(
    rewinds: &mut std::collections::BTreeMap<i32, i64>,
    number: i32,
    offset: i64,
) {
    rewinds.entry(number).and_modify(|at| *at = offset.min(*at)).or_insert(offset);
}
