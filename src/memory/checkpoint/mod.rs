//! A partition's memory as bytes and back, so that a restart need not read the whole history.
//!
//! It is a shortcut: whatever is wrong with a checkpoint, the history gives the same memory. Nothing
//! here knows files.
//!
//! ```text
//! "RCCP" version ─ block ─ block ─ …       block: length (4), bytes, XXH3 of the bytes (8),
//!                  │       └ cards                seeded with the block's number
//!                  └ mark, limits, state
//! ```

mod bytes;
mod card;
mod read;
mod state;
mod v1;
mod write;

use crate::transaction::Currency;

const MAGIC: [u8; 4] = *b"RCCP";

/// The version of the format. It changes with everything that is stored and with how memory folds.
///
/// Version 1 is read too, as long as what it holds says enough: see [`v1`].
const FORMAT_VERSION: u8 = 2;

/// From this size on a block is closed; one card may exceed it.
const BLOCK_BYTES: usize = 1 << 18;

/// What a checkpoint stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub partition: i32,
    /// XXH3, 64 bits, of what the caller says the partition belongs to.
    pub origin: u64,
    /// Amounts are in its minor units.
    pub base_currency: Currency,
    /// The input offset to go on from.
    pub next_offset: i64,
    /// Of the last history record that is in it.
    pub history_offset: i64,
    /// The checksum of that record: where another stands at its offset, it is another history.
    pub history_hash: u64,
}

/// Why there is no memory from a checkpoint. It is then restored from the history.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("the checkpoint cannot be read")]
    Unreadable(#[source] std::io::Error),
    #[error("this is not a checkpoint of redcard: it does not begin with the letters RCCP")]
    NotACheckpoint,
    #[error(
        "the checkpoint has format version {found}, this release reads version 1 to {FORMAT_VERSION}"
    )]
    OtherVersion { found: u8 },
    #[error("the checkpoint is that of partition {found}")]
    OtherPartition { found: i32 },
    #[error("the checkpoint is of another consumer group or of other topics")]
    OtherOrigin,
    #[error("the checkpoint has amounts in {found}")]
    OtherCurrency { found: Currency },
    #[error("the checkpoint was written under different memory limits")]
    OtherLimits,
    #[error("the checkpoint is damaged or cut off at byte {offset}")]
    Damaged { offset: u64 },
    /// Memory would not be the one that the history gives.
    #[error("the checkpoint has format version 1 and did not keep {0}")]
    Lost(Lost),
}

/// What a checkpoint of version 1 would have to say of a charge and does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    #[error("whether a reversal takes back the authorization or a clearing of it")]
    WhatAReversalMeans,
    #[error("the attempted amount of a charge whose first clearings or reversals were evicted")]
    WhatWasAttempted,
}
