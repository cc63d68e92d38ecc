//! Defines the errors of reading history records, each with what to do about it.

use super::FormatVersion;
use crate::memory::EventField;

/// Why a record could not be read. Offsets are in bytes from the start of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    #[error(
        "not a history record: it does not begin with the letters RCHI; check that topics.history names a topic to which only redcard writes"
    )]
    NotHistory,
    #[error(
        "history format version {found} (byte 4) is unknown, this release reads version {} to {}: a later release wrote the record; run that release or a later one, or name another topics.history and start with empty memory",
        FormatVersion::V1,
        FormatVersion::V2
    )]
    UnknownVersion { found: u8 },
    #[error(
        "unknown flags {found:#04x} (byte 5): another program or a later release wrote this record; run that release, or name another topics.history and start with empty memory"
    )]
    UnknownFlags { found: u8 },
    #[error(
        "the record ends at byte {length}, in the middle of a field: it was cut off or damaged; restore the topic, or name another one and start with empty memory"
    )]
    Short { length: usize },
    #[error(
        "the checksum at byte {offset} does not match: the record was damaged after it was written; restore the topic, or name another one and start with empty memory"
    )]
    Damaged { offset: usize },
    #[error(
        "{problem} (byte {offset}): redcard did not write this record; restore the topic, or name another one and start with empty memory"
    )]
    Invalid { offset: usize, problem: Problem },
}

/// What is wrong with a record whose checksum matches. Another program must have written it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("the currency is not in ISO 4217 as this release knows it")]
    Currency,
    #[error("the partition is negative")]
    Partition,
    #[error("the offsets are negative or run backwards")]
    Offsets,
    #[error("the topics do not begin with the input or are not in ascending order")]
    Topics,
    #[error("the record has no room for this many entries, in bytes or in input offsets")]
    Count,
    #[error("the entry has bits that are unknown or that its role does not have")]
    Bits,
    #[error("the number is longer than it needs to be, or exceeds its range")]
    Number,
    #[error("the field is marked as present but has the value that means absent")]
    Absent,
    #[error("the alert's time is written although it is the entry's own")]
    AlertTime,
    #[error("the two ids of the original belong to different texts")]
    Original,
    #[error("the amount is negative")]
    Negative,
    #[error("the value of {0} is unknown")]
    Event(EventField),
    #[error("the card's index is higher than the number of cards introduced so far")]
    CardIndex,
    #[error("the card was introduced before in this record")]
    CardTwice,
    #[error("the card token is not text, or is too long")]
    Token,
    #[error("the type of message is unknown")]
    Kind,
    #[error("the label is unknown")]
    Label,
    #[error("the label comes after a transaction")]
    LabelOrder,
    #[error("the response is empty or unknown")]
    Response,
    #[error("the optional parts are not in ascending order of their tags")]
    Part,
    #[error("there are bytes after the last entry")]
    Surplus,
}

pub(super) fn ensure(holds: bool, offset: usize, problem: Problem) -> Result<(), HistoryError> {
    if holds { Ok(()) } else { Err(HistoryError::Invalid { offset, problem }) }
}
