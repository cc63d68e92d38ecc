//! The subcommands of `redcard list`.

use super::{add, import, remove, show};
use crate::cli::environment::Environment;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  redcard list add travel_notices c_9f21 --values DK,SE --until 2026-02-15T00:00:00Z --reason 'customer called' --by analyst-7
  redcard list add snoozes c_9f21/foreign-web-shop-debit --until 2026-02-01T00:00:00Z --reason 'case 4411' --by analyst-7
  redcard list show travel_notices
  redcard list remove travel_notices c_9f21 --reason 'back home' --by analyst-7";

/// Add, remove, show and import entries of lists in the lists topic
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct ListTopicArgs {
    #[command(subcommand)]
    command: ListCommand,
}

#[derive(Debug, clap::Subcommand)]
enum ListCommand {
    Add(add::AddArgs),
    Remove(remove::RemoveArgs),
    Show(show::ShowArgs),
    Import(import::ImportArgs),
}

pub fn run(args: ListTopicArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    match args.command {
        ListCommand::Add(args) => add::run(args, environment),
        ListCommand::Remove(args) => remove::run(args, environment),
        ListCommand::Show(args) => show::run(&args, environment),
        ListCommand::Import(args) => import::run(&args, environment),
    }
}
