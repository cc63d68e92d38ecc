//! Polls records and scores them, and polls without processing while no record may be read.

use super::batch::Batch;
use super::events::handle_events;
use super::fault::handle_fault;
use super::labelling::Labelling;
use super::partitions::Partitions;
use super::ports::{Clock, Fault, Input, InputRecord, PortSet, Ports, Publisher};
use super::rebalance::PendingChanges;
use super::reporter::Reporter;
use super::scorer::{Decoded, Scorer};
use crate::kafka::errors::ShardError;
use crate::kafka::record::{BorrowedRecord, PolledRecord};
use crate::pipeline::MESSAGES_MAX;
use crate::status::Activity;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How long to wait in a poll while no record may be processed; other work continues in between.
const HELD_POLL: Duration = Duration::from_millis(5);

/// How often in a row the input may go back before what was processed.
const BACK_MAX: u32 = 3;

/// Processes records, if the batch takes any.
pub struct Processing<'s, P: Ports> {
    pub ports: &'s mut PortSet<P>,
    pub reporter: &'s Reporter,
    pub scorer: &'s mut Scorer,
    pub partitions: &'s mut Partitions,
    pub batch: &'s mut Batch,
    pub changes: &'s mut PendingChanges,
    /// When restores continue.
    pub restore_due: Instant,
}

impl<P: Ports> Processing<'_, P> {
    pub fn may_process(&self, now: Instant) -> bool {
        self.batch.takes_more(now) && !self.must_close(now)
    }

    fn must_close(&self, now: Instant) -> bool {
        let has_cause =
            self.batch.is_due(now) || !self.changes.is_empty() || self.ports.publisher.is_full();
        self.batch.is_open() && has_cause
    }

    /// Processes the records that arrive: the first, and those that follow without a wait.
    pub fn process_records(&mut self, now: Instant) -> Result<(), ShardError> {
        if let Err(fault) = self.begin_transaction() {
            return self.failed(fault);
        }
        // Captured before anything opens the batch: the broker rejects offsets that are committed
        // with an earlier membership.
        let begins = self.batch.is_idle();
        if begins {
            self.ports.input.capture_membership();
        }
        for (_, partition) in self.partitions.iter_mut() {
            if partition.add_catch_up_to_batch() {
                self.batch.took(now);
            }
        }
        if begins && let Err(fault) = self.process_labels(now) {
            return self.failed(fault);
        }
        self.ports.input.set_active_partitions(&self.partitions.running())?;
        if self.batch.room() == 0 || self.partitions.is_any_full() {
            return Ok(());
        }
        let wait = self.poll_wait(now);
        self.reporter.doing(Activity::Polling, None);
        if let Err(fault) = self.poll_and_score(wait)? {
            return self.failed(fault);
        }
        handle_events(self.ports, self.partitions, self.batch, self.changes, self.reporter);
        Ok(())
    }

    fn begin_transaction(&mut self) -> Result<(), Fault> {
        if !self.batch.has_transaction() {
            self.ports.publisher.begin()?;
            self.batch.transaction_began();
        }
        Ok(())
    }

    fn process_labels(&mut self, now: Instant) -> Result<(), Fault> {
        let Self { ports, reporter, scorer, partitions, batch, .. } = self;
        scorer.keep_up(&ports.clock);
        Labelling { ports, reporter, scorer, partitions, batch }.process_labels(now)
    }

    /// Polls records, and scores them in their order.
    fn poll_and_score(&mut self, wait: Duration) -> Result<Result<(), Fault>, ShardError> {
        let Self { ports, reporter, scorer, partitions, batch, .. } = self;
        let PortSet { clock, input, publisher, .. } = &mut **ports;
        let polled = input.poll(wait, batch.room().min(MESSAGES_MAX))?;
        // After the poll, so that a record produced after a change of the ruleset is scored by the
        // new one. Only between batches, so that one ruleset scores the whole batch, also when it
        // is repeated.
        if batch.is_idle() {
            scorer.keep_up(clock);
        }
        let polled_at = clock.now();
        let records = polled.iter().map(PolledRecord::borrowed).collect::<Vec<_>>();
        let mut decoded = scorer.decode(&records);
        look_ahead(partitions, &records, &decoded);
        let mut rest = polled.iter().zip(&records).zip(&mut decoded);
        let mut result = Ok(());
        for ((polled, record), decoded) in &mut rest {
            let (number, offset) = (record.partition, record.offset);
            // If the partition is no longer owned, its new owner scores the record.
            let Some(partition) = partitions.processable(number, offset) else { continue };
            if let Some(covered) = partition.covered().filter(|covered| offset < *covered) {
                // The client library may go back to the start of the log when the leader changes. A
                // topic that was recreated or truncated does so whenever it is moved forward.
                match partition.backsteps.back(offset) {
                    0 => {}
                    1..=BACK_MAX => tracing::warn!(
                        partition = number,
                        offset,
                        covered,
                        "the input went back to records that were already processed; they are skipped"
                    ),
                    _ => {
                        let (topic, partition) = (reporter.topic.clone(), number);
                        return Err(ShardError::InputWentBack {
                            topic,
                            partition,
                            offset,
                            covered,
                        });
                    }
                }
                batch.put_off(number, covered);
                continue;
            }
            partition.backsteps.forward();
            let missed = partition.missed_before(offset, || polled.log_start());
            if missed > 0 {
                // The history records a gap only at the start of a batch.
                if partition.is_in_batch() {
                    partition.hold_labels();
                    batch.put_off(number, offset);
                    break;
                }
                partition.begin_gap(missed);
            }
            reporter.doing(Activity::Scoring, Some(number));
            partition.add_to_batch(offset);
            batch.took(polled_at);
            result = scorer.process((record, polled_at), decoded, partition, publisher, clock);
            scorer.recorder().took(clock.now().saturating_duration_since(polled_at));
            if partition.is_full() {
                batch.mark_full();
            }
            if partition.is_full() || result.is_err() {
                break;
            }
        }
        // Read again, after those that were processed.
        for ((_, record), _) in rest {
            let covered = partitions.get_mut(record.partition).and_then(|p| p.covered());
            batch.put_off(record.partition, record.offset.max(covered.unwrap_or(0)));
        }
        Ok(result)
    }

    fn poll_wait(&self, now: Instant) -> Duration {
        let is_restoring = self.partitions.iter().any(|(_, partition)| partition.is_restoring());
        let wait = self.batch.poll_wait(now);
        if is_restoring { wait.min(self.restore_due.saturating_duration_since(now)) } else { wait }
    }

    fn failed(&mut self, fault: Fault) -> Result<(), ShardError> {
        handle_fault(fault, self.batch, self.reporter, self.ports.clock.now())
    }
}

/// Looks up the cards of the messages, before the first is scored.
fn look_ahead(partitions: &Partitions, records: &[BorrowedRecord<'_>], decoded: &[Decoded<'_>]) {
    for (number, partition) in partitions.iter() {
        let its = records.iter().zip(decoded).filter(|(record, _)| record.partition == number);
        partition.memory.look_ahead(its.filter_map(|(_, decoded)| decoded.card()));
    }
}

/// Polls the group without processing records.
pub fn poll_without_processing(
    input: &mut impl Input,
    batch: &mut Batch,
    reporter: &Reporter,
) -> Result<(), ShardError> {
    input.set_active_partitions(&BTreeSet::new())?;
    reporter.doing(Activity::Polling, None);
    // A record may still arrive. It is read again after the seek or the next assignment.
    for polled in input.poll(HELD_POLL, 1)? {
        let record = polled.borrowed();
        let (partition, offset) = (record.partition, record.offset);
        tracing::debug!(partition, offset, "a record arrived without a request");
        batch.put_off(partition, offset);
    }
    Ok(())
}
