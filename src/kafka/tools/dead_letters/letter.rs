//! Reads a dead letter from its headers, which docs/reference/decision-and-alert.md describes.
//!
//! It never looks at the value. A record of the input may have headers with the same names;
//! redcard's headers come last.

use crate::decode::Reason;
use crate::kafka::errors::RecordPlace;
use crate::kafka::record::{BorrowedRecord, RecordHeader};
use crate::transaction::Time;

/// The reason of a letter whose reason code is unknown: from another program or a later version.
pub const OTHER_REASON: &str = "other";

/// The headers with the original record of a retry. They have redcard's own prefix, and come before
/// the Kafka Connect headers in a dead letter.
const RETRY_PARTITION: &str = "redcard.retry.partition";
const RETRY_OFFSET: &str = "redcard.retry.offset";

/// A dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The partition of the letter itself.
    pub partition: i32,
    pub offset: i64,
    /// When it was published.
    pub written: Option<Time>,
    /// A reason code of docs/reference/transaction.md, or [`OTHER_REASON`].
    pub reason: &'static str,
    /// The rejected record.
    pub source: Option<RecordPlace>,
    /// The original record, if the rejected record is a retry of it.
    pub root: Option<RecordPlace>,
}

impl DeadLetter {
    pub fn of(record: &BorrowedRecord<'_>) -> Self {
        let topic = last(record, "__connect.errors.topic");
        let place = |partition, offset| {
            Some(RecordPlace {
                topic: topic.clone()?,
                partition: number(partition)?,
                offset: number(offset)?,
            })
        };
        let code = last(record, "__connect.errors.exception.class.name");
        let known = Reason::ALL.iter().map(|reason| reason.code());
        Self {
            partition: record.partition,
            offset: record.offset,
            written: record.timestamp,
            reason: known
                .into_iter()
                .find(|known| code.as_deref() == Some(known))
                .unwrap_or(OTHER_REASON),
            source: place(
                last(record, "__connect.errors.partition"),
                last(record, "__connect.errors.offset"),
            ),
            root: place(last(record, RETRY_PARTITION), last(record, RETRY_OFFSET)),
        }
    }
}

fn number<N: std::str::FromStr>(text: Option<String>) -> Option<N> {
    text?.parse().ok()
}

/// The last header with this name, if it is text.
fn last(record: &BorrowedRecord<'_>, name: &str) -> Option<String> {
    let value = record.headers().rev().find(|header| header.key == name)?.value?;
    String::from_utf8(value.into_owned()).ok()
}

/// The headers of a retried record: its own, and those that name the original record. A retry of a
/// retry keeps the first original.
pub fn retry_headers<'a>(record: &BorrowedRecord<'a>) -> Vec<RecordHeader<'a>> {
    let mut headers: Vec<RecordHeader<'a>> = record.headers().collect();
    if headers.iter().all(|header| header.key != RETRY_OFFSET) {
        headers.push(RecordHeader::text(RETRY_PARTITION, record.partition.to_string()));
        headers.push(RecordHeader::text(RETRY_OFFSET, record.offset.to_string()));
    }
    headers
}
