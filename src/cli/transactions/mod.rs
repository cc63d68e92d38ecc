//! Transactions for the commands that read them from a file, and how they are told to.
//!
//! ```text
//! file, stdin ─▶ input.rs, unpack.rs ─▶ lines.rs: one line ─▶ file.rs: what stands in it
//!                                                              └─▶ reporter.rs: malformed
//! ```
//!
//! Nothing here decides anything or remembers more than the line at hand.

mod arguments;
mod file;
mod input;
mod lines;
mod reporter;
mod unpack;

pub(super) use arguments::ReadingArgs;
pub(super) use file::File;
pub(super) use input::LineInput;
pub(super) use reporter::Reporter;

use crate::decode::{Notes, Reason, Rejection};
use crate::transaction::Transaction;

/// Where transactions come from, in the order in which memory takes them in.
pub(super) trait TransactionSource {
    /// Goes on to the next record.
    fn advance(&mut self) -> anyhow::Result<ReadStep>;

    /// What the record at hand holds.
    fn transaction(&self) -> Result<(Transaction<'_>, Notes), Rejection>;

    /// As messages name it.
    fn name(&self) -> String;

    /// As messages name the record at hand: `day.jsonl:17`.
    fn place(&self) -> String;

    /// What the record at hand, or the input as a whole, is instead of a transaction, if that is known,
    /// and what to do about it.
    fn hint(&self, reason: Reason) -> Option<String>;

    /// The number of the record at hand, from 1; the number of all of them once they are read.
    fn number(&self) -> u64;
}

/// What there is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadStep {
    Record,
    /// White space alone.
    Blank,
    End,
    /// By a signal.
    Interrupted,
}
