//! The client of one group member: its creation, and how it leaves the group and ends.

use super::context::GroupContext;
use crate::kafka::client::commit_thread::Committer;
use crate::kafka::shard::ports::{BatchOffsets, InputEvent};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The pause between checks whether a former consumer still has another owner.
const CLOSE_CHECK_INTERVAL: Duration = Duration::from_millis(10);

/// The library's consumer, and the thread that commits for it.
pub struct MemberClient {
    pub consumer: Arc<BaseConsumer<GroupContext>>,
    /// Must be stopped before the consumer is dropped.
    pub committer: Option<Committer<BatchOffsets>>,
}

impl MemberClient {
    pub fn create(config: &ClientConfig, topic: &str) -> KafkaResult<Self> {
        let context = GroupContext::new(topic);
        let consumer: Arc<BaseConsumer<GroupContext>> =
            Arc::new(config.create_with_context(context)?);
        let committer = Committer::start(Arc::clone(&consumer))
            .map_err(|error| KafkaError::ClientCreation(format!("no thread to commit: {error}")))?;
        Ok(Self { consumer, committer: Some(committer) })
    }

    /// Leaves the group. The consumer polls until it has left, and it cannot leave while an
    /// assignment change is unanswered. Notes are no longer handled, so a pending change is
    /// answered here.
    pub fn leave(&mut self, has_partitions: bool) {
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
        if !has_partitions {
            self.consumer.unsubscribe();
        }
    }
}

impl Drop for MemberClient {
    /// Drops a client with a fatal error on a separate thread. Such a client cannot be closed, and
    /// destroying it (`rd_kafka_destroy`, librdkafka 2.12) sometimes waits without a bound for a
    /// group that has removed it. Nothing else waits for this thread.
    fn drop(&mut self) {
        if self.consumer.client().fatal_error().is_some() {
            close_in_background(Arc::clone(&self.consumer));
        }
    }
}

fn close_in_background(consumer: Arc<BaseConsumer<GroupContext>>) {
    let work = move || {
        // The thread must be the last owner, because the last one to drop the client waits.
        while Arc::strong_count(&consumer) > 1 {
            std::thread::sleep(CLOSE_CHECK_INTERVAL);
        }
        drop(consumer);
    };
    if let Err(error) = std::thread::Builder::new().name("close-client".into()).spawn(work) {
        tracing::warn!(%error, "there is no thread to close a replaced consumer on");
    }
}
