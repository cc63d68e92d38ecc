//! Schedules checkpoints: one partition after the other at an interval, between batches, and each
//! partition when it is revoked.

use super::partition::Partition;
use super::partitions::Partitions;
use super::ports::{Checkpoints, Clock, PortSet, Ports};
use super::record_mark::RecordMark;
use super::reporter::Reporter;
use crate::kafka::settings::Settings;
use crate::memory::Mark;
use crate::metrics::CheckpointResult;
use crate::status::Activity;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// When which partition is saved.
pub struct CheckpointSchedule {
    /// `None`: only when a partition is released.
    interval: Option<Duration>,
    due: Option<Instant>,
    /// Partitions that are due. One is saved between two batches, so that no record waits for more
    /// than one.
    waiting: VecDeque<i32>,
}

/// Saves the memory of a partition that is due.
pub struct Checkpointing<'s, P: Ports> {
    pub settings: &'s Settings,
    pub ports: &'s mut PortSet<P>,
    pub reporter: &'s Reporter,
    pub partitions: &'s mut Partitions,
    pub schedule: &'s mut CheckpointSchedule,
}

impl CheckpointSchedule {
    pub fn new(settings: &Settings, now: Instant) -> Self {
        let interval = settings.checkpoints.as_ref().map(|checkpoints| checkpoints.interval);
        let interval = interval.filter(|interval| !interval.is_zero());
        Self { interval, due: interval.map(|interval| now + interval), waiting: VecDeque::new() }
    }

    pub fn is_due(&self, now: Instant) -> bool {
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

impl<P: Ports> Checkpointing<'_, P> {
    /// Saves one partition. Call it only between batches.
    pub fn save_next(&mut self, now: Instant) {
        if let Some(number) = self.schedule.next(now, || self.partitions.numbers()) {
            self.save(number);
        }
    }

    fn save(&mut self, number: i32) {
        let PortSet { clock, checkpoints, .. } = &mut *self.ports;
        let began = clock.now();
        self.reporter.doing(Activity::Checkpointing, Some(number));
        let Some(partition) = self.partitions.get_mut(number) else { return };
        let Some(record) = partition.to_save() else { return };
        let saved = checkpoints.save(&partition.memory, mark(self.settings, number, record));
        if saved {
            partition.saved(record);
        }
        self.reporter.metrics.checkpoint(CheckpointResult::of(saved));
        let took = clock.now().saturating_duration_since(began);
        self.reporter.metrics.checkpoint_stalled(took);
    }
}

/// Saves the memory of a released partition.
pub fn save_released(
    checkpoints: &mut impl Checkpoints,
    settings: &Settings,
    number: i32,
    partition: Partition,
) {
    if settings.checkpoints.is_none() {
        return;
    }
    if let Some(record) = partition.to_save() {
        checkpoints.checkpoint_on_revoke(partition.memory, mark(settings, number, record));
    }
}

fn mark(settings: &Settings, partition: i32, record: RecordMark) -> Mark {
    Mark {
        partition,
        origin: settings.origin(),
        base_currency: settings.base_currency,
        next_offset: record.next,
        next_label: record.next_label,
        history_offset: record.offset,
        history_hash: record.hash,
    }
}
