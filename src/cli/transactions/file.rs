//! Reads a file of transactions, one per line.

use super::input::LineInput;
use super::lines::{is_blank, read_line, without_byte_order_mark};
use super::source::{Progress, ReadStep, TransactionSource};
use crate::decode::{self, CardNumbers, FEED_HEAD_BYTES, FeedFormat, Medium, Reason};
use crate::pipeline::Incoming;
use anyhow::Context;

/// The format of a file shows in this many lines. A later line that is rejected is a single bad
/// line.
const HEAD_LINES: u64 = 10;

/// An open file, positioned at one of its lines.
pub(crate) struct File {
    input: LineInput,
    /// Longer lines are cut, since they are rejected anyway.
    max_bytes: usize,
    line: Vec<u8>,
    number: u64,
    /// The first lines of the input, which show its format.
    head: Vec<u8>,
}

impl File {
    /// `max_bytes` is the length of the longest message that is accepted.
    pub fn new(input: LineInput, max_bytes: usize) -> Self {
        Self { input, max_bytes, line: Vec::new(), number: 0, head: Vec::new() }
    }

    fn note_head(&mut self) {
        if self.number <= HEAD_LINES && self.head.len() < FEED_HEAD_BYTES {
            self.head.extend_from_slice(&self.line);
            self.head.push(b'\n');
        }
    }

    /// The first bytes of the input while it is near its beginning; empty later.
    fn head(&self) -> Vec<u8> {
        if self.number > HEAD_LINES {
            return Vec::new();
        }
        let mut head = without_byte_order_mark(&self.head).to_vec();
        head.extend_from_slice(self.input.ahead());
        head.truncate(FEED_HEAD_BYTES);
        head
    }

    /// The bytes of the current line that are decoded as a transaction.
    fn text(&self) -> &[u8] {
        if self.number == 1 { without_byte_order_mark(&self.line) } else { &self.line }
    }
}

impl TransactionSource for File {
    fn advance(&mut self) -> anyhow::Result<ReadStep> {
        match read_line(self.input.reader(), self.max_bytes, &mut self.line) {
            _ if self.input.is_interrupted() => Ok(ReadStep::Interrupted),
            Ok(true) => {
                self.number += 1;
                self.note_head();
                Ok(if is_blank(self.text()) { ReadStep::Blank } else { ReadStep::Record })
            }
            Ok(false) => Ok(ReadStep::End),
            Err(error) => {
                let (name, lines) = (self.input.name(), self.number);
                Err(error).with_context(|| format!("cannot read {name} after line {lines}"))
            }
        }
    }

    fn incoming(&self) -> Incoming<'_> {
        Incoming::line(self.text())
    }

    fn name(&self) -> String {
        self.input.name()
    }

    fn place_of(&self, number: u64) -> String {
        format!("{}:{number}", self.input.name())
    }

    fn medium(&self) -> Option<Medium> {
        Some(Medium::File)
    }

    fn hint(&self, reason: Reason) -> Option<String> {
        let format = FeedFormat::of_file(&self.head(), self.text(), reason);
        format.map(|format| format.hint(Medium::File))
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn may_wait(&mut self) -> bool {
        self.input.may_wait()
    }

    fn progress(&self) -> Progress {
        self.input.progress()
    }

    fn unlisted_names(&self, card_numbers: &CardNumbers, max: usize) -> Vec<String> {
        decode::unlisted_names(self.text(), card_numbers, max)
    }
}
