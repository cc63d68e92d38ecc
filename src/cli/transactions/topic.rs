//! A Kafka topic, from one time to another, as a source.

use super::source::{OpenSource, Progress, ReadStep, TransactionSource};
use crate::cli::lookup;
use crate::config::Resolved;
use crate::decode::{FeedFormat, Medium, Reason};
use crate::kafka::{LookupError, RangeRecord, TimeRange, TimeRangeReader};
use crate::pipeline::Incoming;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// An open topic, positioned at one of its records.
struct Topic {
    reader: TimeRangeReader,
    record: Option<RangeRecord>,
    number: u64,
    /// Partition and offset of the newest records.
    recent: VecDeque<(i32, i64)>,
}

/// A record that is reported on is at most so many records old: a backtest reads a block ahead.
const RECENT_MAX: usize = 64 * 1024;

/// Opens a topic on the brokers of the configuration.
pub(super) fn open_topic(
    topic: &str,
    range: TimeRange,
    resolved: &Resolved,
    interrupted: &Arc<AtomicBool>,
) -> anyhow::Result<OpenSource> {
    let connection = lookup::connection(resolved)?;
    let reader = TimeRangeReader::connect(&connection, topic, range, interrupted)?;
    Ok(Box::new(Topic { reader, record: None, number: 0, recent: VecDeque::new() }))
}

impl TransactionSource for Topic {
    fn advance(&mut self) -> anyhow::Result<ReadStep> {
        self.record = match self.reader.read() {
            Err(LookupError::Interrupted) => return Ok(ReadStep::Interrupted),
            read => read?,
        };
        let Some(record) = &self.record else { return Ok(ReadStep::End) };
        self.number += 1;
        if self.recent.len() == RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back((record.partition, record.offset));
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

    fn place_of(&self, number: u64) -> String {
        let back = usize::try_from(self.number.saturating_sub(number)).unwrap_or(usize::MAX);
        let place = self.recent.iter().rev().nth(back).copied();
        let (partition, offset) = place.unwrap_or_default();
        format!("{}, partition {partition}, offset {offset}", self.reader.topic())
    }

    fn medium(&self) -> Option<Medium> {
        Some(Medium::KafkaRecord)
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
