//! The arguments of `redcard score`, and a run from opening the files to the exit code.

use super::scorer::Scorer;
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::output_file::OutputFile;
use crate::cli::transactions::{InputArgs, LabelArgs, Labels, ReadingArgs, RunEnd};
use crate::cli::{list_file, missing_lists, settings, signals, terminal};
use crate::clock::monotonic_now;
use crate::config::Config;
use crate::decode::Decoder;
use crate::engine::Rendering;
use crate::pipeline::Pipeline;
use crate::run_key;
use anyhow::Context;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  redcard score transactions.jsonl.gz > decisions.jsonl
  zcat day-*.gz | redcard score - --alerts-only --quiet
  redcard score day.jsonl --rules rules/ --amounts major --output decisions.jsonl
  redcard score day.jsonl --labels chargebacks.jsonl
  redcard score export.csv --columns columns.toml

Exit codes: 0 all lines were good, 1 some were malformed, 2 wrong arguments, configuration or rules,
3 a file cannot be read or written, 130 interrupted.";

/// Score a file of transactions (JSON Lines, CSV or Parquet), in its order
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ScoreArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Rules file or folder, instead of the configuration's or the shipped ones
    #[arg(long, value_name = "PATH")]
    rules: Option<PathBuf>,
    /// Entries of lists (JSON Lines in the format of the lists topic), each from its `from` on
    #[arg(long, value_name = "FILE")]
    lists: Option<PathBuf>,
    /// Write only the decisions that `run` would publish an alert for
    #[arg(long)]
    alerts_only: bool,
    /// Write here instead of standard output; the file appears when it is complete
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    labels: LabelArgs,
    /// Stop at the first malformed line
    #[arg(long)]
    strict: bool,
    /// No progress and no summary; malformed lines are still reported
    #[arg(long, short)]
    quiet: bool,
}

pub fn run(args: ScoreArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let began = monotonic_now();
    let mut resolved = configured(&args, environment)?.resolve()?;
    run_key::supply(&mut resolved.decoder);
    let ruleset =
        Arc::new(settings::ruleset(resolved.rules.path.as_deref(), resolved.environment)?);
    let interrupted = signals::interrupt_flag().context("cannot listen for signals")?;
    let mapping = args.reading.mapping()?;
    let mut source = args.input.open(mapping.as_ref(), &resolved, &interrupted)?;
    let labels = args.labels.open(&resolved, &interrupted)?;
    let lists = list_file::scheduled(args.lists.as_deref(), &resolved.decoder, &interrupted)?;
    let mut output = OutputFile::open(args.output.as_deref(), "decisions")?;
    let id = ruleset.id.clone();
    if !args.quiet {
        missing_lists::warn_of_missing(&ruleset, &lists, args.lists.as_deref());
    }
    let decoder = Arc::new(Decoder::new(resolved.decoder));
    let rendering = if args.alerts_only { Rendering::Alerts } else { Rendering::EveryDecision };
    let mut pipeline = Pipeline::new(decoder, ruleset).with_rendering(rendering);
    pipeline.schedule_lists(lists);
    let labels = Labels::read(labels, &pipeline)?;
    let mut scorer = Scorer::new(pipeline, resolved.limits);
    scorer.labels = labels;
    scorer.alerts_only = args.alerts_only;
    scorer.strict = args.strict;
    let progress = source.progress().bar(args.quiet || output.is_terminal());
    let ended = match args.strict && scorer.labels.tally().malformed > 0 {
        true => Ok(RunEnd::Strict),
        false => scorer.run(&mut *source, &mut output, &progress),
    };
    progress.finish_and_clear();
    scorer.reporter.finish();
    let malformed = scorer.tally.malformed() + scorer.labels.tally().malformed;
    let (end, exit) = conclude(ended, output, malformed)?;
    if !args.quiet && end != RunEnd::PipeClosed {
        let labels = args.labels.are_given().then(|| scorer.labels.tally());
        terminal::line(scorer.tally.summary(&id, labels, monotonic_now() - began));
        let tally = &scorer.tally;
        let warnings = [tally.order_warning(), tally.conflict_warning(), tally.response_warning()];
        warnings.into_iter().flatten().for_each(terminal::warning);
    }
    Ok(exit.into())
}

/// The configuration, overridden by the arguments.
fn configured(args: &ScoreArgs, environment: &Environment) -> anyhow::Result<Config> {
    let mut config = args.reading.read(environment)?;
    config.rules.path = args.rules.clone().or(config.rules.path);
    Ok(config)
}

/// Closes the output depending on how the run ended.
fn conclude(
    ended: anyhow::Result<RunEnd>,
    output: OutputFile,
    malformed: u64,
) -> anyhow::Result<(RunEnd, Exit)> {
    match ended {
        Ok(RunEnd::Complete) => output.finish()?,
        Ok(RunEnd::PipeClosed) => {}
        Ok(RunEnd::Strict | RunEnd::Interrupted) => output.leave_unfinished()?,
        // The first error is the one to report.
        Err(_) => drop(output.leave_unfinished()),
    }
    let end = ended?;
    let exit = match end {
        RunEnd::Interrupted => Exit::Interrupted,
        _ if malformed > 0 => Exit::BadInput,
        _ => Exit::Ok,
    };
    Ok((end, exit))
}
