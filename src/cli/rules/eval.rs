//! `redcard rules eval`: evaluates an expression for each transaction of a file, or by itself.
//!
//! The expression is compiled as an additional query of the ruleset, and the engine evaluates it
//! with the memory of all earlier lines. The value is therefore what a rule would see.

use crate::cli::answer::AnswerJson;
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::settings::{self, RulesError};
use crate::cli::transactions::{
    LabelArgs, Labels, ReadStep, ReadingArgs, Reporter, RunEnd, TransactionSource, is_broken_pipe,
    open_transactions,
};
use crate::cli::{list_file, missing_lists, signals, terminal};
use crate::config::Resolved;
use crate::decode::{DecodeSettings, Decoder};
use crate::engine::Outcome;
use crate::memory::{Limits, Memory};
use crate::pipeline::{DecodedMessage, Incoming, Pipeline};
use crate::printable::json_bytes;
use crate::rules::{EXPRESSION, Questions, Ruleset, Sources};
use crate::run_key;
use anyhow::Context;
use clap::ArgGroup;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  redcard rules eval 'math.least(400, 60 * 7)'
  redcard rules eval 'card.last(\"1h\").size()' --input transactions.jsonl.gz
  redcard rules eval 'probe_1h && amount >= 20.00' --rules rules/ --input day.jsonl
  redcard rules eval 'card.last(\"30d\").exists(t, t.fraud)' --input day.jsonl --labels labels.jsonl

Exit codes: 0 all lines were good, 1 some were malformed, 2 wrong arguments, configuration, rules or
expression, 3 a file cannot be read or written, 130 interrupted.";

/// The output for a message that runs no rules.
const NO_RULES: &[u8] = b"{\"error\":\"no_rules\"}";

/// The engine needs a transaction even for a constant expression, which ignores this one.
const PLACEHOLDER: &[u8] = br#"{"id":"-","type":"authorization","time":"1970-01-01T00:00:00Z","card":{"token":"-"},"amount":0,"currency":"USD","merchant":{"id":"-"}}"#;

/// Show the value of an expression for each transaction of a file, one JSON value a line
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group(ArgGroup::new("given labels").args(["labels", "labels_topic"]).requires("input")))]
pub struct EvalArgs {
    /// An expression in the rule language (docs/rules/reference.md)
    #[arg(value_name = "EXPRESSION", allow_hyphen_values = true)]
    expression: String,
    /// Rules file or folder whose features and lists the expression may use
    #[arg(long, value_name = "PATH")]
    rules: Option<PathBuf>,
    /// Transactions (JSON Lines, CSV or Parquet), one per line or row; `-` is standard input
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    #[command(flatten)]
    labels: LabelArgs,
    /// Entries of lists (JSON Lines in the format of the lists topic), each from its `from` on
    #[arg(long, value_name = "FILE", requires = "input")]
    lists: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    /// No summary; malformed lines are still reported
    #[arg(long, short)]
    quiet: bool,
}

pub fn run(args: &EvalArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let mut resolved = args.reading.read(environment)?.resolve()?;
    run_key::supply(&mut resolved.decoder);
    let ruleset = Arc::new(compiled(args, &resolved)?);
    let Some(input) = &args.input else {
        resolved.decoder.max_message_bytes = PLACEHOLDER.len();
        let mut evaluator = Evaluator::new(resolved.decoder, ruleset, resolved.limits);
        evaluator.constant()?;
        evaluator.write().context("cannot write the value")?;
        return Ok(Exit::Ok.into());
    };
    let interrupted = signals::interrupt_flag().context("cannot listen for signals")?;
    let mapping = args.reading.mapping()?;
    let mut source = open_transactions(input, mapping.as_ref(), &resolved.decoder, &interrupted)?;
    let labels = args.labels.open(&resolved, &interrupted)?;
    let lists = list_file::scheduled(args.lists.as_deref(), &resolved.decoder, &interrupted)?;
    if !args.quiet {
        missing_lists::warn_of_missing(&ruleset, &lists, args.lists.as_deref());
    }
    let mut evaluator = Evaluator::new(resolved.decoder, ruleset, resolved.limits);
    evaluator.pipeline.schedule_lists(lists);
    evaluator.labels = Labels::read(labels, &evaluator.pipeline)?;
    let end = evaluator.run(&mut *source)?;
    evaluator.reporter.finish();
    if !args.quiet && end != RunEnd::PipeClosed {
        terminal::line(evaluator.counts.summary(source.number()));
    }
    Ok(match end {
        RunEnd::Interrupted => Exit::Interrupted,
        _ if evaluator.counts.malformed + evaluator.labels.tally().malformed > 0 => Exit::BadInput,
        _ => Exit::Ok,
    }
    .into())
}

fn compiled(args: &EvalArgs, resolved: &Resolved) -> Result<Ruleset, RulesError> {
    let sources = match &args.rules {
        Some(path) => settings::sources(Some(path))?,
        None => Sources::without_rules(),
    };
    let questions = Questions {
        expressions: &[(EXPRESSION, &args.expression)],
        constant: args.input.is_none(),
        ..Questions::default()
    };
    // The ruleset's lints are irrelevant here.
    match sources.compile_with_queries(resolved.environment, questions) {
        Ok((ruleset, _)) => Ok(ruleset),
        Err(errors) => Err(RulesError::Refused(errors.render(true))),
    }
}

/// How many lines had each outcome.
#[derive(Debug, Default)]
struct Counts {
    values: u64,
    duplicates: u64,
    malformed: u64,
    blank: u64,
}

struct Evaluator {
    pipeline: Pipeline,
    memory: Memory,
    labels: Labels,
    out: BufWriter<io::Stdout>,
    /// The output line being built.
    json: Vec<u8>,
    counts: Counts,
    reporter: Reporter,
}

impl Evaluator {
    fn new(settings: DecodeSettings, ruleset: Arc<Ruleset>, limits: Limits) -> Self {
        Self {
            pipeline: Pipeline::new(Arc::new(Decoder::new(settings)), ruleset),
            memory: Memory::new(limits),
            labels: Labels::default(),
            out: BufWriter::new(io::stdout()),
            json: Vec::new(),
            counts: Counts::default(),
            reporter: Reporter::default(),
        }
    }

    fn constant(&mut self) -> anyhow::Result<()> {
        let mut message = self.pipeline.decode(Incoming::line(PLACEHOLDER))?;
        self.answer(&mut message)
    }

    fn run(&mut self, source: &mut dyn TransactionSource) -> anyhow::Result<RunEnd> {
        loop {
            if source.may_wait() && pipe_closed(self.out.flush())? {
                return Ok(RunEnd::PipeClosed);
            }
            self.json.clear();
            match source.advance()? {
                ReadStep::End => break,
                ReadStep::Interrupted => return Ok(RunEnd::Interrupted),
                ReadStep::Blank => self.counts.blank += 1,
                ReadStep::Record => self.line(source)?,
            }
            if pipe_closed(self.out.write_all(&json_bytes(&self.json)))? {
                return Ok(RunEnd::PipeClosed);
            }
        }
        let gone = pipe_closed(self.out.flush())?;
        Ok(if gone { RunEnd::PipeClosed } else { RunEnd::Complete })
    }

    fn line(&mut self, source: &dyn TransactionSource) -> anyhow::Result<()> {
        match self.pipeline.decode(source.incoming()) {
            Ok(mut message) => {
                let time = message.transaction().time;
                self.labels.give_until(time, &mut self.pipeline, &mut self.memory);
                self.answer(&mut message)
            }
            Err(rejection) => {
                self.counts.malformed += 1;
                self.reporter.report(source, &rejection);
                Ok(())
            }
        }
    }

    /// Builds the output for one message; a duplicate has none.
    fn answer(&mut self, message: &mut DecodedMessage<'_>) -> anyhow::Result<()> {
        let currency = self.pipeline.ruleset().environment.base_currency;
        match self.pipeline.decide(&mut self.memory, message) {
            Outcome::Duplicate { .. } => self.counts.duplicates += 1,
            Outcome::Decided { decision, .. } => {
                match decision.ruleset.answer(EXPRESSION, decision.evaluation) {
                    Some(answer) => {
                        serde_json::to_writer(&mut self.json, &AnswerJson(answer, currency))?;
                    }
                    None => self.json.extend_from_slice(NO_RULES),
                }
                self.json.push(b'\n');
                self.counts.values += 1;
            }
        }
        Ok(())
    }

    /// Writes the line that was built.
    fn write(&mut self) -> anyhow::Result<()> {
        pipe_closed(self.out.write_all(&json_bytes(&self.json)).and_then(|()| self.out.flush()))?;
        Ok(())
    }
}

impl Counts {
    fn summary(&self, lines: u64) -> String {
        let Self { values, duplicates, malformed, blank } = self;
        format!(
            "{lines} lines: {values} values, {duplicates} duplicates, {malformed} malformed, {blank} blank"
        )
    }
}

fn pipe_closed(written: io::Result<()>) -> anyhow::Result<bool> {
    is_broken_pipe(written).context("cannot write the values")
}
