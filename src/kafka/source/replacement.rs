//! Ends a consumer that leaves the group, and replaces one that has a fatal error.

use super::super::errors::ShardError;
use super::super::ports::{AssignmentChange, Input, InputEvent};
use super::context::GroupContext;
use super::{GroupConsumer, clients};
use crate::clock::monotonic_now;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Members with the same name fence each other as often as they send heartbeats.
pub(super) const FENCED_WINDOW: Duration = Duration::from_secs(180);
/// The pause between attempts to join while the broker considers a former member with this name
/// alive.
const UNRELEASED_PAUSE: Duration = Duration::from_millis(500);
/// Longer than any usual session timeout. A member that is still there after this time is alive.
const UNRELEASED_MAX: Duration = Duration::from_secs(180);
/// The pause between checks whether a former consumer still has another owner.
const CLOSE_CHECK_INTERVAL: Duration = Duration::from_millis(10);

impl GroupConsumer {
    /// Replaces a client with a fatal error by a new member, unless the error would only recur.
    /// Everything that was assigned is reported as lost.
    pub(super) fn replace(&mut self) -> Result<(), ShardError> {
        let Some((code, reason)) = self.consumer.client().fatal_error() else { return Ok(()) };
        self.check_replaceable(code, &reason)?;
        tracing::warn!(reason, "the consumer is replaced");
        self.leave();
        let made = clients(&self.config, &self.topic);
        let (consumer, committer) = made.map_err(|source| self.consume_error(source))?;
        let former = std::mem::replace(&mut self.consumer, consumer);
        self.committer = Some(committer);
        close_in_background(former);
        (self.membership, self.committing) = (None, None);
        self.active.clear();
        self.assigned.clear();
        let partitions: Vec<i32> = std::mem::take(&mut self.announced).into_iter().collect();
        if !partitions.is_empty() {
            let change = AssignmentChange::Revoked { partitions, lost: true };
            self.consumer.context().note(InputEvent::Assignment(change));
        }
        self.subscribe()
    }

    fn check_replaceable(
        &mut self,
        code: RDKafkaErrorCode,
        reason: &str,
    ) -> Result<(), ShardError> {
        let now = monotonic_now();
        let too_often = match code {
            RDKafkaErrorCode::FencedInstanceId => self.fencing_limit.is_exceeded_by(now),
            RDKafkaErrorCode::UnreleasedInstanceId => {
                std::thread::sleep(UNRELEASED_PAUSE);
                now.duration_since(*self.unreleased_since.get_or_insert(now)) > UNRELEASED_MAX
            }
            _ => return Err(self.consume_error(KafkaError::MessageConsumptionFatal(code))),
        };
        if too_often {
            let instance_id = self.config.get("group.instance.id").unwrap_or_default().to_owned();
            return Err(ShardError::Replaced { instance_id, reason: reason.to_owned() });
        }
        Ok(())
    }

    /// Leaves the group. The consumer polls until it has left, and it cannot leave while an
    /// assignment change is unanswered. Notes are no longer handled, so a pending change is
    /// answered here.
    fn leave(&mut self) {
        drop(self.committer.take());
        self.consumer.context().closing.store(true, Ordering::Relaxed);
        let unheard = self.consumer.context().take_notes();
        let expects_us = unheard.iter().any(|note| matches!(note, InputEvent::Assignment(_)));
        if expects_us && let Err(error) = self.consumer.unassign() {
            tracing::warn!(%error, "cannot give up the partitions while closing");
        }
        // Under the cooperative protocol, a member without partitions does not notify the group
        // when it closes (librdkafka 2.12, rd_kafka_cgrp_revoke_all_rejoin). The group would then
        // stall until the member's session times out. Unsubscribing does notify the group.
        if self.assigned.is_empty() {
            self.consumer.unsubscribe();
        }
    }
}

impl Drop for GroupConsumer {
    fn drop(&mut self) {
        self.leave();
        if self.consumer.client().fatal_error().is_some() {
            close_in_background(Arc::clone(&self.consumer));
        }
    }
}

/// Drops a client with a fatal error on a separate thread. Such a client cannot be closed, and
/// destroying it (`rd_kafka_destroy`, librdkafka 2.12) sometimes waits without a bound for a group
/// that has removed it. Nothing else waits for this thread.
fn close_in_background(consumer: Arc<BaseConsumer<GroupContext>>) {
    let work = move || {
        // The thread must be the last owner, because the last one to drop the client waits.
        while Arc::strong_count(&consumer) > 1 {
            std::thread::sleep(CLOSE_CHECK_INTERVAL);
        }
        drop(consumer);
    };
    if let Err(error) = std::thread::Builder::new().name("former".into()).spawn(work) {
        tracing::warn!(%error, "no thread to end a former consumer on");
    }
}
