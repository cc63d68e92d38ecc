//! Parses bytes into a record. The version determines how it is read.

use super::cursor::Cursor;
use super::error::HistoryError;
use super::header::{CHECKSUM_BYTES, MAGIC};
use super::{FormatVersion, Record, v1, v2};
use xxhash_rust::xxh3::xxh3_64;

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
