//! The topic of outcomes, as the follower sees it.

use crate::kafka::shard::ports::Fault;
use std::time::Duration;

/// A topic whose partitions are opened and closed by hand.
pub trait OutcomeLog {
    /// Reads the partition from its beginning.
    fn open(&mut self, partition: i32) -> Result<(), Fault>;

    fn close(&mut self, partition: i32);

    /// The next record of any open partition. Waits for one at most this long.
    fn next(&mut self, wait: Duration) -> Result<Option<OutcomeItem<'_>>, Fault>;
}

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeItem<'a> {
    /// The value is empty if the record has none.
    Record { partition: i32, offset: i64, key: &'a [u8], value: &'a [u8] },
    /// The current end of the partition is reached.
    End { partition: i32 },
}
