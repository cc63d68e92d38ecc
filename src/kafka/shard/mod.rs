//! A member of the consumer group: it reads, decides, publishes and commits for its partitions.
//!
//! The logic knows [`Ports`] and nothing of the client library, so that it also runs against a
//! model of the broker, in virtual time, under every fault that can be thought of
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
/// What of a stop's time is left for leaving the group.
const LEAVE_TIME: Duration = Duration::from_millis(500);

/// How a shard ended that was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Everything taken is committed.
    Drained,
    /// Something was still open when the time was over.
    Unacknowledged,
}

/// When the shards have to be done, once that is set.
pub(super) type Stop = OnceLock<Instant>;

/// A member of the consumer group.
///
/// ```text
///        ┌──────────────────────────────────────────────────────────────┐
///        ▼                                                              │
///   poll a record ─▶ Scorer: decode, decide, hand outputs over          │
///        │                                                              │
///        ▼ what the poll noted                                          │
///   assigned ─▶ restore the memory from the history, then read on       │
///   revoked ──▶ close the batch, give the partitions up                 │
///   lost ─────▶ take the batch back, give the partitions up             │
///        │                                                              │
///        ▼ every commit interval, or at a bound                         │
///   close the batch, step by step (`batch`): history, offsets, commit;  │
///   what fails is tried again, aborted or asked about ──────────────────┘
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
    /// Where partitions are to be read again from.
    rewinds: BTreeMap<i32, i64>,
    /// Changes of the assignment that wait for the batch.
    changes: VecDeque<rebalance::Waiting>,
    /// When restores may go on, while records of other partitions are taken.
    restore_due: Instant,
    heartbeat_due: Instant,
    housekeeping_due: Instant,
}

/// The sides of a new shard.
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

    /// Reads until it is asked to stop, then drains; or until it cannot go on.
    pub(super) fn run(mut self) -> Result<Ended, ShardError> {
        self.input.subscribe()?;
        while self.stop.get().is_none() {
            self.step()?;
        }
        let deadline = self.stop.get().copied().unwrap_or_else(|| self.clock.now());
        let deadline = deadline.checked_sub(LEAVE_TIME).unwrap_or(deadline);
        let ended = self.drain(deadline)?;
        let Self { index, status, input, publisher, mut checkpoints, .. } = self;
        // Out of the group first: whoever takes the partitions over does not wait for a disk.
        status.doing(index, Activity::Leaving, None);
        drop((input, publisher));
        status.doing(index, Activity::Checkpointing, None);
        checkpoints.finish(deadline);
        Ok(ended)
    }

    /// Joins the group; for one that is driven step by step.
    #[cfg(test)]
    pub(super) fn subscribe(&mut self) -> Result<(), ShardError> {
        self.input.subscribe()
    }

    #[cfg(test)]
    pub(super) fn input(&self) -> &P::Input {
        &self.input
    }

    /// What the open batch did to memory so far is out of an abort's reach from now on.
    #[cfg(test)]
    pub(super) fn tamper_with_memory(&mut self) {
        for (_, partition) in self.partitions.iter_mut().filter(|(_, p)| p.taken.is_some()) {
            partition.memory.keep();
            partition.memory.begin();
        }
    }

    /// The memories of partitions of which nothing is open and everything committed was taken in.
    #[cfg(test)]
    pub(super) fn settled_memories(&self) -> impl Iterator<Item = (i32, &crate::memory::Memory)> {
        let settled = self.partitions.iter().filter(|(_, p)| p.is_running() && p.taken.is_none());
        settled.map(|(number, partition)| (number, &partition.memory))
    }

    /// One turn: some records are taken, or the open batch gets a step further; what was noted is
    /// heard; restores go on.
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

    /// Whether a fault ends the shard; otherwise what it means for the batch is noted.
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
            // A try before this one may have committed it without an answer.
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

    /// Brings everything taken to its end and gives the partitions up.
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

    /// Has nothing to do with a partition any more; what it was, if it was one of this shard's.
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

    /// Says what begins, for whoever looks while it takes long.
    fn doing(&self, activity: Activity, partition: Option<i32>) {
        self.status.doing(self.index, activity, partition);
    }

    fn housekeeping(&mut self, now: Instant) {
        if now >= self.heartbeat_due {
            self.status.moved(self.index, now);
            self.heartbeat_due = now + HEARTBEAT_INTERVAL;
        }
        if now >= self.housekeeping_due {
            for (number, partition) in self.partitions.iter_mut() {
                let (usage, before) = partition.usage_and_before();
                self.settings.metrics.set_memory(number, usage, before);
            }
            // What the producer has to say of its brokers must not wait for the next output.
            self.publisher.serve();
            self.housekeeping_due = now + HOUSEKEEPING_INTERVAL;
        }
    }
}
