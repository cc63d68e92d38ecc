//! The arguments of `redcard memory`, and the search for the card's partition.

use super::report::CardReport;
use super::{json, text};
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::settings::ConfigArgs;
use crate::cli::{lookup, output, signals, terminal};
use crate::kafka::{Lookup, Remembered};
use crate::memory::CardKey;
use crate::printable::Printable;
use anyhow::Context;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  redcard memory --config redcard.toml --card c_9f21
  redcard memory --config redcard.toml --card c_9f21 --format json

Exit codes: 0 shown, 2 wrong arguments or configuration, or a card that is not remembered, 3 Kafka failed,
130 interrupted.";

/// Show what the history remembers of a card
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct MemoryArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The card's token; never a card number
    #[arg(long, value_name = "TOKEN")]
    card: String,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub fn run(args: &MemoryArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    lookup::check_token(&args.card)?;
    let resolved = args.config.read(environment)?.resolve()?;
    let settings = lookup::settings(&resolved)?;
    let (history, input) = (settings.history.clone(), settings.transactions.clone());
    let interrupted = signals::interrupt_flag().context("cannot listen for signals")?;
    let mut lookup = Lookup::connect(settings, interrupted)?;
    let partitions = lookup.partitions(&args.card);
    for partition in &partitions {
        let Remembered { mut memory, next_offset, history_end } = lookup.memory(*partition)?;
        let card = memory.open(CardKey::of(&args.card));
        let Some(past) = card.recall_all() else { continue };
        let shown = CardReport {
            card: &args.card,
            partition: *partition,
            history: &history,
            input: &input,
            history_end,
            next_offset,
            currency: resolved.environment.base_currency,
            past,
            last_alert: card.last_alert(),
        };
        let written = match args.format {
            Format::Text => output::results(&text::of(&shown)),
            Format::Json => output::json(&json::of(&shown)?),
        };
        written.context("cannot write what is remembered")?;
        return Ok(Exit::Ok.into());
    }
    let count = partitions.len();
    terminal::error(Printable(&format!(
        "card {} is not remembered: {history} has no charge of it within `memory.retention` \
         ({count} partitions were read), or it was evicted because a memory limit was reached",
        args.card
    )));
    Ok(Exit::Usage.into())
}
