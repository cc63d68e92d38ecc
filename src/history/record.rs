//! Parses bytes into a record. The version determines how it is read.

use super::cursor::Cursor;
use super::error::HistoryError;
use super::header::{CHECKSUM_BYTES, MAGIC};
use super::{FormatVersion, Header, v1, v2};
use crate::memory::Entry;
use xxhash_rust::xxh3::xxh3_64;

/// A completely parsed record: its checksum matches, and every entry is valid.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<'b> {
    pub header: Header,
    /// In the order in which memory applied them.
    pub entries: Vec<Entry<'b>>,
    /// Whether the record holds something optional that this release skips: offsets of a topic
    /// other than the input, or parts after the entries.
    pub has_more: bool,
}

impl<'b> Record<'b> {
    /// Reads a record of any known version. Tokens borrow from `bytes`.
    pub fn parse(bytes: &'b [u8]) -> Result<Self, HistoryError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(HistoryError::NotHistory);
        }
        let number = *bytes.get(MAGIC.len()).ok_or(HistoryError::Short { length: bytes.len() })?;
        let version = FormatVersion::from_number(number)
            .ok_or(HistoryError::UnknownVersion { found: number })?;
        let cursor = Cursor::new(checked(bytes)?, MAGIC.len() + 1);
        match version {
            FormatVersion::V1 => v1::read(cursor),
            FormatVersion::V2 => v2::read(cursor),
        }
    }
}

/// Identifies a record by the checksum at its end.
pub fn fingerprint(record: &[u8]) -> u64 {
    record.last_chunk::<CHECKSUM_BYTES>().map_or(0, |checksum| u64::from_le_bytes(*checksum))
}

/// The bytes without the checksum, if that matches.
fn checked(bytes: &[u8]) -> Result<&[u8], HistoryError> {
    let (body, checksum) = bytes
        .split_last_chunk::<CHECKSUM_BYTES>()
        .ok_or(HistoryError::Short { length: bytes.len() })?;
    if xxh3_64(body) != u64::from_le_bytes(*checksum) {
        return Err(HistoryError::Damaged { offset: body.len() });
    }
    Ok(body)
}
