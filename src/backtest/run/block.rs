//! Holds the bytes of some consecutive messages.

use crate::pipeline::Incoming;
use crate::transaction::Time;

/// Some consecutive records of the input.
#[derive(Debug, Default)]
pub struct MessageBlock {
    /// The number of the first record, from 1.
    pub first_record: u64,
    bytes: Vec<u8>,
    records: Vec<Record>,
}

#[derive(Debug, Clone, Copy)]
struct Record {
    /// It begins where the one before ends.
    end: usize,
    time: Option<Time>,
    /// Only white space.
    is_blank: bool,
}

impl MessageBlock {
    /// Empties the block and keeps its buffers. `first_record` is the number of the next record.
    pub fn clear(&mut self, first_record: u64) {
        self.first_record = first_record;
        self.bytes.clear();
        self.records.clear();
    }

    pub fn push(&mut self, incoming: Incoming<'_>) {
        self.bytes.extend_from_slice(incoming.bytes());
        self.add(incoming.record_time(), false);
    }

    /// Adds a record that holds no message.
    pub fn push_blank(&mut self) {
        self.add(None, true);
    }

    fn add(&mut self, time: Option<Time>, is_blank: bool) {
        self.records.push(Record { end: self.bytes.len(), time, is_blank });
    }

    /// How many records there are, blank ones included.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub fn byte_count(&self) -> usize {
        self.bytes.len()
    }

    pub fn blank_count(&self) -> u64 {
        self.records.iter().filter(|record| record.is_blank).count() as u64
    }

    /// The record at an index; `None` if it is blank.
    pub fn message(&self, index: usize) -> Option<Incoming<'_>> {
        let record = self.records.get(index).filter(|record| !record.is_blank)?;
        let before = index.checked_sub(1).and_then(|before| self.records.get(before));
        let start = before.map_or(0, |before| before.end);
        let bytes = self.bytes.get(start..record.end).unwrap_or_default();
        Some(Incoming::record(bytes, record.time))
    }
}
