//! Defines what the commands read transactions from: a file, or what was read from Kafka.

use crate::decode::{CardNumbers, Medium, Reason};
use crate::pipeline::Incoming;
use indicatif::{ProgressBar, ProgressStyle};

/// An open source of any kind.
pub(crate) type OpenSource = Box<dyn TransactionSource + Send>;

/// A source of transactions, in the order in which memory records them.
pub(crate) trait TransactionSource {
    /// Advances to the next record.
    fn advance(&mut self) -> anyhow::Result<ReadStep>;

    /// The current record. Its bytes are those that the decoder reads, whatever the source is.
    fn incoming(&self) -> Incoming<'_>;

    /// The name of the source in messages.
    fn name(&self) -> String;

    /// The place of a recent record in messages, given its number: `day.jsonl:17`.
    fn place_of(&self, number: u64) -> String;

    /// The place of the current record in messages.
    fn place(&self) -> String {
        self.place_of(self.number())
    }

    /// What a record is read from; `None` if each is made for redcard, so that none can be in another
    /// format.
    fn medium(&self) -> Option<Medium>;

    /// What the current record, or the input as a whole, is instead of a transaction, if that is
    /// known, and what to do about it.
    fn hint(&self, reason: Reason) -> Option<String>;

    /// The number of the current record, from 1; at the end, the number of records.
    fn number(&self) -> u64;

    /// Whether advancing may have to wait for more input.
    fn may_wait(&mut self) -> bool {
        false
    }

    /// How much has been read.
    fn progress(&self) -> Progress {
        Progress::default()
    }

    /// The names of the first fields of the current record that redcard does not know; the record has
    /// been decoded.
    fn unlisted_names(&self, _: &CardNumbers, _max: usize) -> Vec<String> {
        Vec::new()
    }

    /// Whether a position in the current record is one in what a person has.
    fn shows_positions(&self) -> bool {
        true
    }
}

/// How much of a source has been read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Progress {
    pub done: u64,
    /// `None` if it is not known.
    pub all: Option<u64>,
    counts_bytes: bool,
}

impl Progress {
    pub fn bytes(done: u64, all: Option<u64>) -> Self {
        Self { done, all, counts_bytes: true }
    }

    pub fn rows(done: u64, all: u64) -> Self {
        Self { done, all: Some(all), counts_bytes: false }
    }

    /// Of how many is not known.
    pub fn records(done: u64) -> Self {
        Self { done, all: None, counts_bytes: false }
    }

    /// A progress bar on standard error if that is a terminal, unless `hidden`. Its message is the
    /// number of records so far.
    pub fn bar(self, hidden: bool) -> ProgressBar {
        if hidden {
            return ProgressBar::hidden();
        }
        let bar = self.all.map_or_else(ProgressBar::no_length, ProgressBar::new);
        let template = match (self.all, self.counts_bytes) {
            (Some(_), true) => {
                "{bar:30} {percent:>3} %  {binary_bytes_per_sec}  {msg} lines  {eta} left"
            }
            (Some(_), false) => "{bar:30} {percent:>3} %  {per_sec}  {msg} rows  {eta} left",
            (None, true) => "{binary_bytes}  {binary_bytes_per_sec}  {msg} lines",
            (None, false) => "{msg} records  {per_sec}",
        };
        match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }
}

/// The result of advancing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadStep {
    Record,
    /// Only white space, or a record without a value.
    Blank,
    End,
    /// Interrupted by a signal.
    Interrupted,
}
