//! The subcommands of `redcard dlq`.

use super::{list, retry};
use crate::cli::environment::Environment;
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
