//! Logs shards that make no progress: once when they get stuck, with what they were doing, and once
//! when they recover.

use crate::clock::monotonic_now;
use crate::metrics::Metrics;
use crate::status::{CurrentActivity, Status, Stuck};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Checks the shards of one service.
pub struct Watchdog {
    status: Arc<Status>,
    metrics: Arc<Metrics>,
    /// The stuck shards that have been logged, by shard.
    stuck: BTreeMap<usize, Stuck>,
}

/// A change in a shard's progress, to be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StallEvent {
    Stuck(Stuck),
    Moves { shard: usize, was: CurrentActivity },
}

impl Watchdog {
    pub fn new(status: Arc<Status>, metrics: Arc<Metrics>) -> Self {
        Self { status, metrics, stuck: BTreeMap::new() }
    }

    /// Checks once a second, on a separate thread, until the returned sender is dropped.
    pub fn start(mut self) -> io::Result<Sender<()>> {
        let (held, ended) = channel::<()>();
        std::thread::Builder::new().name("watchdog".into()).spawn(move || {
            while ended.recv_timeout(LOOK_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                self.look(monotonic_now()).iter().for_each(StallEvent::log);
            }
        })?;
        Ok(held)
    }

    /// What has changed since the last check.
    pub fn look(&mut self, now: Instant) -> Vec<StallEvent> {
        let stuck: BTreeMap<usize, Stuck> =
            self.status.stuck(now).into_iter().map(|stuck| (stuck.shard, stuck)).collect();
        self.metrics.set_stuck_shards(stuck.len());
        let before = std::mem::replace(&mut self.stuck, stuck);
        let moves = before.values().filter(|was| !self.stuck.contains_key(&was.shard));
        let new = self.stuck.values().filter(|now| !before.contains_key(&now.shard));
        new.map(|stuck| StallEvent::Stuck(*stuck))
            .chain(moves.map(|was| StallEvent::Moves { shard: was.shard, was: was.doing }))
            .collect()
    }
}

impl StallEvent {
    fn log(&self) {
        match self {
            Self::Stuck(Stuck { shard, idle_for, doing }) => tracing::error!(
                shard,
                still_ms = idle_for.as_millis(),
                %doing,
                "shard stuck; its partitions are not being processed"
            ),
            Self::Moves { shard, was } => tracing::info!(shard, %was, "shard makes progress again"),
        }
    }
}
