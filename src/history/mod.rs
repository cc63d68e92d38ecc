//! The history: what memory took in, as bytes. One record holds all entries of one commit of one
//! partition; docs/reference/history.md describes it byte by byte.
//!
//! Nothing here knows Kafka or files: bytes come in and go out. How entries change memory is
//! memory's own business.
//!
//! ```text
//! Writer: begin(start) ─▶ push(entry) … ─▶ is_full()? ─▶ finish(next offset) ─▶ bytes
//! Record: parse(bytes) ─▶ version ─┬─▶ v1 ─┬─▶ header, entries
//!                                  └─▶ v2 ─┘
//! Restore: take(record) … ─▶ memory as it was
//! ```

mod cursor;
mod error;
mod number;
mod record;
mod restore;
#[cfg(test)]
mod tests;
mod v1;
mod v2;
mod version;
mod writer;

pub use error::{HistoryError, Problem};
pub use record::{Record, fingerprint};
pub use restore::{Continuity, Restore};
pub use version::FormatVersion;
pub use writer::{RECORD_BYTES_DEFAULT, Writer};

use crate::memory::Progress;
use crate::transaction::{Currency, Time};

/// What a record begins with, in every version; the version follows.
const MAGIC: [u8; 4] = *b"RCHI";

/// XXH3, 64 bits, of all bytes before it.
const CHECKSUM_BYTES: usize = 8;

/// What is known of a record before its first entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Of the input topic, and the same of the history.
    pub partition: i32,
    /// Amounts in memory are in its minor units.
    pub base_currency: Currency,
    /// The first input offset that the record covers: where the previous record ended.
    pub first_offset: i64,
    /// How far memory had come before the first entry.
    pub progress: Progress,
    pub gap: Gap,
    /// Input before this offset is remembered without having been decided: memory was warming up.
    pub warm_up_until: Option<i64>,
}

/// Whether messages that the history does not know were decided before a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    None,
    /// There were, and it is not known yet up to when: the first message after this record says it.
    Open,
    /// Up to this event time they may be missing: memory takes note of it before the first entry
    /// ([`crate::memory::Memory::note_gap`]).
    Closed(Time),
}

impl Gap {
    /// Bits of a header's flags; the end of a gap follows the header.
    const CLOSED_FLAG: u8 = 1;
    const OPEN_FLAG: u8 = 4;
    const FLAGS: u8 = Self::CLOSED_FLAG | Self::OPEN_FLAG;

    fn flag(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Open => Self::OPEN_FLAG,
            Self::Closed(_) => Self::CLOSED_FLAG,
        }
    }
}

impl Start {
    /// A bit of a header's flags: the end of the warm-up follows the header, after that of a gap.
    const WARM_UP_FLAG: u8 = 2;

    /// The flags of the header, in both versions.
    fn flags(&self) -> u8 {
        self.gap.flag() | if self.warm_up_until.is_some() { Self::WARM_UP_FLAG } else { 0 }
    }

    /// What follows the fixed part of the header, in both versions.
    fn put_optional(&self, out: &mut Vec<u8>) {
        if let Gap::Closed(until) = self.gap {
            out.extend_from_slice(&until.millis().to_le_bytes());
        }
        if let Some(until) = self.warm_up_until {
            out.extend_from_slice(&until.to_le_bytes());
        }
    }
}

/// What a record says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub version: FormatVersion,
    pub start: Start,
    /// The input offset to go on from. Offsets in between without an entry were dead letters,
    /// duplicates, tombstones or no messages.
    pub next_offset: i64,
    pub entries: u32,
}
