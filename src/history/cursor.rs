//! Reads a record's bytes in order, field by field. It allocates nothing and trusts nothing.

use super::error::{HistoryError, Problem, ensure};
use super::number::{VARINT_BYTES_MAX, unzigzag};
use super::{Gap, Start};
use crate::memory::MessageId;
use crate::transaction::{Currency, Time};

/// The position in a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'b> {
    /// The record without its checksum.
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Cursor<'b> {
    /// Starts at byte `at` of the record.
    pub fn new(bytes: &'b [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The offset of the next byte in the record.
    pub fn at(&self) -> usize {
        self.at
    }

    pub fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    fn rest(&self) -> &'b [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn short(&self) -> HistoryError {
        HistoryError::Short { length: self.bytes.len() }
    }

    pub fn take<const N: usize>(&mut self) -> Result<[u8; N], HistoryError> {
        let taken = self.rest().first_chunk::<N>().ok_or(self.short())?;
        self.at += N;
        Ok(*taken)
    }

    pub fn slice(&mut self, length: usize) -> Result<&'b [u8], HistoryError> {
        let taken = self.rest().get(..length).ok_or(self.short())?;
        self.at += length;
        Ok(taken)
    }

    pub fn byte(&mut self) -> Result<u8, HistoryError> {
        let [byte] = self.take()?;
        Ok(byte)
    }

    pub fn u16(&mut self) -> Result<u16, HistoryError> {
        self.take().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, HistoryError> {
        self.take().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Result<u64, HistoryError> {
        self.take().map(u64::from_le_bytes)
    }

    pub fn i64(&mut self) -> Result<i64, HistoryError> {
        self.take().map(i64::from_le_bytes)
    }

    /// LEB128 in its shortest form.
    pub fn number(&mut self) -> Result<u64, HistoryError> {
        let start = self.at;
        let mut number = 0;
        for shift in (0..VARINT_BYTES_MAX).map(|byte| 7 * byte) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            number |= part << shift;
            if byte < 0x80 {
                let is_shortest = byte != 0 || shift == 0;
                let fits = (part << shift) >> shift == part;
                return ensure(is_shortest && fits, start, Problem::Number).map(|()| number);
            }
        }
        ensure(false, start, Problem::Number).map(|()| number)
    }

    /// An amount written as a signed number. It must not be negative.
    pub fn signed_amount(&mut self) -> Result<i64, HistoryError> {
        let start = self.at;
        let amount = unzigzag(self.number()?);
        ensure(amount >= 0, start, Problem::Negative).map(|()| amount)
    }

    /// An amount written as an unsigned number.
    pub fn amount(&mut self) -> Result<i64, HistoryError> {
        let start = self.at;
        let amount = i64::try_from(self.number()?);
        amount.map_err(|_| HistoryError::Invalid { offset: start, problem: Problem::Number })
    }

    /// Milliseconds since `before`, modulo 2⁶⁴.
    pub fn time_after(&mut self, before: Time) -> Result<Time, HistoryError> {
        let step = unzigzag(self.number()?);
        Ok(Time(before.millis().wrapping_add(step)))
    }

    /// Three letters of ISO 4217.
    pub fn currency(&mut self) -> Result<Currency, HistoryError> {
        let offset = self.at;
        let letters: [u8; 3] = self.take()?;
        Currency::from_code(&letters)
            .ok_or(HistoryError::Invalid { offset, problem: Problem::Currency })
    }

    pub fn id(&mut self) -> Result<MessageId, HistoryError> {
        self.u64().map(MessageId)
    }

    /// Latitude and longitude in ten-millionths of a degree.
    pub fn place(&mut self) -> Result<(i32, i32), HistoryError> {
        Ok((i32::from_le_bytes(self.take()?), i32::from_le_bytes(self.take()?)))
    }

    /// A field in which 0 means absent, so a record must not contain 0.
    pub fn nonzero<const N: usize>(&mut self) -> Result<[u8; N], HistoryError> {
        let start = self.at;
        let bytes = self.take()?;
        ensure(bytes != [0; N], start, Problem::Absent).map(|()| bytes)
    }

    /// Like [`Cursor::nonzero`]; all zeros if the field is not there.
    pub fn nonzero_if<const N: usize>(&mut self, is_there: bool) -> Result<[u8; N], HistoryError> {
        if is_there { self.nonzero() } else { Ok([0; N]) }
    }

    /// The header's flags, in both versions.
    pub fn flags(&mut self) -> Result<u8, HistoryError> {
        let flags = self.byte()?;
        let is_known = flags & !(Gap::FLAGS | Start::WARM_UP_FLAG) == 0;
        // A gap cannot be both open and closed.
        if !is_known || flags & Gap::FLAGS == Gap::FLAGS {
            return Err(HistoryError::UnknownFlags { found: flags });
        }
        Ok(flags)
    }

    pub fn partition(&mut self) -> Result<i32, HistoryError> {
        let start = self.at;
        let partition = i32::from_le_bytes(self.take()?);
        ensure(partition >= 0, start, Problem::Partition).map(|()| partition)
    }

    /// The first and next offset of a topic.
    pub fn offsets(&mut self) -> Result<(i64, i64), HistoryError> {
        let start = self.at;
        let (first, next) = (self.i64()?, self.i64()?);
        ensure(0 <= first && first <= next, start, Problem::Offsets).map(|()| (first, next))
    }

    /// The optional fields after the fixed part of a header: the gap and the end of the warm-up.
    pub fn optional_header(&mut self, flags: u8) -> Result<(Gap, Option<i64>), HistoryError> {
        let gap = match flags & Gap::FLAGS {
            Gap::CLOSED_FLAG => Gap::Closed(Time(self.i64()?)),
            Gap::OPEN_FLAG => Gap::Open,
            _ => Gap::None,
        };
        let warm_up = (flags & Start::WARM_UP_FLAG != 0).then(|| self.i64()).transpose()?;
        Ok((gap, warm_up))
    }
}
