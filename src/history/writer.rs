//! Entries into records, in the version that was chosen.

use super::{CHECKSUM_BYTES, FormatVersion, Start, v1, v2};
use crate::memory::Entry;
use crate::transaction::Time;
use xxhash_rust::xxh3::xxh3_64;

/// How long a record may get by default: below what clients and brokers take by default, with
/// room for what Kafka puts around it.
pub const RECORD_BYTES_DEFAULT: usize = 900_000;

/// Writes the records of a partition, one after another, into one buffer.
///
/// ```text
/// begin(start) ─▶ push(entry) ─▶ is_full()? ─▶ finish(offset + 1), send, begin again
///                     ▲────────────── no
///                 the commit ─▶ finish(next offset), send
/// ```
///
/// A batch that was taken back is dropped by beginning again.
#[derive(Debug)]
pub struct Writer {
    version: FormatVersion,
    record_bytes_max: usize,
    buffer: Vec<u8>,
    entries: u32,
    /// Of the previous entry: times are written as steps.
    time: Time,
    cards: v2::CardTable,
}

impl Writer {
    /// `record_bytes_max`: where [`Writer::is_full`] says so. A record may still get as long as its
    /// header and one entry.
    pub fn new(version: FormatVersion, record_bytes_max: usize) -> Self {
        Self {
            version,
            record_bytes_max,
            buffer: Vec::new(),
            entries: 0,
            time: Time(0),
            cards: v2::CardTable::default(),
        }
    }

    /// Begins a record; what was not finished is dropped.
    pub fn begin(&mut self, start: &Start) {
        (self.entries, self.time) = (0, Time(0));
        self.buffer.clear();
        self.cards.clear();
        match self.version {
            FormatVersion::V1 => v1::begin(&mut self.buffer, start),
            FormatVersion::V2 => v2::begin(&mut self.buffer, start),
        }
    }

    /// Adds the next entry of the commit.
    pub fn push(&mut self, entry: &Entry<'_>) {
        let out = &mut self.buffer;
        match self.version {
            FormatVersion::V1 => v1::put_entry(out, entry, self.time),
            FormatVersion::V2 => v2::put_entry(out, entry, self.time, &mut self.cards),
        }
        self.time = entry.time();
        self.entries += 1;
    }

    /// Whether another entry might not fit: then this record is finished after the offset of the
    /// entry just pushed, and the next begins there.
    pub fn is_full(&self) -> bool {
        let more = self.version.entry_bytes_max() + CHECKSUM_BYTES;
        self.entries == u32::MAX || self.buffer.len() + more > self.record_bytes_max
    }

    /// How many entries were pushed since the beginning of the record.
    pub fn entries(&self) -> u32 {
        self.entries
    }

    /// The record, which covers the input up to before `next_offset`.
    pub fn finish(&mut self, next_offset: i64) -> &[u8] {
        let (next_offset_at, entries_at) = match self.version {
            FormatVersion::V1 => (v1::NEXT_OFFSET_AT, v1::ENTRIES_AT),
            FormatVersion::V2 => (v2::NEXT_OFFSET_AT, v2::ENTRIES_AT),
        };
        self.patch(next_offset_at, &next_offset.to_le_bytes());
        self.patch(entries_at, &self.entries.to_le_bytes());
        let checksum = xxh3_64(&self.buffer);
        self.buffer.extend_from_slice(&checksum.to_le_bytes());
        &self.buffer
    }

    fn patch(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.buffer.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
}
