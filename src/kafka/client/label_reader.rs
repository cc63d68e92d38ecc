//! Reads the labels of the partitions that a shard owns.

use super::open_partitions::OpenPartitions;
use super::record::owned;
use crate::kafka::errors::StartError;
use crate::kafka::settings::Connection;
use crate::kafka::shard::ports::{Extent, Fault, LabelItem, LabelLog};
use std::sync::Arc;
use std::time::Duration;

/// The topic of labels.
pub struct LabelReader(OpenPartitions);

impl LabelReader {
    pub fn new(connection: &Connection, topic: &str, shard: usize) -> Result<Self, StartError> {
        let config = connection.reader_config(shard, "labels", "read_committed");
        Ok(Self(OpenPartitions::new(&config, topic, "label reader")?))
    }
}

impl LabelLog for LabelReader {
    fn extent(&mut self, partition: i32) -> Result<Extent, Fault> {
        let (start, end) = self.0.extent(partition)?;
        Ok(Extent { start, end })
    }

    fn open(&mut self, partition: i32, offset: i64) -> Result<(), Fault> {
        self.0.open(partition, offset)
    }

    fn close(&mut self, partition: i32) {
        self.0.close(partition);
    }

    fn next(&mut self) -> Result<Option<LabelItem>, Fault> {
        Ok(self.0.next(Duration::ZERO)?.map(|item| match item {
            Ok(message) => LabelItem::Record(owned(&message, Arc::clone(self.0.topic()))),
            Err(partition) => LabelItem::End { partition },
        }))
    }
}

/// Without a topic of labels there is nothing to read.
impl<L: LabelLog> LabelLog for Option<L> {
    fn extent(&mut self, partition: i32) -> Result<Extent, Fault> {
        self.as_mut().map_or(Ok(Extent { start: 0, end: 0 }), |labels| labels.extent(partition))
    }

    fn open(&mut self, partition: i32, offset: i64) -> Result<(), Fault> {
        self.as_mut().map_or(Ok(()), |labels| labels.open(partition, offset))
    }

    fn close(&mut self, partition: i32) {
        if let Some(labels) = self {
            labels.close(partition);
        }
    }

    fn next(&mut self) -> Result<Option<LabelItem>, Fault> {
        self.as_mut().map_or(Ok(None), LabelLog::next)
    }
}
