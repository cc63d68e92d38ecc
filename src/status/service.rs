//! The state of a service: its shards, their partitions, and what failed.

use super::activity::{Activity, CurrentActivity};
use super::health::{Health, HealthCheck};
use super::partition::{MemoryState, PartitionState};
use crate::clock::monotonic_now;
use dashmap::DashMap;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// A loop that has not moved for this long counts as dead. A healthy loop waits for 100 ms at most,
/// or for half a second if acknowledgements are missing.
const HEARTBEAT_BOUND: Duration = Duration::from_secs(30);

/// The state of the shards and of the partitions that they read.
#[derive(Debug)]
pub struct Status {
    origin: Instant,
    shards: OnceLock<Vec<ShardStatus>>,
    /// By partition of the input topic.
    partitions: DashMap<i32, PartitionState>,
    failure: Mutex<Option<String>>,
    /// Why the active ruleset differs from the one in its files.
    ruleset_note: Mutex<Option<String>>,
    stopping: AtomicBool,
    /// Whether the lists topic is being read for the first time.
    reading_lists: AtomicBool,
}

#[derive(Debug, Default)]
struct ShardStatus {
    /// Milliseconds since the origin of the status.
    heartbeat_ms: AtomicU64,
    /// A packed [`CurrentActivity`].
    activity: AtomicU64,
    /// Whether the group gave the shard an assignment, which may be empty.
    assigned: AtomicBool,
}

/// A shard whose loop has not moved for longer than [`HEARTBEAT_BOUND`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stuck {
    pub shard: usize,
    pub idle_for: Duration,
    /// The last activity that it started.
    pub doing: CurrentActivity,
}

impl Default for Status {
    fn default() -> Self {
        Self::new()
    }
}

impl Status {
    /// The status of a service that is starting.
    pub fn new() -> Self {
        Self {
            origin: monotonic_now(),
            shards: OnceLock::new(),
            partitions: DashMap::new(),
            failure: Mutex::new(None),
            ruleset_note: Mutex::new(None),
            stopping: AtomicBool::new(false),
            reading_lists: AtomicBool::new(false),
        }
    }

    /// Whether the process works at all: no shard died, and every shard's loop moves. A service
    /// that waits for its brokers is alive.
    pub fn alive(&self) -> Health {
        let mut reasons = self.failure_reason();
        for Stuck { shard, idle_for, doing } in self.stuck(monotonic_now()) {
            let text = format!("has not moved for {} ms: {doing}", idle_for.as_millis());
            reasons.insert(format!("shard {shard}"), text);
        }
        Health::of(reasons)
    }

    /// Whether every shard has its assignment and every partition its memory.
    pub fn ready(&self) -> Health {
        let mut reasons = self.failure_reason();
        if self.stopping.load(Ordering::Relaxed) {
            reasons.insert("service".into(), "is stopping".into());
        }
        if self.reading_lists.load(Ordering::Relaxed) {
            reasons.insert("lists".into(), "are being read from their topic".into());
        } else if self.shards().is_empty() {
            reasons.insert("service".into(), "has not reached its brokers yet".into());
        }
        for (shard, status) in self.shards().iter().enumerate() {
            if !status.assigned.load(Ordering::Relaxed) {
                reasons.insert(format!("shard {shard}"), "has no assignment yet".into());
            }
        }
        for partition in self.partitions.iter().filter(|p| p.memory != MemoryState::Ready) {
            let name = format!("partition {}", partition.key());
            reasons.insert(name, partition.memory.to_string());
        }
        Health { notes: self.notes(), ..Health::of(reasons) }
    }

    /// The partitions that this process reads.
    pub fn partitions(&self) -> BTreeMap<i32, PartitionState> {
        self.partitions.iter().map(|entry| (*entry.key(), *entry.value())).collect()
    }

    /// How many partitions are in each state, by the state's name.
    pub fn partition_states(&self) -> [(&'static str, usize); 5] {
        let count = |name| self.partitions.iter().filter(|p| p.memory.name() == name).count();
        MemoryState::NAMES.map(|name| (name, count(name)))
    }

    pub(crate) fn reading_lists(&self, reading: bool) {
        self.reading_lists.store(reading, Ordering::Relaxed);
    }

    pub(crate) fn started(&self, shards: usize) {
        let now_ms = self.now_ms();
        let new = || ShardStatus { heartbeat_ms: AtomicU64::new(now_ms), ..ShardStatus::default() };
        // A status belongs to one service; `set` can fail only if a second service starts with it.
        let _ = self.shards.set((0..shards).map(|_| new()).collect());
    }

    pub(crate) fn record_heartbeat(&self, shard: usize, at: Instant) {
        if let Some(status) = self.shards().get(shard) {
            status.heartbeat_ms.store(self.millis_at(at), Ordering::Relaxed);
        }
    }

    /// The shards that have not moved for too long.
    pub(crate) fn stuck(&self, now: Instant) -> Vec<Stuck> {
        let now_ms = self.millis_at(now);
        let stuck = |(shard, status): (usize, &ShardStatus)| {
            let idle_ms = now_ms.saturating_sub(status.heartbeat_ms.load(Ordering::Relaxed));
            let idle_for = Duration::from_millis(idle_ms);
            let doing = CurrentActivity::unpacked(status.activity.load(Ordering::Relaxed));
            let is_stuck = idle_for > HEARTBEAT_BOUND && doing.activity != Activity::Ended;
            is_stuck.then_some(Stuck { shard, idle_for, doing })
        };
        self.shards().iter().enumerate().filter_map(stuck).collect()
    }

    /// Records what a shard starts now and may spend a long time on.
    pub(crate) fn set_activity(&self, shard: usize, activity: Activity, partition: Option<i32>) {
        if let Some(status) = self.shards().get(shard) {
            status
                .activity
                .store(CurrentActivity { activity, partition }.packed(), Ordering::Relaxed);
        }
    }

    pub(crate) fn set_assigned(&self, shard: usize, assigned: bool) {
        if let Some(status) = self.shards().get(shard) {
            status.assigned.store(assigned, Ordering::Relaxed);
        }
    }

    pub(crate) fn set_partition(&self, partition: i32, state: PartitionState) {
        self.partitions.insert(partition, state);
    }

    /// Removes a partition, unless another shard of this process has taken it over.
    pub(crate) fn remove_partition(&self, shard: usize, partition: i32) {
        self.partitions.remove_if(&partition, |_, state| state.shard == shard);
    }

    pub(crate) fn fail(&self, reason: String) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert(reason);
    }

    /// Sets why the active ruleset differs from the one in its files; `None` if it does not.
    pub(crate) fn note_ruleset(&self, note: Option<String>) {
        *self.ruleset_note.lock().unwrap_or_else(PoisonError::into_inner) = note;
    }

    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    fn shards(&self) -> &[ShardStatus] {
        self.shards.get().map_or(&[], Vec::as_slice)
    }

    fn failure_reason(&self) -> BTreeMap<String, String> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.iter().map(|reason| ("failure".to_owned(), reason.clone())).collect()
    }

    fn notes(&self) -> BTreeMap<String, String> {
        let note = self.ruleset_note.lock().unwrap_or_else(PoisonError::into_inner);
        note.iter().map(|note| ("ruleset".to_owned(), note.clone())).collect()
    }

    fn now_ms(&self) -> u64 {
        self.millis_at(monotonic_now())
    }

    fn millis_at(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.origin).as_millis()).unwrap_or(u64::MAX)
    }
}

impl HealthCheck for Status {
    fn alive(&self) -> Health {
        self.alive()
    }

    fn ready(&self) -> Health {
        self.ready()
    }

    fn partition_states(&self) -> Vec<(&'static str, usize)> {
        self.partition_states().to_vec()
    }
}
