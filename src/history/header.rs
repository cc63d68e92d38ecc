//! What a record says before its first entry, in every format version.

use super::FormatVersion;
use crate::memory::Progress;
use crate::transaction::{Currency, Time};

/// The first bytes of a record in every version. The version follows.
pub(super) const MAGIC: [u8; 4] = *b"RCHI";

/// XXH3, 64 bits, of all bytes before the checksum.
pub(super) const CHECKSUM_BYTES: usize = 8;

/// What is known of a record before its first entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The partition of the input topic, and equally of the history.
    pub partition: i32,
    /// The currency of amounts in memory.
    pub base_currency: Currency,
    /// The first input offset that the record covers: where the previous record ended.
    pub first_offset: i64,
    /// The first label offset that the record covers, likewise; `None` if no labels are read.
    pub first_label: Option<i64>,
    /// How far memory had advanced before the first entry.
    pub progress: Progress,
    pub gap: Gap,
    /// Input before this offset was remembered but not scored, since memory was warming up.
    pub warm_up_until: Option<i64>,
}

/// Whether messages that are missing from the history were scored before a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    None,
    /// Messages are missing, and it is not known yet up to when. The first message after this
    /// record determines it.
    Open,
    /// Messages may be missing up to this event time. Memory notes this before it applies the first
    /// entry ([`crate::memory::Memory::note_gap`]).
    Closed(Time),
}

impl Gap {
    /// A bit of the header's flags. The end of the gap follows the header.
    pub(super) const CLOSED_FLAG: u8 = 1;
    pub(super) const OPEN_FLAG: u8 = 4;
    pub(super) const FLAGS: u8 = Self::CLOSED_FLAG | Self::OPEN_FLAG;

    pub(super) fn flag(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Open => Self::OPEN_FLAG,
            Self::Closed(_) => Self::CLOSED_FLAG,
        }
    }
}

impl Start {
    /// A bit of the header's flags. The end of the warm-up follows the header and the end of a gap.
    pub(super) const WARM_UP_FLAG: u8 = 2;

    /// The header's flags, in both versions.
    pub(super) fn flags(&self) -> u8 {
        self.gap.flag() | if self.warm_up_until.is_some() { Self::WARM_UP_FLAG } else { 0 }
    }

    /// Writes the optional fields after the fixed part of the header, in both versions.
    pub(super) fn put_optional(&self, out: &mut Vec<u8>) {
        if let Gap::Closed(until) = self.gap {
            out.extend_from_slice(&until.millis().to_le_bytes());
        }
        if let Some(until) = self.warm_up_until {
            out.extend_from_slice(&until.to_le_bytes());
        }
    }
}

/// The header of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub version: FormatVersion,
    pub start: Start,
    /// The next input offset to process. Offsets in between without an entry were dead letters,
    /// duplicates or tombstones, or carried no message.
    pub next_offset: i64,
    /// The next label offset to process; `None` exactly if [`Start::first_label`] is.
    pub next_label: Option<i64>,
    pub entries: u32,
}
