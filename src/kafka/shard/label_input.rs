//! The labels of one partition: what was read and not processed, and the share of the open batch.
//!
//! ```text
//! arrived ─▶ waiting ─▶ next ─▶ in the batch ─▶ committed: forgotten
//!               ▲                    │
//!               └──── undone ────────┘
//! ```
//!
//! The records of the open batch are kept until it is committed. So an aborted batch is repeated
//! without reading the topic again.

use crate::kafka::record::OwnedRecord;
use std::collections::VecDeque;

/// The labels of a partition.
#[derive(Debug)]
pub struct LabelInput {
    /// The offset after the last committed label.
    covered: i64,
    /// Whether the end of the partition was reached since it was opened.
    at_end: bool,
    /// Whether everything before that end has been committed.
    has_caught_up: bool,
    waiting: VecDeque<OwnedRecord>,
    in_batch: Vec<OwnedRecord>,
}

impl LabelInput {
    /// A partition that is opened at `offset`.
    pub fn from_offset(offset: i64) -> Self {
        Self {
            covered: offset,
            at_end: false,
            has_caught_up: false,
            waiting: VecDeque::new(),
            in_batch: Vec::new(),
        }
    }

    /// Takes in a record that was read. The client library may return one again.
    pub fn arrived(&mut self, record: OwnedRecord) {
        let last = self.waiting.back().or(self.in_batch.last()).map(|last| last.offset);
        if record.offset >= self.covered && last.is_none_or(|last| record.offset > last) {
            self.waiting.push_back(record);
        }
    }

    pub fn reached_end(&mut self) {
        self.at_end = true;
    }

    /// Whether every label that was in the topic when the partition was taken over has been
    /// committed.
    pub fn has_caught_up(&self) -> bool {
        self.has_caught_up
    }

    /// The next record to process.
    pub fn next(&mut self) -> Option<OwnedRecord> {
        let next = self.waiting.pop_front();
        self.has_caught_up |= self.at_end && next.is_none() && self.in_batch.is_empty();
        next
    }

    /// Adds a record to the open batch.
    pub fn add_to_batch(&mut self, record: OwnedRecord) {
        self.in_batch.push(record);
    }

    pub fn is_in_batch(&self) -> bool {
        !self.in_batch.is_empty()
    }

    /// The first label offset that the next history record covers.
    pub fn covered(&self) -> i64 {
        self.covered
    }

    /// The label offset after the open batch.
    pub fn next_offset(&self) -> i64 {
        self.in_batch.last().map_or(self.covered, |last| last.offset + 1)
    }

    /// The open batch was committed.
    pub fn commit_batch(&mut self) {
        self.covered = self.next_offset();
        self.in_batch.clear();
        self.has_caught_up |= self.at_end && self.waiting.is_empty();
    }

    /// The open batch was undone: its records are processed again.
    pub fn undo_batch(&mut self) {
        while let Some(record) = self.in_batch.pop() {
            self.waiting.push_front(record);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn record(offset: i64) -> OwnedRecord {
        OwnedRecord {
            topic: Arc::from("labels"),
            partition: 0,
            offset,
            timestamp: None,
            key: None,
            value: None,
            headers: Vec::new(),
        }
    }

    fn take_all(labels: &mut LabelInput) -> Vec<i64> {
        let mut offsets = Vec::new();
        while let Some(record) = labels.next() {
            offsets.push(record.offset);
            labels.add_to_batch(record);
        }
        offsets
    }

    #[test]
    fn an_undone_batch_is_processed_again_in_its_order_and_before_what_came_since() {
        let mut labels = LabelInput::from_offset(3);
        [2, 3, 5].map(record).into_iter().for_each(|record| labels.arrived(record));
        assert_eq!(take_all(&mut labels), [3, 5], "2 is covered");
        assert_eq!((labels.covered(), labels.next_offset()), (3, 6));
        [5, 7].map(record).into_iter().for_each(|record| labels.arrived(record));
        labels.undo_batch();
        assert_eq!((labels.is_in_batch(), labels.next_offset()), (false, 3));
        assert_eq!(take_all(&mut labels), [3, 5, 7], "5 came twice");
        labels.commit_batch();
        assert_eq!((labels.covered(), labels.is_in_batch(), labels.next_offset()), (8, false, 8));
        labels.arrived(record(7));
        assert!(take_all(&mut labels).is_empty());
    }

    #[test]
    fn labels_have_caught_up_once_everything_before_the_end_is_committed() {
        let mut labels = LabelInput::from_offset(0);
        assert!(!labels.has_caught_up());
        labels.arrived(record(0));
        labels.reached_end();
        assert!(!labels.has_caught_up());
        take_all(&mut labels);
        assert!(!labels.has_caught_up());
        labels.commit_batch();
        assert!(labels.has_caught_up());
        labels.arrived(record(1));
        assert!(labels.has_caught_up(), "later labels do not hold transactions up");
    }
}
