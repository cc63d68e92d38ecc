//! Polls records and decides on them, and polls without processing while no record may be read.

use super::super::errors::ShardError;
use super::super::ports::{Clock, Fault, Input, Ports, Publisher};
use super::batch::Phase;
use super::{Shard, commit};
use crate::status::Activity;
use rdkafka::Message;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The maximum number of records in one turn, if they arrive without a wait. The cost of a turn's
/// other work is spread over them, and a change of the assignment still waits only for a fraction
/// of a millisecond.
const TURN_RECORDS_MAX: usize = 32;
/// How long to wait in a poll while no record may be processed; other work continues in between.
const HELD_POLL: Duration = Duration::from_millis(5);

impl<P: Ports> Shard<P> {
    /// Processes a record, if one arrives, and those that follow without a wait.
    pub(super) fn process_records(&mut self, now: Instant) -> Result<(), ShardError> {
        if !self.begun {
            match self.publisher.begin() {
                Ok(()) => self.begun = true,
                Err(fault) => return self.failed(fault),
            }
        }
        // Captured before anything opens the batch: the broker rejects offsets that are committed
        // with an earlier membership.
        if self.batch.is_idle() {
            self.input.note_membership();
        }
        for (_, partition) in self.partitions.iter_mut() {
            if partition.take_catch_up() {
                self.batch.took(now);
            }
        }
        self.flow(true)?;
        let mut wait = self.poll_wait(now);
        self.doing(Activity::Polling, None);
        for _ in 0..TURN_RECORDS_MAX {
            match self.poll_and_decide(wait)? {
                Ok(true) => wait = Duration::ZERO,
                Ok(false) => break,
                Err(fault) => return self.failed(fault),
            }
            self.drain_events()?;
            if self.must_close(now) || !self.changes.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Returns whether a record arrived.
    fn poll_and_decide(&mut self, wait: Duration) -> Result<Result<bool, Fault>, ShardError> {
        let Self {
            index,
            settings,
            status,
            clock,
            input,
            publisher,
            scorer,
            partitions,
            batch,
            ..
        } = self;
        let record = input.poll(wait)?;
        // After the poll, so that a record produced after a change of the ruleset is decided by the
        // new one. Only between batches, so that one ruleset decides the whole batch, also when it
        // is repeated.
        if batch.is_idle() {
            scorer.keep_up(clock);
        }
        let Some(record) = record else { return Ok(Ok(false)) };
        let (number, offset) = (record.partition(), record.offset());
        // If the partition is no longer owned, its new owner decides on the record.
        let Some(partition) = partitions.taking(number, offset) else { return Ok(Ok(true)) };
        if let Some(covered) = partition.covered.filter(|covered| offset < *covered) {
            let topic = settings.topics.transactions.clone();
            return Err(ShardError::InputWentBack { topic, partition: number, offset, covered });
        }
        let polled = clock.now();
        status.set_activity(*index, Activity::Deciding, Some(number));
        partition.take(offset);
        batch.took(polled);
        let taken = scorer.take((&record, polled), partition, publisher, clock);
        if partition.is_full() {
            batch.mark_full();
        }
        scorer.recorder().took(clock.now().saturating_duration_since(polled));
        Ok(taken.map(|()| true))
    }

    fn poll_wait(&self, now: Instant) -> Duration {
        let restoring = self.partitions.iter().any(|(_, partition)| partition.is_restoring());
        let wait = self.batch.poll_wait(now);
        if restoring { wait.min(self.restore_due.saturating_duration_since(now)) } else { wait }
    }

    /// Lets records flow from the partitions whose memory is ready, or from none.
    fn flow(&mut self, on: bool) -> Result<(), ShardError> {
        let running = if on { self.partitions.running() } else { BTreeSet::new() };
        self.input.flow(&running)
    }

    /// Polls the group without processing records.
    pub(super) fn hold(&mut self) -> Result<(), ShardError> {
        self.flow(false)?;
        self.doing(Activity::Polling, None);
        // A record may still arrive. It is read again after the seek or the next assignment.
        if let Some(record) = self.input.poll(HELD_POLL)? {
            let (number, offset) = (record.partition(), record.offset());
            tracing::debug!(partition = number, offset, "a record came while none was asked for");
            commit::rewind_to(&mut self.rewinds, number, offset);
            match self.batch.phase() {
                Phase::Idle => self.batch.rewind(),
                // No later record may be processed before this one.
                Phase::Open => self.batch.mark_full(),
                _ => {}
            }
        }
        Ok(())
    }
}
