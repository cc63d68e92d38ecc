//! The loop of `redcard score`: a line → decode → decide → a decision's line.

use super::input::Input;
use super::lines::{is_blank, read_line, without_byte_order_mark};
use super::output::Output;
use super::tally::Tally;
use crate::cli::terminal;
use crate::decode::{self, Decoder, Rejection};
use crate::engine::{Engine, Outcome};
use crate::memory::{Limits, Memory};
use crate::rules::Ruleset;
use anyhow::Context;
use indicatif::{HumanCount, ProgressBar};
use std::io::{self, Write};
use std::sync::Arc;

/// How often the progress bar moves.
const LINES_PER_PROGRESS: u64 = 4096;

/// Decides on lines, in their order, with the memory of all of them.
pub(super) struct Scorer {
    decoder: Decoder,
    engine: Engine,
    memory: Memory,
    /// As messages name the input.
    input_name: String,
    /// Whether only decisions that an alert would be published for are written.
    pub alerts_only: bool,
    /// Whether the first malformed line ends it.
    pub strict: bool,
    pub tally: Tally,
}

/// How a run ended without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Every line was read.
    Whole,
    /// At a malformed line, as `--strict` asks.
    Strict,
    Interrupted,
    /// Whoever read the output has gone (`| head`).
    NobodyReads,
}

/// What became of one line.
enum Line {
    /// The decision is to be written.
    Decided,
    /// Blank, a duplicate, or not asked for.
    Silent,
    Malformed(Rejection),
}

impl Scorer {
    pub fn new(
        settings: decode::Settings,
        limits: Limits,
        ruleset: Arc<Ruleset>,
        input_name: String,
    ) -> Self {
        Self {
            decoder: Decoder::new(settings),
            engine: Engine::new(ruleset),
            memory: Memory::new(limits),
            input_name,
            alerts_only: false,
            strict: false,
            tally: Tally::default(),
        }
    }

    pub fn run(
        &mut self,
        input: &mut Input,
        output: &mut Output,
        progress: &ProgressBar,
    ) -> anyhow::Result<End> {
        let (mut line, mut json) = (Vec::new(), Vec::new());
        loop {
            // What is decided is not held back while nothing comes.
            if input.may_wait() && nobody_reads(output.writer().flush(), output)? {
                return Ok(End::NobodyReads);
            }
            if let Some(end) = self.read(input, &mut line)? {
                return Ok(end);
            }
            json.clear();
            match self.line(&line, &mut json) {
                Line::Silent => {}
                Line::Decided if nobody_reads(output.writer().write_all(&json), output)? => {
                    return Ok(End::NobodyReads);
                }
                Line::Decided => {}
                Line::Malformed(rejection) => self.report(&rejection, progress),
            }
            if self.strict && self.tally.malformed() > 0 {
                return Ok(End::Strict);
            }
            self.show_progress(input, progress);
        }
    }

    /// The next line, or how the input ended.
    fn read(&self, input: &mut Input, line: &mut Vec<u8>) -> anyhow::Result<Option<End>> {
        let max_bytes = self.decoder.settings().max_message_bytes;
        match read_line(input.reader(), max_bytes, line) {
            _ if input.is_interrupted() => Ok(Some(End::Interrupted)),
            Ok(true) => Ok(None),
            Ok(false) => Ok(Some(End::Whole)),
            Err(error) => {
                let (name, lines) = (&self.input_name, self.tally.lines);
                Err(error).with_context(|| format!("cannot read {name} after line {lines}"))
            }
        }
    }

    /// Decides on one line and appends the decision, where there is one to be written.
    fn line(&mut self, line: &[u8], json: &mut Vec<u8>) -> Line {
        self.tally.lines += 1;
        let line = if self.tally.lines == 1 { without_byte_order_mark(line) } else { line };
        if is_blank(line) {
            self.tally.blank += 1;
            return Line::Silent;
        }
        let (transaction, notes) = match self.decoder.decode(line, None) {
            Ok(decoded) => decoded,
            Err(rejection) => return Line::Malformed(rejection),
        };
        self.tally.noted(notes);
        match self.engine.decide(&mut self.memory, &transaction) {
            Outcome::Duplicate => {
                self.tally.duplicates += 1;
                Line::Silent
            }
            Outcome::Decided { decision, .. } => {
                self.tally.decided(&decision);
                if self.alerts_only && !decision.alert {
                    return Line::Silent;
                }
                decision.write_json(json);
                json.push(b'\n');
                Line::Decided
            }
        }
    }

    fn report(&mut self, rejection: &Rejection, progress: &ProgressBar) {
        self.tally.rejected(rejection.reason);
        let (name, line) = (&self.input_name, self.tally.lines);
        let reason = rejection.reason.code();
        progress.suspend(|| terminal::line(format_args!("{name}:{line}: {reason}: {rejection}")));
    }

    fn show_progress(&self, input: &Input, progress: &ProgressBar) {
        if self.tally.lines.is_multiple_of(LINES_PER_PROGRESS) {
            progress.set_position(input.bytes_read());
            progress.set_message(HumanCount(self.tally.lines).to_string());
        }
    }
}

/// Whether a write failed because the other end of the pipe is closed; another failure is an error.
fn nobody_reads(written: io::Result<()>, output: &Output) -> anyhow::Result<bool> {
    match written {
        Ok(()) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(true),
        Err(error) => Err(error).with_context(|| output.cannot_write()),
    }
}
