//! The states that a partition's memory passes through until it is ready for decisions.

use crate::history::HistoryError;
use std::fmt;

/// A partition that this process reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionState {
    pub shard: usize,
    pub memory: MemoryState,
}

/// Whether a partition's memory is ready for decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryState {
    /// Assigned, and no record processed yet.
    Preparing,
    /// Memory is being read from the history, with at most `left` offsets to go.
    Restoring {
        left: i64,
    },
    /// Memory was read from the history, and where its labels continue is not known yet.
    AwaitingLabels,
    /// Memory is being built from the input, and nothing is scored yet.
    WarmingUp,
    Ready,
    /// The history record at that offset cannot be read, so nothing in the partition is scored.
    Unreadable {
        offset: i64,
        error: HistoryError,
    },
}

impl MemoryState {
    /// The names of the states, in the order in which a partition passes through them. A partition
    /// whose history cannot be read stays in the last one.
    pub(super) const NAMES: [&str; 5] =
        ["preparing", "restoring", "warming_up", "ready", "unreadable"];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Restoring { .. } | Self::AwaitingLabels => "restoring",
            Self::WarmingUp => "warming_up",
            Self::Ready => "ready",
            Self::Unreadable { .. } => "unreadable",
        }
    }
}

impl fmt::Display for MemoryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preparing => f.write_str("its memory is not ready"),
            Self::Restoring { left } => {
                write!(f, "its memory is being restored: {left} history offsets left")
            }
            Self::AwaitingLabels => f.write_str(
                "its labels cannot be read yet: does the topic of labels have as many partitions as the \
                 input?",
            ),
            Self::WarmingUp => f.write_str("its memory is warming up: nothing is scored yet"),
            Self::Ready => f.write_str("ready"),
            Self::Unreadable { offset, error } => {
                write!(f, "its history cannot be read, record at offset {offset}: {error}")
            }
        }
    }
}
