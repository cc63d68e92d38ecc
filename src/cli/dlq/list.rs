//! `redcard dlq list`: counts dead letters by reason, or lists those of one reason with their
//! places.

use super::selection::{reason, settings};
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::settings::ConfigArgs;
use crate::cli::table::Table;
use crate::cli::{output, signals, terminal};
use crate::kafka::{DeadLetter, DeadLetters, RecordPlace};
use crate::printable::{self, Printable};
use crate::transaction::Time;
use anyhow::Context;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  redcard dlq list --config redcard.toml
  redcard dlq list --config redcard.toml --reason not_json --format json

Exit codes: 0 shown, 2 wrong arguments or configuration, 3 Kafka failed, 130 interrupted.";

/// Show how many dead letters there are of each reason and topic; with `--reason`, where each record is
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ListArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Show each dead letter of this reason (docs/reference/transaction.md lists them)
    #[arg(long, value_name = "REASON", value_parser = reason)]
    reason: Option<&'static str>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// The dead letters of one reason and topic.
#[derive(Debug, Default)]
struct LetterSum {
    count: u64,
    first: Option<Time>,
    last: Option<Time>,
}

/// By reason, and by the topic of the records; `None` for letters that name no record.
type Sums = BTreeMap<(&'static str, Option<String>), LetterSum>;

pub fn run(args: &ListArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let resolved = args.config.read(environment)?.resolve()?;
    let settings = settings(&resolved)?;
    let topic = settings.dead_letters.clone();
    let interrupted = signals::interrupt_flag().context("cannot listen for signals")?;
    let letters = DeadLetters::connect(settings, interrupted)?;
    match args.reason {
        None => sums(&letters, args.format, &topic)?,
        Some(reason) => places(&letters, reason, args.format, &topic)?,
    }
    Ok(Exit::Ok.into())
}

fn sums(letters: &DeadLetters, format: Format, topic: &str) -> anyhow::Result<()> {
    let mut sums = Sums::new();
    letters.each(|letter| {
        let topic = letter.source.map(|source| source.topic);
        sums.entry((letter.reason, topic)).or_default().add(letter.written);
        ControlFlow::Continue(())
    })?;
    let written = match format {
        Format::Text => output::results(&table(&sums)),
        Format::Json => {
            output::json(&sums.iter().map(|(of, sum)| sum.to_json(of)).collect::<String>())
        }
    };
    written.context("cannot write the dead letters")?;
    let all: u64 = sums.values().map(|sum| sum.count).sum();
    terminal::line(format_args!("{all} dead letters in {topic}"));
    Ok(())
}

impl LetterSum {
    fn add(&mut self, written: Option<Time>) {
        self.count += 1;
        let earlier = |first: Time| written.map_or(first, |written| first.min(written));
        self.first = self.first.map(earlier).or(written);
        self.last = self.last.max(written);
    }

    fn to_json(&self, (reason, topic): &(&str, Option<String>)) -> String {
        let (first, last) = (time(self.first), time(self.last));
        let count = self.count;
        let sum = json!({
            "reason": reason, "count": count, "first": first, "last": last, "topic": topic,
        });
        format!("{sum}\n")
    }
}

fn table(sums: &Sums) -> String {
    if sums.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["reason", "dead letters", "first", "last", "topic"]);
    for ((reason, topic), sum) in sums {
        let text = |at: Option<Time>| at.map(|at| at.to_string()).unwrap_or_default();
        let (first, last) = (text(sum.first), text(sum.last));
        let topic = topic.clone().unwrap_or_default();
        table.row(vec![(*reason).to_owned(), sum.count.to_string(), first, last, topic]);
    }
    table.render(terminal::width())
}

/// One line per dead letter, written as it is read.
fn places(letters: &DeadLetters, reason: &str, format: Format, topic: &str) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut written, mut count) = (Ok(()), 0_u64);
    letters.each(|letter| {
        if letter.reason != reason {
            return ControlFlow::Continue(());
        }
        count += 1;
        written = match format {
            Format::Text => writeln!(out, "{}", Printable(&text_of(&letter, topic))),
            Format::Json => {
                writeln!(out, "{}", printable::json(&json_of(&letter, topic).to_string()))
            }
        };
        if written.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
        ended => ended.context("cannot write the dead letters")?,
    }
    terminal::line(format_args!("{count} dead letters with the reason {reason} in {topic}"));
    Ok(())
}

fn text_of(letter: &DeadLetter, topic: &str) -> String {
    let written = letter.written.map(|at| at.to_string()).unwrap_or_default();
    let DeadLetter { partition, offset, .. } = letter;
    let own = format!("{topic} partition {partition} offset {offset}");
    match &letter.source {
        Some(source) => format!("{source}  {written}  ({own})"),
        None => format!("names no record  {written}  ({own})"),
    }
}

fn json_of(letter: &DeadLetter, topic: &str) -> Value {
    let source = letter.source.as_ref().map(|RecordPlace { topic, partition, offset }| {
        json!({"topic": topic, "partition": partition, "offset": offset})
    });
    json!({
        "reason": letter.reason, "time": time(letter.written), "source": source,
        "dead_letter": {"topic": topic, "partition": letter.partition, "offset": letter.offset},
    })
}

fn time(at: Option<Time>) -> Option<String> {
    at.map(|at| at.to_string())
}
