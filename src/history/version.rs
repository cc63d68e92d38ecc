//! Lists the versions of the record format that this release reads and writes.

use std::fmt;

/// A version of the record format: byte 4 of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum FormatVersion {
    /// The first format, for rolling upgrades. docs/reference/history.md lists what it cannot hold.
    V1,
    #[default]
    V2,
}

impl FormatVersion {
    /// All versions, oldest first.
    pub const ALL: [Self; 2] = [Self::V1, Self::V2];

    /// `None` for a version that this release does not know.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.number() == number)
    }

    /// Whether records of this version can hold labels and the offsets of their topic. A service
    /// that writes another version must not read labels.
    pub fn holds_labels(self) -> bool {
        self >= Self::V2
    }

    pub fn number(self) -> u8 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }
}

impl fmt::Display for FormatVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number())
    }
}
