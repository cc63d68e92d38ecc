//! Commits offsets on a thread of its own, because only a blocking commit tells how it ended.
//!
//! The client library (rdkafka 0.39 over librdkafka 2.12) asks for commit events but never gets
//! them: `rd_kafka_cgrp_propagate_commit_result` answers an asynchronous commit only where a
//! callback is configured, which the binding does not do. A blocking one may take as long as the
//! session's time-out while the coordinator is away, so it must not run in the shard's loop.

use super::ports::Offsets;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long an answer is waited for before the group is served again.
const ANSWER_WAIT: Duration = Duration::from_millis(5);

/// The committing thread of one consumer. Dropping it waits for the commit under way.
pub(super) struct Committer {
    /// `None` once it is being dropped.
    requests: Option<Sender<Offsets>>,
    answers: Receiver<CommitResult>,
    thread: Option<JoinHandle<()>>,
}

/// How a commit ended.
pub(super) struct CommitResult {
    pub offsets: Offsets,
    pub result: KafkaResult<()>,
}

impl Committer {
    pub(super) fn start<C: ConsumerContext + 'static>(
        consumer: Arc<BaseConsumer<C>>,
        topic: String,
    ) -> std::io::Result<Self> {
        let (requests, received) = channel();
        let (answer, answers) = channel();
        let work = move || serve(&received, &consumer, &topic, &answer);
        let thread = std::thread::Builder::new().name("commit".into()).spawn(work)?;
        Ok(Self { requests: Some(requests), answers, thread: Some(thread) })
    }

    /// Asks for a commit. The shard asks for one at a time, so requests do not pile up.
    pub(super) fn commit(&self, offsets: Offsets) {
        if let Some(requests) = &self.requests {
            // The thread is there as long as the sender is.
            let _ = requests.send(offsets);
        }
    }

    /// The next answer, if one comes soon.
    pub(super) fn answer(&self) -> Option<CommitResult> {
        self.answers.recv_timeout(ANSWER_WAIT).ok()
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve<C: ConsumerContext>(
    requests: &Receiver<Offsets>,
    consumer: &BaseConsumer<C>,
    topic: &str,
    answers: &Sender<CommitResult>,
) {
    for offsets in requests {
        let result = commit(consumer, topic, &offsets);
        // Nobody listens any more once the consumer is being dropped.
        let _ = answers.send(CommitResult { offsets, result });
    }
}

fn commit<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    offsets: &Offsets,
) -> KafkaResult<()> {
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for (partition, offset) in offsets {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset))?;
    }
    consumer.commit(&list, CommitMode::Sync)
}
