//! Handles delivery reports, which the client library passes to a callback for each output.

use crate::kafka::client::input_topics::InputTopics;
use crate::kafka::client::log::ClientLog;
use crate::kafka::client::record::copied_headers;
use crate::kafka::errors::{ClientError, RecordPlace, ShardError};
use crate::kafka::shard::output::{Origin, Output, OutputKind, OwnedOutput};
use crate::kafka::shard::ports::Offsets;
use crate::metrics::Metrics;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{DeliveryResult, ProducerContext};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the delivery callback shares with the `ShardProducer`.
pub struct DeliveryContext {
    log: ClientLog,
    metrics: Arc<Metrics>,
    /// The topics that the outputs' origins refer to.
    topics: InputTopics,
    /// Whether a rejected output can be sent again without aborting a transaction.
    resends: bool,
    refused: Mutex<RefusedOutputs>,
    /// The offset of the last history record, by partition.
    history: Mutex<Offsets>,
}

#[derive(Default)]
pub struct RefusedOutputs {
    /// Dead letters to send again, with less of their input.
    pub again: Vec<OwnedOutput>,
    pub first: Option<Failure>,
}

/// An output that the broker did not accept.
pub struct Failure {
    pub origin: Origin,
    pub code: Option<RDKafkaErrorCode>,
    pub error: ShardError,
}

impl DeliveryContext {
    pub fn new(topics: &InputTopics, metrics: &Arc<Metrics>, resends: bool) -> Self {
        Self {
            log: ClientLog::new("producer"),
            metrics: Arc::clone(metrics),
            topics: topics.clone(),
            resends,
            refused: Mutex::new(RefusedOutputs::default()),
            history: Mutex::default(),
        }
    }

    pub fn refused(&self) -> MutexGuard<'_, RefusedOutputs> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn history(&self) -> MutexGuard<'_, Offsets> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn failure(&self, topic: &str, origin: Origin, error: &KafkaError) -> Failure {
        self.metrics.delivery_failed();
        let code = error.rdkafka_error_code();
        let Origin { what, partition, offset } = origin;
        let topic_read = self.topics.name(what.source()).to_owned();
        let input = RecordPlace { topic: topic_read, partition, offset };
        let (topic, source) = (topic.to_owned(), ClientError::boxed(error));
        let error = ShardError::Delivery { topic, what: what.name(), input, source };
        Failure { origin, code, error }
    }

    /// The smaller output to send instead of a rejected one. `None` within a transaction, which
    /// would have to be aborted first.
    fn smaller(&self, output: Output<'_>, code: Option<RDKafkaErrorCode>) -> Option<OwnedOutput> {
        let too_large = code == Some(RDKafkaErrorCode::MessageSizeTooLarge);
        (self.resends && too_large).then(|| output.into_smaller()).flatten()
    }
}

impl ClientContext for DeliveryContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        self.log.log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.log.error(error, reason);
    }
}

impl ProducerContext for DeliveryContext {
    type DeliveryOpaque = Box<Origin>;

    fn delivery(&self, result: &DeliveryResult<'_>, origin: Box<Origin>) {
        let (error, message) = match result {
            Ok(message) if origin.what == OutputKind::History && message.offset() >= 0 => {
                self.history().insert(origin.partition, message.offset());
                return;
            }
            Ok(_) => return,
            Err(refused) => refused,
        };
        if was_purged(error) {
            return;
        }
        let failure = self.failure(message.topic(), *origin, error);
        let headers = message.headers().map(copied_headers).unwrap_or_default();
        let output = Output {
            topic: message.topic(),
            to_partition: None,
            key: message.key(),
            value: message.payload().unwrap_or_default(),
            headers: &headers,
            origin: *origin,
        };
        let smaller = self.smaller(output, failure.code);
        let mut refused = self.refused();
        match smaller {
            Some(smaller) => {
                tracing::warn!(
                    failure = %failure.error,
                    "a dead letter is too large and goes out with less of its input"
                );
                refused.again.push(smaller);
            }
            None => {
                refused.first.get_or_insert(failure);
            }
        }
    }
}

/// Whether the output was purged because the transaction is aborted or the shard stops. Its record
/// is read again.
fn was_purged(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight)
    )
}

/// Whether the broker will never accept the output, however often it is sent.
pub fn is_final(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::MessageSizeTooLarge
            | RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::GroupAuthorizationFailed
            | RDKafkaErrorCode::ClusterAuthorizationFailed
            | RDKafkaErrorCode::TransactionalIdAuthorizationFailed
            | RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::UnknownPartition
            | RDKafkaErrorCode::InvalidRecord
            | RDKafkaErrorCode::PolicyViolation
            | RDKafkaErrorCode::InvalidTransactionTimeout
            | RDKafkaErrorCode::UnsupportedVersion
    )
}
