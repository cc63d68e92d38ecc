//! Applies changes of the assignment, after committing or aborting the open batch.

use super::super::errors::ShardError;
use super::super::partitions::Partition;
use super::super::ports::{AssignmentChange, Checkpoints, Clock, Input, Ports};
use super::Shard;
use super::batch::Phase;
use crate::metrics::RebalanceKind;
use crate::status::{Activity, MemoryState, PartitionState};
use std::time::{Duration, Instant};

/// How long a revocation waits for the batch to be committed; the whole group waits with it.
const REVOKE_WAIT_MAX: Duration = Duration::from_secs(20);

/// A change that waits for the batch, and since when.
pub(super) struct PendingChange {
    change: AssignmentChange,
    since: Instant,
}

impl<P: Ports> Shard<P> {
    pub(super) fn note_change(&mut self, change: AssignmentChange) {
        let since = self.clock.now();
        self.changes.push_back(PendingChange { change, since });
    }

    /// Applies the pending changes, each as soon as the batch allows it. A lost partition aborts
    /// the batch; any other change lets it be committed first.
    pub(super) fn apply_rebalances(&mut self) -> Result<(), ShardError> {
        let now = self.clock.now();
        while let Some(waiting) = self.changes.front() {
            let lost = matches!(waiting.change, AssignmentChange::Revoked { lost: true, .. });
            let late = matches!(waiting.change, AssignmentChange::Revoked { .. })
                && now.saturating_duration_since(waiting.since) >= REVOKE_WAIT_MAX;
            if !self.batch.is_idle() {
                if !lost && !late {
                    return Ok(());
                }
                self.abort_batch();
            }
            if let Some(waiting) = self.changes.pop_front() {
                self.apply_change(waiting.change)?;
            }
        }
        Ok(())
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
        self.doing(Activity::Rebalancing, None);
        match change {
            AssignmentChange::Assigned(partitions) => self.assign(&partitions),
            AssignmentChange::Revoked { partitions, lost: true } => {
                tracing::warn!(?partitions, "partitions were lost; others may read them already");
                self.release_partitions(&partitions, RebalanceKind::Lost)?;
                self.status.set_assigned(self.index, false);
                Ok(())
            }
            AssignmentChange::Revoked { partitions, lost: false } => {
                tracing::info!(?partitions, "partitions revoked");
                let keeps_membership = self.input.is_cooperative();
                self.release_partitions(&partitions, RebalanceKind::Revoked)?;
                self.status.set_assigned(self.index, keeps_membership);
                Ok(())
            }
        }
    }

    fn assign(&mut self, partitions: &[i32]) -> Result<(), ShardError> {
        tracing::info!(?partitions, "partitions assigned");
        let now = self.clock.now();
        self.input.assign(partitions)?;
        let restores = self.settings.topics.history.is_some();
        let memory = if restores { MemoryState::Preparing } else { MemoryState::Ready };
        for partition in partitions {
            if restores {
                self.checkpoints.look_for(*partition);
            }
            self.partitions.add(*partition, now);
            self.status.set_partition(*partition, PartitionState { shard: self.index, memory });
        }
        self.count_rebalance(RebalanceKind::Assigned, partitions.len(), 1);
        self.status.set_assigned(self.index, true);
        Ok(())
    }

    fn release_partitions(
        &mut self,
        partitions: &[i32],
        kind: RebalanceKind,
    ) -> Result<(), ShardError> {
        let given_up = |number: &i32| Some((*number, self.release_partition(*number)?));
        let owned: Vec<(i32, Partition)> = partitions.iter().filter_map(given_up).collect();
        self.count_rebalance(kind, owned.len(), -1);
        self.input.unassign(partitions)?;
        // Saved after the release, so that the group does not wait for the disk. Lost partitions
        // are saved as well, because their memory is in the committed state.
        for (number, partition) in owned {
            self.checkpoint_on_revoke(number, partition);
        }
        Ok(())
    }
}
