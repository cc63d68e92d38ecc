//! Reads single partitions: of the history topic for restores, of any topic for commands.
//!
//! The readers belong to no group; partitions are opened and closed by hand. Two clients are needed
//! because only a `read_uncommitted` client gets the end of a log with its open transactions. A
//! `read_committed` client gets the last stable offset.

use super::open_partitions::OpenPartitions;
use crate::kafka::errors::StartError;
use crate::kafka::settings::Connection;
use crate::kafka::shard::ports::{Fault, HistoryItem, HistoryLog, LogExtent};
use crate::transaction::Time;
use rdkafka::Message;
use std::time::Duration;

const CLIENT: &str = "history reader";

/// A topic whose partitions are opened and closed by hand.
pub struct PartitionReader {
    committed: OpenPartitions,
    uncommitted: OpenPartitions,
    /// The value of the last record that was returned.
    value: Vec<u8>,
}

impl PartitionReader {
    pub fn new(connection: &Connection, topic: &str, shard: usize) -> Result<Self, StartError> {
        let reader = |isolation: &str| {
            OpenPartitions::new(
                &connection.reader_config(shard, "history", isolation),
                topic,
                CLIENT,
            )
        };
        Ok(Self {
            committed: reader("read_committed")?,
            uncommitted: reader("read_uncommitted")?,
            value: Vec::new(),
        })
    }

    /// How many partitions the topic has.
    pub fn partitions(&self) -> Result<usize, Fault> {
        self.committed.partitions()
    }
}

impl HistoryLog for PartitionReader {
    fn extent(&mut self, partition: i32) -> Result<LogExtent, Fault> {
        // Reads `last_stable` last: it only grows, so a reading older than `end` could be too low.
        let (start, end) = self.uncommitted.extent(partition)?;
        let (_, last_stable) = self.committed.extent(partition)?;
        Ok(LogExtent { start, last_stable, end })
    }

    fn open(&mut self, partition: i32, offset: i64) -> Result<(), Fault> {
        self.committed.open(partition, offset)
    }

    fn close(&mut self, partition: i32) {
        self.committed.close(partition);
    }

    fn next(&mut self, wait: Duration) -> Result<Option<HistoryItem<'_>>, Fault> {
        match self.committed.next(wait)? {
            None => Ok(None),
            Some(Ok(message)) => {
                let (partition, offset) = (message.partition(), message.offset());
                self.value.clear();
                self.value.extend_from_slice(message.payload().unwrap_or_default());
                let written = Time(message.timestamp().to_millis().unwrap_or(i64::MAX));
                Ok(Some(HistoryItem::Record { partition, offset, written, value: &self.value }))
            }
            Some(Err(partition)) => Ok(Some(HistoryItem::End { partition })),
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
