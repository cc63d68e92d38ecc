//! Sends source records to the input topic again.
//!
//! A record keeps its key, value, headers and partition, so it reaches the memory that holds its
//! card. Two headers name the original record. The timestamp is the time of sending: the topic's
//! retention treats it as a new record.

use super::super::client_log::ClientLog;
use super::super::errors::StartError;
use super::super::headers::header_at;
use super::super::settings::Connection;
use super::letter::{RETRY_OFFSET, RETRY_PARTITION};
use crate::clock::monotonic_now;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long the brokers may take to acknowledge records.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);
const WAIT: Duration = Duration::from_millis(10);
/// The client's name in the log.
const CLIENT: &str = "dead letter sender";

/// Why records could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error(transparent)]
    Client(#[from] StartError),
    #[error(
        "topic {topic} rejected the record at offset {offset} of partition {partition}: {source}"
    )]
    Refused { topic: String, partition: i32, offset: i64, source: KafkaError },
    #[error("topic {topic} did not acknowledge everything within {} s: {source}", SEND_TIMEOUT.as_secs())]
    Unfinished { topic: String, source: KafkaError },
    #[error("interrupted")]
    Interrupted,
}

/// An idempotent producer.
pub(super) struct Sender {
    producer: BaseProducer<RetryContext>,
    topic: String,
    interrupted: Arc<AtomicBool>,
}

struct RetryContext {
    log: ClientLog,
    /// The first record that was rejected.
    refused: Mutex<Option<((i32, i64), KafkaError)>>,
}

impl ClientContext for RetryContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        self.log.log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.log.error(error, reason);
    }
}

impl ProducerContext for RetryContext {
    type DeliveryOpaque = Box<(i32, i64)>;

    fn delivery(&self, result: &DeliveryResult<'_>, place: Box<(i32, i64)>) {
        if let Err((error, _)) = result {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            refused.get_or_insert_with(|| (*place, error.clone()));
        }
    }
}

impl Sender {
    pub(super) fn connect(
        connection: &Connection,
        topic: &str,
        interrupted: &Arc<AtomicBool>,
    ) -> Result<Self, SendError> {
        let log = ClientLog::new(CLIENT);
        let producer = connection
            .sender_config()
            .create_with_context(RetryContext { log, refused: Mutex::default() })
            .map_err(|source| StartError::Client { client: CLIENT, source })?;
        Ok(Self { producer, topic: topic.to_owned(), interrupted: Arc::clone(interrupted) })
    }

    /// Queues a record; waits while the queue is full.
    pub(super) fn send(&mut self, record: &BorrowedMessage<'_>) -> Result<(), SendError> {
        let place = (record.partition(), record.offset());
        let mut outgoing: BaseRecord<'_, [u8], [u8], Box<(i32, i64)>> =
            BaseRecord::with_opaque_to(&self.topic, Box::new(place))
                .partition(record.partition())
                .headers(headers(record));
        outgoing.key = record.key();
        outgoing.payload = record.payload();
        let until = monotonic_now() + SEND_TIMEOUT;
        loop {
            self.check()?;
            match self.producer.send(outgoing) {
                Ok(()) => return Ok(()),
                Err((error, back))
                    if error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull)
                        && monotonic_now() < until =>
                {
                    outgoing = back;
                    self.producer.poll(WAIT);
                }
                Err((source, _)) => return Err(self.refused(place, source)),
            }
        }
    }

    /// Waits until everything is acknowledged.
    pub(super) fn finish(self) -> Result<(), SendError> {
        let flushed = self.producer.flush(SEND_TIMEOUT);
        self.check()?;
        flushed.map_err(|source| SendError::Unfinished { topic: self.topic.clone(), source })
    }

    fn check(&self) -> Result<(), SendError> {
        self.producer.poll(Duration::ZERO);
        let context = self.producer.context();
        let refused = context.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((place, source)) = refused {
            return Err(self.refused(place, source));
        }
        match self.interrupted.load(Ordering::Relaxed) {
            true => Err(SendError::Interrupted),
            false => Ok(()),
        }
    }

    fn refused(&self, (partition, offset): (i32, i64), source: KafkaError) -> SendError {
        SendError::Refused { topic: self.topic.clone(), partition, offset, source }
    }
}

/// The record's headers, and those that name the original record. A retry of a retry keeps the
/// first original.
fn headers(record: &BorrowedMessage<'_>) -> OwnedHeaders {
    let own = record.headers();
    let count = own.map_or(0, Headers::count);
    let mut copied = OwnedHeaders::new_with_capacity(count + 2);
    let mut is_retry = false;
    for header in (0..count).filter_map(|at| header_at(own?, at)) {
        is_retry |= header.key == RETRY_OFFSET;
        copied = copied.insert(header);
    }
    if is_retry {
        return copied;
    }
    let (partition, offset) = (record.partition().to_string(), record.offset().to_string());
    copied
        .insert(Header { key: RETRY_PARTITION, value: Some(&partition) })
        .insert(Header { key: RETRY_OFFSET, value: Some(&offset) })
}
