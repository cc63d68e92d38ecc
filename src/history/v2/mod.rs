//! Implements format version 2. It holds everything that memory needs of a message, the card's
//! token once per card and record, offsets by topic, and room for parts that a reader may skip.
//!
//! docs/reference/history.md describes it.

mod cards;
mod event;
mod layout;
mod read;
mod write;

pub(super) use cards::CardTable;
pub(super) use layout::{ENTRIES_AT, ENTRY_BYTES_MAX, NEXT_LABEL_AT, NEXT_OFFSET_AT};
pub(super) use read::read;
pub(super) use write::{begin, put_entry};
