//! Parses the command line and runs the command.

use super::environment::Environment;
use super::exit::{self, Exit};
use super::{
    backtest, card_key, check, demo, dlq, features, healthcheck, list, memory, notify, rules, run,
    score, simulate,
};
use crate::decode::{contains_card_number, mask_card_numbers};
use crate::printable::{Printable, is_printable};
use clap::{CommandFactory, Parser, Subcommand};
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
    Backtest(Box<backtest::BacktestArgs>),
    Features(features::FeaturesArgs),
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
            let ok = !usage.use_stderr();
            // Failing to print help to a closed pipe is not an error.
            let _ = showable(&arguments, usage).print();
            return if ok { Exit::Ok } else { Exit::Usage }.into();
        }
    };
    ended.unwrap_or_else(|error| exit::report(&error))
}

/// An error about arguments quotes them. If they cannot be shown as they are, returns the same error for
/// arguments with invisible characters escaped and card numbers masked.
fn showable(arguments: &[OsString], usage: clap::Error) -> clap::Error {
    let texts = || arguments.iter().map(|argument| argument.to_string_lossy());
    let has_number = texts().any(|text| contains_card_number(text.as_bytes()));
    if !has_number && texts().all(|text| is_printable(&text)) {
        return usage;
    }
    let shown = texts().map(|text| Printable(&mask_card_numbers(&text)).to_string());
    match Arguments::try_parse_from(shown).err() {
        Some(same) => same,
        // The error depends on the exact argument, which may be the card number.
        None if has_number => Arguments::command().error(usage.kind(), "an argument is not valid"),
        None => usage,
    }
}

fn dispatch(command: Command, environment: &Environment) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(args) => demo::run(args, environment),
        Command::Run(args) => run::run(args, environment),
        Command::Notify(args) => notify::run(&args, environment),
        Command::Score(args) => score::run(args, environment),
        Command::Backtest(args) => backtest::run(&args, environment),
        Command::Features(args) => features::run(&args, environment),
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
