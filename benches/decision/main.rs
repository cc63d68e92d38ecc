//! Measures what a message costs, as a ratio to reading it with serde_json's derive into borrowed
//! text.
//!
//! Rounds of both are interleaved in one process, so that anything that slows the machine slows
//! both. The median of the rounds' ratios is printed. `cargo bench --bench decision -- --test` runs
//! one short round of each, to show that it still works.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark counts small numbers, and may end where it fails"
)]

mod baseline;
#[path = "../../tests/fixtures/mod.rs"]
mod fixtures;
mod population;
mod remembered;
mod template;

use population::Population;
use remembered::{Remembered, Spread};

use redcard::clock::monotonic_now;
use redcard::decode::Decoder;
use redcard::engine::Rendering;
use redcard::{decode, memory, rules, transaction};
use std::hint::black_box;
use std::sync::Arc;

/// How much is measured.
struct Effort {
    rounds: usize,
    calls_per_round: u32,
    /// How many cards the largest memory has.
    cards: usize,
}

/// Five million cards take 6 GB.
const FULL: Effort = Effort { rounds: 101, calls_per_round: 20_000, cards: 5_000_000 };
const SMOKE: Effort = Effort { rounds: 1, calls_per_round: 10, cards: 2_000 };
const FEW_CARDS: usize = 1_000;

fn main() {
    let effort = if is_smoke() { SMOKE } else { FULL };
    let decoder = Arc::new(fixtures::decoder());
    for (name, message) in [("full", fixtures::FULL_MESSAGE), ("short", fixtures::SHORT_MESSAGE)] {
        let parse = || drop(black_box(baseline::parse(black_box(message.as_bytes()))));
        let decode = || drop(black_box(decoder.decode(black_box(message.as_bytes()), None)));
        assert!(
            baseline::parse(message.as_bytes()).is_ok()
                && decoder.decode(message.as_bytes(), None).is_ok()
        );
        let label = format!("decode, {name} message of {} bytes", message.len());
        compare(&label, &effort, 1, parse, decode);
        for spread in remembered::SPREADS {
            for rendering in [Rendering::Alerts, Rendering::EveryDecision] {
                decision((name, message), spread, rendering, &effort, &decoder);
            }
        }
    }
    populations(&effort, &decoder);
}

/// Decisions on many cards, as a ratio to few. Rounds of both are interleaved.
fn populations(effort: &Effort, decoder: &Arc<Decoder>) {
    let label = format!("bytes to decision, short message, 8 charges, {} cards", effort.cards);
    if !is_wanted(&label) {
        return;
    }
    let mut few = Population::new(fixtures::SHORT_MESSAGE, FEW_CARDS, decoder);
    let mut many = Population::new(fixtures::SHORT_MESSAGE, effort.cards, decoder);
    let batches = (effort.calls_per_round as usize).div_ceil(remembered::BATCH);
    let rounds: Vec<(f64, f64)> =
        (0..effort.rounds).map(|_| (few.nanoseconds(batches), many.nanoseconds(batches))).collect();
    let ratio = median(rounds.iter().map(|(few, many)| many / few));
    let [few, many] = [median(rounds.iter().map(|r| r.0)), median(rounds.iter().map(|r| r.1))];
    println!("{label}: {many:.0} ns, {FEW_CARDS} cards {few:.0} ns, ratio {ratio:.2}");
}

/// From bytes to a decision with the shipped rules, for cards with 64 remembered charges. What is
/// published is also rendered: alerts alone by default, every decision if there is a topic for them.
fn decision(
    (name, message): (&str, &str),
    spread: Spread,
    rendering: Rendering,
    effort: &Effort,
    decoder: &Arc<Decoder>,
) {
    let parse = || {
        for _ in 0..remembered::BATCH {
            drop(black_box(baseline::parse(black_box(message.as_bytes()))));
        }
    };
    let mut cards = Remembered::new(message, spread, rendering, decoder);
    let published = match rendering {
        Rendering::EveryDecision => "every decision published",
        Rendering::Alerts | Rendering::Flagged | Rendering::Never => "alerts published",
    };
    let label = format!("bytes to decision, {name} message, {}, {published}", spread.label());
    compare(&label, effort, remembered::BATCH, parse, || cards.decide_batch());
}

/// Cargo passes `--bench` for `cargo bench` but not for `cargo test --benches`.
fn is_smoke() -> bool {
    let has = |name: &str| std::env::args().any(|argument| argument == name);
    has("--test") || !has("--bench")
}

/// Arguments that are not options select measurements by label, as in
/// `cargo bench --bench decision -- 'short message'`.
fn is_wanted(label: &str) -> bool {
    let mut names =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).peekable();
    names.peek().is_none() || names.any(|name| label.contains(&name))
}

/// Prints both medians and the median of the ratios of `ours` to `baseline`.
fn compare(
    label: &str,
    effort: &Effort,
    messages_per_call: usize,
    mut baseline: impl FnMut(),
    mut ours: impl FnMut(),
) {
    if !is_wanted(label) {
        return;
    }
    let rounds: Vec<(f64, f64)> = (0..effort.rounds)
        .map(|_| {
            let nanoseconds_of =
                |call: &mut dyn FnMut()| nanoseconds(effort, messages_per_call, call);
            (nanoseconds_of(&mut baseline), nanoseconds_of(&mut ours))
        })
        .collect();
    let ratio = median(rounds.iter().map(|(baseline, ours)| ours / baseline));
    let baseline = median(rounds.iter().map(|(baseline, _)| *baseline));
    let ours = median(rounds.iter().map(|(_, ours)| *ours));
    println!("{label}: serde_json {baseline:.0} ns, redcard {ours:.0} ns, ratio {ratio:.2}");
}

/// Nanoseconds per message, averaged over a round.
fn nanoseconds(effort: &Effort, messages_per_call: usize, call: &mut dyn FnMut()) -> f64 {
    let calls = (effort.calls_per_round as usize).div_ceil(messages_per_call);
    let start = monotonic_now();
    for _ in 0..calls {
        call();
    }
    start.elapsed().as_nanos() as f64 / (calls * messages_per_call) as f64
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
