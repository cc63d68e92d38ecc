//! Implements format version 1, with 32-bit hashes and cards known only by their hashes. It is read
//! as long as such histories exist, and written during a rolling upgrade (`history.write_version`).
//!
//! docs/reference/history.md describes it, and lists what it cannot hold.

mod layout;
mod read;
mod write;

pub(super) use layout::{ENTRIES_AT, ENTRY_BYTES_MAX, NEXT_OFFSET_AT};
pub(super) use read::read;
pub(super) use write::{begin, put_entry};
