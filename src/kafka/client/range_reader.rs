//! Reads whole records of a topic, headers included, within a range of offsets.

use super::topic_client::{READ_TIMEOUT, TopicClient};
use crate::clock::monotonic_now;
use crate::kafka::errors::LookupError;
use crate::kafka::record::{BorrowedRecord, PolledRecord};
use crate::kafka::settings::Connection;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const WAIT: Duration = Duration::from_millis(100);
/// The client's name in the log.
const CLIENT: &str = "record reader";

/// Reads committed records, and belongs to no group.
pub struct RangeReader(TopicClient);

impl RangeReader {
    pub fn connect(
        connection: &Connection,
        topic: &str,
        interrupted: &Arc<AtomicBool>,
    ) -> Result<Self, LookupError> {
        let config = connection.reader_config(0, "history", "read_committed");
        Ok(Self(TopicClient::connect(CLIENT, &config, topic, interrupted)?))
    }

    pub fn partitions(&self) -> Result<i32, LookupError> {
        self.0.partitions()
    }

    /// The first available offset and the last stable offset.
    pub fn extent(&self, partition: i32) -> Result<Range<i64>, LookupError> {
        self.0.extent(partition)
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
        self.0.ask(|client| {
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(self.0.topic(), partition, Offset::Offset(range.start))?;
            client.assign(&list)
        })?;
        let mut until = monotonic_now() + READ_TIMEOUT;
        loop {
            self.0.check_interrupted()?;
            match self.0.client().poll(WAIT) {
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
                Some(Err(error)) if monotonic_now() >= until => return Err(self.0.silent(&error)),
                None if monotonic_now() >= until => {
                    return Err(self.0.silent(&"no response"));
                }
                Some(Err(_)) | None => {}
            }
        }
    }
}
