//! Reports what a shard does: to the status that HTTP serves, and to the metrics.

use super::ports::PartitionStatistics;
use crate::metrics::{Metrics, RebalanceKind};
use crate::status::{Activity, MemoryState, PartitionState, Status};
use std::sync::Arc;
use std::time::Instant;

/// The reports of one shard.
pub struct Reporter {
    pub shard: usize,
    pub status: Arc<Status>,
    pub metrics: Arc<Metrics>,
    /// The input topic.
    pub topic: String,
}

impl Reporter {
    /// Reports the current activity, so that the cause of a stuck shard can be logged.
    pub fn doing(&self, activity: Activity, partition: Option<i32>) {
        self.status.set_activity(self.shard, activity, partition);
    }

    /// The shard makes progress.
    pub fn moved(&self, now: Instant) {
        self.status.record_heartbeat(self.shard, now);
    }

    /// Whether the group has given this member an assignment.
    pub fn assigned(&self, is_assigned: bool) {
        self.status.set_assigned(self.shard, is_assigned);
    }

    pub fn took_over(&self, partitions: usize) {
        self.metrics.rebalance(RebalanceKind::Assigned, count(partitions));
    }

    pub fn gave_up(&self, kind: RebalanceKind, partitions: usize) {
        self.metrics.rebalance(kind, -count(partitions));
    }

    pub fn memory_state(&self, partition: i32, memory: MemoryState) {
        self.status.set_partition(partition, PartitionState { shard: self.shard, memory });
    }

    /// The warm-up is over, and decisions begin.
    pub fn warmed_up(&self, partition: i32) {
        tracing::info!(partition, "warmed up: decisions begin");
        self.memory_state(partition, MemoryState::Ready);
    }

    /// So many records were deleted before they were read; reading continued at `next`.
    pub fn missed(&self, partition: i32, missed: i64, next: i64) {
        tracing::error!(
            partition,
            missed,
            next,
            "records of the input were deleted before they were read and were never scored; \
             windows across the gap are undecided where the rest does not settle them"
        );
        self.metrics.missed(missed);
    }

    /// The partition no longer belongs to this shard.
    pub fn released(&self, partition: i32) {
        self.status.remove_partition(self.shard, partition);
        self.metrics.forget_partition(&self.topic, partition);
    }

    /// `covered` is the next offset after the committed records; `None` before the first commit.
    pub fn lag(
        &self,
        partition: i32,
        statistics: Option<&PartitionStatistics>,
        covered: Option<i64>,
    ) {
        let lag = statistics.and_then(|statistics| statistics.lag(covered));
        self.metrics.set_consumer_lag(&self.topic, partition, lag);
    }
}

fn count(partitions: usize) -> i64 {
    i64::try_from(partitions).unwrap_or(i64::MAX)
}
