//! Commits offsets on a separate thread, because only a blocking commit reports its result.
//!
//! The client library (rdkafka 0.39 over librdkafka 2.12) subscribes to commit events but never
//! gets them: `rd_kafka_cgrp_propagate_commit_result` answers an asynchronous commit only if a
//! callback is configured, and the binding configures none. While the coordinator is unavailable, a
//! blocking commit can take as long as the session timeout, so it must not run in the shard's loop.

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long the shard waits for an answer before it polls the group again.
const ANSWER_WAIT: Duration = Duration::from_millis(5);

/// The commit thread of one consumer. Dropping it waits for the commit in progress. `T` identifies a
/// commit.
pub struct Committer<T> {
    /// `None` while it is being dropped.
    requests: Option<Sender<CommitRequest<T>>>,
    answers: Receiver<CommitResult<T>>,
    thread: Option<JoinHandle<()>>,
}

/// A commit: what identifies it, and its offsets.
type CommitRequest<T> = (T, KafkaResult<TopicPartitionList>);

/// The result of a commit.
pub struct CommitResult<T> {
    pub what: T,
    pub result: KafkaResult<()>,
}

impl<T: Send + 'static> Committer<T> {
    pub fn start<C: ConsumerContext + 'static>(
        consumer: Arc<BaseConsumer<C>>,
    ) -> std::io::Result<Self> {
        let (requests, received) = channel();
        let (answer, answers) = channel();
        let work = move || serve(&received, &consumer, &answer);
        let thread = std::thread::Builder::new().name("commit".into()).spawn(work)?;
        Ok(Self { requests: Some(requests), answers, thread: Some(thread) })
    }

    /// Requests a commit. The shard has one commit open at a time, so requests do not pile up.
    pub fn commit(&self, what: T, offsets: KafkaResult<TopicPartitionList>) {
        if let Some(requests) = &self.requests {
            // The thread runs until the sender is dropped, so this cannot fail.
            let _ = requests.send((what, offsets));
        }
    }

    /// The next answer, if one arrives soon.
    pub fn answer(&self) -> Option<CommitResult<T>> {
        self.answers.recv_timeout(ANSWER_WAIT).ok()
    }
}

impl<T> Drop for Committer<T> {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve<T, C: ConsumerContext>(
    requests: &Receiver<CommitRequest<T>>,
    consumer: &BaseConsumer<C>,
    answers: &Sender<CommitResult<T>>,
) {
    for (what, offsets) in requests {
        let result = offsets.and_then(|list| consumer.commit(&list, CommitMode::Sync));
        // The receiver is gone while the consumer is being dropped.
        let _ = answers.send(CommitResult { what, result });
    }
}
