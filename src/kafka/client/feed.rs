//! Produces messages to a Kafka topic as fast as the brokers accept them.
//!
//! ```text
//! connect ─▶ send ─▶ send ─▶ … ─▶ finish: everything acknowledged
//!             │
//!             └─▶ waits while the local queue is full
//! ```

use crate::clock::monotonic_now;
use crate::kafka::errors::ClientError;
use crate::transaction::Time;
use rdkafka::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long the brokers may take to respond at the start.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const RETRY_PAUSE: Duration = Duration::from_millis(200);
/// How long to wait on a full queue before checking again.
const FULL_POLL: Duration = Duration::from_millis(10);
/// How many messages are sent between two polls for delivery reports.
const POLL_EVERY: u64 = 64;

const DEFAULTS: &[(&str, &str)] = &[
    ("linger.ms", "5"),
    ("compression.type", "lz4"),
    ("enable.idempotence", "true"),
    // Partitions by key as Java clients do.
    ("partitioner", "murmur2_random"),
    ("message.timeout.ms", "60000"),
    ("delivery.report.only.error", "true"),
];

/// A producer for one topic.
pub struct Feed {
    producer: BaseProducer<Deliveries>,
    brokers: String,
    topic: String,
    sent: u64,
}

/// Why messages did not reach a topic.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("the client library refuses its properties")]
    Properties { source: ClientError },
    #[error("no answer from the brokers at {brokers} within {} s; is the address right?", CONNECT_TIMEOUT.as_secs())]
    Unreachable { brokers: String, source: ClientError },
    #[error(
        "there is no topic {topic} at {brokers} ({reason}); \
         `kafka-topics.sh --bootstrap-server {brokers} --create --topic {topic} --partitions 4` makes one"
    )]
    NoTopic { brokers: String, topic: String, reason: ClientError },
    #[error("cannot send to topic {topic}")]
    Send { topic: String, source: ClientError },
    #[error("{failed} messages to topic {topic} were not acknowledged")]
    Undelivered { topic: String, failed: u64, source: ClientError },
    #[error("{waiting} messages to topic {topic} are not acknowledged after {} s", timeout.as_secs())]
    TimedOut { topic: String, waiting: i32, timeout: Duration },
}

/// Delivery failures.
#[derive(Default)]
struct Deliveries {
    failed: AtomicU64,
    first_failure: Mutex<Option<KafkaError>>,
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            self.failed.fetch_add(1, Ordering::Relaxed);
            let mut first = self.first_failure.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert_with(|| error.clone());
        }
    }
}

impl Feed {
    /// Connects and checks that the topic exists.
    pub fn connect(
        brokers: &str,
        topic: &str,
        properties: &BTreeMap<String, String>,
    ) -> Result<Self, FeedError> {
        let mut config = ClientConfig::new();
        DEFAULTS.iter().for_each(|(property, value)| {
            config.set(*property, *value);
        });
        properties.iter().for_each(|(property, value)| {
            config.set(property, value);
        });
        let producer = config
            .set("bootstrap.servers", brokers)
            .set("client.id", "redcard-feed")
            .create_with_context(Deliveries::default())
            .map_err(|error| FeedError::Properties { source: ClientError::of(&error) })?;
        let feed = Self { producer, brokers: brokers.to_owned(), topic: topic.to_owned(), sent: 0 };
        feed.find_topic()?;
        Ok(feed)
    }

    /// Queues a message; waits while the queue is full, unless `stop` is set. Returns whether it
    /// was queued. Without a `time`, the record has the time of sending.
    pub fn send(
        &mut self,
        key: &[u8],
        payload: &[u8],
        time: Option<Time>,
        stop: &AtomicBool,
    ) -> Result<bool, FeedError> {
        if self.sent.is_multiple_of(POLL_EVERY) {
            self.producer.poll(Duration::ZERO);
            self.check_delivered()?;
        }
        loop {
            let mut record = BaseRecord::to(&self.topic).key(key).payload(payload);
            record.timestamp = time.map(Time::millis);
            match self.producer.send(record) {
                Ok(()) => {
                    self.sent += 1;
                    return Ok(true);
                }
                Err((error, _)) if is_full(&error) => self.producer.poll(FULL_POLL),
                Err((error, _)) => {
                    let (topic, source) = (self.topic.clone(), ClientError::of(&error));
                    return Err(FeedError::Send { topic, source });
                }
            }
            self.check_delivered()?;
            if stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
        }
    }

    /// Waits until everything is acknowledged, and returns how many messages that was.
    pub fn finish(self, timeout: Duration) -> Result<u64, FeedError> {
        let deadline = monotonic_now() + timeout;
        // Not `flush`: it sleeps for a tenth of a second at a time.
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(FULL_POLL);
            self.check_delivered()?;
            if monotonic_now() > deadline {
                let waiting = self.producer.in_flight_count();
                return Err(FeedError::TimedOut { topic: self.topic, waiting, timeout });
            }
        }
        self.check_delivered()?;
        Ok(self.sent)
    }

    /// Asking for the topic creates it if the brokers are configured to do so. A topic created that
    /// way has no leader for a moment.
    fn find_topic(&self) -> Result<(), FeedError> {
        let deadline = monotonic_now() + CONNECT_TIMEOUT;
        loop {
            let answer = self.producer.client().fetch_metadata(Some(&self.topic), CONNECT_TIMEOUT);
            let metadata = answer.map_err(|error| {
                let (brokers, source) = (self.brokers.clone(), ClientError::of(&error));
                FeedError::Unreachable { brokers, source }
            })?;
            let state = metadata.topics().iter().find(|topic| topic.name() == self.topic);
            let Some(code) = state.and_then(|topic| topic.error()) else { return Ok(()) };
            if monotonic_now() > deadline {
                let (brokers, topic) = (self.brokers.clone(), self.topic.clone());
                let reason = ClientError::of(&RDKafkaErrorCode::from(code));
                return Err(FeedError::NoTopic { brokers, topic, reason });
            }
            std::thread::sleep(RETRY_PAUSE);
        }
    }

    fn check_delivered(&self) -> Result<(), FeedError> {
        let deliveries = self.producer.context();
        let failed = deliveries.failed.load(Ordering::Relaxed);
        let first = deliveries.first_failure.lock().unwrap_or_else(PoisonError::into_inner);
        match &*first {
            None => Ok(()),
            Some(error) => {
                let (topic, source) = (self.topic.clone(), ClientError::of(error));
                Err(FeedError::Undelivered { topic, failed, source })
            }
        }
    }
}

fn is_full(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull)
}
