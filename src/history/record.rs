//! A record of the history, and what identifies it.

use super::header::{CHECKSUM_BYTES, Header};
use crate::memory::Entry;

/// A completely parsed record: its checksum matches, and every entry is valid.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<'b> {
    pub header: Header,
    /// In the order in which memory applied them: first labels, then transactions.
    pub entries: Vec<Entry<'b>>,
    /// Whether the record holds something optional that this release skips: offsets of a topic
    /// other than the input, or parts after the entries.
    pub has_more: bool,
}

impl<'b> Record<'b> {
    /// The labels, which come before everything else.
    pub fn labels(&self) -> &[Entry<'b>] {
        self.entries.get(..self.labels_end()).unwrap_or_default()
    }

    /// The entries of transactions.
    pub fn transactions(&self) -> &[Entry<'b>] {
        self.entries.get(self.labels_end()..).unwrap_or_default()
    }

    fn labels_end(&self) -> usize {
        self.entries.iter().take_while(|entry| entry.is_label()).count()
    }
}

/// Identifies a record by the checksum at its end.
pub fn fingerprint(record: &[u8]) -> u64 {
    record.last_chunk::<CHECKSUM_BYTES>().map_or(0, |checksum| u64::from_le_bytes(*checksum))
}
