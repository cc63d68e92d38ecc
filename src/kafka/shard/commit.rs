//! Closes a batch: commits it, or aborts it and restores the state before it.

use super::batch::{Batch, CommitStep, Phase};
use super::fault::handle_fault;
use super::output::{Origin, Output, OutputKind};
use super::partition::{Committed, Partition};
use super::partitions::Partitions;
use super::ports::{Checkpoints, Clock, Fault, Input, PortSet, Ports, Publisher, SendProgress};
use super::process::poll_without_processing;
use super::reporter::Reporter;
use super::scorer::Scorer;
use crate::kafka::errors::ShardError;
use crate::metrics::CommitResult;
use crate::status::Activity;
use std::time::{Duration, Instant};

/// If acknowledgements take longer than this, the group is polled during the wait.
const ACKNOWLEDGE_SLICE: Duration = Duration::from_millis(500);

/// Runs the steps that are left to do for the batch.
pub struct Closing<'s, P: Ports> {
    /// The history topic.
    pub history: Option<&'s str>,
    pub ports: &'s mut PortSet<P>,
    pub reporter: &'s Reporter,
    pub scorer: &'s Scorer,
    pub partitions: &'s mut Partitions,
    pub batch: &'s mut Batch,
}

impl<P: Ports> Closing<'_, P> {
    /// Runs the next step, or waits for the next attempt.
    pub fn advance(&mut self, now: Instant) -> Result<(), ShardError> {
        if !self.batch.may_try(now) {
            return self.wait_without_processing();
        }
        match self.batch.phase() {
            Phase::Idle => Ok(()),
            Phase::Open => {
                self.batch.close(now);
                Ok(())
            }
            Phase::Closing(number) => self.close(number, now),
            Phase::Aborting => {
                self.reporter.doing(Activity::Aborting, None);
                self.abort()
            }
            Phase::RecreatingProducer => {
                self.reporter.doing(Activity::RecreatingProducer, None);
                self.recreate_producer()
            }
            Phase::ResolvingCommit => {
                self.reporter.doing(Activity::ResolvingCommit, None);
                self.resolve_commit()
            }
            Phase::Rewinding => self.rewind(),
        }
    }

    fn close(&mut self, number: usize, now: Instant) -> Result<(), ShardError> {
        let Some(step) = self.batch.step(number) else {
            self.batch_committed(now);
            return Ok(());
        };
        self.reporter.doing(activity(step), None);
        let done = match step {
            CommitStep::HandOverHistory => self.hand_over_history(),
            CommitStep::Offsets => self.send_offsets(),
            CommitStep::Acknowledge => self.acknowledged(),
            CommitStep::Commit => self.ports.publisher.commit().map(|()| SendProgress::Done),
        };
        match done {
            Ok(SendProgress::Done) => self.batch.go_to(Phase::Closing(number + 1)),
            Ok(SendProgress::NotYet) if self.batch.closing_for(now) >= ACKNOWLEDGE_SLICE => {
                return self.wait_without_processing();
            }
            Ok(SendProgress::NotYet) => {}
            Err(fault) => return self.failed(fault),
        }
        Ok(())
    }

    /// Sends a history record for each partition of the batch, even if the record only covers
    /// offsets.
    fn hand_over_history(&mut self) -> Result<SendProgress, Fault> {
        let Some(topic) = self.history else { return Ok(SendProgress::Done) };
        for (number, partition) in self.partitions.iter_mut() {
            let Some((offset, value)) = partition.finish_record() else { continue };
            let origin = Origin { what: OutputKind::History, partition: number, offset };
            self.ports.publisher.send(Output {
                topic,
                to_partition: Some(number),
                key: None,
                value,
                headers: &[],
                origin,
            })?;
        }
        Ok(SendProgress::Done)
    }

    fn acknowledged(&mut self) -> Result<SendProgress, Fault> {
        let progress = self.ports.publisher.acknowledged()?;
        for (number, offset) in self.ports.publisher.history_offsets() {
            if let Some(partition) = self.partitions.get_mut(number) {
                partition.written_at(offset);
            }
        }
        Ok(progress)
    }

    fn send_offsets(&mut self) -> Result<SendProgress, Fault> {
        let offsets = self.partitions.to_commit();
        let PortSet { input, publisher, .. } = &mut *self.ports;
        match self.batch.commits_in_transaction() {
            true => publisher.send_offsets(&offsets, input.group()?),
            false => input.commit(&offsets),
        }
    }

    fn batch_committed(&mut self, now: Instant) {
        for number in self.partitions.numbers() {
            self.commit_partition(number);
        }
        self.finish_and_count(true, now);
    }

    fn abort(&mut self) -> Result<(), ShardError> {
        if let Err(fault) = self.ports.publisher.abort() {
            return self.failed(fault);
        }
        self.reporter.metrics.commit(CommitResult::Aborted, Duration::ZERO);
        // Memory, counts and positions return to the state before the batch.
        for number in self.partitions.numbers() {
            self.undo_partition(number);
        }
        self.scorer.recorder().discard();
        self.batch.end(false);
        Ok(())
    }

    fn recreate_producer(&mut self) -> Result<(), ShardError> {
        if let Err(fault) = self.ports.publisher.recreate() {
            return self.failed(fault);
        }
        self.batch.transaction_ended();
        if self.partitions.has_batch() {
            self.batch.go_to(Phase::ResolvingCommit);
        } else {
            self.batch.end(false);
        }
        Ok(())
    }

    /// Resolves the outcome of a transaction whose end was not seen, from the group's committed
    /// offsets. A transaction is committed as a whole, but another member may since have advanced a
    /// partition that this member lost. If a partition's warm-up ends at the committed offset, or if
    /// the batch has only labels of it, that offset shows nothing, so the partition is restored.
    fn resolve_commit(&mut self) -> Result<(), ShardError> {
        let expected = self.partitions.to_commit().transactions;
        let numbers: Vec<i32> = expected.keys().copied().collect();
        let committed = match self.ports.input.committed(&numbers) {
            Ok(committed) => committed,
            Err(fault) => return self.failed(fault),
        };
        let now = self.ports.clock.now();
        let mut was_committed = false;
        for (number, next) in expected {
            let Some(partition) = self.partitions.get_mut(number) else { continue };
            match committed.get(&number).copied().flatten() {
                // When the input replaces a lost history, the group was at this offset before the
                // batch too. A batch with only labels does not change the offset.
                Some(at) if partition.warms_up_to(at) || partition.has_only_labels_in_batch() => {
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
                        "another member advanced this partition"
                    );
                    self.ports.checkpoints.look_for(number);
                    self.partitions.restart(number, now);
                }
                _ => self.undo_partition(number),
            }
        }
        tracing::info!(was_committed, "transaction outcome resolved");
        self.finish_and_count(was_committed, now);
        Ok(())
    }

    fn commit_partition(&mut self, number: i32) {
        let Some(partition) = self.partitions.get_mut(number) else { return };
        let Committed { is_warmed_up, missed, first } = partition.commit_batch();
        if is_warmed_up {
            self.reporter.warmed_up(number);
        }
        if missed > 0 {
            self.reporter.missed(number, missed, first);
        }
    }

    fn undo_partition(&mut self, number: i32) {
        if let Some(first) = self.partitions.get_mut(number).and_then(Partition::undo_batch) {
            self.batch.read_again_from(number, first);
        }
    }

    fn finish_and_count(&mut self, was_committed: bool, now: Instant) {
        let result = if was_committed { CommitResult::Ok } else { CommitResult::Failed };
        let metrics = &self.reporter.metrics;
        metrics.commit(result, self.batch.closing_for(now));
        match was_committed {
            true => {
                metrics.batch(self.batch.open_for(now));
                self.scorer.recorder().flush();
            }
            false => self.scorer.recorder().discard(),
        }
        self.batch.end(was_committed);
    }

    fn rewind(&mut self) -> Result<(), ShardError> {
        while let Some((number, offset)) = self.batch.next_rewind() {
            self.reporter.doing(Activity::Seeking, Some(number));
            let runs = self.partitions.get_mut(number).is_some_and(|p| p.is_running());
            if runs && let Err(fault) = self.ports.input.seek(number, offset) {
                return self.failed(fault);
            }
            self.batch.forget(number);
        }
        self.batch.go_to(Phase::Idle);
        Ok(())
    }

    fn wait_without_processing(&mut self) -> Result<(), ShardError> {
        poll_without_processing(&mut self.ports.input, self.batch, self.reporter)
    }

    fn failed(&mut self, fault: Fault) -> Result<(), ShardError> {
        handle_fault(fault, self.batch, self.reporter, self.ports.clock.now())
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
