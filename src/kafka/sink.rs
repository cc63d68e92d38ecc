//! The producer: outputs handed over, and whether all of them were acknowledged.
//!
//! A full local queue is no error: what does not fit waits here, in order, and the shard stops
//! reading until it went out. The client library retries what can be retried, without end; what it
//! gives up on ends the shard, except for a dead letter whose raw value is too large, which goes
//! out again without it.

use super::client_log::ClientLog;
use super::errors::{Place, ShardError};
use super::output::{Origin, Output, Waiting};
use crate::clock::monotonic_now;
use crate::metrics::Metrics;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedHeaders, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use rdkafka::{ClientConfig, ClientContext};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Pauses between looks at what is in flight: doubled from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_micros(50);
const LAST_PAUSE: Duration = Duration::from_millis(2);

/// The producer of one shard.
pub(super) struct Sink {
    producer: BaseProducer<Context>,
    waiting: VecDeque<Waiting>,
    /// Since everything was last acknowledged.
    sent: usize,
}

struct Context {
    log: ClientLog,
    metrics: Arc<Metrics>,
    /// The topic that the outputs' origins are in.
    input: String,
    refused: Mutex<Refused>,
}

#[derive(Default)]
struct Refused {
    /// Dead letters that go out again, smaller.
    again: Vec<Waiting>,
    first: Option<ShardError>,
}

impl Sink {
    /// `input` is the topic that the outputs' origins are in.
    pub(super) fn new(
        config: &ClientConfig,
        input: &str,
        metrics: Arc<Metrics>,
    ) -> KafkaResult<Self> {
        let context = Context {
            log: ClientLog::new("producer"),
            metrics,
            input: input.to_owned(),
            refused: Mutex::new(Refused::default()),
        };
        let producer = config.create_with_context(context)?;
        Ok(Self { producer, waiting: VecDeque::new(), sent: 0 })
    }

    /// Outputs since everything was last acknowledged.
    pub(super) fn sent(&self) -> usize {
        self.sent
    }

    /// Whether outputs wait for room: then nothing more should be read.
    pub(super) fn is_full(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Hands an output over. It never blocks.
    pub(super) fn send(&mut self, output: Output<'_>) -> Result<(), ShardError> {
        self.sent += 1;
        if self.is_full() {
            self.waiting.push_back(output.into_waiting());
            return Ok(());
        }
        if let Some(left) = self.try_send(output)? {
            self.waiting.push_back(left);
        }
        Ok(())
    }

    /// Whether everything was acknowledged; serves the client library's events on the way.
    pub(super) fn is_acknowledged(&mut self) -> Result<bool, ShardError> {
        self.serve();
        self.take_refused()?;
        self.send_waiting()?;
        let done = self.waiting.is_empty() && self.producer.in_flight_count() == 0;
        if done {
            // The last delivery report may have come with the last event.
            self.take_refused()?;
            self.sent = self.waiting.len();
        }
        Ok(done && self.waiting.is_empty())
    }

    /// Waits until everything is acknowledged, for so long at most. The library's own flush takes
    /// 100 ms whenever anything is in flight.
    pub(super) fn wait(&mut self, at_most: Duration) -> Result<bool, ShardError> {
        let deadline = monotonic_now() + at_most;
        let mut pause = FIRST_PAUSE;
        while !self.is_acknowledged()? {
            if monotonic_now() >= deadline {
                return Ok(false);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LAST_PAUSE);
        }
        Ok(true)
    }

    /// Serves events until there are no more of them. One call of the library serves one.
    pub(super) fn serve(&self) {
        loop {
            let before = self.producer.in_flight_count();
            self.producer.poll(Duration::ZERO);
            let after = self.producer.in_flight_count();
            if after == 0 || after >= before {
                return;
            }
        }
    }

    fn send_waiting(&mut self) -> Result<(), ShardError> {
        while let Some(waiting) = self.waiting.pop_front() {
            if let Some(left) = self.try_send(waiting.as_output())? {
                self.waiting.push_front(left);
                return Ok(());
            }
        }
        Ok(())
    }

    fn take_refused(&mut self) -> Result<(), ShardError> {
        let mut refused = self.producer.context().lock();
        let (again, first) = (std::mem::take(&mut refused.again), refused.first.take());
        drop(refused);
        self.waiting.extend(again);
        match first {
            Some(error) => Err(self.with_fatal_reason(error)),
            None => Ok(()),
        }
    }

    /// The output back, where the local queue has no room for it.
    fn try_send(&self, output: Output<'_>) -> Result<Option<Waiting>, ShardError> {
        let Output { topic, key, value, headers, origin } = output;
        let mut record = BaseRecord::with_opaque_to(topic, Box::new(origin)).payload(value);
        record.key = key;
        record.headers = headers;
        let Err((error, record)) = self.producer.send(record) else { return Ok(None) };
        let origin = *record.delivery_opaque;
        let back = Output { topic, key, value, headers: record.headers, origin };
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::QueueFull) => Ok(Some(back.into_waiting())),
            _ => self.refused_at_once(back, error),
        }
    }

    fn refused_at_once(
        &self,
        output: Output<'_>,
        error: KafkaError,
    ) -> Result<Option<Waiting>, ShardError> {
        let context = self.producer.context();
        match context.refuse(output, error) {
            Ok(smaller) => self.try_send(smaller.as_output()),
            Err(error) => Err(self.with_fatal_reason(error)),
        }
    }

    /// A client that gave up says only once why.
    fn with_fatal_reason(&self, error: ShardError) -> ShardError {
        match self.producer.client().fatal_error() {
            Some((_, reason)) => {
                ShardError::Client { client: self.producer.context().log.client(), reason }
            }
            None => error,
        }
    }
}

impl Context {
    fn lock(&self) -> MutexGuard<'_, Refused> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be sent instead of an output that was refused; else the shard cannot go on.
    fn refuse(&self, output: Output<'_>, error: KafkaError) -> Result<Waiting, ShardError> {
        self.metrics.delivery_failed();
        let failure = self.failure(output.topic, &output.origin, error.clone());
        let too_large = error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageSizeTooLarge);
        let smaller = if too_large { output.into_smaller() } else { None };
        if smaller.is_some() {
            tracing::warn!(%failure, "a dead letter is too large and goes out with less of its input");
        }
        smaller.ok_or(failure)
    }

    fn failure(&self, topic: &str, origin: &Origin, source: KafkaError) -> ShardError {
        let (source, Origin { what, partition, offset }) = (Box::new(source), *origin);
        let input = Place { topic: self.input.clone(), partition, offset };
        ShardError::Delivery { topic: topic.to_owned(), what: what.name(), input, source }
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        self.log.log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.log.error(error, reason);
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = Box<Origin>;

    fn delivery(&self, result: &DeliveryResult<'_>, origin: Box<Origin>) {
        let Err((error, message)) = result else { return };
        if is_our_own_doing(error) {
            return;
        }
        let output = Output {
            topic: message.topic(),
            key: message.key(),
            value: message.payload().unwrap_or_default(),
            headers: message.headers().map(BorrowedHeaders::detach),
            origin: *origin,
        };
        let refused = self.refuse(output, error.clone());
        let mut all = self.lock();
        match refused {
            Ok(smaller) => all.again.push(smaller),
            Err(error) => {
                all.first.get_or_insert(error);
            }
        }
    }
}

/// Outputs that are thrown away because the shard ends: their records are read again.
fn is_our_own_doing(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight)
    )
}
