//! One shard, a member of the consumer group: it reads, decides, publishes and commits for its
//! partitions.
//!
//! The logic knows [`Ports`] and does not know the client library. It therefore also runs against a
//! model of the broker, in virtual time and under every kind of fault
//! (`src/kafka/tests/simulator`).

mod batch;
mod checkpointing;
mod commit;
mod process;
mod rebalance;
pub(super) mod restore;
mod restore_driver;
mod resume_point;

use super::errors::ShardError;
use super::partitions::{Partition, Partitions};
use super::ports::{Checkpoints, Clock, Fault, HistoryLog, Input, InputEvent, Ports, Publisher};
use super::scorer::Scorer;
use super::settings::Settings;
use crate::metrics::{RebalanceKind, Remedy};
use crate::status::{Activity, Status};
use batch::{Batch, Phase};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

const HOUSEKEEPING_INTERVAL: Duration = Duration::from_secs(1);
const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(100);
/// The part of the stop's grace that is reserved for leaving the group.
const LEAVE_TIME: Duration = Duration::from_millis(500);

/// How a shard ended after a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Every processed record is committed.
    Drained,
    /// A batch was still open at the deadline.
    Unacknowledged,
}

/// The deadline for the shards to stop, once it is set.
pub(super) type Stop = OnceLock<Instant>;

/// A member of the consumer group.
///
/// ```text
///        ┌──────────────────────────────────────────────────────────────┐
///        ▼                                                              │
///   poll a record ─▶ Scorer: decode, decide, send outputs               │
///        │                                                              │
///        ▼ events of the poll                                           │
///   assigned ─▶ restore the memory from the history, then read          │
///   revoked ──▶ close the batch, release the partitions                 │
///   lost ─────▶ abort the batch, release the partitions                 │
///        │                                                              │
///        ▼ every commit interval, or when the batch is full             │
///   close the batch, step by step (`batch`): history, offsets, commit;  │
///   what fails is retried, aborted or resolved ─────────────────────────┘
/// ```
pub(super) struct Shard<P: Ports> {
    index: usize,
    settings: Arc<Settings>,
    status: Arc<Status>,
    stop: Arc<Stop>,
    clock: P::Clock,
    input: P::Input,
    publisher: P::Publisher,
    log: P::HistoryLog,
    checkpoints: P::Checkpoints,
    saving: checkpointing::Saving,
    scorer: Scorer,
    partitions: Partitions,
    batch: Batch,
    /// Whether a transaction was begun.
    begun: bool,
    /// The offsets from which partitions have to be read again.
    rewinds: BTreeMap<i32, i64>,
    /// Changes of the assignment that wait for the batch to end.
    changes: VecDeque<rebalance::Waiting>,
    /// When restores continue, if records of other partitions are processed in between.
    restore_due: Instant,
    heartbeat_due: Instant,
    housekeeping_due: Instant,
}

/// The ports of a new shard.
pub(super) struct PortSet<P: Ports> {
    pub clock: P::Clock,
    pub input: P::Input,
    pub publisher: P::Publisher,
    pub log: P::HistoryLog,
    pub checkpoints: P::Checkpoints,
}

impl<P: Ports> Shard<P> {
    pub(super) fn new(
        index: usize,
        settings: Arc<Settings>,
        status: Arc<Status>,
        stop: Arc<Stop>,
        sides: PortSet<P>,
    ) -> Self {
        let PortSet { clock, input, publisher, log, checkpoints } = sides;
        let now = clock.now();
        Self {
            index,
            scorer: Scorer::new(&settings, &clock),
            partitions: Partitions::new(&settings),
            batch: Batch::new(settings.guarantee, settings.commit_interval),
            saving: checkpointing::Saving::new(&settings, now),
            begun: false,
            rewinds: BTreeMap::new(),
            changes: VecDeque::new(),
            restore_due: now,
            heartbeat_due: now,
            housekeeping_due: now,
            settings,
            status,
            stop,
            clock,
            input,
            publisher,
            log,
            checkpoints,
        }
    }

    /// Reads until a stop, then drains. Returns early on an error that the shard cannot recover
    /// from.
    pub(super) fn run(mut self) -> Result<Ended, ShardError> {
        self.input.subscribe()?;
        while self.stop.get().is_none() {
            self.step()?;
        }
        let deadline = self.stop.get().copied().unwrap_or_else(|| self.clock.now());
        let deadline = deadline.checked_sub(LEAVE_TIME).unwrap_or(deadline);
        let ended = self.drain(deadline)?;
        let Self { index, status, input, publisher, mut checkpoints, .. } = self;
        // Leaves the group first, so that the partitions' next owner does not wait for this disk.
        status.set_activity(index, Activity::Leaving, None);
        drop((input, publisher));
        status.set_activity(index, Activity::Checkpointing, None);
        checkpoints.finish(deadline);
        Ok(ended)
    }

    /// Joins the group without running; for tests that drive the shard step by step.
    #[cfg(test)]
    pub(super) fn subscribe(&mut self) -> Result<(), ShardError> {
        self.input.subscribe()
    }

    #[cfg(test)]
    pub(super) fn input(&self) -> &P::Input {
        &self.input
    }

    /// Makes the changes of the open batch permanent in memory, so that an abort cannot undo them.
    #[cfg(test)]
    pub(super) fn tamper_with_memory(&mut self) {
        for (_, partition) in self.partitions.iter_mut().filter(|(_, p)| p.taken.is_some()) {
            partition.memory.keep();
            partition.memory.begin();
        }
    }

    /// The memories of partitions that have no open batch and have processed everything committed.
    #[cfg(test)]
    pub(super) fn settled_memories(&self) -> impl Iterator<Item = (i32, &crate::memory::Memory)> {
        let settled = self.partitions.iter().filter(|(_, p)| p.is_running() && p.taken.is_none());
        settled.map(|(number, partition)| (number, &partition.memory))
    }

    /// One turn: processes some records or advances the open batch, handles events, and continues
    /// restores.
    pub(super) fn step(&mut self) -> Result<(), ShardError> {
        let now = self.clock.now();
        self.housekeeping(now);
        if self.batch.takes_more(now) && !self.must_close(now) {
            self.process_records(now)?;
        } else {
            self.advance(now)?;
        }
        self.drain_events()?;
        self.apply_rebalances()?;
        self.save_if_due(now);
        self.restore()
    }

    fn must_close(&self, now: Instant) -> bool {
        let opened = self.batch.phase() == Phase::Open;
        opened && (self.batch.is_due(now) || !self.changes.is_empty() || self.publisher.is_full())
    }

    fn drain_events(&mut self) -> Result<(), ShardError> {
        for note in self.input.notes() {
            match note {
                InputEvent::Assignment(change) => self.note_change(change),
                InputEvent::Seen(seen) => {
                    let topic = &self.settings.topics.transactions;
                    for (number, partition) in self.partitions.iter() {
                        let lag = seen.get(&number).and_then(|seen| seen.lag(partition.covered));
                        self.settings.metrics.set_consumer_lag(topic, number, lag);
                    }
                }
                InputEvent::End(number) => {
                    if self.partitions.get_mut(number).is_some_and(|p| p.reached_end()) {
                        self.warmed_up(number);
                    }
                }
            }
        }
        Ok(())
    }

    /// Handles a fault: returns the error if it is fatal, otherwise notes what the batch has to do.
    fn failed(&mut self, fault: Fault) -> Result<(), ShardError> {
        let now = self.clock.now();
        let phase = self.batch.phase();
        let metrics = &self.settings.metrics;
        match fault {
            Fault::Fatal(error) => return Err(error),
            Fault::Retriable(reason) => {
                metrics.fault(Remedy::Retried);
                self.log_retry(&reason);
                self.batch.failed(now, phase);
            }
            // A previous attempt may have committed the transaction although its answer was lost.
            Fault::Abortable(reason) if self.batch.is_committing() => {
                tracing::warn!(%reason, "the commit failed; the producer is replaced");
                self.batch.failed(now, Phase::RecreatingProducer);
            }
            Fault::Abortable(reason) => {
                metrics.fault(Remedy::Aborted);
                tracing::warn!(%reason, "the transaction is aborted; its records are taken again");
                self.batch.failed(now, Phase::Aborting);
            }
            Fault::Broken(reason) => {
                metrics.fault(Remedy::Replaced);
                tracing::warn!(%reason, "the producer is replaced");
                self.batch.failed(now, Phase::RecreatingProducer);
            }
        }
        Ok(())
    }

    /// Closes the open batch and releases all partitions.
    pub(super) fn drain(&mut self, deadline: Instant) -> Result<Ended, ShardError> {
        while !self.batch.is_idle() || !self.rewinds.is_empty() {
            let now = self.clock.now();
            if now >= deadline {
                break;
            }
            self.housekeeping(now);
            self.advance(now)?;
            self.drain_events()?;
            self.apply_rebalances()?;
        }
        let drained = !self.partitions.has_taken();
        let left = self.partitions.numbers();
        for number in &left {
            if let Some(partition) = self.release_partition(*number) {
                self.checkpoint_on_revoke(*number, partition);
            }
        }
        self.count_rebalance(RebalanceKind::Revoked, left.len(), -1);
        Ok(if drained { Ended::Drained } else { Ended::Unacknowledged })
    }

    /// Drops everything that belongs to a partition. Returns it if this shard owned it.
    fn release_partition(&mut self, number: i32) -> Option<Partition> {
        self.log.close(number);
        self.checkpoints.forget(number);
        self.rewinds.remove(&number);
        self.status.remove_partition(self.index, number);
        self.settings.metrics.forget_partition(&self.settings.topics.transactions, number);
        self.partitions.remove(number)
    }

    fn count_rebalance(&self, kind: RebalanceKind, partitions: usize, sign: i64) {
        let count = i64::try_from(partitions).unwrap_or(i64::MAX);
        self.settings.metrics.rebalance(kind, sign * count);
    }

    /// Reports the current activity, so that the cause of a stuck shard can be logged.
    fn doing(&self, activity: Activity, partition: Option<i32>) {
        self.status.set_activity(self.index, activity, partition);
    }

    fn housekeeping(&mut self, now: Instant) {
        if now >= self.heartbeat_due {
            self.status.record_heartbeat(self.index, now);
            self.heartbeat_due = now + HEARTBEAT_INTERVAL;
        }
        if now >= self.housekeeping_due {
            for (number, partition) in self.partitions.iter_mut() {
                let (usage, before) = partition.usage_and_before();
                self.settings.metrics.set_memory(number, usage, before);
            }
            // Errors of the producer's connections must not wait for the next output.
            self.publisher.serve();
            self.housekeeping_due = now + HOUSEKEEPING_INTERVAL;
        }
    }
}
