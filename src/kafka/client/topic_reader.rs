//! Reads all partitions of a topic, and commits its offsets under a group's name.
//!
//! The reader does not join the group. It assigns partitions itself, so it never loses one, and two
//! such readers both read everything. It does not know what the records contain.

use super::commit_thread::Committer;
use super::log::ClientLog;
use crate::clock::monotonic_now;
use crate::kafka::errors::{ClientError, StartError};
use crate::kafka::record::PolledRecord;
use crate::kafka::settings::Connection;
use crate::transaction::Time;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// The timeout of one request to the brokers; the caller repeats it.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(5);
/// The client's name in the log.
const CLIENT: &str = "topic reader";

/// A topic that is read from given offsets.
pub struct TopicReader {
    topic: String,
    consumer: Arc<BaseConsumer<ClientLog>>,
    committer: Committer<BTreeMap<i32, i64>>,
    /// Whether a commit is in progress.
    is_committing: bool,
}

/// The result of a poll.
pub enum Polled<'r> {
    Record(TopicRecord<'r>),
    /// The reader has reached the current end of the partition.
    End {
        partition: i32,
    },
}

/// A record that was read.
pub struct TopicRecord<'r>(BorrowedMessage<'r>);

/// Offsets from which one partition can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogPlace {
    /// The offset of the first record written at or after the requested time; at most `committed`.
    pub since: i64,
    /// The committed offset.
    pub committed: i64,
}

/// Why a topic cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The request may succeed later.
    #[error("cannot {what} of topic {topic}: {source}")]
    Retriable { what: &'static str, topic: String, source: Box<ClientError> },
    #[error("there is no topic {topic}")]
    NoTopic { topic: String },
    #[error("cannot {what} of topic {topic}: {source}")]
    Refused { what: &'static str, topic: String, source: Box<ClientError> },
}

impl TopicReader {
    /// Connects a reader that commits under the connection's group.
    pub fn connect(connection: &Connection, topic: &str) -> Result<Self, StartError> {
        let consumer: BaseConsumer<ClientLog> = connection
            .topic_reader_config()
            .create_with_context(ClientLog::new(CLIENT))
            .map_err(|error| StartError::client(CLIENT, &error))?;
        let consumer = Arc::new(consumer);
        let committer = Committer::start(Arc::clone(&consumer))
            .map_err(|source| StartError::Thread { source })?;
        Ok(Self { topic: topic.to_owned(), consumer, committer, is_committing: false })
    }

    /// The topic's partitions; never empty.
    pub fn partitions(&self) -> Result<BTreeSet<i32>, ReadError> {
        // All topics in one request: a request for one topic by name may create it.
        let metadata = self
            .consumer
            .fetch_metadata(None, QUESTION_TIMEOUT)
            .map_err(|source| self.error("ask for the partitions", source))?;
        let topic = metadata.topics().iter().find(|topic| topic.name() == self.topic);
        let partitions: BTreeSet<i32> = topic
            .into_iter()
            .flat_map(|topic| topic.partitions().iter().map(|partition| partition.id()))
            .collect();
        if partitions.is_empty() {
            return Err(ReadError::NoTopic { topic: self.topic.clone() });
        }
        Ok(partitions)
    }

    /// The offsets of each partition that has a committed one.
    pub fn places(
        &self,
        partitions: &BTreeSet<i32>,
        since: Time,
    ) -> Result<BTreeMap<i32, LogPlace>, ReadError> {
        let list = self.list(partitions.iter().map(|partition| (*partition, Offset::Invalid)))?;
        let committed = self
            .consumer
            .committed_offsets(list, QUESTION_TIMEOUT)
            .map_err(|source| self.error("ask for the committed offsets", source))?;
        let committed = offsets(&committed);
        if committed.is_empty() {
            // The client library rejects a request without partitions.
            return Ok(BTreeMap::new());
        }
        let times = committed.keys().map(|p| (*p, Offset::Offset(since.millis())));
        let times = self
            .consumer
            .offsets_for_times(self.list(times)?, QUESTION_TIMEOUT)
            .map_err(|source| self.error("ask for the offsets at a time", source))?;
        let times = offsets(&times);
        let place = |(partition, committed): (i32, i64)| {
            // Without a record at or after `since` there is nothing to read again.
            let since = times.get(&partition).copied().unwrap_or(committed).min(committed);
            (partition, LogPlace { since, committed })
        };
        Ok(committed.into_iter().map(place).collect())
    }

    /// Whether the leader of each of these partitions answers.
    pub fn reach(&self, partitions: &BTreeSet<i32>) -> Result<(), ReadError> {
        let error = |source| self.error("ask for the ends", source);
        let ends = self.list(partitions.iter().map(|partition| (*partition, Offset::End)))?;
        let answer = self.consumer.offsets_for_times(ends, QUESTION_TIMEOUT).map_err(error)?;
        answer.elements().iter().try_for_each(|element| element.error()).map_err(error)
    }

    /// Reads these partitions from now on, and no others, each from its offset or from its
    /// beginning.
    pub fn assign(
        &self,
        places: impl IntoIterator<Item = (i32, Option<i64>)>,
    ) -> Result<(), ReadError> {
        let places = places.into_iter().map(|(partition, offset)| {
            (partition, offset.map_or(Offset::Beginning, Offset::Offset))
        });
        let list = self.list(places)?;
        self.consumer.assign(&list).map_err(|source| self.error("assign partitions", source))
    }

    /// Also reads these partitions, from their beginning.
    pub fn add(&self, partitions: &BTreeSet<i32>) -> Result<(), ReadError> {
        let list = self.list(partitions.iter().map(|partition| (*partition, Offset::Beginning)))?;
        let added = self.consumer.incremental_assign(&list);
        added.map_err(|source| self.error("assign partitions", source))
    }

    /// Pauses or resumes reading.
    pub fn set_paused(&self, paused: bool) -> Result<(), ReadError> {
        let paused_or_not = self.consumer.assignment().and_then(|list| match paused {
            true => self.consumer.pause(&list),
            false => self.consumer.resume(&list),
        });
        paused_or_not.map_err(|source| self.error("pause or resume partitions", source))
    }

    /// Waits for a record, at most `wait`.
    pub fn next(&self, wait: Duration) -> Result<Option<Polled<'_>>, ReadError> {
        match self.consumer.poll(wait) {
            None => Ok(None),
            Some(Ok(message)) => Ok(Some(Polled::Record(TopicRecord(message)))),
            Some(Err(KafkaError::PartitionEOF(partition))) => Ok(Some(Polled::End { partition })),
            Some(Err(source)) => match self.error("read records", source) {
                // The library recovers by itself and has logged the error.
                ReadError::Retriable { .. } => Ok(None),
                error => Err(error),
            },
        }
    }

    /// Waits this long while no partition is assigned. Errors of the client in the meantime are
    /// logged and do not shorten the wait, although each queued error makes a poll return
    /// immediately.
    pub fn pause(&self, pause: Duration) -> Result<(), ReadError> {
        let end = monotonic_now() + pause;
        loop {
            let left = end.saturating_duration_since(monotonic_now());
            if left.is_zero() {
                return Ok(());
            }
            let _ = self.next(left)?;
        }
    }

    /// Requests a commit, unless one is in progress.
    pub fn commit(&mut self, offsets: &BTreeMap<i32, i64>) {
        if !self.is_committing {
            self.is_committing = true;
            let places = offsets.iter().map(|(number, offset)| (*number, Offset::Offset(*offset)));
            self.committer.commit(offsets.clone(), self.partition_list(places));
        }
    }

    /// The result of the commit that ended since the last call, if there is one.
    pub fn committed(&mut self) -> Option<Result<BTreeMap<i32, i64>, ReadError>> {
        if !self.is_committing {
            return None;
        }
        let answer = self.committer.answer()?;
        self.is_committing = false;
        let committed = answer.result.map_err(|source| self.error("commit offsets", source));
        Some(committed.map(|()| answer.what))
    }

    pub fn is_committing(&self) -> bool {
        self.is_committing
    }

    fn list(
        &self,
        places: impl IntoIterator<Item = (i32, Offset)>,
    ) -> Result<TopicPartitionList, ReadError> {
        self.partition_list(places).map_err(|source| self.error("name a place", source))
    }

    fn partition_list(
        &self,
        places: impl IntoIterator<Item = (i32, Offset)>,
    ) -> KafkaResult<TopicPartitionList> {
        let mut list = TopicPartitionList::new();
        for (partition, offset) in places {
            list.add_partition_offset(&self.topic, partition, offset)?;
        }
        Ok(list)
    }

    fn error(&self, what: &'static str, source: KafkaError) -> ReadError {
        let (topic, code) = (self.topic.clone(), source.rdkafka_error_code());
        let source = ClientError::boxed(&source);
        match code {
            Some(RDKafkaErrorCode::UnknownTopic | RDKafkaErrorCode::UnknownTopicOrPartition) => {
                ReadError::NoTopic { topic }
            }
            Some(
                RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::GroupAuthorizationFailed,
            ) => ReadError::Refused { what, topic, source },
            _ => ReadError::Retriable { what, topic, source },
        }
    }
}

impl TopicRecord<'_> {
    pub fn partition(&self) -> i32 {
        self.0.partition()
    }

    pub fn offset(&self) -> i64 {
        self.0.offset()
    }

    /// The record's timestamp, if it has one.
    pub fn written(&self) -> Option<Time> {
        self.0.timestamp().to_millis().map(Time)
    }

    pub fn key(&self) -> Option<&[u8]> {
        self.0.key()
    }

    pub fn value(&self) -> Option<&[u8]> {
        self.0.payload()
    }

    /// The value of the first header with this name that can be read.
    pub fn header(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        self.0.borrowed().headers().find(|header| header.key == name)?.value
    }
}

/// The known offsets of a list, by partition.
fn offsets(list: &TopicPartitionList) -> BTreeMap<i32, i64> {
    let known = |element: rdkafka::topic_partition_list::TopicPartitionListElem<'_>| match element
        .offset()
    {
        Offset::Offset(offset) => Some((element.partition(), offset)),
        _ => None,
    };
    list.elements().into_iter().filter_map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client that cannot reach a broker reports an error for each attempt to connect.
    #[test]
    fn a_pause_is_kept_while_the_client_complains() {
        let connection = Connection {
            brokers: "127.0.0.1:1".into(),
            group_id: "g".into(),
            client_id: "c".into(),
            properties: BTreeMap::from([("reconnect.backoff.max.ms".into(), "100".into())]),
        };
        let reader = TopicReader::connect(&connection, "alerts").unwrap();
        assert!(matches!(reader.partitions(), Err(ReadError::Retriable { .. })));
        let pause = Duration::from_millis(500);
        for _ in 0..3 {
            let began = monotonic_now();
            reader.pause(pause).unwrap();
            assert!(monotonic_now().saturating_duration_since(began) >= pause);
        }
    }
}
