//! Identifies the last history record that a memory includes.

/// The last history record that a memory includes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordMark {
    pub offset: i64,
    /// The input offset after the last record that it covers.
    pub next: i64,
    /// The label offset after the last one that it covers; `None` if it covers no labels.
    pub next_label: Option<i64>,
    pub hash: u64,
}
