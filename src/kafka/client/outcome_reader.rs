//! Reads the outcomes of the partitions that an instance reads.

use super::open_partitions::OpenPartitions;
use crate::kafka::errors::StartError;
use crate::kafka::outcomes::{OutcomeItem, OutcomeLog};
use crate::kafka::settings::Connection;
use crate::kafka::shard::ports::Fault;
use rdkafka::Message;
use std::time::Duration;

/// The topic of outcomes.
pub struct OutcomeReader {
    partitions: OpenPartitions,
    /// Key and value of the last record that was returned.
    key: Vec<u8>,
    value: Vec<u8>,
}

impl OutcomeReader {
    pub fn new(connection: &Connection, topic: &str) -> Result<Self, StartError> {
        // There is one reader per instance, whatever the number of shards.
        let config = connection.reader_config(0, "outcomes", "read_committed");
        let partitions = OpenPartitions::new(&config, topic, "outcome reader")?;
        Ok(Self { partitions, key: Vec::new(), value: Vec::new() })
    }
}

impl OutcomeLog for OutcomeReader {
    fn open(&mut self, partition: i32) -> Result<(), Fault> {
        // If the first records were deleted, the client continues with the earliest one left.
        self.partitions.open(partition, 0)
    }

    fn close(&mut self, partition: i32) {
        self.partitions.close(partition);
    }

    fn next(&mut self, wait: Duration) -> Result<Option<OutcomeItem<'_>>, Fault> {
        let (partition, offset) = match self.partitions.next(wait)? {
            None => return Ok(None),
            Some(Err(partition)) => return Ok(Some(OutcomeItem::End { partition })),
            Some(Ok(message)) => {
                for (buffer, bytes) in
                    [(&mut self.key, message.key()), (&mut self.value, message.payload())]
                {
                    buffer.clear();
                    buffer.extend_from_slice(bytes.unwrap_or_default());
                }
                (message.partition(), message.offset())
            }
        };
        Ok(Some(OutcomeItem::Record { partition, offset, key: &self.key, value: &self.value }))
    }
}
