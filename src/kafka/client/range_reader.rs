//! Reads whole records of a topic, headers included, within a range of offsets.

use super::log::ClientLog;
use crate::clock::monotonic_now;
use crate::kafka::errors::{LookupError, StartError};
use crate::kafka::record::{BorrowedRecord, PolledRecord};
use crate::kafka::settings::Connection;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::{Offset, TopicPartitionList};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long the brokers may take to send anything.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
const QUESTION_TIMEOUT: Duration = Duration::from_secs(2);
const WAIT: Duration = Duration::from_millis(100);
/// The client's name in the log.
const CLIENT: &str = "record reader";

/// Reads committed records, and belongs to no group.
pub struct RangeReader {
    client: BaseConsumer<ClientLog>,
    topic: String,
    brokers: String,
    interrupted: Arc<AtomicBool>,
}

impl RangeReader {
    pub fn connect(
        connection: &Connection,
        topic: &str,
        interrupted: &Arc<AtomicBool>,
    ) -> Result<Self, LookupError> {
        let config = connection.reader_config(0, "history", "read_committed");
        let client = config
            .create_with_context(ClientLog::new(CLIENT))
            .map_err(|error| StartError::client(CLIENT, &error))?;
        let (topic, brokers) = (topic.to_owned(), connection.brokers.clone());
        Ok(Self { client, topic, brokers, interrupted: Arc::clone(interrupted) })
    }

    pub fn partitions(&self) -> Result<i32, LookupError> {
        // All topics in one request: a request for one topic by name may create it.
        let metadata = self.ask(|client| client.fetch_metadata(None, QUESTION_TIMEOUT))?;
        let topic = metadata.topics().iter().find(|topic| topic.name() == self.topic);
        match topic.map_or(0, |topic| topic.partitions().len()) {
            0 => Err(LookupError::NoTopic { topic: self.topic.clone() }),
            count => Ok(i32::try_from(count).unwrap_or(i32::MAX)),
        }
    }

    /// The first available offset and the last stable offset.
    pub fn extent(&self, partition: i32) -> Result<Range<i64>, LookupError> {
        let watermarks =
            self.ask(|client| client.fetch_watermarks(&self.topic, partition, QUESTION_TIMEOUT));
        watermarks.map(|(first, end)| first..end)
    }

    /// Passes the records of a range to `take` until it breaks.
    pub fn read(
        &self,
        partition: i32,
        range: Range<i64>,
        mut take: impl FnMut(BorrowedRecord<'_>) -> ControlFlow<()>,
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
                Some(Ok(polled)) => {
                    until = monotonic_now() + READ_TIMEOUT;
                    let record = polled.borrowed();
                    if record.offset >= range.end {
                        return Ok(ControlFlow::Continue(()));
                    }
                    let last = record.offset + 1 >= range.end;
                    let flow = take(record);
                    if flow.is_break() || last {
                        return Ok(flow);
                    }
                }
                // Only transaction markers and aborted records are left before the end.
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(ControlFlow::Continue(())),
                // The library recovers by itself and has logged the error.
                Some(Err(error)) if monotonic_now() >= until => return Err(self.silent(&error)),
                None if monotonic_now() >= until => {
                    return Err(self.silent(&"no response"));
                }
                Some(Err(_)) | None => {}
            }
        }
    }

    /// Repeats a request until it is answered or the timeout has passed.
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
                // Polling passes errors to the client's log, and waits a little.
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
        let (brokers, reason) = (self.brokers.clone(), reason.to_string());
        LookupError::Silent { brokers, waited: READ_TIMEOUT, reason }
    }
}
