//! Checks that the brokers respond. A reader that receives nothing cannot tell a quiet topic from
//! unreachable brokers, so it asks.

use super::health::{BROKERS, NotifyHealth};
use crate::clock::monotonic_now;
use crate::kafka::{ReadError, TopicReader};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// From one response or timeout to the next request.
const INTERVAL: Duration = Duration::from_secs(5);

/// When the brokers were last asked.
pub struct Probe {
    asked: Instant,
}

impl Probe {
    /// Assumes that the brokers have just responded.
    pub fn new() -> Self {
        Self { asked: monotonic_now() }
    }

    /// Queries the leaders of these partitions if the interval has passed.
    pub fn ask(&mut self, topic: &TopicReader, partitions: &BTreeSet<i32>, health: &NotifyHealth) {
        if monotonic_now() < self.asked + INTERVAL {
            return;
        }
        match topic.reach(partitions) {
            Ok(()) if health.mark_healthy(BROKERS) => tracing::info!("the brokers answer again"),
            Ok(()) => {}
            Err(error) if mark_brokers_failing(health, &error) => {
                tracing::warn!(%error, "the brokers do not answer; nothing is read until they do");
            }
            Err(_) => {}
        }
        self.asked = monotonic_now();
    }
}

/// Marks the brokers as failing; returns whether they responded before.
pub fn mark_brokers_failing(health: &NotifyHealth, error: &ReadError) -> bool {
    health.mark_failing(BROKERS, format!("are not reached: {error}"))
}
