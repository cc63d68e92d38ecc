//! Schedules checkpoints: one partition after the other at an interval, between batches, and each
//! partition when it is revoked.

use super::super::partitions::{Partition, RecordMark};
use super::super::ports::{Checkpoints, Clock, Ports};
use super::super::settings::Settings;
use super::Shard;
use crate::memory::Mark;
use crate::metrics::CheckpointResult;
use crate::status::Activity;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The schedule of checkpoints.
pub(super) struct Saving {
    /// `None`: only when a partition is released.
    interval: Option<Duration>,
    due: Option<Instant>,
    /// Partitions that are due. One is saved between two batches, so that no record waits for more
    /// than one.
    waiting: VecDeque<i32>,
}

impl Saving {
    pub(super) fn new(settings: &Settings, now: Instant) -> Self {
        let interval = settings.checkpoints.as_ref().map(|checkpoints| checkpoints.interval);
        let interval = interval.filter(|interval| !interval.is_zero());
        Self { interval, due: interval.map(|interval| now + interval), waiting: VecDeque::new() }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| now >= due) || !self.waiting.is_empty()
    }

    /// The next partition to save.
    fn next(&mut self, now: Instant, all: impl FnOnce() -> Vec<i32>) -> Option<i32> {
        if self.due.is_some_and(|due| now >= due) {
            self.due = self.interval.map(|interval| now + interval);
            // Partitions that are still waiting come first.
            let more: Vec<i32> =
                all().into_iter().filter(|number| !self.waiting.contains(number)).collect();
            self.waiting.extend(more);
        }
        self.waiting.pop_front()
    }
}

impl<P: Ports> Shard<P> {
    /// Saves one partition's memory if it is due and no batch is open.
    pub(super) fn save_if_due(&mut self, now: Instant) {
        if !self.saving.is_due(now) || !self.batch.is_idle() {
            return;
        }
        let Self { saving, partitions, .. } = self;
        if let Some(number) = saving.next(now, || partitions.numbers()) {
            self.save(number);
        }
    }

    fn save(&mut self, number: i32) {
        let began = self.clock.now();
        self.doing(Activity::Checkpointing, Some(number));
        let Self { checkpoints, partitions, settings, .. } = self;
        let Some(partition) = partitions.get_mut(number) else { return };
        let Some(record) = partition.to_save() else { return };
        let saved = checkpoints.save(&partition.memory, mark(settings, number, record));
        if saved {
            partition.saved = Some(record);
        }
        self.settings.metrics.checkpoint(CheckpointResult::of(saved));
        let took = self.clock.now().saturating_duration_since(began);
        self.settings.metrics.checkpoint_stalled(took);
    }

    /// Saves the memory of a released partition.
    pub(super) fn checkpoint_on_revoke(&mut self, number: i32, partition: Partition) {
        if self.settings.checkpoints.is_none() {
            return;
        }
        if let Some(record) = partition.to_save() {
            self.checkpoints
                .checkpoint_on_revoke(partition.memory, mark(&self.settings, number, record));
        }
    }
}

fn mark(settings: &Settings, partition: i32, record: RecordMark) -> Mark {
    Mark {
        partition,
        origin: settings.origin(),
        base_currency: settings.base_currency,
        next_offset: record.next,
        history_offset: record.offset,
        history_hash: record.hash,
    }
}
