//! Defines what the commands read transactions from: a file, or what was read from Kafka.

use crate::decode::Reason;
use crate::pipeline::Incoming;

/// A source of transactions, in the order in which memory records them.
pub(crate) trait TransactionSource {
    /// Advances to the next record.
    fn advance(&mut self) -> anyhow::Result<ReadStep>;

    /// The current record.
    fn incoming(&self) -> Incoming<'_>;

    /// The name of the source in messages.
    fn name(&self) -> String;

    /// The place of the current record in messages: `day.jsonl:17`.
    fn place(&self) -> String;

    /// What the current record, or the input as a whole, is instead of a transaction, if that is
    /// known, and what to do about it.
    fn hint(&self, reason: Reason) -> Option<String>;

    /// The number of the current record, from 1; at the end, the number of records.
    fn number(&self) -> u64;
}

/// The result of advancing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadStep {
    Record,
    /// Only white space.
    Blank,
    End,
    /// Interrupted by a signal.
    Interrupted,
}
