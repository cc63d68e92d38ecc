//! Runs the loop of `redcard score`: reads a line, decodes it, scores it, and writes the decision.

use super::tally::{Tally, UNLISTED_NAMES_MAX};
use crate::cli::output_file::OutputFile;
use crate::cli::transactions::{
    Labels, ReadStep, Reporter, RunEnd, TransactionSource, is_broken_pipe,
};
use crate::decode::Rejection;
use crate::engine::Outcome;
use crate::memory::{Limits, Memory};
use crate::pipeline::Pipeline;
use crate::printable::json_bytes;
use crate::transaction::Time;
use anyhow::Context;
use indicatif::{HumanCount, ProgressBar};
use std::io::{self, Write};

/// How many lines are read between updates of the progress bar.
const LINES_PER_PROGRESS: u64 = 4096;

/// Scores lines in order, with the memory of all earlier ones.
pub(super) struct Scorer {
    pipeline: Pipeline,
    memory: Memory,
    pub labels: Labels,
    /// Whether only decisions with an alert are written.
    pub alerts_only: bool,
    /// Whether the first malformed line ends the run.
    pub strict: bool,
    pub tally: Tally,
    pub reporter: Reporter,
}

/// The outcome of one line.
enum Line {
    /// The decision is written.
    Decided,
    /// Blank, a duplicate, or filtered out.
    Silent,
    Malformed(Rejection),
}

impl Scorer {
    pub fn new(pipeline: Pipeline, limits: Limits) -> Self {
        Self {
            pipeline,
            memory: Memory::new(limits),
            labels: Labels::default(),
            alerts_only: false,
            strict: false,
            tally: Tally::default(),
            reporter: Reporter::default(),
        }
    }

    pub fn run(
        &mut self,
        source: &mut dyn TransactionSource,
        output: &mut OutputFile,
        progress: &ProgressBar,
    ) -> anyhow::Result<RunEnd> {
        let mut json = Vec::new();
        loop {
            // Decisions are flushed before waiting for more input.
            if source.may_wait() && pipe_closed(output.writer().flush(), output)? {
                return Ok(RunEnd::PipeClosed);
            }
            json.clear();
            let line = match source.advance()? {
                ReadStep::End => {
                    // They are only counted: no transaction follows.
                    self.give_labels(Time(i64::MAX));
                    return Ok(RunEnd::Complete);
                }
                ReadStep::Interrupted => return Ok(RunEnd::Interrupted),
                ReadStep::Blank => self.blank(),
                ReadStep::Record => self.line(source, &mut json),
            };
            self.tally.lines = source.number();
            match line {
                Line::Silent => {}
                Line::Decided
                    if pipe_closed(output.writer().write_all(&json_bytes(&json)), output)? =>
                {
                    return Ok(RunEnd::PipeClosed);
                }
                Line::Decided => {}
                Line::Malformed(rejection) => self.report(source, &rejection, progress),
            }
            if self.strict && self.tally.malformed() > 0 {
                return Ok(RunEnd::Strict);
            }
            self.show_progress(source, progress);
        }
    }

    fn blank(&mut self) -> Line {
        self.tally.blank += 1;
        Line::Silent
    }

    /// Scores one line and appends the decision if it is to be written.
    fn line(&mut self, source: &dyn TransactionSource, json: &mut Vec<u8>) -> Line {
        let mut message = match self.pipeline.decode(source.incoming()) {
            Ok(decoded) => decoded,
            Err(rejection) => return Line::Malformed(rejection),
        };
        self.tally.noted(message.notes());
        let settings = self.pipeline.settings();
        if message.notes().unlisted_fields > 0 && self.tally.wants_names() {
            let names = source.unlisted_names(&settings.card_numbers, UNLISTED_NAMES_MAX + 1);
            self.tally.named(names);
        }
        if let Some(doubt) = settings.times.doubt(message.transaction().time) {
            self.reporter.doubt(source, doubt);
        }
        self.give_labels(message.transaction().time);
        let outcome = self.pipeline.decide(&mut self.memory, &mut message);
        self.tally.evicted_waiting = self.memory.usage().evicted_waiting;
        match outcome {
            Outcome::Duplicate { differs } => {
                self.tally.duplicate(differs);
                Line::Silent
            }
            Outcome::Decided { decision, recorded, role, reused_id, conflicts, .. } => {
                self.tally.decided(&decision, (recorded, role), (reused_id, conflicts));
                if self.alerts_only && !decision.alert {
                    return Line::Silent;
                }
                decision.write_json(json);
                json.push(b'\n');
                Line::Decided
            }
        }
    }

    /// Gives memory the labels that became known up to this time.
    fn give_labels(&mut self, until: Time) {
        self.labels.give_until(until, &mut self.pipeline, &mut self.memory);
    }

    fn report(
        &mut self,
        source: &dyn TransactionSource,
        rejection: &Rejection,
        progress: &ProgressBar,
    ) {
        self.tally.rejected(rejection.reason);
        progress.suspend(|| self.reporter.report(source, rejection));
    }

    fn show_progress(&self, source: &mut dyn TransactionSource, progress: &ProgressBar) {
        if self.tally.lines.is_multiple_of(LINES_PER_PROGRESS) {
            progress.set_position(source.progress().done);
            progress.set_message(HumanCount(self.tally.lines).to_string());
        }
    }
}

fn pipe_closed(written: io::Result<()>, output: &OutputFile) -> anyhow::Result<bool> {
    is_broken_pipe(written).with_context(|| output.cannot_write())
}
