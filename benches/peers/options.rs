//! Parses the arguments: a loop to run, or the extent of the measurement.

use super::loops::Order;
use anyhow::{Context, bail};
use std::fmt;

/// What this process runs.
pub enum Mode {
    /// The loop that decodes. It gets a separate process, so that its CPU time is measured alone.
    Loop(Order),
    Measure(Options),
}

#[derive(Debug, Clone)]
pub struct Options {
    pub smoke: bool,
    /// The number of messages in the backlog that is measured on.
    pub messages: u64,
    pub cards: u32,
    pub partitions: i32,
    pub rounds: usize,
    /// Measures only the contenders whose names begin with this, besides the loop.
    pub only: String,
}

/// The same traffic as in the benchmark of redcard alone.
const FULL: Options = Options {
    smoke: false,
    messages: 2_000_000,
    cards: 30_000,
    partitions: 4,
    rounds: 3,
    only: String::new(),
};

const SMOKE: Options = Options {
    smoke: true,
    messages: 20_000,
    cards: 500,
    partitions: 2,
    rounds: 1,
    only: String::new(),
};

impl Options {
    /// `[--messages N] [--cards N] [--partitions N] [--rounds N] [--only NAME]`
    pub fn from_arguments() -> anyhow::Result<Mode> {
        let mut arguments = std::env::args().skip(1).peekable();
        if arguments.peek().is_some_and(|first| first == Order::ARGUMENT) {
            return Order::from_arguments(arguments.skip(1)).map(Mode::Loop);
        }
        // Cargo passes `--bench` for `cargo bench` but not for `cargo test --benches`.
        let has = |name: &str| std::env::args().any(|argument| argument == name);
        let mut options = if has("--test") || !has("--bench") { SMOKE } else { FULL };
        while let Some(name) = arguments.next() {
            if matches!(name.as_str(), "--bench" | "--test") {
                continue;
            }
            let value = arguments.next().with_context(|| format!("{name} needs a value"))?;
            options.set(&name, &value)?;
        }
        Ok(Mode::Measure(options))
    }

    fn set(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        if name == "--only" {
            value.clone_into(&mut self.only);
            return Ok(());
        }
        let number: u32 = value.parse().with_context(|| format!("{name} {value}: not a count"))?;
        match name {
            "--messages" => self.messages = number.into(),
            "--cards" => self.cards = number,
            "--partitions" => self.partitions = i32::try_from(number)?,
            "--rounds" => self.rounds = usize::try_from(number)?,
            _ => bail!("there is no option {name}"),
        }
        Ok(())
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages, cards, partitions, rounds, .. } = self;
        write!(
            f,
            "{messages} messages of {cards} cards in {partitions} partitions, {rounds} rounds"
        )
    }
}
