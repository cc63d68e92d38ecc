//! A file of transactions, a line each.

use super::input::Input;
use super::lines::{is_blank, read_line, without_byte_order_mark};
use super::{Source, Step};
use crate::decode::{Decoder, Notes, Rejection, Settings};
use crate::transaction::Transaction;
use anyhow::Context;

/// An open file, at one of its lines.
pub(crate) struct File {
    input: Input,
    decoder: Decoder,
    line: Vec<u8>,
    number: u64,
}

impl File {
    pub fn new(input: Input, settings: Settings) -> Self {
        Self { input, decoder: Decoder::new(settings), line: Vec::new(), number: 0 }
    }

    /// The same kind of lines from their beginning.
    pub fn again(self, input: Input) -> Self {
        Self { input, number: 0, ..self }
    }

    pub fn input(&mut self) -> &mut Input {
        &mut self.input
    }

    /// The bytes of the line at hand that are read as a transaction.
    fn text(&self) -> &[u8] {
        if self.number == 1 { without_byte_order_mark(&self.line) } else { &self.line }
    }
}

impl Source for File {
    fn advance(&mut self) -> anyhow::Result<Step> {
        let max_bytes = self.decoder.settings().max_message_bytes;
        match read_line(self.input.reader(), max_bytes, &mut self.line) {
            _ if self.input.is_interrupted() => Ok(Step::Interrupted),
            Ok(true) => {
                self.number += 1;
                Ok(if is_blank(self.text()) { Step::Blank } else { Step::Record })
            }
            Ok(false) => Ok(Step::End),
            Err(error) => {
                let (name, lines) = (self.input.name(), self.number);
                Err(error).with_context(|| format!("cannot read {name} after line {lines}"))
            }
        }
    }

    fn transaction(&self) -> Result<(Transaction<'_>, Notes), Rejection> {
        self.decoder.decode(self.text(), None)
    }

    fn name(&self) -> String {
        self.input.name()
    }

    fn place(&self) -> String {
        format!("{}:{}", self.input.name(), self.number)
    }

    fn number(&self) -> u64 {
        self.number
    }
}
