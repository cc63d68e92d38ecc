//! Measures how well the rules detect fraud: generated populations run through the production
//! engine, and each decision is compared with what the generator knows about the charge.
//!
//! `cargo bench --bench detection` reports on populations that the shipped rules were not tuned on;
//! `-- tuning` reports on those that they were tuned on. docs/rules/shipped.md explains the tables.
//! The output is Markdown.
//!
//! ```text
//! Generator ─▶ Decoder ─▶ Engine ─▶ tally.rs: by fraud, rule, day ─▶ report.rs
//!     └────────────── label ───────────▶┘
//! ```

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

#[path = "../../tests/fixtures/mod.rs"]
mod fixtures;
mod options;
mod report;
mod tally;

use options::{Options, Trial};
use redcard::engine::{Engine, Outcome};
use redcard::generate::{self, Generator};
use redcard::memory::{Limits, Memory};
use redcard::rules::Ruleset;
use redcard::transaction::{DAY_MS, Time};
use redcard::{decode, memory, rules, transaction};
use std::sync::Arc;
use tally::{Charge, Tally};

/// Decisions count only after this time, when cards have a history.
const CLEAN_MS: i64 = 30 * DAY_MS;
/// 2026-11-02, a Monday. Counting therefore begins in December, the season of presents.
const START: Time = Time(1_793_577_600_000);

fn main() {
    let options = Options::from_arguments();
    let ruleset = Arc::new(fixtures::compiled(&options.sources()));
    println!("Rules: {} {}, {} rules", ruleset.id.name, ruleset.id.version, ruleset.rules().len());
    let mut overview = Vec::new();
    for trial in options.trials() {
        let tally = measure(&trial, &ruleset);
        report::trial(&trial, &tally, &ruleset);
        overview.push((trial, tally));
    }
    report::overview(&overview);
}

/// Runs a population through the engine and counts the decisions.
fn measure(trial: &Trial, ruleset: &Arc<Ruleset>) -> Tally {
    let mut generator = Generator::new(generate::GeneratorSettings {
        seed: trial.seed,
        population: trial.population,
        cards: trial.cards,
        fraud_rate: trial.fraud_rate,
        start: START,
        fraud_from: Time(START.millis() + CLEAN_MS),
        card_numbers: false,
    });
    let decoder = fixtures::decoder();
    let mut engine = Engine::new(Arc::clone(ruleset));
    let mut memory = Memory::new(Limits {
        retention_ms: fixtures::RETENTION_MS,
        events_per_card: fixtures::EVENTS_PER_CARD,
        cards: 10_000_000,
        bytes: 4 << 30,
    });
    let mut tally = Tally::new(ruleset.rules().len());
    let mut message = Vec::new();
    let until = START.millis() + CLEAN_MS + i64::from(trial.days) * DAY_MS;
    loop {
        let generated = generator.generate();
        if generated.time().millis() >= until {
            return tally;
        }
        message.clear();
        generated.write_json(&mut message);
        let (mut tx, _) =
            decoder.decode(&message, None).expect("generated messages are well formed");
        let Outcome::Decided { decision, role, .. } = engine.decide(&mut memory, &mut tx, None)
        else {
            continue;
        };
        if generated.time().millis() >= START.millis() + CLEAN_MS {
            tally.count(&Charge { label: generated.label(), decision: &decision, role });
        }
    }
}
