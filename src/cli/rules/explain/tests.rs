//! Checks on generated traffic that explanations agree with the engine's decisions.

use super::report::Report;
use super::search::{TransactionSearch, Wanted};
use super::text;
use crate::cli::transactions::{ReadStep, TransactionSource};
use crate::decode::{Medium, Reason};
use crate::fixtures::{decoder, environment};
use crate::generate::{self, Generator, Population};
use crate::memory::{Limits, Memory};
use crate::pipeline::{Incoming, Pipeline};
use crate::rules::{Questions, RuleOutcome, Ruleset, SourceFile, Sources};
use crate::transaction::{DAY_MS, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

const SEEDS: std::ops::Range<u64> = 0..2;
const MESSAGES: usize = 400;

/// Rules of every mode, over values that are often absent, cut or impossible.
const MORE: &str = r#"
[features]
recent = 'card.last("2d")'
share  = 'amount / recent.max(t, t.amount)'

[[rule]]
id = "shadow"
when = 'recent.size() >= 2 && share > 0.5'
points = 'int(10.0 * share)'
severity = "low"
reason = "R"
message = "{share}"
mode = "shadow"

[[rule]]
id = "off"
when = 'amount > 1'
points = 1
severity = "low"
reason = "R"
message = "m"
mode = "off"

[[rule]]
id = "half-of-the-cards"
when = 'recent.exists(t, t.declined) || now.getHours() < 12'
points = 1
severity = "low"
reason = "R"
message = "m"
rollout = 50

[[rule]]
id = "later"
when = 'card.last("7d").size() > 3 ? card_present : !card_present'
points = 'card.last("7d").stddev(t, t.amount)'
severity = "low"
reason = "R"
message = "m"
from = "2026-01-06T00:00:00Z"
until = "2026-01-08T00:00:00Z"
"#;

/// A source without transactions.
struct Nowhere;

impl TransactionSource for Nowhere {
    fn advance(&mut self) -> anyhow::Result<ReadStep> {
        Ok(ReadStep::End)
    }

    fn incoming(&self) -> Incoming<'_> {
        unreachable!("nothing is read from here")
    }

    fn name(&self) -> String {
        "nowhere".to_owned()
    }

    fn place_of(&self, _: u64) -> String {
        "nowhere:0".to_owned()
    }

    fn medium(&self) -> Option<Medium> {
        None
    }

    fn hint(&self, _reason: Reason) -> Option<String> {
        None
    }

    fn number(&self) -> u64 {
        0
    }
}

fn ruleset(explanations: bool) -> Ruleset {
    let mut sources = Sources::shipped();
    sources.files.push(SourceFile { name: "more.toml".to_owned(), text: MORE.to_owned() });
    let questions = Questions { explanations, ..Questions::default() };
    sources
        .compile_with_queries(environment(), questions)
        .unwrap_or_else(|errors| panic!("{errors}"))
        .0
}

/// Few cards with much fraud; half of the optional fields are missing.
fn generator(seed: u64) -> Generator {
    let start = Time::parse_rfc3339("2026-01-05T00:00:00Z").unwrap();
    Generator::new(generate::GeneratorSettings {
        seed,
        population: *Population::named("terse").unwrap(),
        cards: 12,
        fraud_rate: 0.05,
        start,
        fraud_from: start,
        card_numbers: false,
    })
}

/// So small that windows are cut constantly.
const LIMITS: Limits =
    Limits { retention_ms: 30 * DAY_MS, events_per_card: 6, cards: 10, bytes: 1 << 20 };

#[test]
fn the_explanation_of_each_rule_agrees_with_the_engine() {
    let mut seen = BTreeMap::new();
    for seed in SEEDS {
        let wanted = Wanted { id: "", line: None };
        let pipeline = Pipeline::new(Arc::new(decoder()), Arc::new(ruleset(false)));
        let memory = Memory::new(LIMITS);
        let mut search = TransactionSearch::new(pipeline, ruleset(true), memory, wanted);
        let (mut generator, mut json) = (generator(seed), Vec::new());
        for _ in 0..MESSAGES {
            json.clear();
            generator.generate().write_json(&mut json);
            let mut message = search.decode(Incoming::line(&json)).unwrap();
            let report = search.explain(&mut message, &Nowhere);
            check(&report, seed);
            for rule in &report.rules {
                *seen.entry(kind(&rule.explanation.outcome)).or_insert(0) += 1;
            }
        }
    }
    // Every outcome must have occurred, or it was not tested.
    let kinds: Vec<&str> = seen.keys().copied().collect();
    assert_eq!(kinds, ["fired", "not fired", "not run", "undecided"], "{seen:?}");
}

#[track_caller]
fn check(report: &Report, seed: u64) {
    let wrong = report.disagreements();
    let shown = text::of(report, true);
    assert!(
        wrong.is_empty(),
        "seed {seed}, {wrong:?}; `cargo test --lib explain` shows it again\n{shown}"
    );
    for rule in &report.rules {
        assert!(shown.contains(&format!("\nrule {}: ", rule.info.id)), "{shown}");
        let why = rule.explanation.when.why.is_empty();
        let decided =
            rule.explanation.outcome != RuleOutcome::Undecided || rule.explanation.points.is_some();
        assert!(!why || decided, "seed {seed}: no reason is given\n{shown}");
    }
}

fn kind(outcome: &RuleOutcome) -> &'static str {
    match outcome {
        RuleOutcome::Fired(_) => "fired",
        RuleOutcome::NotFired => "not fired",
        RuleOutcome::Undecided => "undecided",
        RuleOutcome::Snoozed(_) => "snoozed",
        RuleOutcome::NotRun(_) => "not run",
    }
}
