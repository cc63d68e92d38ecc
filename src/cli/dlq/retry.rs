//! `redcard dlq retry`: decodes the records of dead letters again, and sends those that can now be
//! read to the topic that they came from.

use super::selection::{reason, settings};
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::settings::ConfigArgs;
use crate::cli::{signals, terminal};
use crate::clock::wall_now;
use crate::decode::{Decoder, Reason};
use crate::kafka::{DeadLetters, RecordPlace, Retried, RetryOptions, RetryOutcome};
use anyhow::Context;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  redcard dlq retry --config redcard.toml                         # says what would be sent
  redcard dlq retry --config redcard.toml --reason no_key --send

Nothing is sent without --send. A record that was sent is read by the service as any other; one that the
service has scored already is known by its id and counted as a duplicate.

Exit codes: 0 every record can be read now, 1 some still fail or are gone, 2 wrong arguments or
configuration, 3 Kafka failed, 130 interrupted.";

/// Send records that became dead letters, and can be read now, to their topic again
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct RetryArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Retry only dead letters of this reason (docs/reference/transaction.md lists them)
    #[arg(long, value_name = "REASON", value_parser = reason)]
    reason: Option<&'static str>,
    /// Send the records; without it, only show what would be sent
    #[arg(long)]
    send: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// How many records had each outcome.
#[derive(Debug, Default)]
struct RetryTally {
    readable: u64,
    failing: BTreeMap<&'static str, u64>,
    gone: u64,
}

pub fn run(args: RetryArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let resolved = args.config.read(environment)?.resolve()?;
    let settings = settings(&resolved)?;
    let decoder = Decoder::new(resolved.decoder);
    let interrupted = signals::interrupt_flag().context("cannot listen for signals")?;
    let letters = DeadLetters::connect(settings, interrupted)?;
    let options = RetryOptions { reason: args.reason, send: args.send, now: wall_now() };
    let mut out = BufWriter::new(io::stdout().lock());
    let mut tally = RetryTally::default();
    let retried = letters.retry(&decoder, &options, |place, fate| {
        tally.count(fate);
        match args.format {
            Format::Text => write_text(&mut out, place, fate),
            Format::Json => write_json(&mut out, place, fate),
        }
    })?;
    out.flush().context("cannot write the results")?;
    terminal::line(tally.summary(args.send, retried));
    let is_whole = tally.failing.is_empty() && tally.gone == 0;
    Ok(if is_whole { Exit::Ok } else { Exit::BadInput }.into())
}

/// The records that need attention; readable records are only counted.
fn write_text(out: &mut impl Write, place: &RecordPlace, fate: RetryOutcome) -> io::Result<()> {
    match fate {
        RetryOutcome::WouldBeSent | RetryOutcome::Sent => Ok(()),
        RetryOutcome::StillFails(reason) => {
            writeln!(out, "{place}: still fails: {}", reason.code())
        }
        RetryOutcome::Gone => writeln!(out, "{place}: gone: the topic no longer has it"),
    }
}

fn write_json(out: &mut impl Write, place: &RecordPlace, fate: RetryOutcome) -> io::Result<()> {
    let (name, reason) = match fate {
        RetryOutcome::WouldBeSent => ("would_be_sent", None),
        RetryOutcome::Sent => ("sent", None),
        RetryOutcome::StillFails(reason) => ("still_fails", Some(reason.code())),
        RetryOutcome::Gone => ("gone", None),
    };
    let RecordPlace { topic, partition, offset } = place;
    let line = json!({
        "topic": topic, "partition": partition, "offset": offset, "fate": name, "reason": reason,
    });
    writeln!(out, "{line}")
}

impl RetryTally {
    fn count(&mut self, fate: RetryOutcome) {
        match fate {
            RetryOutcome::WouldBeSent | RetryOutcome::Sent => self.readable += 1,
            RetryOutcome::StillFails(reason) => {
                *self.failing.entry(Reason::code(reason)).or_default() += 1
            }
            RetryOutcome::Gone => self.gone += 1,
        }
    }

    /// The numbers of the lines add up to the records that dead letters name.
    fn summary(&self, sent: bool, retried: Retried) -> String {
        let failing: u64 = self.failing.values().sum();
        let reasons = self.failing.iter().map(|(reason, count)| format!("{reason} {count}"));
        let reasons = reasons.collect::<Vec<_>>().join(", ");
        let readable = if sent { "sent         " } else { "would be sent" };
        let Self { readable: count, gone, .. } = self;
        let mut text = format!("{readable}  {count}\nstill fail     {failing}");
        if failing > 0 {
            // Writing to a String cannot fail.
            let _ = write!(text, " ({reasons})");
        }
        let _ = write!(text, "\ngone           {gone}");
        if retried.repeated > 0 {
            let _ = write!(text, "\nnamed again    {}", retried.repeated);
        }
        if retried.foreign > 0 {
            let _ = write!(text, "\nnot of here    {}", retried.foreign);
        }
        if retried.is_cut {
            text.push_str("\nthere are more; these were the first that one retry takes");
        }
        if !sent && self.readable > 0 {
            text.push_str("\nnothing was sent; --send sends them");
        }
        text
    }
}
