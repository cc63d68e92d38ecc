//! Taking records: polled, decided, and held back while none may come.

use super::super::errors::ShardError;
use super::super::ports::{Clock, Fault, Input, Ports, Publisher};
use super::batch::Phase;
use super::{Shard, commit};
use crate::status::Activity;
use rdkafka::Message;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// So many records are taken in one turn, if they come without a wait. What a turn looks at beside
/// them is then cheap, and a change of the assignment is still acted on within a fraction of a
/// millisecond.
const TURN_RECORDS_MAX: usize = 32;
/// The wait for a record while none may come; what else goes on is looked after in between.
const HELD_POLL: Duration = Duration::from_millis(5);

impl<P: Ports> Shard<P> {
    /// Takes records, if one comes and as long as others come without a wait.
    pub(super) fn process_records(&mut self, now: Instant) -> Result<(), ShardError> {
        if !self.begun {
            match self.publisher.begin() {
                Ok(()) => self.begun = true,
                Err(fault) => return self.failed(fault),
            }
        }
        // Before anything opens the batch: what is committed with the membership of an earlier one is
        // refused.
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

    /// Whether a record came.
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
        // After the wait, so that what was produced after a swap is decided by the new ruleset; and
        // between batches, so that each is decided, or decided again, by one.
        if batch.is_idle() {
            scorer.keep_up(clock);
        }
        let Some(record) = record else { return Ok(Ok(false)) };
        let (number, offset) = (record.partition(), record.offset());
        // One that is not owned any more is its new owner's to decide.
        let Some(partition) = partitions.taking(number, offset) else { return Ok(Ok(true)) };
        if let Some(covered) = partition.covered.filter(|covered| offset < *covered) {
            let topic = settings.topics.transactions.clone();
            return Err(ShardError::InputWentBack { topic, partition: number, offset, covered });
        }
        let polled = clock.now();
        status.doing(*index, Activity::Deciding, Some(number));
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

    /// Lets records come, of the partitions whose memory is there; or none.
    fn flow(&mut self, on: bool) -> Result<(), ShardError> {
        let running = if on { self.partitions.running() } else { BTreeSet::new() };
        self.input.flow(&running)
    }

    /// Nothing may be taken: the group is served all the same.
    pub(super) fn hold(&mut self) -> Result<(), ShardError> {
        self.flow(false)?;
        self.doing(Activity::Polling, None);
        // A record that comes in spite of that is read again after the seek or the reassignment.
        if let Some(record) = self.input.poll(HELD_POLL)? {
            let (number, offset) = (record.partition(), record.offset());
            tracing::debug!(partition = number, offset, "a record came while none was asked for");
            commit::rewind_to(&mut self.rewinds, number, offset);
            match self.batch.phase() {
                Phase::Idle => self.batch.rewind(),
                // Nothing is taken over it.
                Phase::Open => self.batch.mark_full(),
                _ => {}
            }
        }
        Ok(())
    }
}
