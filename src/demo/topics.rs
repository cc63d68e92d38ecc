//! The topics of the embedded cluster.

pub(super) const TRANSACTIONS: &str = "transactions";
pub(super) const ALERTS: &str = "alerts";
pub(super) const DEAD_LETTERS: &str = "transactions.dlq";
pub(super) const PARTITIONS: i32 = 4;
