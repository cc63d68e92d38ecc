//! `redcard dlq`: lists dead letters by reason and place, and retries their records. One file per
//! subcommand.
//!
//! It joins no consumer group, and displays nothing of a record except its place.

mod list;
mod retry;

use super::Environment;
use super::lookup;
use crate::config::{Errors, Resolved};
use crate::decode::Reason;
use crate::kafka::{DeadLetterSettings, OTHER_REASON};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  redcard dlq list --config redcard.toml
  redcard dlq list --config redcard.toml --reason not_json
  redcard dlq retry --config redcard.toml --reason no_key
  redcard dlq retry --config redcard.toml --reason no_key --send";

/// Show dead letters by reason, and send their records through decode again
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct DlqArgs {
    #[command(subcommand)]
    command: DlqCommand,
}

#[derive(Debug, clap::Subcommand)]
enum DlqCommand {
    List(list::ListArgs),
    Retry(retry::RetryArgs),
}

pub fn run(args: DlqArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    match args.command {
        DlqCommand::List(args) => list::run(&args, environment),
        DlqCommand::Retry(args) => retry::run(args, environment),
    }
}

/// The brokers and topics from the configuration.
fn settings(resolved: &Resolved) -> Result<DeadLetterSettings, Errors> {
    Ok(DeadLetterSettings {
        connection: lookup::connection(resolved)?,
        transactions: resolved.topics.transactions.as_str().to_owned(),
        dead_letters: resolved.topics.dead_letters.as_str().to_owned(),
    })
}

/// A reason code from `--reason`.
fn reason(text: &str) -> Result<&'static str, String> {
    let mut all = Reason::ALL.iter().map(|reason| reason.code()).chain([OTHER_REASON]);
    let unknown = "is not a reason code; `redcard dlq list` shows those that occur, \
         docs/reference/transaction.md all";
    all.find(|known| *known == text).ok_or_else(|| unknown.to_owned())
}
