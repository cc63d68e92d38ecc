//! A client that belongs to no group: single partitions of a topic are opened and closed by hand.

use super::log::ClientLog;
use crate::kafka::errors::{ClientError, ShardError, StartError};
use crate::kafka::shard::ports::{Fault, Reason};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// The timeout of one request to the brokers; the caller repeats it.
const QUESTION_TIMEOUT: Duration = Duration::from_millis(500);

/// The open partitions of a topic.
pub struct OpenPartitions {
    topic: Arc<str>,
    client: BaseConsumer<ClientLog>,
    open: BTreeSet<i32>,
}

impl OpenPartitions {
    /// `client` names the client in the log and in errors.
    pub fn new(config: &ClientConfig, topic: &str, name: &'static str) -> Result<Self, StartError> {
        let client = config
            .create_with_context(ClientLog::new(name))
            .map_err(|error| StartError::client(name, &error))?;
        Ok(Self { topic: Arc::from(topic), client, open: BTreeSet::new() })
    }

    pub fn topic(&self) -> &Arc<str> {
        &self.topic
    }

    /// How many partitions the topic has.
    pub fn partitions(&self) -> Result<usize, Fault> {
        let answer = self.client.fetch_metadata(Some(&self.topic), QUESTION_TIMEOUT);
        let metadata = answer.map_err(|error| self.fault("the topic is not known", error))?;
        let named = metadata.topics().iter().find(|topic| *topic.name() == *self.topic);
        Ok(named.map_or(0, |topic| topic.partitions().len()))
    }

    /// The offsets of the first record and after the last. With `read_committed`, the end is the last
    /// stable offset.
    pub fn extent(&self, partition: i32) -> Result<(i64, i64), Fault> {
        let answer = self.client.fetch_watermarks(&self.topic, partition, QUESTION_TIMEOUT);
        answer.map_err(|error| self.fault("the end of a partition is not known", error))
    }

    /// Reads the partition from `offset` on. If it is open, it continues there.
    pub fn open(&mut self, partition: i32, offset: i64) -> Result<(), Fault> {
        self.close(partition);
        let list = self.at(partition, Offset::Offset(offset))?;
        self.client
            .incremental_assign(&list)
            .map_err(|error| self.fault("cannot open a partition", error))?;
        self.open.insert(partition);
        Ok(())
    }

    pub fn close(&mut self, partition: i32) {
        if !self.open.remove(&partition) {
            return;
        }
        let Ok(list) = self.at(partition, Offset::Invalid) else { return };
        if let Err(error) = self.client.incremental_unassign(&list) {
            tracing::warn!(topic = &*self.topic, partition, %error, "cannot close a partition");
        }
    }

    /// The next record of any open partition, or the number of a partition whose end was reached.
    pub fn next(&self, wait: Duration) -> Result<Option<Result<BorrowedMessage<'_>, i32>>, Fault> {
        match self.client.poll(wait) {
            None => Ok(None),
            Some(Ok(message)) => Ok(Some(Ok(message))),
            Some(Err(KafkaError::PartitionEOF(partition))) => Ok(Some(Err(partition))),
            Some(Err(error)) => match self.fault("cannot read the topic", error) {
                // The library recovers by itself and has logged the error.
                Fault::Retriable(_) => Ok(None),
                fault => Err(fault),
            },
        }
    }

    fn at(&self, partition: i32, offset: Offset) -> Result<TopicPartitionList, Fault> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic, partition, offset)
            .map_err(|error| self.fault("cannot name an offset", error))?;
        Ok(list)
    }

    fn fault(&self, what: &str, error: KafkaError) -> Fault {
        match error.rdkafka_error_code() {
            Some(
                RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownTopicOrPartition,
            ) => {
                let (topic, source) = (self.topic.to_string(), ClientError::boxed(&error));
                Fault::Fatal(ShardError::Consume { topic, source })
            }
            _ => Fault::Retriable(Reason::of(&format!("topic {}: {what}", self.topic), &error)),
        }
    }
}
