//! The arguments of `redcard rules explain`.

use crate::cli::format::Format;
use crate::cli::transactions::{LabelArgs, ReadingArgs};
use crate::transaction::{Kind, WireName};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  redcard rules explain rules/ --input day.jsonl.gz --transaction 01JH8Z5Q7T
  redcard rules explain rules/ --input day.jsonl --transaction 01JH8Z5Q7T --rule probe-then-spend
  redcard rules explain rules/ --input day.jsonl --transaction 01JH8Z5Q7T --format json

  redcard rules explain rules/ --config redcard.toml --card c_9f21 --transaction 01JH8Z5Q7T

docs/rules/explain.md shows how to read it, and the fields of the JSON.

Exit codes: 0 explained, 1 explained and some lines were malformed, 2 wrong arguments, configuration
or rules, or no such transaction, 3 a file cannot be read or Kafka failed, 130 interrupted.";

/// Show what each rule saw in one transaction, and why it fired or did not
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// Rules file or folder
    #[arg(value_name = "PATH")]
    pub rules: PathBuf,
    /// Transactions (JSON Lines, CSV or Parquet), one per line or row; all before the one explained are
    /// remembered; `-` is standard input
    #[arg(long, value_name = "FILE", required_unless_present = "card")]
    pub input: Option<PathBuf>,
    #[command(flatten)]
    pub labels: LabelArgs,
    /// Instead of a file: the card's token, to explain a decision of the service that uses this
    /// configuration, from its history and its input
    #[arg(long, value_name = "TOKEN", conflicts_with_all = ["input", "line", "labels", "labels_topic"])]
    pub card: Option<String>,
    /// The transaction's type, if several transactions of the card have that id
    #[arg(long = "type", value_name = "TYPE", requires = "card", value_parser = kind())]
    pub kind: Option<Kind>,
    /// The transaction's id
    #[arg(long, value_name = "ID")]
    pub transaction: String,
    /// The transaction's line or row, if several transactions have that id
    #[arg(long, value_name = "NUMBER")]
    pub line: Option<u64>,
    /// Its offset in the input, if several transactions of the card have that id
    #[arg(long, value_name = "NUMBER", requires = "card")]
    pub offset: Option<i64>,
    /// Entries of lists (JSON Lines in the format of the lists topic), each from its `from` on; with
    /// --card, instead of those that the lists topic had
    #[arg(long, value_name = "FILE")]
    pub lists: Option<PathBuf>,
    /// Only this rule
    #[arg(long, value_name = "ID")]
    pub rule: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub reading: ReadingArgs,
}

fn kind() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::NAMES.iter().map(|(_, name)| *name))
        .try_map(|name| Kind::from_name(&name).ok_or("no type of transaction"))
}
