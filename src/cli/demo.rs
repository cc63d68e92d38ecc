//! `redcard demo`: scores generated traffic and shows the alerts. It needs no installation and no
//! files.

use super::environment::Environment;
use super::exit::Exit;
use super::numbers::{probability, rate};
use super::{logging, reloading, signals};
use crate::clock::wall_now;
use crate::config::{Config, ConfigDuration, LogFormat};
use crate::decode::Decoder;
use crate::demo::{self, DemoError, Options};
use crate::generate::CARDS_MAX;
use crate::run_key;
use anyhow::Context;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// The demo's output is its alerts; logs appear only if something is wrong.
const LOG_DEFAULT: &str = "warn";

const EXAMPLES: &str = "\
Examples:
  redcard demo
  redcard demo --duration 10m --rate 2000 --cards 1000
  redcard demo --rules rules/

The same seed gives the same frauds. docs/reference/simulate.md describes them.";

/// Watch redcard at work: generated traffic on a Kafka cluster inside this process
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct DemoArgs {
    /// How long the live part lasts, after the history that comes first
    #[arg(long, value_name = "SPAN", default_value = "30s")]
    duration: ConfigDuration,
    /// Live messages per second
    #[arg(long, value_name = "N", default_value_t = 250.0, value_parser = rate)]
    rate: f64,
    /// Random seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// People, each with a card
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=i64::from(CARDS_MAX)))]
    cards: u32,
    /// Probability that a genuine live charge is followed by a fraud on the same card
    #[arg(long, value_name = "0..1", default_value_t = 0.012, value_parser = probability)]
    fraud_rate: f64,
    /// Rules file or folder instead of the shipped rules; changes take effect immediately
    #[arg(long, value_name = "PATH")]
    rules: Option<PathBuf>,
    /// Where metrics are served [default: as `run` does, or any free port if that one is taken]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

pub fn run(args: DemoArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    start_logs(environment)?;
    let options = options(args)?;
    let stop = signals::interrupt_flag().context("cannot listen for signals")?;
    let reload_requested = signals::hangup_flag().context("cannot listen for SIGHUP")?;
    match demo::run(&options, &stop, &reload_requested, &mut anstream::stdout()) {
        Ok(()) => Ok(Exit::Ok.into()),
        Err(error) if is_broken_pipe(&error) => Ok(Exit::Ok.into()),
        Err(error) => Err(error.into()),
    }
}

/// The default configuration, regardless of files and variables: the traffic is designed for it.
fn options(args: DemoArgs) -> anyhow::Result<Options> {
    let mut config = Config::default();
    config.rules.path = args.rules;
    let mut resolved = config.resolve()?;
    run_key::supply(&mut resolved.decoder);
    let rules = reloading::load_tested(&resolved.rules, resolved.environment)?;
    Ok(Options {
        seed: args.seed,
        cards: args.cards,
        rate: args.rate,
        fraud_rate: args.fraud_rate,
        duration: args.duration.as_duration(),
        listen: (args.listen.unwrap_or(resolved.http_listen), args.listen.is_some()),
        now: wall_now(),
        decoder: Arc::new(Decoder::new(resolved.decoder)),
        limits: resolved.limits,
        ruleset: rules.ruleset,
        origin: rules.origin,
    })
}

fn start_logs(environment: &Environment) -> Result<(), logging::LogError> {
    let mut environment = environment.to_vec();
    if !environment.iter().any(|(name, _)| name == "RUST_LOG") {
        environment.push(("RUST_LOG".into(), LOG_DEFAULT.into()));
    }
    logging::start(LogFormat::Human, &environment)
}

/// Whether the reader of standard output closed the pipe.
fn is_broken_pipe(error: &DemoError) -> bool {
    matches!(error, DemoError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
}
