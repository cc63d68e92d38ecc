//! The arguments of `redcard features`, and a run from opening the files to the exit code.

use super::column::FeatureColumns;
use super::extractor::{Extractor, RowCounts};
use super::final_labels::FinalLabels;
use super::table_format::TableFormat;
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::feature_error::FeatureError;
use crate::cli::output_file::OutputFile;
use crate::cli::settings::{self, RulesError};
use crate::cli::transactions::{
    InputArgs, LabelArgs, Labels, MappingFile, OpenSource, ReadingArgs, Reporter, RunEnd,
};
use crate::cli::{list_file, signals, terminal};
use crate::config::Resolved;
use crate::decode::Decoder;
use crate::engine::Rendering;
use crate::memory::Memory;
use crate::pipeline::Pipeline;
use crate::rules::{NamedExpression, Questions, Ruleset};
use crate::run_key;
use anyhow::Context;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const EXAMPLES: &str = "\
Examples:
  redcard features day.jsonl.gz --rules rules/ --output features.parquet
  redcard features day.parquet --feature 'spent_1d=card.last(\"1d\").sum(t, t.amount)' --output f.csv.gz
  redcard features day.jsonl --labels chargebacks.jsonl --output training.parquet

docs/reference/features.md defines the columns.

Exit codes: 0 all lines were good, 1 some were malformed, 2 wrong arguments, configuration, rules or
expressions, 3 a file cannot be read or written, 130 interrupted.";

/// Write the value of every feature of a ruleset for each transaction, as Parquet or CSV
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct FeaturesArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Rules file or folder, instead of the configuration's or the shipped ones
    #[arg(long, value_name = "PATH")]
    rules: Option<PathBuf>,
    /// One more column: an expression in the rule language, which may use the ruleset's features and
    /// lists
    #[arg(long = "feature", value_name = "NAME=EXPRESSION", value_parser = feature)]
    features: Vec<Feature>,
    /// Where to write; the name ends in .parquet, .csv, .csv.gz or .csv.zst. The file appears when it is
    /// complete
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    labels: LabelArgs,
    /// Entries of lists (JSON Lines in the format of the lists topic), each from its `from` on
    #[arg(long, value_name = "FILE")]
    lists: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    /// No progress and no summary; malformed lines are still reported
    #[arg(long, short)]
    quiet: bool,
}

/// A feature that is asked for by name.
#[derive(Debug, Clone)]
struct Feature {
    name: String,
    expression: String,
}

fn feature(text: &str) -> Result<Feature, FeatureError> {
    let (name, expression) = text.split_once('=').ok_or(FeatureError::Syntax)?;
    let is_plain = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    match is_plain {
        true => Ok(Feature { name: name.to_owned(), expression: expression.to_owned() }),
        false => Err(FeatureError::Syntax),
    }
}

pub fn run(args: &FeaturesArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let format = TableFormat::of(&args.output)?;
    let mut config = args.reading.read(environment)?;
    config.rules.path = args.rules.clone().or(config.rules.path);
    let mut resolved = config.resolve()?;
    run_key::supply(&mut resolved.decoder);
    let ruleset = Arc::new(compiled(args, &resolved)?);
    let asked: Vec<String> = args.features.iter().map(|feature| feature.name.clone()).collect();
    let features = FeatureColumns::of(&ruleset, &asked)?;
    let columns = features.table(args.labels.are_given())?;
    let interrupted = signals::interrupt_flag().context("cannot listen for signals")?;
    let inputs = Inputs { args, mapping: args.reading.mapping()?, interrupted };
    if args.labels.are_given() && !args.input.is_repeatable() {
        return Err(FeatureError::ReadTwice.into());
    }
    let mut source = inputs.open(&resolved)?;
    // Opened before anything is read, so that no error comes late.
    let again = if args.labels.are_given() { Some(inputs.open(&resolved)?) } else { None };
    let labels = args.labels.open(&resolved, &inputs.interrupted)?;
    let lists =
        list_file::scheduled(args.lists.as_deref(), &resolved.decoder, &inputs.interrupted)?;
    let mut output = OutputFile::open(Some(&args.output), "features")?;
    let mut pipeline =
        Pipeline::new(Arc::new(Decoder::new(resolved.decoder)), Arc::clone(&ruleset))
            .with_rendering(Rendering::Alerts);
    pipeline.schedule_lists(lists);
    let labels = Labels::read(labels, &pipeline)?;
    let progress = source.progress().bar(args.quiet);
    let final_labels = match again {
        Some(mut first) => match FinalLabels::read(&mut *first, &labels, &mut pipeline)? {
            Some(labels) => Some(labels),
            None => return Ok(Exit::Interrupted.into()),
        },
        None => None,
    };
    let mut extractor = Extractor {
        pipeline,
        memory: Memory::new(resolved.limits),
        labels,
        final_labels,
        answers: features.answers,
        reporter: Reporter::default(),
        counts: RowCounts::default(),
    };
    let mut writer =
        format.writer(&columns, output.writer()).context("cannot write the features")?;
    let ended = extractor.run(&mut *source, &mut *writer, &progress);
    // What there is so far is a complete table, also after an error or a signal.
    let finished = writer.finish().context("cannot write the features");
    progress.finish_and_clear();
    extractor.reporter.finish();
    let ended = ended.and_then(|end| finished.map(|()| end));
    match &ended {
        Ok(RunEnd::Complete) => output.finish()?,
        Ok(_) => output.leave_unfinished()?,
        // The first error is the one to report.
        Err(_) => drop(output.leave_unfinished()),
    }
    let end = ended?;
    if !args.quiet {
        report(&features.left_out, &extractor.counts.summary(source.number(), columns.len()));
    }
    let malformed = extractor.counts.malformed + extractor.labels.tally().malformed;
    Ok(match end {
        RunEnd::Interrupted => Exit::Interrupted,
        _ if malformed > 0 => Exit::BadInput,
        _ => Exit::Ok,
    }
    .into())
}

/// What the source is opened with, once or twice.
struct Inputs<'a> {
    args: &'a FeaturesArgs,
    mapping: Option<MappingFile>,
    interrupted: Arc<AtomicBool>,
}

impl Inputs<'_> {
    fn open(&self, resolved: &Resolved) -> anyhow::Result<OpenSource> {
        self.args.input.open(self.mapping.as_ref(), resolved, &self.interrupted)
    }
}

fn report(left_out: &[String], summary: &str) {
    if !left_out.is_empty() {
        terminal::line(format_args!(
            "features without a column, because they are lists or charges: {}",
            left_out.join(", ")
        ));
    }
    terminal::line(summary);
}

/// The ruleset, with a question for each column. Its lints are left to `rules check`.
fn compiled(args: &FeaturesArgs, resolved: &Resolved) -> Result<Ruleset, RulesError> {
    let sources = settings::sources(resolved.rules.path.as_deref())?;
    let expressions: Vec<NamedExpression<'_>> =
        args.features.iter().map(|one| (one.name.as_str(), one.expression.as_str())).collect();
    let questions = Questions { features: true, expressions: &expressions, ..Questions::default() };
    match sources.compile_with_queries(resolved.environment, questions) {
        Ok((ruleset, _)) => Ok(ruleset),
        Err(errors) => Err(settings::refused(errors)),
    }
}
