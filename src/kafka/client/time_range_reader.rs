//! Reads the records of a topic from one time to another, from all partitions together.
//!
//! ```text
//! offset at `from` ─▶ each partition, in its own queue ─▶ its next record ─┐
//!                     …                                                    ├─▶ the oldest
//!                     each partition ─────────────────▶ its next record ───┘
//! ```
//!
//! The order depends only on the records: by timestamp, then by partition, then by offset. Records of a
//! partition keep their order, because it is the order in which a service scores them: one with an
//! older timestamp than a record before it counts as old as that one.

use super::topic_client::{READ_TIMEOUT, TopicClient};
use crate::clock::monotonic_now;
use crate::kafka::errors::LookupError;
use crate::kafka::settings::Connection;
use crate::transaction::Time;
use rdkafka::consumer::Consumer;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const QUESTION_TIMEOUT: Duration = Duration::from_secs(5);
const WAIT: Duration = Duration::from_millis(100);
/// The client's name in the log.
const CLIENT: &str = "topic reader";
/// How many kilobytes may be fetched ahead in all partitions together.
const AHEAD_MAX_KB: usize = 128 * 1024;
/// The least for each partition: more than one record.
const AHEAD_MIN_KB: usize = 2 * 1024;

/// From when to when records were written, by their timestamps. Without a bound, all are read that the
/// topic had when the reading began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    pub from: Option<Time>,
    /// Not included.
    pub to: Option<Time>,
}

/// A record of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeRecord {
    pub partition: i32,
    pub offset: i64,
    pub timestamp: Option<Time>,
    /// `None`: the record is a tombstone.
    pub value: Option<Vec<u8>>,
}

/// Reads committed records, and belongs to no group.
pub struct TimeRangeReader {
    client: TopicClient,
    range: TimeRange,
    partitions: Vec<PartitionCursor>,
    /// The next record of each partition that has one: its time, its partition and its index there.
    next: BinaryHeap<Reverse<(i64, usize)>>,
    /// Partitions whose next record is not known yet.
    unknown: Vec<usize>,
}

/// How far a partition is read.
struct PartitionCursor {
    partition: i32,
    queue: Option<PartitionQueue<super::log::ClientLog>>,
    /// Records that arrived and were not returned yet.
    arrived: VecDeque<RangeRecord>,
    /// The first offset that is not read.
    end: i64,
    has_ended: bool,
    /// The newest timestamp so far.
    newest: i64,
}

impl TimeRangeReader {
    /// Opens every partition. Setting `interrupted` ends any call in progress.
    pub fn connect(
        connection: &Connection,
        topic: &str,
        range: TimeRange,
        interrupted: &Arc<AtomicBool>,
    ) -> Result<Self, LookupError> {
        let mut config = connection.reader_config(0, "range", "read_committed");
        let asking = TopicClient::connect(CLIENT, &config, topic, interrupted)?;
        let count = asking.partitions()?;
        let ahead_kb =
            (AHEAD_MAX_KB / usize::try_from(count).unwrap_or(1).max(1)).max(AHEAD_MIN_KB);
        config.set("queued.max.messages.kbytes", ahead_kb.to_string());
        let client = TopicClient::connect(CLIENT, &config, topic, interrupted)?;
        let mut reader = Self {
            client,
            range,
            partitions: Vec::new(),
            next: BinaryHeap::new(),
            unknown: (0..usize::try_from(count).unwrap_or(0)).collect(),
        };
        reader.open(count)?;
        Ok(reader)
    }

    pub fn topic(&self) -> &str {
        self.client.topic()
    }

    /// The next record of the range, or `None` at its end.
    pub fn read(&mut self) -> Result<Option<RangeRecord>, LookupError> {
        while let Some(index) = self.unknown.last().copied() {
            if self.wait_for(index)? {
                let Some(cursor) = self.partitions.get_mut(index) else { break };
                let time = cursor.arrived.front().and_then(|record| record.timestamp);
                cursor.newest = cursor.newest.max(time.map_or(i64::MIN, Time::millis));
                self.next.push(Reverse((cursor.newest, index)));
            }
            self.unknown.pop();
        }
        let Some(Reverse((_, index))) = self.next.pop() else { return Ok(None) };
        self.unknown.push(index);
        Ok(self.partitions.get_mut(index).and_then(|cursor| cursor.arrived.pop_front()))
    }

    /// Starts reading every partition at the beginning of the range.
    fn open(&mut self, count: i32) -> Result<(), LookupError> {
        let starts = self.starts(count)?;
        let mut list = TopicPartitionList::new();
        for (partition, start) in (0..count).zip(starts) {
            let extent = self.client.extent(partition)?;
            let start = start.map_or(extent.end, |start| start.max(extent.start));
            let has_ended = start >= extent.end;
            if !has_ended {
                let place = Offset::Offset(start);
                let added = list.add_partition_offset(self.client.topic(), partition, place);
                added.map_err(|error| self.client.silent(&error))?;
            }
            self.partitions.push(PartitionCursor {
                partition,
                queue: None,
                arrived: VecDeque::new(),
                end: extent.end,
                has_ended,
                newest: i64::MIN,
            });
        }
        self.client.ask(|client| client.assign(&list))?;
        // Without separate queues, one partition could fill the common one while the next record of
        // another is waited for.
        for cursor in self.partitions.iter_mut().filter(|cursor| !cursor.has_ended) {
            let client = self.client.client();
            cursor.queue = client.split_partition_queue(self.client.topic(), cursor.partition);
        }
        Ok(())
    }

    /// The first offset of the range in each partition; `None` if all of its records are older.
    fn starts(&self, count: i32) -> Result<Vec<Option<i64>>, LookupError> {
        let partitions = 0..count;
        let Some(from) = self.range.from else { return Ok(partitions.map(|_| Some(0)).collect()) };
        let found = self.client.ask(|client| {
            let mut list = TopicPartitionList::new();
            for partition in partitions.clone() {
                let time = Offset::Offset(from.millis());
                list.add_partition_offset(self.client.topic(), partition, time)?;
            }
            let found = client.offsets_for_times(list, QUESTION_TIMEOUT)?;
            found.elements().iter().try_for_each(|element| element.error())?;
            Ok(found)
        })?;
        let start = |partition| match found.find_partition(self.client.topic(), partition)?.offset()
        {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        };
        Ok(partitions.map(start).collect())
    }

    /// Takes what arrived before the queues were separate, and serves the client's events.
    fn take_common(&mut self) {
        loop {
            let (partition, message) = match self.client.client().poll(Duration::ZERO) {
                None => return,
                Some(Ok(message)) => (message.partition(), Some(message)),
                Some(Err(KafkaError::PartitionEOF(partition))) => (partition, None),
                // The library recovers by itself and has logged the error.
                Some(Err(_)) => continue,
            };
            let of = |cursor: &&mut PartitionCursor| cursor.partition == partition;
            match (self.partitions.iter_mut().find(of), message) {
                (Some(cursor), Some(message)) => cursor.take(&message, self.range),
                (Some(cursor), None) => cursor.has_ended = true,
                (None, _) => {}
            }
        }
    }

    /// Waits until the next record of a partition has arrived; false if there is none.
    fn wait_for(&mut self, index: usize) -> Result<bool, LookupError> {
        let mut until = monotonic_now() + READ_TIMEOUT;
        loop {
            self.take_common();
            let Some(cursor) = self.partitions.get_mut(index) else { return Ok(false) };
            if !cursor.arrived.is_empty() || cursor.has_ended {
                return Ok(!cursor.arrived.is_empty());
            }
            self.client.check_interrupted()?;
            match cursor.poll(self.range) {
                Err(error) if monotonic_now() >= until => return Err(self.client.silent(&error)),
                Ok(false) if monotonic_now() >= until => {
                    return Err(self.client.silent(&"no response"));
                }
                Ok(true) => until = monotonic_now() + READ_TIMEOUT,
                Ok(false) | Err(_) => {}
            }
        }
    }
}

impl PartitionCursor {
    /// Reads one record, if there is one within a moment; whether anything arrived.
    fn poll(&mut self, range: TimeRange) -> Result<bool, KafkaError> {
        let Some(queue) = self.queue.take() else { return Ok(false) };
        let polled = match queue.poll(WAIT) {
            None => Ok(false),
            Some(Ok(message)) => {
                self.take(&message, range);
                Ok(true)
            }
            // Only transaction markers and aborted records are left before the end.
            Some(Err(KafkaError::PartitionEOF(_))) => {
                self.has_ended = true;
                Ok(true)
            }
            // The library recovers by itself and has logged the error.
            Some(Err(error)) => Err(error),
        };
        self.queue = Some(queue);
        polled
    }

    fn take(&mut self, message: &BorrowedMessage<'_>, range: TimeRange) {
        let offset = message.offset();
        self.has_ended |= offset + 1 >= self.end;
        let timestamp = message.timestamp().to_millis().map(Time);
        if offset >= self.end || !range.includes(timestamp) {
            return;
        }
        let (partition, value) = (self.partition, message.payload().map(<[u8]>::to_vec));
        self.arrived.push_back(RangeRecord { partition, offset, timestamp, value });
    }
}

impl TimeRange {
    /// Whether a record with this timestamp is read. One without is, if there are no bounds.
    fn includes(self, timestamp: Option<Time>) -> bool {
        let is_after = self.from.is_none_or(|from| timestamp.is_some_and(|time| time >= from));
        is_after && self.to.is_none_or(|to| timestamp.is_some_and(|time| time < to))
    }
}
