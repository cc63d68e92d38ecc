//! `redcard rules explain`: for one transaction of a file or of the service, shows what each rule
//! saw and why it fired or not.
//!
//! ```text
//! source ─▶ search.rs: decide on all earlier ones, explain this one ─▶ report.rs ─▶ text.rs, json.rs
//!    └────▶ names.rs: read again, for the ids of remembered charges ────┘
//! Kafka ──▶ kafka.rs: the memory before it, and the transaction ─▶ report.rs
//! ```

mod json;
mod kafka;
mod names;
mod report;
mod search;
#[cfg(test)]
mod tests;
mod text;

use super::Format;
use crate::cli::settings::{self, RulesError};
use crate::cli::transactions::{File, LineInput, ReadingArgs};
use crate::cli::{Environment, Exit, output, signals, terminal};
use crate::config::Resolved;
use crate::decode::Decoder;
use crate::memory::Memory;
use crate::pipeline::Pipeline;
use crate::rules::{Questions, Ruleset, nearest};
use crate::run_key;
use crate::transaction::{Kind, WireName};
use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use report::Report;
use search::{SearchResult, TransactionSearch, Wanted};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  redcard rules explain rules/ --input day.jsonl.gz --transaction 01JH8Z5Q7T
  redcard rules explain rules/ --input day.jsonl --transaction 01JH8Z5Q7T --rule probe-then-spend
  redcard rules explain rules/ --input day.jsonl --transaction 01JH8Z5Q7T --format json

  redcard rules explain rules/ --config redcard.toml --card c_9f21 --transaction 01JH8Z5Q7T

docs/rules/explain.md shows how to read it, and the fields of the JSON.

Exit codes: 0 explained, 1 explained and some lines were malformed, 2 wrong arguments, configuration
or rules, or no such transaction, 3 a file cannot be read or Kafka failed, 130 interrupted.";

/// Show what each rule saw of one transaction, and why it fired or did not
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// Rules file or folder
    #[arg(value_name = "PATH")]
    rules: PathBuf,
    /// One transaction per line (plain, gzip or zstd); all before the one explained are remembered; `-`
    /// is standard input
    #[arg(long, value_name = "FILE", required_unless_present = "card")]
    input: Option<PathBuf>,
    /// Instead of a file: the card's token, to explain a decision of the service that the configuration
    /// is of, from its history and its input
    #[arg(long, value_name = "TOKEN", conflicts_with_all = ["input", "line"])]
    card: Option<String>,
    /// The transaction's type, if several of the card have that id
    #[arg(long = "type", value_name = "TYPE", requires = "card", value_parser = kind())]
    kind: Option<Kind>,
    /// The transaction's id
    #[arg(long, value_name = "ID")]
    transaction: String,
    /// The transaction's line, if several have that id
    #[arg(long, value_name = "NUMBER")]
    line: Option<u64>,
    /// Its offset in the input, where several of the card have that id
    #[arg(long, value_name = "NUMBER", requires = "card")]
    offset: Option<i64>,
    /// Only this rule
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    reading: ReadingArgs,
}

pub fn run(args: &ExplainArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    match (&args.input, &args.card) {
        (Some(path), _) => of_file(args, path, environment),
        (None, Some(card)) => kafka::run(args, card, environment),
        // clap requires one of the two arguments.
        (None, None) => Ok(Exit::Usage.into()),
    }
}

fn kind() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::NAMES.iter().map(|(_, name)| *name))
        .try_map(|name| Kind::from_name(&name).ok_or("no type of transaction"))
}

fn of_file(args: &ExplainArgs, path: &Path, environment: &Environment) -> anyhow::Result<ExitCode> {
    let mut resolved = args.reading.read(environment)?.resolve()?;
    run_key::supply(&mut resolved.decoder);
    let (deciding, explaining) = compiled(args, &resolved)?;
    if let Some(unknown) = unknown_rule(args, &deciding) {
        terminal::error(unknown);
        return Ok(Exit::Usage.into());
    }
    let interrupted = signals::interrupt_flag().context("cannot listen for signals")?;
    let open = || LineInput::open(path, Arc::clone(&interrupted));
    // Tokenized as the ids in the messages are.
    let id = resolved.decoder.id_of(&args.transaction).into_owned();
    let mut file = File::new(open()?, resolved.decoder.max_message_bytes);
    let wanted = Wanted { id: &id, line: args.line };
    let pipeline = Pipeline::new(Arc::new(Decoder::new(resolved.decoder)), Arc::new(deciding));
    let memory = Memory::new(resolved.limits);
    let mut search = TransactionSearch::new(pipeline, explaining, memory, wanted);
    match search.run(&mut file)? {
        SearchResult::One(mut report) => {
            if file.input().is_regular_file() {
                names::fill(&mut report, &mut file.again(open()?), &search)?;
            }
            show(args, *report)?;
            Ok(if search.malformed > 0 { Exit::BadInput } else { Exit::Ok }.into())
        }
        SearchResult::Not(why) => {
            terminal::error(why);
            Ok(Exit::Usage.into())
        }
        SearchResult::Interrupted => Ok(Exit::Interrupted.into()),
    }
}

/// The ruleset as `score` compiles it, and compiled with explanations.
fn compiled(args: &ExplainArgs, resolved: &Resolved) -> Result<(Ruleset, Ruleset), RulesError> {
    let sources = settings::sources(Some(&args.rules))?;
    // Warnings are left to `rules check`.
    let (deciding, _) = sources.compile(resolved.environment).map_err(settings::refused)?;
    let questions = Questions { explanations: true, ..Questions::default() };
    match sources.compile_with_queries(resolved.environment, questions) {
        Ok((explaining, _)) => Ok((deciding, explaining)),
        Err(errors) => Err(RulesError::Refused(errors.render(true))),
    }
}

fn unknown_rule(args: &ExplainArgs, ruleset: &Ruleset) -> Option<String> {
    let id = args.rule.as_deref()?;
    let known = || ruleset.rules().iter().map(|rule| rule.id.as_str());
    if known().any(|rule| rule == id) {
        return None;
    }
    let near = nearest(id, known()).map(|near| format!("; did you mean `{near}`?"));
    let path = args.rules.display();
    Some(format!("{path} has no rule `{id}`{}", near.unwrap_or_default()))
}

fn show(args: &ExplainArgs, mut report: Report) -> anyhow::Result<()> {
    for rule in report.disagreements() {
        terminal::warning(format_args!(
            "rule `{rule}`: its parts and its outcome differ, which is a mistake in redcard; please report it"
        ));
    }
    if let Some(id) = &args.rule {
        report.rules.retain(|rule| rule.info.id == *id);
    }
    let written = match args.format {
        Format::Text => output::results(&text::of(&report, args.rule.is_some())),
        Format::Json => output::json(&(serde_json::to_string(&json::ReportJson(&report))? + "\n")),
    };
    written.context("cannot write the explanation")
}
