//! One thread that reads, decides, publishes and commits for its share of the partitions.

use super::errors::{ShardError, StartError};
use super::pace::Pace;
use super::partitions::Partitions;
use super::scorer::Scorer;
use super::settings::Settings;
use super::sink::Sink;
use super::source::{Change, Note, Offsets, Source};
use crate::clock::monotonic_now;
use crate::metrics::{CommitResult, RebalanceKind};
use crate::status::{MemoryState, PartitionState, Status};
use rdkafka::Message;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// The wait for a record while paused: none comes, but acknowledgements are looked for in between.
const POLL_PAUSED: Duration = Duration::from_millis(20);
/// The same while everything else waits for the last acknowledgements and the commit.
const FINISH_POLL: Duration = Duration::from_millis(1);
/// How long acknowledgements are waited for before the partitions are paused.
const ACKNOWLEDGE_SLICE: Duration = Duration::from_millis(500);
/// How long a revocation waits for acknowledgements and the commit; the group waits with it.
const REVOKE_WAIT_MAX: Duration = Duration::from_secs(20);
/// What of a stop's time is left for leaving the group.
const LEAVE_TIME: Duration = Duration::from_millis(500);
const HOUSEKEEPING_INTERVAL: Duration = Duration::from_secs(1);
const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(100);

/// How a shard ended that was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Everything taken is acknowledged and committed.
    Drained,
    /// Something was still open when the time was over.
    Unacknowledged,
}

/// When the shards have to be done, once that is set.
pub(super) type Stop = OnceLock<Instant>;

/// A member of the consumer group.
///
/// ```text
///        ┌─────────────────────────────────────────────────────────────┐
///        ▼                                                             │
///   poll a record                                                     │
///        │                                                             │
///        ▼ a newer ruleset is taken up, between two records            │
///   Scorer: decode, decide, hand outputs to the sink                   │
///        │                                                             │
///        ▼ notes of the poll                                           │
///   assigned ─▶ new memory, read on where the group committed          │
///   revoked ──▶ wait for acknowledgements, commit, drop the memory     │
///        │                                                             │
///        ▼ every commit interval, or when the sink is full             │
///   all outputs acknowledged? ── no: pause, and look again ────────────┤
///        │ yes                                                         │
///        ▼                                                             │
///   resume, commit what was taken (the answer comes with a poll) ──────┘
/// ```
pub(super) struct Shard {
    index: usize,
    settings: Arc<Settings>,
    status: Arc<Status>,
    stop: Arc<Stop>,
    source: Source,
    sink: Sink,
    scorer: Scorer,
    partitions: Partitions,
    pace: Pace,
    /// Changes of the assignment that wait for the one being acted on.
    changes: VecDeque<Change>,
    heartbeat_due: Instant,
    housekeeping_due: Instant,
}

impl Shard {
    pub(super) fn new(
        index: usize,
        settings: Arc<Settings>,
        status: Arc<Status>,
        stop: Arc<Stop>,
    ) -> Result<Self, StartError> {
        let topic = &settings.topics.transactions;
        let metrics = Arc::clone(&settings.metrics);
        let failed = |client| move |source| StartError::Client { client, source };
        let now = monotonic_now();
        Ok(Self {
            index,
            source: Source::new(&settings.consumer_config(index), topic)
                .map_err(failed("consumer"))?,
            sink: Sink::new(&settings.producer_config(index), topic, metrics)
                .map_err(failed("producer"))?,
            scorer: Scorer::new(&settings),
            partitions: Partitions::new(settings.limits),
            pace: Pace::new(settings.commit_interval),
            changes: VecDeque::new(),
            heartbeat_due: now,
            housekeeping_due: now,
            settings,
            status,
            stop,
        })
    }

    /// Reads until it is asked to stop, then drains; or until it cannot go on.
    pub(super) fn run(mut self) -> Result<Ended, ShardError> {
        self.source.subscribe()?;
        loop {
            if let Some(deadline) = self.stop.get().copied() {
                return self.drain(deadline);
            }
            let now = monotonic_now();
            self.keep_house(now);
            self.step(self.poll_wait(now))?;
            while let Some(change) = self.changes.pop_front() {
                self.act_on(change)?;
            }
            let now = monotonic_now();
            if self.source.is_paused() || self.sink.is_full() || self.is_due(now) {
                self.settle()?;
            }
            self.commit(now);
        }
    }

    fn poll_wait(&self, now: Instant) -> Duration {
        if self.source.is_paused() { POLL_PAUSED } else { self.pace.poll_wait(now) }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.pace.is_due(now, self.sink.sent())
    }

    /// One poll: at most one record is taken, and what the library noted is heard.
    fn step(&mut self, wait: Duration) -> Result<(), ShardError> {
        let record = self.source.poll(wait)?;
        // After the wait, so that what was produced after a swap is decided by the new ruleset.
        self.scorer.keep_up();
        if let Some(record) = record {
            let polled = monotonic_now();
            let (partition, offset) = (record.partition(), record.offset());
            // One that is not owned any more is its new owner's to decide.
            if let Some(memory) = self.partitions.memory(partition) {
                self.scorer.take(&record, memory, &mut self.sink)?;
                self.partitions.took(partition, offset);
                self.pace.took(polled);
                self.scorer.recorder().took(monotonic_now().saturating_duration_since(polled));
            }
        }
        for note in self.source.notes() {
            self.hear(note)?;
        }
        Ok(())
    }

    fn hear(&mut self, note: Note) -> Result<(), ShardError> {
        match note {
            Note::Change(change) => self.changes.push_back(change),
            Note::Committed(offsets, error) => self.answered(&offsets, error)?,
            Note::Lags(lags) => {
                let topic = &self.settings.topics.transactions;
                for (partition, lag) in lags {
                    if self.partitions.owns(partition) {
                        self.settings.metrics.set_consumer_lag(topic, partition, lag);
                    }
                }
            }
        }
        Ok(())
    }

    /// Waits for the acknowledgement of everything taken; where it does not come in time, pauses
    /// the partitions and leaves it to the next round.
    fn settle(&mut self) -> Result<(), ShardError> {
        let patience = if self.source.is_paused() { Duration::ZERO } else { ACKNOWLEDGE_SLICE };
        if !self.sink.wait(patience)? {
            if !self.source.is_paused() {
                tracing::warn!("outputs are not acknowledged; reading pauses until they are");
            }
            return self.source.pause();
        }
        if self.source.is_paused() {
            tracing::info!("outputs are acknowledged; reading goes on");
            self.source.resume()?;
        }
        self.close_batch();
        Ok(())
    }

    fn close_batch(&mut self) {
        self.partitions.acknowledged();
        self.pace.closed();
        self.scorer.recorder().flush();
    }

    /// Commits what is acknowledged, if there is any and no commit is under way.
    fn commit(&mut self, now: Instant) {
        if self.partitions.is_behind() && self.pace.may_commit(now) {
            self.source.commit(self.partitions.to_commit());
            self.pace.committing(now);
        }
    }

    fn answered(&mut self, offsets: &Offsets, error: Option<KafkaError>) -> Result<(), ShardError> {
        let took = self.pace.answered(monotonic_now(), error.is_none());
        self.partitions.committed(offsets);
        let result = if error.is_none() { CommitResult::Ok } else { CommitResult::Failed };
        self.settings.metrics.commit(result, took);
        let Some(source) = error else { return Ok(()) };
        if source.rdkafka_error_code() == Some(RDKafkaErrorCode::GroupAuthorizationFailed) {
            let topic = self.settings.topics.transactions.clone();
            return Err(ShardError::Commit { topic, source: Box::new(source) });
        }
        tracing::warn!(error = %source, "a commit failed; it is tried again");
        Ok(())
    }

    /// Brings everything taken to its end, acknowledged and committed, with the partitions paused;
    /// whether that was done in time.
    fn finish(&mut self, deadline: Instant) -> Result<bool, ShardError> {
        self.source.pause()?;
        self.pace.hurry();
        loop {
            let now = monotonic_now();
            self.keep_house(now);
            if self.sink.is_acknowledged()? {
                self.close_batch();
                if !self.partitions.is_behind() {
                    return Ok(true);
                }
                self.commit(now);
            }
            if now >= deadline {
                return Ok(false);
            }
            self.step(FINISH_POLL)?;
        }
    }

    fn act_on(&mut self, change: Change) -> Result<(), ShardError> {
        match change {
            Change::Assigned(partitions) => self.assign(&partitions),
            Change::Revoked { partitions, lost: true } => {
                tracing::warn!(?partitions, "partitions were lost; others may read them already");
                self.give_up(&partitions, RebalanceKind::Lost)?;
                self.status.set_assigned(self.index, false);
                Ok(())
            }
            Change::Revoked { partitions, lost: false } => self.revoke(&partitions),
        }
    }

    fn assign(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        tracing::info!(?partitions, "partitions assigned");
        let state = |memory| PartitionState { shard: self.index, memory };
        for partition in partitions {
            self.status.set_partition(*partition, state(MemoryState::Preparing));
        }
        self.source.assign(partitions)?;
        for partition in partitions {
            self.partitions.add(*partition);
            self.status.set_partition(*partition, state(MemoryState::Ready));
        }
        self.count_rebalance(RebalanceKind::Assigned, partitions.len(), 1);
        self.status.set_assigned(self.index, true);
        Ok(())
    }

    fn revoke(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        tracing::info!(?partitions, "partitions revoked");
        if !self.finish(monotonic_now() + REVOKE_WAIT_MAX)? {
            tracing::warn!(?partitions, "given up before all was committed; it is decided again");
        }
        let keeps_membership = self.source.is_cooperative();
        self.give_up(partitions, RebalanceKind::Revoked)?;
        self.status.set_assigned(self.index, keeps_membership);
        self.settle()
    }

    fn give_up(&mut self, partitions: &[i32], kind: RebalanceKind) -> Result<(), ShardError> {
        let owned = partitions.iter().filter(|p| self.partitions.remove(**p)).count();
        for partition in partitions {
            self.forget(*partition);
        }
        self.count_rebalance(kind, owned, -1);
        self.source.unassign(partitions)
    }

    fn forget(&self, partition: i32) {
        self.status.remove_partition(self.index, partition);
        self.settings.metrics.forget_partition(&self.settings.topics.transactions, partition);
    }

    fn count_rebalance(&self, kind: RebalanceKind, partitions: usize, sign: i64) {
        let count = i64::try_from(partitions).unwrap_or(i64::MAX);
        self.settings.metrics.rebalance(kind, sign * count);
    }

    fn drain(&mut self, deadline: Instant) -> Result<Ended, ShardError> {
        let deadline = deadline.checked_sub(LEAVE_TIME).unwrap_or(deadline);
        let ended = if self.finish(deadline)? { Ended::Drained } else { Ended::Unacknowledged };
        let left = self.partitions.numbers();
        left.iter().for_each(|partition| self.forget(*partition));
        self.count_rebalance(RebalanceKind::Revoked, left.len(), -1);
        Ok(ended)
    }

    fn keep_house(&mut self, now: Instant) {
        if now >= self.heartbeat_due {
            self.status.moved(self.index, now);
            self.heartbeat_due = now + HEARTBEAT_INTERVAL;
        }
        if now >= self.housekeeping_due {
            for (partition, usage, evicted) in self.partitions.usages() {
                self.settings.metrics.set_memory(partition, usage, evicted);
            }
            // What the producer has to say of its brokers must not wait for the next output.
            self.sink.serve();
            self.housekeeping_due = now + HOUSEKEEPING_INTERVAL;
        }
    }
}
