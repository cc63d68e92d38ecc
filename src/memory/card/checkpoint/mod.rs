//! Writes a partition's memory as bytes and reads it back, so that a restart need not read the
//! whole history.
//!
//! A checkpoint is only a shortcut: if anything is wrong with it, the history gives the same
//! memory. This module knows nothing of files.
//!
//! ```text
//! "RCCP" version ─ block ─ block ─ …       block: length (4), bytes, XXH3 of the bytes (8),
//!                  │       └ cards                seeded with the block's number
//!                  └ mark, limits, state
//! ```

mod bytes;
mod card;
mod format;
mod read;
mod state;
mod v1;
mod write;

pub use format::{CheckpointError, Mark, MissingInV1};
