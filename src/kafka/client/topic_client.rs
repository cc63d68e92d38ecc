//! A client for one topic that belongs to no group, and asks until it gets an answer, a signal or no
//! answer for too long. What is read through it is up to its owner.

use super::log::ClientLog;
use crate::clock::monotonic_now;
use crate::kafka::errors::{LookupError, StartError};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long the brokers may take to send anything.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(30);
const QUESTION_TIMEOUT: Duration = Duration::from_secs(2);
const WAIT: Duration = Duration::from_millis(100);

/// A client for one topic.
pub(super) struct TopicClient {
    client: Arc<BaseConsumer<ClientLog>>,
    topic: String,
    brokers: String,
    interrupted: Arc<AtomicBool>,
}

impl TopicClient {
    /// `name` is the client's name in the log and in errors.
    pub(super) fn connect(
        name: &'static str,
        config: &ClientConfig,
        topic: &str,
        interrupted: &Arc<AtomicBool>,
    ) -> Result<Self, LookupError> {
        let client = config
            .create_with_context(ClientLog::new(name))
            .map_err(|error| StartError::client(name, &error))?;
        let brokers = config.get("bootstrap.servers").unwrap_or_default().to_owned();
        let (client, topic) = (Arc::new(client), topic.to_owned());
        Ok(Self { client, topic, brokers, interrupted: Arc::clone(interrupted) })
    }

    pub(super) fn client(&self) -> &Arc<BaseConsumer<ClientLog>> {
        &self.client
    }

    pub(super) fn topic(&self) -> &str {
        &self.topic
    }

    pub(super) fn partitions(&self) -> Result<i32, LookupError> {
        // All topics in one request: a request for one topic by name may create it.
        let metadata = self.ask(|client| client.fetch_metadata(None, QUESTION_TIMEOUT))?;
        let topic = metadata.topics().iter().find(|topic| topic.name() == self.topic);
        match topic.map_or(0, |topic| topic.partitions().len()) {
            0 => Err(LookupError::NoTopic { topic: self.topic.clone() }),
            count => Ok(i32::try_from(count).unwrap_or(i32::MAX)),
        }
    }

    /// The first available offset and the last stable offset.
    pub(super) fn extent(&self, partition: i32) -> Result<Range<i64>, LookupError> {
        let watermarks =
            self.ask(|client| client.fetch_watermarks(&self.topic, partition, QUESTION_TIMEOUT));
        watermarks.map(|(first, end)| first..end)
    }

    /// Repeats a request until it is answered or the timeout has passed.
    pub(super) fn ask<T>(
        &self,
        mut question: impl FnMut(&BaseConsumer<ClientLog>) -> KafkaResult<T>,
    ) -> Result<T, LookupError> {
        let until = monotonic_now() + READ_TIMEOUT;
        loop {
            self.check_interrupted()?;
            match question(&self.client) {
                Ok(answer) => return Ok(answer),
                Err(error) if monotonic_now() >= until => return Err(self.silent(&error)),
                // Polling passes errors to the client's log, and waits a little.
                Err(_) => drop(self.client.poll(WAIT)),
            }
        }
    }

    pub(super) fn check_interrupted(&self) -> Result<(), LookupError> {
        match self.interrupted.load(Ordering::Relaxed) {
            true => Err(LookupError::Interrupted),
            false => Ok(()),
        }
    }

    pub(super) fn silent(&self, reason: &impl ToString) -> LookupError {
        let (brokers, reason) = (self.brokers.clone(), reason.to_string());
        LookupError::Silent { brokers, waited: READ_TIMEOUT, reason }
    }
}
