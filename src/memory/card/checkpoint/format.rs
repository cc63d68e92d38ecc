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
    /// The number of the input partition.
    pub partition: i32,
    /// XXH3, 64 bits, of what the partition belongs to, as the caller defines it.
    pub origin: u64,
    /// The currency of amounts.
    pub base_currency: Currency,
    /// The next input offset to process.
    pub next_offset: i64,
    /// The next label offset to process; `None` if no labels were read.
    pub next_label: Option<i64>,
    /// The offset of the last history record that the checkpoint contains.
    pub history_offset: i64,
    /// The checksum of that record. If the history has another record at that offset, it is another
    /// history.
    pub history_hash: u64,
}

/// Why a checkpoint cannot be used. The memory is then restored from the history.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The stream failed.
    #[error("the checkpoint cannot be read")]
    Unreadable(#[source] std::io::Error),
    /// The first bytes are wrong.
    #[error("this is not a checkpoint of redcard: it does not begin with the letters RCCP")]
    NotACheckpoint,
    /// A version that this release does not read.
    #[error(
        "the checkpoint has format version {found}, this release reads version 1 to {FORMAT_VERSION}"
    )]
    OtherVersion {
        /// The version of the checkpoint.
        found: u8,
    },
    /// Another partition's memory. The caller compares the [`Mark`].
    #[error("the checkpoint is that of partition {found}")]
    OtherPartition {
        /// The partition of the checkpoint.
        found: i32,
    },
    /// Another [`Mark::origin`].
    #[error("the checkpoint is of another consumer group or of other topics")]
    OtherOrigin,
    /// Another [`Mark::base_currency`].
    #[error("the checkpoint has amounts in {found}")]
    OtherCurrency {
        /// The currency of the checkpoint.
        found: Currency,
    },
    /// Other limits would have dropped other cards and charges.
    #[error("the checkpoint was written under different memory limits")]
    OtherLimits,
    /// A checksum, a value or a total is wrong, or bytes are missing.
    #[error("the checkpoint is damaged or cut off at byte {offset}")]
    Damaged {
        /// Where this was found, in bytes from the beginning.
        offset: u64,
    },
    /// The resulting memory would differ from the one that the history gives.
    #[error("the checkpoint has format version 1 and did not keep {0}")]
    MissingInV1(MissingInV1),
}

/// What is missing from a checkpoint of version 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MissingInV1 {
    /// A reversal came after a clearing of the same charge.
    #[error("whether a reversal takes back the authorization or a clearing of it")]
    WhatAReversalMeans,
    /// What an evicted message changed is only known in sum.
    #[error("the attempted amount of a charge whose first clearings or reversals were evicted")]
    WhatWasAttempted,
}
