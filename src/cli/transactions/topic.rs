//! A Kafka topic, from one time to another, as a source.

use super::source::{OpenSource, Progress, ReadStep, TransactionSource};
use crate::cli::lookup;
use crate::config::Resolved;
use crate::decode::{FeedFormat, Medium, Reason};
use crate::kafka::{LookupError, RangeRecord, TimeRange, TimeRangeReader};
use crate::pipeline::Incoming;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// An open topic, positioned at one of its records.
struct Topic {
    reader: TimeRangeReader,
    record: Option<RangeRecord>,
    number: u64,
}

/// Opens a topic on the brokers of the configuration.
pub(super) fn open_topic(
    topic: &str,
    range: TimeRange,
    resolved: &Resolved,
    interrupted: &Arc<AtomicBool>,
) -> anyhow::Result<OpenSource> {
    let connection = lookup::connection(resolved)?;
    let reader = TimeRangeReader::connect(&connection, topic, range, interrupted)?;
    Ok(Box::new(Topic { reader, record: None, number: 0 }))
}

impl TransactionSource for Topic {
    fn advance(&mut self) -> anyhow::Result<ReadStep> {
        self.record = match self.reader.read() {
            Err(LookupError::Interrupted) => return Ok(ReadStep::Interrupted),
            read => read?,
        };
        let Some(record) = &self.record else { return Ok(ReadStep::End) };
        self.number += 1;
        Ok(if record.value.is_some() { ReadStep::Record } else { ReadStep::Blank })
    }

    /// Without a record there are no bytes, which are rejected.
    fn incoming(&self) -> Incoming<'_> {
        match &self.record {
            Some(RangeRecord { value: Some(value), timestamp, .. }) => {
                Incoming::record(value, *timestamp)
            }
            _ => Incoming::line(&[]),
        }
    }

    fn name(&self) -> String {
        self.reader.topic().to_owned()
    }

    fn place(&self) -> String {
        let (partition, offset) =
            self.record.as_ref().map_or((0, 0), |record| (record.partition, record.offset));
        format!("{}, partition {partition}, offset {offset}", self.reader.topic())
    }

    fn hint(&self, reason: Reason) -> Option<String> {
        let value = self.record.as_ref().and_then(|record| record.value.as_deref());
        let format = FeedFormat::of_record(value?, reason);
        format.map(|format| format.hint(Medium::KafkaRecord))
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn progress(&self) -> Progress {
        Progress::records(self.number)
    }
}
