//! Runs the loop of `redcard features`: reads a message, scores it, and writes a row.

use super::cell::Cell;
use super::final_labels::FinalLabels;
use super::table_writer::TableWriter;
use crate::cli::transactions::{Labels, ReadStep, Reporter, RunEnd, TransactionSource};
use crate::engine::Outcome;
use crate::memory::Memory;
use crate::pipeline::{DecodedMessage, Pipeline};
use crate::rules::Answer;
use crate::transaction::{Money, Time, Transaction, WireName};
use anyhow::Context;
use indicatif::{HumanCount, ProgressBar};

/// How many records are read between updates of the progress bar.
const RECORDS_PER_PROGRESS: u64 = 4096;

/// Computes the rows of a source.
pub(super) struct Extractor {
    pub pipeline: Pipeline,
    pub memory: Memory,
    pub labels: Labels,
    /// `None` without labels.
    pub final_labels: Option<FinalLabels>,
    /// The index of each feature's answer.
    pub answers: Vec<usize>,
    pub reporter: Reporter,
    pub counts: Counts,
}

/// How many records had each outcome.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub rows: u64,
    /// Messages that run no rules.
    pub without_rules: u64,
    pub duplicates: u64,
    pub malformed: u64,
    pub blank: u64,
}

impl Extractor {
    pub fn run(
        &mut self,
        source: &mut dyn TransactionSource,
        writer: &mut dyn TableWriter,
        progress: &ProgressBar,
    ) -> anyhow::Result<RunEnd> {
        let mut cells = Vec::new();
        loop {
            match source.advance()? {
                ReadStep::End => return Ok(RunEnd::Complete),
                ReadStep::Interrupted => return Ok(RunEnd::Interrupted),
                ReadStep::Blank => self.counts.blank += 1,
                ReadStep::Record => {
                    if self.record(source, &mut cells, progress) {
                        writer.row(&cells).context("cannot write the features")?;
                    }
                }
            }
            if source.number().is_multiple_of(RECORDS_PER_PROGRESS) {
                progress.set_position(source.progress().done);
                progress.set_message(HumanCount(source.number()).to_string());
            }
        }
    }

    /// Scores the current record, and returns whether it has a row.
    fn record(
        &mut self,
        source: &dyn TransactionSource,
        cells: &mut Vec<Option<Cell>>,
        progress: &ProgressBar,
    ) -> bool {
        match self.pipeline.decode(source.incoming()) {
            Ok(mut message) => {
                if let Some(doubt) =
                    self.pipeline.settings().times.doubt(message.transaction().time)
                {
                    self.reporter.doubt(source, doubt);
                }
                self.message(&mut message, cells)
            }
            Err(rejection) => {
                self.counts.malformed += 1;
                progress.suspend(|| self.reporter.report(source, &rejection));
                false
            }
        }
    }

    fn message(&mut self, message: &mut DecodedMessage<'_>, cells: &mut Vec<Option<Cell>>) -> bool {
        let time = message.transaction().time;
        self.give_labels(time);
        cells.clear();
        let base = self.pipeline.ruleset().environment.base_currency;
        match self.pipeline.decide(&mut self.memory, message) {
            Outcome::Duplicate { .. } => {
                self.counts.duplicates += 1;
                return false;
            }
            Outcome::Decided { role, .. } if !role.runs_rules() => {
                self.counts.without_rules += 1;
                return false;
            }
            Outcome::Decided { decision, .. } => {
                let tx = decision.transaction;
                let minor = tx.base_amount;
                cells
                    .extend(of_transaction(tx, minor.map(|minor| Money { minor, currency: base })));
                let answers = &decision.evaluation.answers;
                let answer = |at: &usize| answers.get(*at).unwrap_or(&Answer::Absent);
                cells.extend(self.answers.iter().map(|at| Cell::of(answer(at))));
                if let Some(labels) = &mut self.final_labels {
                    cells.extend(labels.cells(tx));
                }
            }
        }
        self.counts.rows += 1;
        true
    }

    fn give_labels(&mut self, until: Time) {
        self.labels.give_until(until, &mut self.pipeline, &mut self.memory);
    }
}

/// The cells of [`TRANSACTION`](super::column::TRANSACTION), in its order.
fn of_transaction(tx: &Transaction<'_>, base_amount: Option<Money>) -> [Option<Cell>; 7] {
    [
        Some(Cell::Text(tx.id.to_string())),
        Some(Cell::Text(tx.kind.name().to_owned())),
        Some(Cell::Time(tx.time)),
        Some(Cell::Text(tx.card.token.to_string())),
        Some(Cell::Decimal(tx.amount)),
        Some(Cell::Text(tx.amount.currency.code().to_string())),
        base_amount.map(Cell::Decimal),
    ]
}

impl Counts {
    pub fn summary(&self, lines: u64, columns: usize) -> String {
        let Self { rows, without_rules, duplicates, malformed, blank } = self;
        format!(
            "{} lines: {} rows of {columns} columns, {} without rules, {} duplicates, {} malformed, {} \
             blank",
            HumanCount(lines),
            HumanCount(*rows),
            HumanCount(*without_rules),
            HumanCount(*duplicates),
            HumanCount(*malformed),
            HumanCount(*blank)
        )
    }
}
