//! Whether the brokers answer. A reader to whom nothing comes cannot tell a quiet topic from brokers
//! that are away, so it asks.

use super::health::{BROKERS, NotifyHealth};
use crate::clock::monotonic_now;
use crate::kafka::{ReadError, TopicReader};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// From one answer, or the want of one, to the next question.
const INTERVAL: Duration = Duration::from_secs(5);

/// When the brokers were last asked.
pub struct Probe {
    asked: Instant,
}

impl Probe {
    /// After an answer.
    pub fn new() -> Self {
        Self { asked: monotonic_now() }
    }

    /// Asks the leaders of these partitions, if it is time to.
    pub fn ask(&mut self, topic: &TopicReader, partitions: &BTreeSet<i32>, health: &NotifyHealth) {
        if monotonic_now() < self.asked + INTERVAL {
            return;
        }
        match topic.reach(partitions) {
            Ok(()) if health.mark_healthy(BROKERS) => tracing::info!("the brokers answer again"),
            Ok(()) => {}
            Err(error) if fails(health, &error) => {
                tracing::warn!(%error, "the brokers do not answer; nothing is read until they do");
            }
            Err(_) => {}
        }
        self.asked = monotonic_now();
    }
}

/// Whether they answered before.
pub fn fails(health: &NotifyHealth, error: &ReadError) -> bool {
    health.mark_failing(BROKERS, format!("are not reached: {error}"))
}
