//! Reads single partitions: of the history topic for restores, of any topic for commands.
//!
//! The readers belong to no group; partitions are opened and closed by hand. Two clients are needed
//! because only a `read_uncommitted` client gets the end of a log with its open transactions. A
//! `read_committed` client gets the last stable offset.

use super::log::ClientLog;
use crate::kafka::errors::{ClientError, ShardError, StartError};
use crate::kafka::settings::Connection;
use crate::kafka::shard::ports::{Fault, HistoryItem, HistoryLog, LogExtent, Reason};
use crate::transaction::Time;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use std::collections::BTreeSet;
use std::time::Duration;

/// The timeout of one request to the brokers; the caller repeats it.
const QUESTION_TIMEOUT: Duration = Duration::from_millis(500);

type Client = BaseConsumer<ClientLog>;

/// A topic whose partitions are opened and closed by hand.
pub struct PartitionReader {
    topic: String,
    committed: Client,
    uncommitted: Client,
    /// The partitions that are being read.
    open: BTreeSet<i32>,
    /// The value of the last record that was returned.
    value: Vec<u8>,
}

impl PartitionReader {
    pub fn new(connection: &Connection, topic: &str, shard: usize) -> Result<Self, StartError> {
        let client = |config: ClientConfig| {
            config
                .create_with_context(ClientLog::new("history reader"))
                .map_err(|error| StartError::client("history reader", &error))
        };
        Ok(Self {
            topic: topic.to_owned(),
            committed: client(connection.reader_config(shard, "read_committed"))?,
            uncommitted: client(connection.reader_config(shard, "read_uncommitted"))?,
            open: BTreeSet::new(),
            value: Vec::new(),
        })
    }

    /// How many partitions the topic has.
    pub fn partitions(&self) -> Result<usize, Fault> {
        let answer = self.committed.fetch_metadata(Some(&self.topic), QUESTION_TIMEOUT);
        let metadata = answer.map_err(|error| self.fault("the topic is not known", error))?;
        let named = metadata.topics().iter().find(|topic| topic.name() == self.topic);
        Ok(named.map_or(0, |topic| topic.partitions().len()))
    }

    fn at(&self, partition: i32, offset: Offset) -> Result<TopicPartitionList, Fault> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic, partition, offset)
            .map_err(|error| self.fault("cannot name a place in the history", error))?;
        Ok(list)
    }

    fn fault(&self, what: &str, error: KafkaError) -> Fault {
        match error.rdkafka_error_code() {
            Some(
                RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownTopicOrPartition,
            ) => {
                let (topic, source) = (self.topic.clone(), ClientError::boxed(&error));
                Fault::Fatal(ShardError::Consume { topic, source })
            }
            _ => Fault::Retriable(Reason::of(what, &error)),
        }
    }
}

impl HistoryLog for PartitionReader {
    fn extent(&mut self, partition: i32) -> Result<LogExtent, Fault> {
        let ask = |client: &Client| {
            let answer = client.fetch_watermarks(&self.topic, partition, QUESTION_TIMEOUT);
            answer.map_err(|error| self.fault("the history's end is not known", error))
        };
        // Reads `last_stable` last: it only grows, so a reading older than `end` could be too low.
        let (start, end) = ask(&self.uncommitted)?;
        let (_, last_stable) = ask(&self.committed)?;
        Ok(LogExtent { start, last_stable, end })
    }

    fn open(&mut self, partition: i32, offset: i64) -> Result<(), Fault> {
        let list = self.at(partition, Offset::Offset(offset))?;
        self.committed
            .incremental_assign(&list)
            .map_err(|error| self.fault("cannot open the history", error))?;
        self.open.insert(partition);
        Ok(())
    }

    fn close(&mut self, partition: i32) {
        if !self.open.remove(&partition) {
            return;
        }
        let Ok(list) = self.at(partition, Offset::Invalid) else { return };
        if let Err(error) = self.committed.incremental_unassign(&list) {
            tracing::warn!(partition, %error, "cannot close the history");
        }
    }

    fn next(&mut self, wait: Duration) -> Result<Option<HistoryItem<'_>>, Fault> {
        match self.committed.poll(wait) {
            None => Ok(None),
            Some(Ok(message)) => {
                let (partition, offset) = (message.partition(), message.offset());
                self.value.clear();
                self.value.extend_from_slice(message.payload().unwrap_or_default());
                let written = Time(message.timestamp().to_millis().unwrap_or(i64::MAX));
                Ok(Some(HistoryItem::Record { partition, offset, written, value: &self.value }))
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                Ok(Some(HistoryItem::End { partition }))
            }
            Some(Err(error)) => match self.fault("cannot read the history", error) {
                // The library recovers by itself and has logged the error.
                Fault::Retriable(_) => Ok(None),
                fault => Err(fault),
            },
        }
    }
}

/// Without a history there is nothing to read.
impl<H: HistoryLog> HistoryLog for Option<H> {
    fn extent(&mut self, partition: i32) -> Result<LogExtent, Fault> {
        match self {
            Some(log) => log.extent(partition),
            None => Ok(LogExtent { start: 0, last_stable: 0, end: 0 }),
        }
    }

    fn open(&mut self, partition: i32, offset: i64) -> Result<(), Fault> {
        self.as_mut().map_or(Ok(()), |log| log.open(partition, offset))
    }

    fn close(&mut self, partition: i32) {
        if let Some(log) = self {
            log.close(partition);
        }
    }

    fn next(&mut self, wait: Duration) -> Result<Option<HistoryItem<'_>>, Fault> {
        self.as_mut().map_or(Ok(None), |log| log.next(wait))
    }
}
