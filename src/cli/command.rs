//! Parses the command line and runs the command.

use super::environment::Environment;
use super::exit::{self, Exit};
use super::{
    card_key, check, demo, dlq, healthcheck, list, memory, notify, rules, run, score, simulate,
};
use crate::printable::{Printable, is_printable};
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  redcard demo
      Watch it work on generated traffic; needs nothing.

  redcard score transactions.jsonl.zst > decisions.jsonl
      Score a file of transactions, with the rules that ship with redcard.

  redcard check --config redcard.toml
      Check a configuration and its rules, and print the effective settings.

  redcard rules check rules/
      Check a ruleset while you write it.

  redcard run --config redcard.toml
      Read transactions from Kafka and publish alerts.

  redcard notify --config redcard.toml
      Notify on-call about alerts, through Alertmanager or a webhook.";

/// Card-fraud detection on a Kafka transaction stream.
#[derive(Debug, Parser)]
#[command(name = "redcard", version, after_help = EXAMPLES, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArgs),
    Run(run::RunArgs),
    Notify(notify::NotifyArgs),
    Score(score::ScoreArgs),
    Check(check::CheckArgs),
    Rules(rules::RulesArgs),
    Memory(memory::MemoryArgs),
    Dlq(dlq::DlqArgs),
    List(list::ListTopicArgs),
    Healthcheck(healthcheck::HealthcheckArgs),
    Simulate(simulate::SimulateArgs),
    CardKey(card_key::CardKeyArgs),
}

/// Runs the command in `arguments`, whose first element is the program's name.
pub fn main(
    arguments: impl IntoIterator<Item = OsString>,
    environment: Vec<(OsString, OsString)>,
) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let ended = match Arguments::try_parse_from(&arguments) {
        Ok(Arguments { command }) => dispatch(command, &environment),
        Err(usage) => {
            // Failing to print help to a closed pipe is not an error.
            let _ = printable(&arguments).as_ref().unwrap_or(&usage).print();
            let ok = !usage.use_stderr();
            return if ok { Exit::Ok } else { Exit::Usage }.into();
        }
    };
    ended.unwrap_or_else(|error| exit::report(&error))
}

/// An error about arguments quotes them. If they are not printable, returns the same error for
/// escaped ones.
fn printable(arguments: &[OsString]) -> Option<clap::Error> {
    if arguments.iter().all(|argument| is_printable(&argument.to_string_lossy())) {
        return None;
    }
    let shown = arguments.iter().map(|argument| Printable(&argument.to_string_lossy()).to_string());
    Arguments::try_parse_from(shown).err()
}

fn dispatch(command: Command, environment: &Environment) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(args) => demo::run(args, environment),
        Command::Run(args) => run::run(args, environment),
        Command::Notify(args) => notify::run(&args, environment),
        Command::Score(args) => score::run(args, environment),
        Command::Check(args) => check::run(args, environment),
        Command::Rules(args) => rules::run(args, environment),
        Command::Memory(args) => memory::run(&args, environment),
        Command::Dlq(args) => dlq::run(args, environment),
        Command::List(args) => list::run(args, environment),
        Command::Healthcheck(args) => healthcheck::run(&args, environment),
        Command::Simulate(args) => simulate::run(args),
        Command::CardKey(args) => card_key::run(args),
    }
}
