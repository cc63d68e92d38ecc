//! The subcommands of `redcard rules`.

use super::{check, eval, explain, list, test};
use crate::cli::environment::Environment;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  redcard rules check rules/
  redcard rules check rules/ --deny warnings --format json
  redcard rules test rules/
  redcard rules list rules/ --sort cost
  redcard rules eval 'card.last(\"1h\").size()' --input transactions.jsonl
  redcard rules explain rules/ --input transactions.jsonl --transaction 01JH8Z5Q7T";

/// Check, test, list, try out and explain rules while you write them
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct RulesArgs {
    #[command(subcommand)]
    command: RulesCommand,
}

#[derive(Debug, clap::Subcommand)]
enum RulesCommand {
    Check(check::CheckArgs),
    Test(test::TestArgs),
    List(list::ListArgs),
    Eval(eval::EvalArgs),
    Explain(explain::ExplainArgs),
}

pub fn run(args: RulesArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    match args.command {
        RulesCommand::Check(args) => check::run(&args, environment),
        RulesCommand::Test(args) => test::run(&args, environment),
        RulesCommand::List(args) => list::run(&args, environment),
        RulesCommand::Eval(args) => eval::run(&args, environment),
        RulesCommand::Explain(args) => explain::run(&args, environment),
    }
}
