//! Sends records to a topic again, without a transaction. A record keeps its key, value and
//! partition; its timestamp is the time of sending.

use super::log::ClientLog;
use super::record::library_headers;
use crate::clock::monotonic_now;
use crate::kafka::errors::{ClientError, StartError};
use crate::kafka::record::{BorrowedRecord, RecordHeader};
use crate::kafka::settings::Connection;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long the brokers may take to acknowledge records.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);
const WAIT: Duration = Duration::from_millis(10);
/// The client's name in the log.
const CLIENT: &str = "record sender";

/// Why records could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error(transparent)]
    Client(#[from] StartError),
    #[error(
        "topic {topic} rejected the record at offset {offset} of partition {partition}: {source}"
    )]
    Refused { topic: String, partition: i32, offset: i64, source: ClientError },
    #[error("topic {topic} did not acknowledge everything within {} s: {source}", SEND_TIMEOUT.as_secs())]
    Unfinished { topic: String, source: ClientError },
    #[error("interrupted")]
    Interrupted,
}

/// An idempotent producer.
pub struct RetrySender {
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

impl RetrySender {
    pub fn connect(
        connection: &Connection,
        topic: &str,
        interrupted: &Arc<AtomicBool>,
    ) -> Result<Self, SendError> {
        let log = ClientLog::new(CLIENT);
        let producer = connection
            .sender_config()
            .create_with_context(RetryContext { log, refused: Mutex::default() })
            .map_err(|error| StartError::client(CLIENT, &error))?;
        Ok(Self { producer, topic: topic.to_owned(), interrupted: Arc::clone(interrupted) })
    }

    /// Queues a record with these headers; waits while the queue is full.
    pub fn send(
        &mut self,
        record: &BorrowedRecord<'_>,
        headers: &[RecordHeader<'_>],
    ) -> Result<(), SendError> {
        let place = (record.partition, record.offset);
        let mut outgoing: BaseRecord<'_, [u8], [u8], Box<(i32, i64)>> =
            BaseRecord::with_opaque_to(&self.topic, Box::new(place)).partition(record.partition);
        outgoing.headers = library_headers(headers);
        outgoing.key = record.key;
        outgoing.payload = record.value;
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
                Err((error, _)) => return Err(self.refused(place, &error)),
            }
        }
    }

    /// Waits until everything is acknowledged.
    pub fn finish(self) -> Result<(), SendError> {
        let flushed = self.producer.flush(SEND_TIMEOUT);
        self.check()?;
        flushed.map_err(|error| {
            let (topic, source) = (self.topic.clone(), ClientError::of(&error));
            SendError::Unfinished { topic, source }
        })
    }

    fn check(&self) -> Result<(), SendError> {
        self.producer.poll(Duration::ZERO);
        let context = self.producer.context();
        let refused = context.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((place, error)) = refused {
            return Err(self.refused(place, &error));
        }
        match self.interrupted.load(Ordering::Relaxed) {
            true => Err(SendError::Interrupted),
            false => Ok(()),
        }
    }

    fn refused(&self, (partition, offset): (i32, i64), error: &KafkaError) -> SendError {
        let (topic, source) = (self.topic.clone(), ClientError::of(error));
        SendError::Refused { topic, partition, offset, source }
    }
}
