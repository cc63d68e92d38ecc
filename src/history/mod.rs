//! Writes what memory applied as bytes, the history, and restores memory from it. One record holds
//! all entries that one commit made for one partition; docs/reference/history.md describes it byte
//! by byte.
//!
//! This module knows neither Kafka nor files: it only converts to and from bytes. How entries
//! change memory is in [`crate::memory`].
//!
//! ```text
//! Writer: begin(start) ─▶ push(entry) … ─▶ is_full()? ─▶ finish(next offsets) ─▶ bytes
//! Record: parse(bytes) ─▶ version ─┬─▶ v1 ─┬─▶ header, entries
//!                                  └─▶ v2 ─┘
//! Restore: take(record) … ─▶ memory as it was
//! ```

mod cursor;
mod error;
mod header;
mod number;
mod parse;
mod record;
mod restore;
#[cfg(test)]
mod tests;
mod v1;
mod v2;
mod version;
mod writer;

pub use error::{HistoryError, Problem};
pub use header::{Gap, Header, Start};
pub use record::{Record, fingerprint};
pub use restore::{Continuity, Restore};
pub use version::FormatVersion;
pub use writer::{RECORD_BYTES_DEFAULT, Writer};
