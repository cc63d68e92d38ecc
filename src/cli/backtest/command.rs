//! The arguments of `redcard backtest`, and a run from opening the files to the exit code.

use super::arguments::{budget, default_budgets, time, unlabelled};
use super::block_loop::BlockLoop;
use super::labels;
use super::sweep::{SweepArg, SweptRulesets};
use super::text;
use crate::backtest::assembly::{BacktestRequest, BudgetRequest, assemble};
use crate::backtest::figures::REPLICATES;
use crate::backtest::html;
use crate::backtest::labels::{Kinds, LabelDelay};
use crate::backtest::report::BacktestReport;
use crate::backtest::run::{Backtest, BacktestSettings, Unlabelled};
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::output_file::OutputFile;
use crate::cli::transactions::{InputArgs, LabelArgs, OpenSource, ReadingArgs, RunEnd};
use crate::cli::{list_file, output, settings, signals, terminal};
use crate::clock::monotonic_now;
use crate::config::{Config, ConfigDuration, Resolved};
use crate::decode::Decoder;
use crate::pipeline::Pipeline;
use crate::printable;
use crate::rules::Ruleset;
use crate::run_key;
use crate::transaction::Time;
use anyhow::Context;
use clap::ArgGroup;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

const EXAMPLES: &str = "\
Examples:
  redcard backtest year.jsonl.zst --labels chargebacks.jsonl
  redcard backtest year.jsonl.zst --labels chargebacks.jsonl --rules new/ --against rules/ --html report.html
  redcard backtest year.jsonl.zst --labels chargebacks.jsonl --budget 0.2% --budget 50/day
  redcard backtest year.jsonl.zst --labels chargebacks.jsonl --sweep ruleset.review=100..600/50
  redcard backtest year.jsonl.zst --labels chargebacks.jsonl --rules new/ --sweep 'rules.small-amounts.when:5=3..8'

Exit codes: 0 all lines were good, 1 some were malformed, 2 wrong arguments, configuration or rules,
3 a file cannot be read or written, 130 interrupted.";

/// Measure what rules detect in labelled history
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group(ArgGroup::new("given labels").required(true).args(["labels", "labels_topic"])))]
pub struct BacktestArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    labels: LabelArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Rules file or folder, instead of the configuration's or the shipped ones
    #[arg(long, value_name = "PATH")]
    rules: Option<PathBuf>,
    /// A second ruleset to compare with; `shipped` for the shipped one
    #[arg(long, value_name = "PATH")]
    against: Option<PathBuf>,
    /// Entries of lists (JSON Lines in the format of the lists topic), each from its `from` on
    #[arg(long, value_name = "FILE")]
    lists: Option<PathBuf>,
    /// Write the report as JSON; `-` is standard output, instead of the tables
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the report as one HTML file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the decisions, as `redcard score` does; the file appears when it is complete
    #[arg(long = "decisions", value_name = "FILE")]
    decision_file: Option<PathBuf>,
    /// The end of what is known (RFC 3339); default: the newest of the last transaction and the last
    /// label
    #[arg(long, value_name = "TIME", value_parser = time)]
    as_of: Option<Time>,
    /// Count only transactions of this time and later ones (RFC 3339); the earlier ones are remembered
    #[arg(long, value_name = "TIME", value_parser = time)]
    count_from: Option<Time>,
    /// Count only transactions before this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    count_until: Option<Time>,
    /// How old a transaction without a label must be to have an outcome; default: the configuration's
    /// `labels.mature_after`
    #[arg(long, value_name = "SPAN")]
    mature_after: Option<ConfigDuration>,
    /// What such a transaction counts as
    #[arg(long, value_name = "OUTCOME", default_value = "genuine", value_parser = unlabelled())]
    unlabelled: Unlabelled,
    /// How long after its transaction a label without `known_at` becomes known: quantiles, linear in
    /// between; default 50%=3d12h,90%=30d,100%=95d
    #[arg(long, value_name = "QUANTILES")]
    label_delay: Option<LabelDelay>,
    /// The field of a label that says what kind of fraud it is
    #[arg(long, value_name = "FIELD", default_value = "kind")]
    kind_field: String,
    /// How many cases can be looked at: `0.5%` or `100/day`; may be repeated; default 0.1%, 0.5%, 1%
    /// and 100/day
    #[arg(long = "budget", value_name = "BUDGET", value_delimiter = ',', value_parser = budget)]
    budgets: Vec<BudgetRequest>,
    /// Vary a number: `ruleset.review=100..600/50`, `rules.ID.points=100,200,300`, or the number 5 in a
    /// condition, `rules.ID.when:5=3..8`
    #[arg(long, value_name = "NUMBER=VALUES")]
    sweep: Option<SweepArg>,
    /// Threads; default: one per processor. The result does not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    threads: Option<u16>,
    /// No progress and no warnings about the result; malformed lines are still reported
    #[arg(long, short)]
    quiet: bool,
}

pub fn run(args: &BacktestArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let began = monotonic_now();
    let mut resolved = configured(args, environment)?.resolve()?;
    run_key::supply(&mut resolved.decoder);
    let rulesets = Rulesets::compile(args, &resolved)?;
    let interrupted = signals::interrupt_flag().context("cannot listen for signals")?;
    let mapping = args.reading.mapping()?;
    let mut source = args.input.open(mapping.as_ref(), &resolved, &interrupted)?;
    let labels =
        args.labels.open_with_delays(&resolved, &interrupted)?.context("there are no labels")?;
    let mut decisions = match args.decision_file.as_deref() {
        Some(path) => Some(OutputFile::open(Some(path), "decisions")?),
        None => None,
    };
    let request = rulesets.request(args);
    let settings = rulesets.settings(args, resolved, labels, &interrupted)?;
    let mut backtest = Backtest::new(settings);
    let progress = source.progress().bar(args.quiet);
    let mut block_loop = BlockLoop::default();
    let ended = block_loop.run(&mut backtest, &mut source, &mut decisions, &progress);
    progress.finish_and_clear();
    block_loop.finish();
    let end = conclude(ended, decisions)?;
    match end {
        RunEnd::Interrupted => return Ok(Exit::Interrupted.into()),
        RunEnd::PipeClosed => return Ok(Exit::Ok.into()),
        RunEnd::Complete | RunEnd::Strict => {}
    }
    let request = BacktestRequest { input: block_loop.input, ..request };
    let report = assemble(backtest.finish(), &request).context("there is no ruleset")?;
    write(args, &report)?;
    if !args.quiet {
        terminal::line(text::took(&report, monotonic_now() - began));
        text::warnings(&report).into_iter().for_each(terminal::warning);
    }
    let malformed = report.input.malformed + report.labels.malformed;
    Ok(if malformed > 0 { Exit::BadInput } else { Exit::Ok }.into())
}

impl BacktestArgs {
    fn kinds(&self) -> Kinds {
        match self.kind_field.as_str() {
            "kind" => Kinds::default(),
            field => Kinds::of_field(field.to_owned()),
        }
    }
}

/// The configuration, overridden by the arguments.
fn configured(args: &BacktestArgs, environment: &Environment) -> anyhow::Result<Config> {
    let mut config = args.reading.read(environment)?;
    config.rules.path = args.rules.clone().or(config.rules.path);
    if let Some(mature_after) = args.mature_after {
        config.labels.mature_after = mature_after;
        // Only a service that keeps alerts for a time needs a longer horizon.
        let longer = ConfigDuration::from_ms(mature_after.as_ms().saturating_add(1));
        config.labels.horizon = config.labels.horizon.max(longer);
    }
    Ok(config)
}

/// The rulesets of a run.
struct Rulesets {
    /// The one that is asked about, the one that it is compared with, and the variants of a sweep.
    all: Vec<Arc<Ruleset>>,
    /// Where the reported ones were read from.
    paths: Vec<Option<String>>,
    sweep: Option<SweptRulesets>,
}

impl Rulesets {
    fn compile(args: &BacktestArgs, resolved: &Resolved) -> anyhow::Result<Self> {
        let environment = resolved.environment;
        let path = resolved.rules.path.as_deref();
        let sources = settings::sources(path)?;
        let mut all = vec![Arc::new(settings::compile(&sources, environment)?)];
        let shown = |path: &Path| path.display().to_string();
        let mut paths = vec![path.map(shown)];
        if let Some(against) = &args.against {
            let path = Some(against.as_path()).filter(|path| *path != Path::new("shipped"));
            all.push(Arc::new(settings::ruleset(path, environment)?));
            paths.push(path.map(shown));
        }
        let sweep = match &args.sweep {
            Some(sweep) => Some(sweep.compile(&sources, environment, all.len())?),
            None => None,
        };
        all.extend(sweep.iter().flat_map(|sweep| sweep.variants.iter().cloned()));
        Ok(Self { all, paths, sweep })
    }

    fn request(&self, args: &BacktestArgs) -> BacktestRequest {
        let budgets =
            if args.budgets.is_empty() { default_budgets() } else { args.budgets.clone() };
        BacktestRequest {
            redcard: env!("CARGO_PKG_VERSION").to_owned(),
            input: crate::backtest::assembly::ReportedInput::default(),
            paths: self.paths.clone(),
            budgets,
            sweep: self.sweep.as_ref().map(|sweep| sweep.request.clone()),
            replicates: REPLICATES,
        }
    }

    /// Reads the labels and lists.
    fn settings(
        self,
        args: &BacktestArgs,
        resolved: Resolved,
        labels: OpenSource,
        interrupted: &Arc<AtomicBool>,
    ) -> anyhow::Result<BacktestSettings> {
        let lists = list_file::scheduled(args.lists.as_deref(), &resolved.decoder, interrupted)?;
        let decoder = Arc::new(Decoder::new(resolved.decoder));
        let first = self.all.first().context("there is no ruleset")?;
        let pipeline = Pipeline::new(Arc::clone(&decoder), Arc::clone(first));
        let delay = args.label_delay.clone().unwrap_or_default();
        let kinds = args.kinds();
        let labels = labels::read(labels, (delay, kinds), &pipeline)?;
        let processors = || thread::available_parallelism().map_or(1, usize::from);
        Ok(BacktestSettings {
            decoder,
            limits: resolved.limits,
            reported: self.paths.len(),
            rulesets: self.all,
            labels,
            lists,
            writes_decisions: args.decision_file.is_some(),
            threads: args.threads.map_or_else(processors, usize::from),
            as_of: args.as_of,
            mature_after_ms: resolved.measured.mature_after_ms,
            unlabelled: args.unlabelled,
            count_from: args.count_from,
            count_until: args.count_until,
        })
    }
}

/// Closes the decisions depending on how the run ended.
fn conclude(ended: anyhow::Result<RunEnd>, output: Option<OutputFile>) -> anyhow::Result<RunEnd> {
    if let Some(decisions) = output {
        match &ended {
            Ok(RunEnd::Complete) => decisions.finish()?,
            Ok(RunEnd::PipeClosed) => {}
            Ok(RunEnd::Strict | RunEnd::Interrupted) => decisions.leave_unfinished()?,
            // The first error is the one to report.
            Err(_) => drop(decisions.leave_unfinished()),
        }
    }
    ended
}

/// Writes the report wherever it is wanted.
fn write(args: &BacktestArgs, report: &BacktestReport) -> anyhow::Result<()> {
    let json = serde_json::to_string_pretty(report).context("cannot write the report")? + "\n";
    match args.json.as_deref() {
        Some(path) if path == Path::new("-") => output::json(&json)?,
        Some(path) => {
            write_file(path, &printable::json(&json))?;
            output::results(&text::tables(report))?;
        }
        None => output::results(&text::tables(report))?,
    }
    if let Some(path) = &args.html {
        write_file(path, &html::html(report))?;
    }
    Ok(())
}

fn write_file(path: &Path, content: &str) -> anyhow::Result<()> {
    let mut file = OutputFile::open(Some(path), "report")?;
    let written = file.writer().write_all(content.as_bytes());
    written.with_context(|| file.cannot_write())?;
    file.finish()
}
