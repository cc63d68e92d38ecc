//! Adds offsets to a transaction, on a thread of its own.
//!
//! It is the one call about a transaction that does not keep to its time-out: while the group's
//! coordinator is away the client library waits for it without a bound, and where the broker has
//! left the cluster's metadata meanwhile, possibly for good (librdkafka issues 5456 and 5511, open
//! in 2.14). A shard that waited within the call could neither serve its group nor go on.

use super::TRANSACTION_TIMEOUT;
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

/// How long an answer is waited for before the group is served again.
const ANSWER_WAIT: Duration = Duration::from_millis(20);
/// A call that has not come back after this long is given up, and with it the producer.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// The thread of one transactional producer.
///
/// Dropping it waits for the thread, unless a call is under way: then the thread, and the producer
/// with it, end when the call does. The producer's successor has fenced it by then.
pub(super) struct OffsetAdder {
    /// `None` once it is being dropped.
    requests: Option<Sender<Request>>,
    answers: Receiver<KafkaResult<()>>,
    /// Since when a call has been under way.
    pending: Option<Instant>,
    thread: Option<JoinHandle<()>>,
}

type Request = (TopicPartitionList, Arc<ConsumerGroupMetadata>);

/// How far a call got.
pub(super) enum Added {
    Answered(KafkaResult<()>),
    NotYet,
    /// It has been waited for long enough.
    GivenUp {
        after: Duration,
    },
}

impl OffsetAdder {
    pub(super) fn start(producer: Arc<BaseProducer<DeliveryContext>>) -> std::io::Result<Self> {
        let (requests, received) = channel::<Request>();
        let (answer, answers) = channel();
        let work = move || {
            for (offsets, group) in received {
                let timeout = TRANSACTION_TIMEOUT;
                let done = producer.send_offsets_to_transaction(&offsets, &group, timeout);
                // Nobody listens any more where it was given up.
                let _ = answer.send(done);
            }
        };
        let thread = std::thread::Builder::new().name("offsets".into()).spawn(work)?;
        Ok(Self { requests: Some(requests), answers, pending: None, thread: Some(thread) })
    }

    pub(super) fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    pub(super) fn ask(&mut self, offsets: TopicPartitionList, group: Arc<ConsumerGroupMetadata>) {
        if let Some(requests) = &self.requests {
            // The thread is there as long as the sender is.
            let _ = requests.send((offsets, group));
            self.pending = Some(monotonic_now());
        }
    }

    /// What became of the call that is under way, if that is known soon.
    pub(super) fn answer(&mut self) -> Added {
        if let Ok(result) = self.answers.recv_timeout(ANSWER_WAIT) {
            self.pending = None;
            return Added::Answered(result);
        }
        let waited = |since| monotonic_now().saturating_duration_since(since);
        match self.pending.map(waited) {
            Some(after) if after >= RESPONSE_TIMEOUT => Added::GivenUp { after },
            _ => Added::NotYet,
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
