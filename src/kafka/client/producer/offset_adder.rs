//! Adds offsets to a transaction, on a separate thread.
//!
//! It is the only transactional call that ignores its timeout. While the group's coordinator is
//! unavailable, the client library waits for it without a bound. If that broker has also left the
//! cluster's metadata, the call may never return (librdkafka issues 5456 and 5511, open in 2.14). A
//! shard that waited for the call itself could not poll its group in the meantime.

use super::deliveries::DeliveryContext;
use crate::clock::monotonic_now;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::KafkaResult;
use rdkafka::producer::{BaseProducer, Producer};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the shard waits for an answer before it polls the group again.
const ANSWER_WAIT: Duration = Duration::from_millis(20);
/// After this long the shard stops waiting for the call and replaces the producer.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// The offset thread of one transactional producer.
///
/// Dropping it waits for the thread, unless a call is pending. In that case the thread and the
/// producer end when the call returns; by then the next producer has fenced this one.
pub struct OffsetAdder {
    /// `None` while it is being dropped.
    requests: Option<Sender<Request>>,
    answers: Receiver<KafkaResult<()>>,
    /// The start of the pending call.
    pending: Option<Instant>,
    thread: Option<JoinHandle<()>>,
}

type Request = (TopicPartitionList, Arc<ConsumerGroupMetadata>);

/// The state of a call.
pub enum AddResult {
    Answered(KafkaResult<()>),
    NotYet,
    /// The call took longer than [`RESPONSE_TIMEOUT`].
    TimedOut {
        after: Duration,
    },
}

impl OffsetAdder {
    /// `timeout` is passed to the library, which ignores it while it waits for the coordinator.
    pub fn start(
        producer: Arc<BaseProducer<DeliveryContext>>,
        timeout: Duration,
    ) -> std::io::Result<Self> {
        let (requests, received) = channel::<Request>();
        let (answer, answers) = channel();
        let work = move || {
            for (offsets, group) in received {
                let done = producer.send_offsets_to_transaction(&offsets, &group, timeout);
                // The receiver is gone if the shard stopped waiting for the call.
                let _ = answer.send(done);
            }
        };
        let thread = std::thread::Builder::new().name("offsets".into()).spawn(work)?;
        Ok(Self { requests: Some(requests), answers, pending: None, thread: Some(thread) })
    }

    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    pub fn request(&mut self, offsets: TopicPartitionList, group: Arc<ConsumerGroupMetadata>) {
        if let Some(requests) = &self.requests {
            // The thread runs until the sender is dropped, so this cannot fail.
            let _ = requests.send((offsets, group));
            self.pending = Some(monotonic_now());
        }
    }

    /// Waits briefly for the result of the pending call.
    pub fn poll_result(&mut self) -> AddResult {
        if let Ok(result) = self.answers.recv_timeout(ANSWER_WAIT) {
            self.pending = None;
            return AddResult::Answered(result);
        }
        let waited = |since| monotonic_now().saturating_duration_since(since);
        match self.pending.map(waited) {
            Some(after) if after >= RESPONSE_TIMEOUT => AddResult::TimedOut { after },
            _ => AddResult::NotYet,
        }
    }
}

impl Drop for OffsetAdder {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(thread) = self.thread.take().filter(|_| self.pending.is_none()) {
            let _ = thread.join();
        }
    }
}
