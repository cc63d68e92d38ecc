//! Runs the thread that reads the alerts topic, counts the alerts, and commits what the targets
//! accepted.
//!
//! ```text
//! partitions ─▶ read again what was notified: from a time back to the committed offsets ─▶ recovery
//!     └──────▶ read on from there: count ─▶ commit what is confirmed ─▶ … ─▶ stop: the last commit
//! ```

use super::admission::Admission;
use super::alert::{Alert, Malformed};
use super::health::{BROKERS, NotifyHealth, OFFSETS};
use super::probe::{self, Probe};
use super::recovery::Recovery;
use super::settings::Policy;
use super::store::{Offsets, Store};
use crate::clock::{monotonic_now, wall_now};
use crate::kafka::{LogPlace, Polled, ReadError, TopicReader, TopicRecord};
use crate::metrics::NotifyMetrics;
use crate::transaction::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// How long one wait for a record takes.
const POLL_WAIT: Duration = Duration::from_millis(100);
/// How often the reader decides how new causes are notified, commits offsets, and drops causes that
/// are over.
const HOUSEKEEPING_INTERVAL: Duration = Duration::from_millis(200);
/// How often the reader looks for new partitions.
const PARTITIONS_INTERVAL: Duration = Duration::from_secs(60);
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// Records read but not yet confirmed by every target. Above this limit reading pauses.
const UNCONFIRMED_MAX: i64 = 100_000;

/// The instruction to the reader: continue, stop reading, or end.
#[derive(Debug, Default)]
pub struct StopSignal(AtomicU8);

const STOP_READING: u8 = 1;
const END: u8 = 2;

impl StopSignal {
    pub fn stop_reading(&self) {
        self.0.fetch_max(STOP_READING, Ordering::Relaxed);
    }

    /// Ends the reader after a last commit.
    pub fn end(&self) {
        self.0.fetch_max(END, Ordering::Relaxed);
    }

    fn is_at_least(&self, least: u8) -> bool {
        self.0.load(Ordering::Relaxed) >= least
    }
}

/// The reading thread.
pub struct AlertReader {
    pub topic: TopicReader,
    pub policy: Policy,
    pub store: Arc<Store>,
    pub metrics: Arc<NotifyMetrics>,
    pub health: Arc<NotifyHealth>,
    pub stop_signal: Arc<StopSignal>,
    /// How many targets the store has.
    pub targets: usize,
}

/// The reader's state while it reads.
struct ReadProgress {
    admission: Admission,
    partitions: BTreeSet<i32>,
    probe: Probe,
    committed: Offsets,
    is_paused: bool,
    last_housekeeping: Instant,
    looked_for_partitions: Instant,
}

impl AlertReader {
    pub fn run(mut self) -> Result<(), ReadError> {
        let Some(mut progress) = self.begin()? else { return Ok(()) };
        self.health.reads();
        while !self.stop_signal.is_at_least(END) {
            self.health.record_heartbeat();
            if self.stop_signal.is_at_least(STOP_READING) {
                std::thread::sleep(POLL_WAIT);
            } else {
                self.read(&mut progress)?;
                self.look_for_partitions(&mut progress)?;
                progress.probe.ask(&self.topic, &progress.partitions, &self.health);
            }
            self.run_housekeeping(&mut progress)?;
        }
        self.commit_last(&mut progress);
        Ok(())
    }

    /// Finds where to start and recovers what was notified before; `None` if told to stop first.
    fn begin(&mut self) -> Result<Option<ReadProgress>, ReadError> {
        let since = Time(wall_now().millis().saturating_sub(self.policy.lookback_ms));
        let Some(partitions) = self.ask(|topic| topic.partitions())? else { return Ok(None) };
        let Some(places) = self.ask(|topic| topic.places(&partitions, since))? else {
            return Ok(None);
        };
        let (mut admission, mut probe) = (Admission::new(), Probe::new());
        if !self.recover(&places, &mut admission, &mut probe)? {
            return Ok(None);
        }
        let committed: Offsets = places.iter().map(|(p, place)| (*p, place.committed)).collect();
        for (partition, offset) in &committed {
            self.store.set_read(*partition, *offset);
        }
        for target in 0..self.targets {
            self.store.confirm(target, committed.clone());
        }
        self.topic.assign(partitions.iter().map(|p| (*p, committed.get(p).copied())))?;
        let now = monotonic_now();
        tracing::info!(partitions = partitions.len(), "reading alerts");
        Ok(Some(ReadProgress {
            admission,
            partitions,
            probe,
            committed,
            is_paused: false,
            last_housekeeping: now,
            looked_for_partitions: now,
        }))
    }

    /// Retries until the brokers respond; `None` if told to stop first.
    fn ask<T>(
        &self,
        question: impl Fn(&TopicReader) -> Result<T, ReadError>,
    ) -> Result<Option<T>, ReadError> {
        while !self.stop_signal.is_at_least(STOP_READING) {
            self.health.record_heartbeat();
            match question(&self.topic) {
                Err(error @ ReadError::Retriable { .. }) => {
                    tracing::warn!(%error, "the brokers do not answer; trying again");
                    probe::mark_brokers_failing(&self.health, &error);
                    self.topic.pause(RETRY_PAUSE)?;
                }
                answer => {
                    self.health.mark_healthy(BROKERS);
                    return answer.map(Some);
                }
            }
        }
        Ok(None)
    }

    /// Reads what was notified before; false if told to stop first.
    fn recover(
        &self,
        places: &BTreeMap<i32, LogPlace>,
        admission: &mut Admission,
        probe: &mut Probe,
    ) -> Result<bool, ReadError> {
        let is_behind = |place: &LogPlace| place.since < place.committed;
        let mut left: BTreeMap<i32, i64> = places
            .iter()
            .filter(|(_, place)| is_behind(place))
            .map(|(partition, place)| (*partition, place.committed))
            .collect();
        let since = left.keys().map(|p| (*p, places.get(p).map(|place| place.since)));
        self.topic.assign(since.collect::<Vec<_>>())?;
        let (mut recovery, mut records) = (Recovery::new(self.policy), 0_u64);
        while !left.is_empty() {
            if self.stop_signal.is_at_least(STOP_READING) {
                return Ok(false);
            }
            self.health.record_heartbeat();
            match self.topic.next(POLL_WAIT)? {
                None => probe.ask(&self.topic, &left.keys().copied().collect(), &self.health),
                Some(Polled::End { partition }) => drop(left.remove(&partition)),
                Some(Polled::Record(record)) => {
                    let end = left.get(&record.partition()).copied();
                    if end.is_some_and(|end| record.offset() < end) {
                        let at = written(&record, wall_now());
                        // An invalid record was counted when it was first read.
                        if let Ok(alert) = read_alert(&record, at) {
                            recovery.take(admission, &alert, at);
                        }
                        records += 1;
                    }
                    if end.is_some_and(|end| record.offset() + 1 >= end) {
                        left.remove(&record.partition());
                    }
                }
            }
        }
        recovery.finish(admission, &self.store, wall_now());
        let (active, _) = self.store.active(wall_now());
        tracing::info!(records, active, "rebuilt the state from earlier alerts");
        Ok(true)
    }

    fn read(&self, progress: &mut ReadProgress) -> Result<(), ReadError> {
        let Some(Polled::Record(record)) = self.topic.next(POLL_WAIT)? else { return Ok(()) };
        let now = wall_now();
        let at = written(&record, now);
        self.metrics.read();
        match read_alert(&record, at) {
            Ok(alert) => {
                let disposition = self.store.count(&mut progress.admission, &alert, at, now);
                self.metrics.disposition(disposition.name());
            }
            Err(error) => self.log_malformed(&record, &error),
        }
        self.store.set_read(record.partition(), record.offset() + 1);
        Ok(())
    }

    /// Logs nothing from the record's contents.
    fn log_malformed(&self, record: &TopicRecord<'_>, error: &Malformed) {
        self.metrics.malformed(error.reason());
        let (partition, offset) = (record.partition(), record.offset());
        tracing::warn!(partition, offset, %error, "skipped a record that is not a valid alert");
    }

    fn look_for_partitions(&self, progress: &mut ReadProgress) -> Result<(), ReadError> {
        if monotonic_now() < progress.looked_for_partitions + PARTITIONS_INTERVAL {
            return Ok(());
        }
        progress.looked_for_partitions = monotonic_now();
        let partitions = match self.topic.partitions() {
            Ok(partitions) => partitions,
            Err(ReadError::Retriable { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        let new: BTreeSet<i32> = partitions.difference(&progress.partitions).copied().collect();
        if !new.is_empty() {
            tracing::info!(?new, "the topic has more partitions");
            self.topic.add(&new)?;
            progress.partitions.extend(new);
        }
        Ok(())
    }

    fn run_housekeeping(&mut self, progress: &mut ReadProgress) -> Result<(), ReadError> {
        if monotonic_now() < progress.last_housekeeping + HOUSEKEEPING_INTERVAL {
            return Ok(());
        }
        progress.last_housekeeping = monotonic_now();
        let now = wall_now();
        self.store.settle(&mut progress.admission, now);
        self.store.sweep(now);
        let (active, held) = self.store.active(now);
        let unconfirmed = unconfirmed(&self.store.read(), &self.store.confirmed());
        self.metrics.state(active, held, unconfirmed, progress.is_paused);
        self.commit(progress);
        self.apply_backpressure(unconfirmed, progress)
    }

    fn take_committed(&mut self, progress: &mut ReadProgress) {
        match self.topic.committed() {
            None => {}
            Some(Ok(committed)) => {
                progress.committed = committed;
                if self.health.mark_healthy(OFFSETS) {
                    tracing::info!("offsets are committed again");
                }
            }
            Some(Err(error)) => self.report_commit_failure(&error),
        }
    }

    fn report_commit_failure(&self, error: &ReadError) {
        if self.health.mark_failing(OFFSETS, format!("are not committed: {error}")) {
            tracing::warn!(%error, "offsets were not committed; trying again");
        }
    }

    fn commit(&mut self, progress: &mut ReadProgress) {
        self.take_committed(progress);
        let confirmed = self.store.confirmed();
        if confirmed != progress.committed && !confirmed.is_empty() {
            self.topic.commit(&confirmed);
        }
    }

    /// Pauses reading while the targets are too far behind.
    fn apply_backpressure(
        &self,
        unconfirmed: i64,
        progress: &mut ReadProgress,
    ) -> Result<(), ReadError> {
        let limit = if progress.is_paused { UNCONFIRMED_MAX / 2 } else { UNCONFIRMED_MAX };
        let pause = unconfirmed > limit;
        if pause != progress.is_paused {
            tracing::info!(unconfirmed, pause, "reading is held back until the targets accept");
            self.topic.set_paused(pause)?;
            self.store.set_urgent(pause);
            progress.is_paused = pause;
        }
        Ok(())
    }

    /// Commits what is confirmed, until the service stops waiting for it.
    fn commit_last(&mut self, progress: &mut ReadProgress) {
        while self.topic.is_committing() {
            self.take_committed(progress);
        }
        let confirmed = self.store.confirmed();
        if confirmed != progress.committed && !confirmed.is_empty() {
            self.topic.commit(&confirmed);
            while self.topic.is_committing() {
                // After a failure the next start reads the records again.
                self.take_committed(progress);
            }
        }
    }
}

fn read_alert(record: &TopicRecord<'_>, at: Time) -> Result<Alert, Malformed> {
    Alert::read(record.header("ce_type").as_deref(), record.value(), at)
}

/// The record's timestamp, but never later than now.
fn written(record: &TopicRecord<'_>, now: Time) -> Time {
    record.written().map_or(now, |written| written.min(now))
}

fn unconfirmed(read: &Offsets, confirmed: &Offsets) -> i64 {
    // If nothing in a partition is confirmed, all that was read counts.
    read.iter().map(|(p, offset)| offset - confirmed.get(p).copied().unwrap_or(0)).sum()
}
