//! A topic whose records are read whole, headers included, from one offset to another.

use super::super::card_lookup::LookupError;
use super::super::client_log::ClientLog;
use super::super::errors::StartError;
use super::super::settings::Connection;
use crate::clock::monotonic_now;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long brokers may be silent.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
const QUESTION_TIMEOUT: Duration = Duration::from_secs(2);
const WAIT: Duration = Duration::from_millis(100);
/// How the log names the client.
const CLIENT: &str = "dead letter reader";

/// Reads what is committed, and belongs to no group.
pub(super) struct LetterReader {
    client: BaseConsumer<ClientLog>,
    topic: String,
    brokers: String,
    interrupted: Arc<AtomicBool>,
}

impl LetterReader {
    pub(super) fn connect(
        connection: &Connection,
        topic: &str,
        interrupted: &Arc<AtomicBool>,
    ) -> Result<Self, LookupError> {
        let config = connection.reader_config(0, "read_committed");
        let client = config
            .create_with_context(ClientLog::new(CLIENT))
            .map_err(|source| StartError::Client { client: CLIENT, source })?;
        let (topic, brokers) = (topic.to_owned(), connection.brokers.clone());
        Ok(Self { client, topic, brokers, interrupted: Arc::clone(interrupted) })
    }

    pub(super) fn partitions(&self) -> Result<i32, LookupError> {
        // All topics at once: asking for one by name may create it.
        let metadata = self.ask(|client| client.fetch_metadata(None, QUESTION_TIMEOUT))?;
        let topic = metadata.topics().iter().find(|topic| topic.name() == self.topic);
        match topic.map_or(0, |topic| topic.partitions().len()) {
            0 => Err(LookupError::NoTopic { topic: self.topic.clone() }),
            count => Ok(i32::try_from(count).unwrap_or(i32::MAX)),
        }
    }

    /// The first offset that is there, and the first that is not settled.
    pub(super) fn extent(&self, partition: i32) -> Result<Range<i64>, LookupError> {
        let watermarks =
            self.ask(|client| client.fetch_watermarks(&self.topic, partition, QUESTION_TIMEOUT));
        watermarks.map(|(first, end)| first..end)
    }

    /// Hands out the records of a range, until one is enough.
    pub(super) fn read(
        &self,
        partition: i32,
        range: Range<i64>,
        mut take: impl FnMut(&BorrowedMessage<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, LookupError> {
        if range.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        self.ask(|client| {
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(&self.topic, partition, Offset::Offset(range.start))?;
            client.assign(&list)
        })?;
        let mut until = monotonic_now() + READ_TIMEOUT;
        loop {
            self.check_interrupted()?;
            match self.client.poll(WAIT) {
                Some(Ok(record)) => {
                    until = monotonic_now() + READ_TIMEOUT;
                    if record.offset() >= range.end {
                        return Ok(ControlFlow::Continue(()));
                    }
                    let last = record.offset() + 1 >= range.end;
                    let flow = take(&record);
                    if flow.is_break() || last {
                        return Ok(flow);
                    }
                }
                // What is left up to the end are markers of transactions, or was aborted.
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(ControlFlow::Continue(())),
                // The library goes on by itself, and has logged it.
                Some(Err(error)) if monotonic_now() >= until => return Err(self.silent(&error)),
                None if monotonic_now() >= until => {
                    return Err(self.silent(&"no response"));
                }
                Some(Err(_)) | None => {}
            }
        }
    }

    /// Asks until there is an answer, or patience ends.
    fn ask<T>(
        &self,
        mut question: impl FnMut(&BaseConsumer<ClientLog>) -> KafkaResult<T>,
    ) -> Result<T, LookupError> {
        let until = monotonic_now() + READ_TIMEOUT;
        loop {
            self.check_interrupted()?;
            match question(&self.client) {
                Ok(answer) => return Ok(answer),
                Err(error) if monotonic_now() >= until => return Err(self.silent(&error)),
                // Polling hands what went wrong to the client's log, and waits a little.
                Err(_) => drop(self.client.poll(WAIT)),
            }
        }
    }

    fn check_interrupted(&self) -> Result<(), LookupError> {
        match self.interrupted.load(Ordering::Relaxed) {
            true => Err(LookupError::Interrupted),
            false => Ok(()),
        }
    }

    fn silent(&self, reason: &impl ToString) -> LookupError {
        LookupError::Silent { brokers: self.brokers.clone(), reason: reason.to_string() }
    }
}
