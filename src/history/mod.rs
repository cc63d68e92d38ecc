//! The history: what memory took in, as bytes. One record holds all entries of one commit of one
//! partition; docs/history.md describes it byte by byte.
//!
//! Nothing here knows Kafka or files: bytes come in and go out. How entries change memory is
//! memory's own business.
//!
//! ```text
//! Writer: begin(start) ─▶ push(entry) … ─▶ is_full()? ─▶ finish(next offset) ─▶ bytes
//! Record: parse(bytes) ─▶ header, entries()
//! Restore: take(record) … ─▶ memory as it was
//! ```

mod error;
mod layout;
mod read;
mod restore;
#[cfg(test)]
mod tests;
mod write;

pub use error::{HistoryError, Problem};
pub use layout::{ENTRY_BYTES_MAX, FORMAT_VERSION, RECORD_BYTES_DEFAULT};
pub use read::{Entries, Record, fingerprint};
pub use restore::{Follows, Restore};
pub use write::Writer;

use crate::memory::Progress;
use crate::transaction::{Currency, Time};

/// What is known of a record before its first entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Of the input topic, and the same of the history.
    pub partition: i32,
    /// Amounts in memory are in its minor units.
    pub base_currency: Currency,
    /// The first input offset that the record covers: where the one before it ended.
    pub first_offset: i64,
    /// How far memory had come before the first entry.
    pub progress: Progress,
    pub gap: Gap,
    /// Input before this offset is remembered without having been decided: memory was warming up.
    pub warm_up_until: Option<i64>,
}

/// Whether messages were decided before a record of which the history knows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    None,
    /// So it is, and it is not known yet up to when: the first message after this record says it.
    Open,
    /// Up to this event time they may be missing: memory takes note of it before the first entry
    /// ([`crate::memory::Memory::note_gap`]).
    Closed(Time),
}

/// What a record says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub start: Start,
    /// The input offset to go on from. Offsets in between without an entry were dead letters,
    /// duplicates, tombstones or no messages.
    pub next_offset: i64,
    pub entries: u32,
}
