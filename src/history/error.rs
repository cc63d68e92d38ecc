//! Why bytes are no history record, and what to do about it.

use super::layout::FORMAT_VERSION;
use crate::memory::EventField;

/// Why a record could not be read. Offsets are in bytes from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    #[error(
        "no history record: it does not begin with the letters RCHI; see that topics.history names a topic to which only redcard writes"
    )]
    NotHistory,
    #[error(
        "history format version {found} (byte 4) is not known, this redcard reads version {FORMAT_VERSION}: run the redcard that wrote it or a later one, or name another topics.history and start with empty memory"
    )]
    UnknownVersion { found: u8 },
    #[error(
        "unknown flags {found:#04x} (byte 5): a later redcard wrote this record; run that one, or name another topics.history and start with empty memory"
    )]
    UnknownFlags { found: u8 },
    #[error(
        "the record ends at byte {length}, where more was to come: it was cut off or damaged; restore the topic, or name another one and start with empty memory"
    )]
    Short { length: usize },
    #[error(
        "the checksum at byte {offset} does not match: the record was damaged after it was written; restore the topic, or name another one and start with empty memory"
    )]
    Damaged { offset: usize },
    #[error("{problem} (byte {offset}): this is no record as redcard writes it")]
    Invalid { offset: usize, problem: Problem },
}

/// What is wrong with a record that is whole: another program wrote it, or a later redcard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("the base currency is none of ISO 4217 as this redcard knows it")]
    Currency,
    #[error("the partition is out of range")]
    Partition,
    #[error("the offsets are negative or run backwards")]
    Offsets,
    #[error("so many entries do not fit into the offsets or bytes that the record has")]
    Count,
    #[error("bits that the role of an entry does not have are set")]
    Bits,
    #[error("a number is longer than it needs to be or than 64 bits")]
    Number,
    #[error("a field is marked as present and holds what stands for absent")]
    Absent,
    #[error("the last alert has the entry's own time, spelt out")]
    AlertTime,
    #[error("a value of {0} is not known")]
    Event(EventField),
    #[error("there are bytes after the last entry")]
    Surplus,
}
