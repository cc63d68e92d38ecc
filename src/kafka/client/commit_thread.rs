//! Commits offsets on a separate thread, because only a blocking commit reports its result.
//!
//! The client library (rdkafka 0.39 over librdkafka 2.12) subscribes to commit events but never
//! gets them: `rd_kafka_cgrp_propagate_commit_result` answers an asynchronous commit only if a
//! callback is configured, and the binding configures none. While the coordinator is unavailable, a
//! blocking commit can take as long as the session timeout, so it must not run in the shard's loop.

use crate::kafka::shard::ports::Offsets;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long the shard waits for an answer before it polls the group again.
const ANSWER_WAIT: Duration = Duration::from_millis(5);

/// The commit thread of one consumer. Dropping it waits for the commit in progress.
pub struct Committer {
    /// `None` while it is being dropped.
    requests: Option<Sender<Offsets>>,
    answers: Receiver<CommitResult>,
    thread: Option<JoinHandle<()>>,
}

/// The result of a commit.
pub struct CommitResult {
    pub offsets: Offsets,
    pub result: KafkaResult<()>,
}

impl Committer {
    pub fn start<C: ConsumerContext + 'static>(
        consumer: Arc<BaseConsumer<C>>,
        topic: String,
    ) -> std::io::Result<Self> {
        let (requests, received) = channel();
        let (answer, answers) = channel();
        let work = move || serve(&received, &consumer, &topic, &answer);
        let thread = std::thread::Builder::new().name("commit".into()).spawn(work)?;
        Ok(Self { requests: Some(requests), answers, thread: Some(thread) })
    }

    /// Requests a commit. The shard has one commit open at a time, so requests do not pile up.
    pub fn commit(&self, offsets: Offsets) {
        if let Some(requests) = &self.requests {
            // The thread runs until the sender is dropped, so this cannot fail.
            let _ = requests.send(offsets);
        }
    }

    /// The next answer, if one arrives soon.
    pub fn answer(&self) -> Option<CommitResult> {
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
        // The receiver is gone while the consumer is being dropped.
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
