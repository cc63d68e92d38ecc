//! The state of a shard, and its loop.

use super::batch::Batch;
use super::checkpoint::{CheckpointSchedule, Checkpointing};
use super::commit::Closing;
use super::events::handle_events;
use super::partitions::Partitions;
use super::ports::{Checkpoints, Clock, Input, PortSet, Ports, Publisher};
use super::process::Processing;
use super::rebalance::{PendingChanges, Rebalancing};
use super::reporter::Reporter;
use super::restore_driver::RestoreDriver;
use super::scorer::Scorer;
use crate::kafka::errors::ShardError;
use crate::kafka::settings::Settings;
use crate::status::{Activity, Status};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

const HOUSEKEEPING_INTERVAL: Duration = Duration::from_secs(1);
const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(100);
/// The part of the stop's grace that is reserved for leaving the group.
const LEAVE_TIME: Duration = Duration::from_millis(500);

/// How a shard ended after a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every processed record is committed.
    Drained,
    /// A batch was still open at the deadline.
    Unacknowledged,
}

/// The deadline for the shards to stop, once it is set.
pub type Stop = OnceLock<Instant>;

/// A member of the consumer group.
///
/// ```text
///        ┌──────────────────────────────────────────────────────────────┐
///        ▼                                                              │
///   poll a record ─▶ Scorer: decode, score, send outputs               │
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
pub struct Shard<P: Ports> {
    pub(super) ports: PortSet<P>,
    pub(super) partitions: Partitions,
    settings: Arc<Settings>,
    stop: Arc<Stop>,
    reporter: Reporter,
    scorer: Scorer,
    batch: Batch,
    changes: PendingChanges,
    checkpoints: CheckpointSchedule,
    /// When restores continue, if records of other partitions are processed in between.
    restore_due: Instant,
    heartbeat_due: Instant,
    housekeeping_due: Instant,
}

impl<P: Ports> Shard<P> {
    pub fn new(
        index: usize,
        settings: Arc<Settings>,
        status: Arc<Status>,
        stop: Arc<Stop>,
        ports: PortSet<P>,
    ) -> Self {
        let now = ports.clock.now();
        let reporter = Reporter {
            shard: index,
            status,
            metrics: Arc::clone(&settings.metrics),
            topic: settings.topics.transactions.clone(),
        };
        Self {
            scorer: Scorer::new(&settings, &ports.clock),
            partitions: Partitions::new(&settings),
            batch: Batch::new(settings.guarantee, settings.commit_interval),
            changes: PendingChanges::default(),
            checkpoints: CheckpointSchedule::new(&settings, now),
            restore_due: now,
            heartbeat_due: now,
            housekeeping_due: now,
            ports,
            settings,
            stop,
            reporter,
        }
    }

    /// Reads until a stop, then drains. Returns early on an error that the shard cannot recover
    /// from.
    pub fn run(mut self) -> Result<Ended, ShardError> {
        self.subscribe()?;
        while self.stop.get().is_none() {
            self.step()?;
        }
        let deadline = self.stop.get().copied().unwrap_or_else(|| self.ports.clock.now());
        let deadline = deadline.checked_sub(LEAVE_TIME).unwrap_or(deadline);
        let ended = self.drain(deadline)?;
        let Self { reporter, ports: PortSet { input, publisher, mut checkpoints, .. }, .. } = self;
        // Leaves the group first, so that the partitions' next owner does not wait for this disk.
        reporter.doing(Activity::Leaving, None);
        drop((input, publisher));
        reporter.doing(Activity::Checkpointing, None);
        checkpoints.finish(deadline);
        Ok(ended)
    }

    /// Joins the group.
    pub fn subscribe(&mut self) -> Result<(), ShardError> {
        self.ports.input.subscribe()
    }

    /// One turn: processes some records or advances the open batch, handles events, and continues
    /// restores.
    pub fn step(&mut self) -> Result<(), ShardError> {
        let now = self.ports.clock.now();
        self.housekeeping(now);
        let mut processing = self.processing();
        if processing.may_process(now) {
            processing.process_records(now)?;
        } else {
            self.closing().advance(now)?;
        }
        self.handle_events();
        self.rebalancing().apply()?;
        if self.checkpoints.is_due(now) && self.batch.is_idle() {
            self.checkpointing().save_next(now);
        }
        self.restoring().advance()
    }

    /// Closes the open batch and releases all partitions.
    pub fn drain(&mut self, deadline: Instant) -> Result<Ended, ShardError> {
        while !self.batch.is_done() {
            let now = self.ports.clock.now();
            if now >= deadline {
                break;
            }
            self.housekeeping(now);
            self.closing().advance(now)?;
            self.handle_events();
            self.rebalancing().apply()?;
        }
        let drained = !self.partitions.has_batch();
        self.rebalancing().release_all();
        Ok(if drained { Ended::Drained } else { Ended::Unacknowledged })
    }

    fn handle_events(&mut self) {
        let Self { ports, partitions, batch, changes, reporter, .. } = self;
        handle_events(ports, partitions, batch, changes, reporter);
    }

    fn housekeeping(&mut self, now: Instant) {
        if now >= self.heartbeat_due {
            self.reporter.moved(now);
            self.heartbeat_due = now + HEARTBEAT_INTERVAL;
        }
        if now >= self.housekeeping_due {
            for (number, partition) in self.partitions.iter_mut() {
                let (usage, before) = partition.usage_and_before();
                self.reporter.metrics.set_memory(number, usage, before);
            }
            // Errors of the producer's connections must not wait for the next output.
            self.ports.publisher.serve();
            self.housekeeping_due = now + HOUSEKEEPING_INTERVAL;
        }
    }

    fn processing(&mut self) -> Processing<'_, P> {
        Processing {
            ports: &mut self.ports,
            reporter: &self.reporter,
            scorer: &mut self.scorer,
            partitions: &mut self.partitions,
            batch: &mut self.batch,
            changes: &mut self.changes,
            restore_due: self.restore_due,
        }
    }

    fn closing(&mut self) -> Closing<'_, P> {
        Closing {
            history: self.settings.topics.history.as_deref(),
            ports: &mut self.ports,
            reporter: &self.reporter,
            scorer: &self.scorer,
            partitions: &mut self.partitions,
            batch: &mut self.batch,
        }
    }

    fn rebalancing(&mut self) -> Rebalancing<'_, P> {
        Rebalancing {
            settings: &self.settings,
            ports: &mut self.ports,
            reporter: &self.reporter,
            partitions: &mut self.partitions,
            batch: &mut self.batch,
            changes: &mut self.changes,
        }
    }

    fn checkpointing(&mut self) -> Checkpointing<'_, P> {
        Checkpointing {
            settings: &self.settings,
            ports: &mut self.ports,
            reporter: &self.reporter,
            partitions: &mut self.partitions,
            schedule: &mut self.checkpoints,
        }
    }

    fn restoring(&mut self) -> RestoreDriver<'_, P> {
        RestoreDriver {
            settings: &self.settings,
            ports: &mut self.ports,
            reporter: &self.reporter,
            partitions: &mut self.partitions,
            due: &mut self.restore_due,
        }
    }
}
