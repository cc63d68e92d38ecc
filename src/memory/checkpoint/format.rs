//! What identifies a checkpoint, and why one cannot be used.

use crate::transaction::Currency;

pub(super) const MAGIC: [u8; 4] = *b"RCCP";

/// The version of the format. It changes whenever the stored data changes, or the way that entries
/// change memory.
///
/// Version 1 can be read too, if it holds enough: see [`super::v1`].
pub(super) const FORMAT_VERSION: u8 = 2;

/// A block is closed once it reaches this size. A single card may exceed it.
pub(super) const BLOCK_BYTES: usize = 1 << 18;

/// Identifies what a checkpoint contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub partition: i32,
    /// XXH3, 64 bits, of what the partition belongs to, as the caller defines it.
    pub origin: u64,
    /// The currency of amounts.
    pub base_currency: Currency,
    /// The next input offset to process.
    pub next_offset: i64,
    /// The offset of the last history record that the checkpoint contains.
    pub history_offset: i64,
    /// The checksum of that record. If the history has another record at that offset, it is another
    /// history.
    pub history_hash: u64,
}

/// Why a checkpoint cannot be used. The memory is then restored from the history.
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
    /// The resulting memory would differ from the one that the history gives.
    #[error("the checkpoint has format version 1 and did not keep {0}")]
    MissingInV1(MissingInV1),
}

/// What is missing from a checkpoint of version 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MissingInV1 {
    #[error("whether a reversal takes back the authorization or a clearing of it")]
    WhatAReversalMeans,
    #[error("the attempted amount of a charge whose first clearings or reversals were evicted")]
    WhatWasAttempted,
}
