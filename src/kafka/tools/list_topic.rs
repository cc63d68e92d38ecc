//! Reads the lists topic once, and writes entries to it.

use super::murmur2;
use crate::decode::{ListChange, ListDecoder, ListEntry, ListFault, ListKey};
use crate::kafka::client::{RangeReader, RetrySender, SendError, check_lists_topic};
use crate::kafka::errors::{ClientError, LookupError, RecordPlace, StartError};
use crate::kafka::record::{BorrowedRecord, NoHeaders, RecordHeader};
use crate::kafka::settings::Connection;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Headers of a removal, whose record has no value.
const REASON: &str = "redcard-reason";
const BY: &str = "redcard-by";

/// The lists topic.
pub struct ListTopic {
    connection: Connection,
    topic: String,
    reader: RangeReader,
    interrupted: Arc<AtomicBool>,
}

/// Writes entries to the topic.
pub struct ListWriter {
    topic: String,
    sender: RetrySender,
    partitions: i32,
    /// How many records were given to the client library.
    sent: i64,
}

/// Why entries could not be written. Some of them may have been.
#[derive(Debug, thiserror::Error)]
pub enum ListWriteError {
    #[error(transparent)]
    Client(#[from] StartError),
    #[error("topic {topic} rejected entry {number}: {source}")]
    Refused { topic: String, number: i64, source: ClientError },
    #[error("topic {topic} did not acknowledge everything: {source}")]
    Unfinished { topic: String, source: ClientError },
    #[error("interrupted")]
    Interrupted,
}

impl From<SendError> for ListWriteError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Client(source) => Self::Client(source),
            SendError::Refused { topic, offset: number, source, .. } => {
                Self::Refused { topic, number, source }
            }
            SendError::Unfinished { topic, source } => Self::Unfinished { topic, source },
            SendError::Interrupted => Self::Interrupted,
        }
    }
}

impl ListTopic {
    /// Setting `interrupted` aborts any call in progress.
    pub fn connect(
        connection: Connection,
        topic: &str,
        interrupted: Arc<AtomicBool>,
    ) -> Result<Self, LookupError> {
        let reader = RangeReader::connect(&connection, topic, &interrupted)?;
        Ok(Self { connection, topic: topic.to_owned(), reader, interrupted })
    }

    /// Passes what every record up to the last stable offset does, and what is wrong with it, to `take`,
    /// in the order of each partition.
    pub fn each(
        &self,
        decoder: &ListDecoder<'_>,
        mut take: impl FnMut(RecordPlace, Option<ListChange>, Option<ListFault>),
    ) -> Result<(), LookupError> {
        for partition in 0..self.partitions()? {
            self.each_of(partition, |record| {
                let topic = self.topic.clone();
                let place = RecordPlace { topic, partition, offset: record.offset };
                let (change, fault) = decoder.change(record.key, record.value);
                take(place, change, fault);
            })?;
        }
        Ok(())
    }

    pub(super) fn partitions(&self) -> Result<i32, LookupError> {
        self.reader.partitions()
    }

    /// Passes every record of a partition up to the last stable offset to `take`.
    pub(super) fn each_of(
        &self,
        partition: i32,
        mut take: impl FnMut(BorrowedRecord<'_>),
    ) -> Result<(), LookupError> {
        let extent = self.reader.extent(partition)?;
        // Nothing breaks the reading.
        let _ = self.reader.read(partition, extent, |record| {
            take(record);
            ControlFlow::Continue(())
        })?;
        Ok(())
    }

    /// A writer to the topic, which must exist and be compacted, as for a service.
    pub fn writer(&self) -> Result<ListWriter, ListTopicError> {
        let partitions = self.reader.partitions()?;
        check_lists_topic(&self.connection, &self.topic).map_err(LookupError::from)?;
        Ok(ListWriter {
            topic: self.topic.clone(),
            partitions,
            sender: RetrySender::connect(&self.connection, &self.topic, &self.interrupted)
                .map_err(ListWriteError::from)?,
            sent: 0,
        })
    }
}

/// Why a writer could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ListTopicError {
    #[error(transparent)]
    Lookup(#[from] LookupError),
    #[error(transparent)]
    Write(#[from] ListWriteError),
}

impl ListWriter {
    /// Writes an entry, in place of an earlier one of the same key.
    pub fn set(&mut self, entry: &ListEntry) -> Result<(), ListWriteError> {
        self.send(&entry.key, Some(entry.to_json().as_bytes()), &[])
    }

    /// Removes an entry, whether or not it is there.
    pub fn remove(
        &mut self,
        key: &ListKey,
        reason: Option<&str>,
        by: Option<&str>,
    ) -> Result<(), ListWriteError> {
        let header = |(name, text): (&'static str, Option<&str>)| {
            text.map(|text| RecordHeader::text(name, text.to_owned()))
        };
        let headers: Vec<RecordHeader<'static>> =
            [(REASON, reason), (BY, by)].into_iter().filter_map(header).collect();
        self.send(key, None, &headers)
    }

    /// Waits until everything is acknowledged.
    pub fn finish(self) -> Result<(), ListWriteError> {
        Ok(self.sender.finish()?)
    }

    /// The partition is that of Kafka's Java producer, so that all writers of a key agree.
    fn send(
        &mut self,
        key: &ListKey,
        value: Option<&[u8]>,
        headers: &[RecordHeader<'_>],
    ) -> Result<(), ListWriteError> {
        let key = key.to_text();
        self.sent += 1;
        let record = BorrowedRecord {
            topic: &self.topic,
            partition: murmur2::partition(key.as_bytes(), self.partitions),
            offset: self.sent,
            timestamp: None,
            key: Some(key.as_bytes()),
            value,
            headers: &NoHeaders,
        };
        Ok(self.sender.send(&record, headers)?)
    }
}
