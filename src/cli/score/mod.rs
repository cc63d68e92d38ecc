//! `redcard score`: transactions in a file → decisions as JSON Lines, by the engine that `run` uses.
//!
//! ```text
//! file, stdin ─▶ input.rs: unpack ─▶ lines.rs: one line ─▶ scorer.rs: decode, decide ─▶ output.rs
//!                                                             │
//!                                                             └─▶ tally.rs: what became of each line
//! ```

mod input;
mod lines;
mod output;
mod scorer;
mod tally;

use super::settings::{self, ConfigArgs};
use super::{Environment, Exit, signals, terminal};
use crate::clock::monotonic_now;
use crate::config::Config;
use crate::decode::Amounts;
use crate::transaction::Currency;
use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use input::Input;
use output::Output;
use scorer::{End, Scorer};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tally::Tally;

const EXAMPLES: &str = "\
Examples:
  redcard score transactions.jsonl.gz > decisions.jsonl
  zcat day-*.gz | redcard score - --alerts-only --quiet
  redcard score day.jsonl --rules rules/ --amounts major --output decisions.jsonl

Exit codes: 0 all lines were good, 1 some were malformed, 2 wrong arguments, configuration or rules,
3 a file cannot be read or written, 130 interrupted.";

/// Decide on a file of transactions (JSON Lines; plain, gzip or zstd), in its order
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ScoreArgs {
    /// A transaction a line; `-` is standard input
    #[arg(value_name = "FILE")]
    input: PathBuf,
    #[command(flatten)]
    config: ConfigArgs,
    /// Rules file or folder, instead of the configuration's or the shipped ones
    #[arg(long, value_name = "PATH")]
    rules: Option<PathBuf>,
    /// Write only the decisions that `run` would publish an alert for
    #[arg(long)]
    alerts_only: bool,
    /// Whether `amount` counts minor units (2600 is USD 26.00) or major ones (26.00 is)
    #[arg(long, value_name = "UNIT", value_parser = amounts())]
    amounts: Option<Amounts>,
    /// ISO 4217 code for transactions without a `currency`
    #[arg(long, value_name = "CODE", value_parser = currency)]
    default_currency: Option<Currency>,
    /// Write here instead of standard output; the file appears when all is done
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Stop at the first malformed line
    #[arg(long)]
    strict: bool,
    /// No progress and no summary; malformed lines are still reported
    #[arg(long, short)]
    quiet: bool,
}

fn amounts() -> impl TypedValueParser<Value = Amounts> {
    PossibleValuesParser::new(["minor", "major"]).map(|name| match name.as_str() {
        "major" => Amounts::Major,
        _ => Amounts::Minor,
    })
}

fn currency(code: &str) -> Result<Currency, &'static str> {
    Currency::parse(code).ok_or("not an ISO 4217 alphabetic code such as EUR")
}

pub fn run(args: ScoreArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let began = monotonic_now();
    let resolved = configured(&args, environment)?.resolve()?;
    let ruleset = Arc::new(settings::ruleset(resolved.rules.as_deref(), resolved.environment)?);
    let interrupted = signals::interrupt_flag().context("cannot listen for signals")?;
    let mut input = Input::open(&args.input, interrupted)?;
    let mut output = Output::open(args.output.as_deref())?;
    let id = ruleset.id.clone();
    let mut scorer = Scorer::new(resolved.decoder, resolved.limits, ruleset, input.name());
    scorer.alerts_only = args.alerts_only;
    scorer.strict = args.strict;
    let progress = input.progress(args.quiet || output.is_terminal());
    let ended = scorer.run(&mut input, &mut output, &progress);
    progress.finish_and_clear();
    let (end, exit) = conclude(ended, output, &scorer.tally)?;
    if !args.quiet && end != End::NobodyReads {
        terminal::line(scorer.tally.summary(&id, monotonic_now() - began));
    }
    Ok(exit.into())
}

/// The configuration with the arguments in force over it.
fn configured(args: &ScoreArgs, environment: &Environment) -> anyhow::Result<Config> {
    let mut config = args.config.read(environment)?;
    config.source.amounts = args.amounts.unwrap_or(config.source.amounts);
    config.source.default_currency = args.default_currency.or(config.source.default_currency);
    config.rules.path = args.rules.clone().or(config.rules.path);
    Ok(config)
}

/// Closes the output as the end deserves.
fn conclude(
    ended: anyhow::Result<End>,
    output: Output,
    tally: &Tally,
) -> anyhow::Result<(End, Exit)> {
    match ended {
        Ok(End::Whole) => output.finish()?,
        Ok(End::NobodyReads) => {}
        Ok(End::Strict | End::Interrupted) => output.leave_unfinished()?,
        // The first error is the one to tell of.
        Err(_) => drop(output.leave_unfinished()),
    }
    let end = ended?;
    let exit = match end {
        End::Interrupted => Exit::Interrupted,
        _ if tally.malformed() > 0 => Exit::BadInput,
        _ => Exit::Ok,
    };
    Ok((end, exit))
}
