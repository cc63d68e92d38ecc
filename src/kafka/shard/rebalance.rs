//! Applies changes of the assignment, after committing or aborting the open batch.

use super::batch::{Batch, Phase};
use super::checkpoint::save_released;
use super::partition::Partition;
use super::partitions::Partitions;
use super::ports::{
    AssignmentChange, Checkpoints, Clock, HistoryLog, Input, LabelLog, PortSet, Ports,
};
use super::reporter::Reporter;
use crate::kafka::errors::ShardError;
use crate::kafka::settings::Settings;
use crate::metrics::RebalanceKind;
use crate::status::{Activity, MemoryState};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long a revocation waits for the batch to be committed; the whole group waits with it.
const REVOKE_WAIT_MAX: Duration = Duration::from_secs(20);

/// Changes of the assignment that wait for the batch to end, oldest first.
#[derive(Default)]
pub struct PendingChanges(VecDeque<PendingChange>);

struct PendingChange {
    change: AssignmentChange,
    since: Instant,
}

/// Applies the pending changes.
pub struct Rebalancing<'s, P: Ports> {
    pub settings: &'s Settings,
    pub ports: &'s mut PortSet<P>,
    pub reporter: &'s Reporter,
    pub partitions: &'s mut Partitions,
    pub batch: &'s mut Batch,
    pub changes: &'s mut PendingChanges,
}

impl PendingChanges {
    pub fn push(&mut self, change: AssignmentChange, now: Instant) {
        self.0.push_back(PendingChange { change, since: now });
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl PendingChange {
    /// Whether the batch is aborted rather than committed first.
    fn aborts_batch(&self, now: Instant) -> bool {
        match self.change {
            AssignmentChange::Assigned(_) => false,
            AssignmentChange::Revoked { lost, .. } => {
                lost || now.saturating_duration_since(self.since) >= REVOKE_WAIT_MAX
            }
        }
    }
}

impl<P: Ports> Rebalancing<'_, P> {
    /// Applies the pending changes, each as soon as the batch allows it. A lost partition aborts
    /// the batch; any other change lets it be committed first.
    pub fn apply(&mut self) -> Result<(), ShardError> {
        let now = self.ports.clock.now();
        while let Some(pending) = self.changes.0.front() {
            if !self.batch.is_idle() {
                if !pending.aborts_batch(now) {
                    return Ok(());
                }
                self.abort_batch();
            }
            if let Some(pending) = self.changes.0.pop_front() {
                self.apply_change(pending.change)?;
            }
        }
        Ok(())
    }

    /// Releases every partition, because the shard stops.
    pub fn release_all(&mut self) {
        let numbers = self.partitions.numbers();
        for number in &numbers {
            if let Some(partition) = self.release(*number) {
                self.save(*number, partition);
            }
        }
        self.reporter.gave_up(RebalanceKind::Revoked, numbers.len());
    }

    /// Aborts the batch, unless the broker may already have committed it. Then the commit is
    /// completed: the broker has accepted the offsets as part of the transaction, so the
    /// partition's next owner waits for its outcome.
    fn abort_batch(&mut self) {
        if matches!(self.batch.phase(), Phase::Open | Phase::Closing(_))
            && !self.batch.is_committing()
        {
            self.batch.go_to(Phase::Aborting);
        }
    }

    fn apply_change(&mut self, change: AssignmentChange) -> Result<(), ShardError> {
        self.reporter.doing(Activity::Rebalancing, None);
        match change {
            AssignmentChange::Assigned(partitions) => self.assign(&partitions),
            AssignmentChange::Revoked { partitions, lost: true } => {
                tracing::warn!(?partitions, "partitions were lost; others may read them already");
                self.unassign(&partitions, RebalanceKind::Lost)?;
                self.reporter.assigned(false);
                Ok(())
            }
            AssignmentChange::Revoked { partitions, lost: false } => {
                tracing::info!(?partitions, "partitions revoked");
                let keeps_membership = self.ports.input.is_cooperative();
                self.unassign(&partitions, RebalanceKind::Revoked)?;
                self.reporter.assigned(keeps_membership);
                Ok(())
            }
        }
    }

    fn assign(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        tracing::info!(?partitions, "partitions assigned");
        let now = self.ports.clock.now();
        self.ports.input.assign(partitions)?;
        let restores = self.settings.topics.history.is_some();
        let memory = if restores { MemoryState::Preparing } else { MemoryState::Ready };
        for partition in partitions {
            if restores {
                self.ports.checkpoints.look_for(*partition);
            }
            self.partitions.add(*partition, now);
            self.reporter.memory_state(*partition, memory);
        }
        self.reporter.took_over(partitions.len());
        self.reporter.assigned(true);
        Ok(())
    }

    fn unassign(&mut self, partitions: &[i32], kind: RebalanceKind) -> Result<(), ShardError> {
        let released = |number: &i32| Some((*number, self.release(*number)?));
        let owned: Vec<(i32, Partition)> = partitions.iter().filter_map(released).collect();
        self.reporter.gave_up(kind, owned.len());
        self.ports.input.unassign(partitions)?;
        // Saved after the release, so that the group does not wait for the disk. Lost partitions
        // are saved as well, because their memory is in the committed state.
        for (number, partition) in owned {
            self.save(number, partition);
        }
        Ok(())
    }

    /// Drops everything that belongs to a partition. Returns it if this shard owned it.
    fn release(&mut self, number: i32) -> Option<Partition> {
        self.ports.log.close(number);
        self.ports.labels.close(number);
        self.ports.checkpoints.forget(number);
        self.batch.forget(number);
        self.reporter.released(number);
        self.partitions.remove(number)
    }

    fn save(&mut self, number: i32, partition: Partition) {
        save_released(&mut self.ports.checkpoints, self.settings, number, partition);
    }
}
