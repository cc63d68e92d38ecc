//! The arguments of `redcard simulate`, and a run from the seed to the summary.

use super::lines::{Lines, is_broken_pipe};
use super::sink::Sink;
use super::tally::EpisodeTally;
use crate::backtest::labels::LabelDelay;
use crate::cli::numbers::{probability, rate};
use crate::cli::{signals, terminal};
use crate::clock::{monotonic_now, wall_now};
use crate::config::{self, Brokers, ConfigDuration};
use crate::demo::pace::Pace;
use crate::generate::{CARDS_MAX, Generator, GeneratorSettings, Population};
use crate::transaction::Time;
use anyhow::Context;
use rand::TryRng;
use rand::rngs::SysRng;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// The random seed for a file or standard output if none is given.
const SEED_DEFAULT: u64 = 1;
/// How many messages are generated for a file or standard output by default.
const COUNT_DEFAULT: u64 = 100_000;
/// A Monday.
const START_DEFAULT: &str = "2026-01-05T00:00:00Z";

const EXAMPLES: &str = "\
Examples:
  redcard simulate --count 1000000 --output day.jsonl.zst --labels day.labels.jsonl
  redcard simulate --seed 7 --fraud-rate 0.01 | redcard score - --alerts-only
  redcard simulate --brokers localhost:9092 --topic transactions --rate 500

The same seed and options give the same bytes. docs/reference/simulate.md says what is generated.";

/// Generate card traffic with labelled fraud, to a file or into Kafka
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct SimulateArgs {
    /// Random seed; default 1, or into Kafka a new one each time
    #[arg(long)]
    seed: Option<u64>,
    /// Number of messages; default 100000, or with --until and into Kafka without a limit
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// People, each with a card
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(CARDS_MAX)))]
    cards: u32,
    /// How people and thieves behave, and which fields messages have: ordinary, frugal, restless, stalked,
    /// terse or bare
    #[arg(long, value_name = "NAME", default_value = "ordinary", value_parser = population)]
    population: &'static Population,
    /// Probability that a genuine charge is followed by a fraud on the same card
    #[arg(long, value_name = "0..1", default_value_t = 0.001, value_parser = probability)]
    fraud_rate: f64,
    /// When the traffic starts (RFC 3339), or how long ago, as in `-30d`
    #[arg(long, value_name = "TIME", default_value = START_DEFAULT, allow_hyphen_values = true, value_parser = start)]
    start: Start,
    /// Stop before the first message of this time or a later one (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Time::parse)]
    until: Option<Time>,
    /// No fraud before this long after the start, so that cards have a history
    #[arg(long, value_name = "SPAN", default_value = "0d")]
    clean: ConfigDuration,
    /// Write here instead of standard output; .gz and .zst are compressed
    #[arg(long, short, value_name = "FILE", conflicts_with = "brokers")]
    output: Option<PathBuf>,
    /// Write labels of fraud here, one JSON object per line; .gz and .zst are compressed
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Write the same labels here in the format of the labels topic, each known some days later;
    /// .gz and .zst are compressed
    #[arg(long, value_name = "FILE", conflicts_with = "card_numbers")]
    topic_labels: Option<PathBuf>,
    /// Send to Kafka instead: `host:port`, comma separated
    #[arg(long, value_name = "BROKERS")]
    brokers: Option<Brokers>,
    /// The topic to send to
    #[arg(long, value_name = "NAME", default_value = "transactions", requires = "brokers")]
    topic: String,
    /// Any property of the client library, as in `security.protocol=SSL`
    #[arg(long = "property", value_name = "KEY=VALUE", requires = "brokers", value_parser = property)]
    properties: Vec<(String, String)>,
    /// A secret property, read from the file that contains its value, as in `sasl.password=FILE`
    #[arg(long = "property-file", value_name = "KEY=FILE", requires = "brokers", value_parser = property_file)]
    property_files: Vec<(String, PathBuf)>,
    /// Messages per second; without it, as fast as possible
    #[arg(long, value_name = "N", value_parser = rate)]
    rate: Option<f64>,
    /// Test card numbers instead of tokens, to try out tokenization
    #[arg(long)]
    card_numbers: bool,
    /// No summary
    #[arg(long, short)]
    quiet: bool,
}

/// When the traffic starts.
#[derive(Debug, Clone, Copy)]
enum Start {
    At(Time),
    Ago(ConfigDuration),
}

fn start(text: &str) -> Result<Start, &'static str> {
    let ago = text.strip_prefix('-').and_then(|span| span.parse().ok()).map(Start::Ago);
    ago.or_else(|| Time::parse_rfc3339(text).map(Start::At)).ok_or(
        "neither a time such as 2026-01-05T00:00:00Z nor a span of time before now such as -30d",
    )
}

fn population(name: &str) -> Result<&'static Population, String> {
    Population::named(name).ok_or_else(|| {
        let names: Vec<_> = Population::ALL.iter().map(|population| population.name).collect();
        format!("no such population; there are {}", names.join(", "))
    })
}

/// Secrets are refused because other users of the machine can read a process's arguments.
fn property(text: &str) -> Result<(String, String), &'static str> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let (key, value) = pair.ok_or("not of the form KEY=VALUE")?;
    if config::is_secret_property(key) {
        return Err("a secret must not be on the command line: use --property-file KEY=FILE");
    }
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

fn property_file(text: &str) -> Result<(String, PathBuf), &'static str> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let (key, path) = pair.ok_or("not of the form KEY=FILE")?;
    Ok((key.trim().to_owned(), path.into()))
}

pub fn run(args: SimulateArgs) -> anyhow::Result<ExitCode> {
    let stop = signals::interrupt_flag().context("cannot listen for signals")?;
    let mut run = Run::prepare(&args, args.seed()?)?;
    let began = monotonic_now();
    let written = run.go(args.count(), &stop);
    let finished = run.sink.finish();
    run.labels.map_or(Ok(()), Lines::finish)?;
    run.topic_labels.map_or(Ok(()), Lines::finish)?;
    match written.and(finished) {
        Ok(()) if !args.quiet => terminal::line(run.tally.summary(monotonic_now() - began)),
        Err(error) if !is_broken_pipe(&error) => return Err(error),
        _ => {}
    }
    Ok(ExitCode::SUCCESS)
}

impl SimulateArgs {
    /// A topic may already contain an earlier run. The same seed would repeat its transactions,
    /// which would count as duplicates, so each run into Kafka draws a new seed.
    fn seed(&self) -> anyhow::Result<u64> {
        match (self.seed, &self.brokers) {
            (Some(seed), _) => Ok(seed),
            (None, None) => Ok(SEED_DEFAULT),
            (None, Some(_)) => {
                let drawn = SysRng.try_next_u32().context("no random bytes from the system")?;
                if !self.quiet {
                    terminal::line(format_args!("--seed {drawn}"));
                }
                Ok(drawn.into())
            }
        }
    }

    fn count(&self) -> u64 {
        let is_bounded = self.brokers.is_none() && self.until.is_none();
        let default = if is_bounded { COUNT_DEFAULT } else { u64::MAX };
        self.count.unwrap_or(default)
    }

    fn settings(&self, seed: u64) -> GeneratorSettings {
        let start = match self.start {
            Start::At(time) => time,
            Start::Ago(span) => Time(wall_now().millis() - span.as_ms()),
        };
        GeneratorSettings {
            seed,
            population: *self.population,
            cards: self.cards,
            fraud_rate: self.fraud_rate,
            start,
            fraud_from: Time(start.millis().saturating_add(self.clean.as_ms())),
            card_numbers: self.card_numbers,
        }
    }

    fn sink(&self) -> anyhow::Result<Sink> {
        let Some(brokers) = &self.brokers else { return Sink::lines(self.output.as_deref()) };
        let mut properties: BTreeMap<_, _> = self.properties.iter().cloned().collect();
        for (key, path) in &self.property_files {
            let value = config::read_secret(path, "--property-file")?;
            properties.insert(key.clone(), value.to_string());
        }
        Sink::topic(brokers.as_str(), &self.topic, &properties)
    }
}

/// One run of the command.
struct Run {
    generator: Generator,
    sink: Sink,
    labels: Option<Lines>,
    topic_labels: Option<Lines>,
    delay: LabelDelay,
    until: Option<Time>,
    pace: Pace,
    tally: EpisodeTally,
}

impl Run {
    fn prepare(args: &SimulateArgs, seed: u64) -> anyhow::Result<Self> {
        let lines = |path: &Option<PathBuf>| {
            path.as_deref().map(|path| Lines::create(Some(path))).transpose()
        };
        Ok(Self {
            sink: args.sink()?,
            labels: lines(&args.labels)?,
            topic_labels: lines(&args.topic_labels)?,
            delay: LabelDelay::default(),
            until: args.until,
            generator: Generator::new(args.settings(seed)),
            pace: Pace::new(args.rate),
            tally: EpisodeTally::default(),
        })
    }

    fn go(&mut self, count: u64, stop: &AtomicBool) -> anyhow::Result<()> {
        let mut message = Vec::new();
        for _ in 0..count {
            if self.pace.would_wait() {
                self.sink.flush()?;
            }
            self.pace.wait(stop);
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let generated = self.generator.generate();
            if self.until.is_some_and(|until| until <= generated.time()) {
                break;
            }
            message.clear();
            generated.write_json(&mut message);
            if !self.sink.write(&generated, &mut message, stop)? {
                break;
            }
            if let Some(label) = generated.label() {
                write_label(self.labels.as_mut(), &label)?;
                let known_after_ms = self.delay.draw_ms(&label.card(), &label.id());
                write_label(self.topic_labels.as_mut(), &label.topic_label(known_after_ms))?;
            }
            self.tally.count(&generated);
        }
        Ok(())
    }
}

fn write_label(labels: Option<&mut Lines>, label: &impl Serialize) -> anyhow::Result<()> {
    let Some(labels) = labels else { return Ok(()) };
    let mut line = serde_json::to_vec(label)?;
    line.push(b'\n');
    labels.write(&line)
}
