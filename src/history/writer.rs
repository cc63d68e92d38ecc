//! Writes entries into records, in the configured version.

use super::header::CHECKSUM_BYTES;
use super::{FormatVersion, Start, v1, v2};
use crate::memory::{Effect, Entry};
use crate::transaction::Time;
use xxhash_rust::xxh3::xxh3_64;

/// The default maximum length of a record. It is below the defaults of clients and brokers, with
/// room for what Kafka adds.
pub const RECORD_BYTES_DEFAULT: usize = 900_000;

/// Writes the records of a partition, one after another, into one buffer.
///
/// ```text
/// begin(start) ─▶ push(entry) ─▶ is_full()? ─▶ finish(next offsets), send, begin again
///                     ▲────────────── no
///                 the commit ─▶ finish(next offsets), send
/// ```
///
/// To drop a batch that was undone, begin again.
#[derive(Debug)]
pub struct Writer {
    version: FormatVersion,
    record_bytes_max: usize,
    buffer: Vec<u8>,
    entries: u32,
    /// Whether the record has offsets of labels.
    has_labels: bool,
    /// The time of the previous entry: times are written as steps.
    time: Time,
    cards: v2::CardTable,
}

impl Writer {
    /// `record_bytes_max` is the length at which [`Writer::is_full`] is true. A record with a
    /// single entry may be longer.
    pub fn new(version: FormatVersion, record_bytes_max: usize) -> Self {
        Self {
            version,
            record_bytes_max,
            buffer: Vec::new(),
            entries: 0,
            has_labels: false,
            time: Time(0),
            cards: v2::CardTable::default(),
        }
    }

    /// Begins a record and drops an unfinished one.
    pub fn begin(&mut self, start: &Start) {
        (self.entries, self.time) = (0, Time(0));
        self.has_labels = self.version.holds_labels() && start.first_label.is_some();
        self.buffer.clear();
        self.cards.clear();
        match self.version {
            FormatVersion::V1 => v1::begin(&mut self.buffer, start),
            FormatVersion::V2 => v2::begin(&mut self.buffer, start),
        }
    }

    /// Adds the next entry of the commit. A version that cannot hold labels leaves them out.
    pub fn push(&mut self, entry: &Entry<'_>) {
        if matches!(entry.effect, Effect::Label(_)) && !self.version.holds_labels() {
            return;
        }
        let out = &mut self.buffer;
        match self.version {
            FormatVersion::V1 => v1::put_entry(out, entry, self.time),
            FormatVersion::V2 => v2::put_entry(out, entry, self.time, &mut self.cards),
        }
        self.time = entry.time();
        self.entries += 1;
    }

    /// Whether another entry might not fit. If so, finish this record after the offset of the entry
    /// just pushed, and begin the next one there.
    pub fn is_full(&self) -> bool {
        let more = self.version.entry_bytes_max() + CHECKSUM_BYTES;
        self.entries == u32::MAX || self.buffer.len() + more > self.record_bytes_max
    }

    /// How many entries were pushed since [`Writer::begin`].
    pub fn entries(&self) -> u32 {
        self.entries
    }

    /// The finished record, which covers the input before `next_offset`, and the labels before
    /// `next_label`. If the record began with no [`Start::first_label`], `next_label` is ignored; if
    /// it is missing although there was one, the record covers no labels.
    pub fn finish(&mut self, next_offset: i64, next_label: Option<i64>) -> &[u8] {
        let (next_offset_at, entries_at) = match self.version {
            FormatVersion::V1 => (v1::NEXT_OFFSET_AT, v1::ENTRIES_AT),
            FormatVersion::V2 => (v2::NEXT_OFFSET_AT, v2::ENTRIES_AT),
        };
        self.patch(next_offset_at, &next_offset.to_le_bytes());
        if let Some(next_label) = next_label.filter(|_| self.has_labels) {
            self.patch(v2::NEXT_LABEL_AT, &next_label.to_le_bytes());
        }
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

impl FormatVersion {
    /// The longest entry, in bytes.
    pub fn entry_bytes_max(self) -> usize {
        match self {
            Self::V1 => v1::ENTRY_BYTES_MAX,
            Self::V2 => v2::ENTRY_BYTES_MAX,
        }
    }
}
