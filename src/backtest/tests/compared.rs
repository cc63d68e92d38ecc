//! Compares reports with what the naive implementation expects.

use super::naive::{NaiveCase, card_count, cases, expected};
use super::random_history::{History, Random, random_history};
use crate::backtest::assembly::{BudgetRequest, ReportedInput, Request, assemble};
use crate::backtest::labels::{LabelBook, LabelDelay};
use crate::backtest::report::{Detection, Report, RulesetReport};
use crate::backtest::run::{Backtest, BacktestSettings, MessageBlock, Unlabelled};
use crate::fixtures;
use crate::memory::Limits;
use crate::pipeline::{Incoming, Pipeline};
use crate::rules::{Action, Ruleset, ScheduledLists};
use crate::transaction::{DAY_MS, Time};
use serde_json::{Value, json};
use std::sync::Arc;

const RULES: &str = r#"
[ruleset]
name = "first"
version = "1"
review = 100
decline = 300
alert_cooldown = "2d"

[[rule]]
id = "again"
when = 'card.last("10d").size() >= 2'
points = 'card.last("10d").size() * 25'
severity = "medium"
reason = "AGAIN"
message = "{card.last(\"10d\").size()} charges"

[[rule]]
id = "large"
when = 'amount >= 150.00'
points = 60
severity = "low"
reason = "LARGE"
message = "{amount}"

[[rule]]
id = "trusted"
when = 'merchant.id == "m_1"'
points = -80
severity = "low"
reason = "TRUSTED"
message = "trusted"

[[rule]]
id = "known"
when = 'card.last("30d").exists(t, t.fraud)'
points = 10
action = "decline"
severity = "high"
reason = "KNOWN"
message = "known"

[[rule]]
id = "shop"
when = 'merchant.id == "m_2"'
points = 90
mode = "shadow"
severity = "low"
reason = "SHOP"
message = "shop"

[[rule]]
id = "idle"
when = 'amount >= 199.99'
points = 0
severity = "low"
reason = "IDLE"
message = "idle"
"#;

const LIMITS: Limits = Limits {
    retention_ms: fixtures::RETENTION_MS,
    events_per_card: 64,
    cards: 1_000,
    bytes: 1 << 30,
};
const MATURE_AFTER_MS: i64 = 4 * DAY_MS;

struct Compared {
    history: History,
    rulesets: [Arc<Ruleset>; 2],
    as_of: Time,
}

impl Compared {
    fn random(seed: u64) -> Self {
        let mut random = Random(seed);
        let history = random_history(&mut random, 300);
        let other = RULES.replace("points = 60", "points = 110").replace("first", "second");
        let ruleset = |text: &str| Arc::new(fixtures::ruleset_of(text));
        let newest = history.messages.iter().map(|sent| sent.time).max().unwrap();
        // Sometimes labels are left out.
        let as_of = Time(newest.millis() + random.below(8) as i64 * DAY_MS - 2 * DAY_MS);
        Self { history, rulesets: [ruleset(RULES), ruleset(&other)], as_of }
    }

    fn report(&self, threads: usize, block_len: usize) -> (Report, Vec<u8>) {
        let decoder = Arc::new(fixtures::decoder());
        let pipeline = Pipeline::new(Arc::clone(&decoder), Arc::clone(&self.rulesets[0]));
        let mut labels = LabelBook::new(LabelDelay::default());
        for told in &self.history.labels {
            let line = told.json.to_string();
            labels.add(&pipeline, Incoming::line(line.as_bytes())).unwrap();
        }
        let mut backtest = Backtest::new(BacktestSettings {
            decoder,
            limits: LIMITS,
            rulesets: self.rulesets.to_vec(),
            reported: 2,
            labels,
            lists: ScheduledLists::default(),
            writes_decisions: true,
            threads,
            as_of: Some(self.as_of),
            mature_after_ms: MATURE_AFTER_MS,
            unlabelled: Unlabelled::Genuine,
        });
        let mut decisions = Vec::new();
        let mut record = 1;
        for messages in self.history.messages.chunks(block_len) {
            let mut block = MessageBlock::default();
            block.clear(record);
            for sent in messages {
                block.push(Incoming::line(sent.json.to_string().as_bytes()));
            }
            record += messages.len() as u64;
            let (result, ()) = backtest.decide(&block, || ());
            assert!(result.rejections.is_empty(), "{:?}", result.rejections);
            decisions.extend(result.decisions);
        }
        let request = Request {
            redcard: "test".into(),
            input: ReportedInput { name: "test".into(), ..ReportedInput::default() },
            paths: vec![None, None],
            budgets: vec![BudgetRequest::Share(0.1), BudgetRequest::PerDay(2)],
            sweep: None,
            replicates: 20,
        };
        (assemble(backtest.finish(), &request).unwrap(), decisions)
    }

    fn cases(&self, ruleset: usize) -> Vec<NaiveCase> {
        let known = (self.as_of, MATURE_AFTER_MS);
        cases(&self.history, &self.rulesets[ruleset], LIMITS, known)
    }
}

/// The part of a report that the naive implementation computes.
fn found(report: &RulesetReport) -> Value {
    let cents = |amount: f64| (amount * 100.0).round() as i64;
    let detection = |of: &Detection| {
        let delays = of.delay.by_transactions.iter().filter(|count| count.cards > 0);
        let before: std::collections::BTreeMap<String, u64> =
            delays.map(|count| (count.transactions.to_string(), count.cards)).collect();
        json!({
            "counts": [of.true_alerts, of.false_alerts, of.not_yet_known, of.declined],
            "values": [cents(of.true_value), cents(of.false_value)],
            "caught_cards": of.delay.caught_cards, "saved": cents(of.value_saved),
            "before": before,
            "median_minutes": of.delay.minutes.map(|minutes| minutes.median as i64),
        })
    };
    let rules: Vec<Value> = report
        .rules
        .iter()
        .map(|rule| {
            json!({
                "fired": rule.fired.all, "alerts": detection(&rule.alerts),
                "alone": [rule.alone.true_alerts, rule.alone.false_alerts], "idle": rule.idle,
            })
        })
        .collect();
    let kinds: serde_json::Map<String, Value> = report
        .kinds
        .iter()
        .map(|kind| (kind.kind.clone(), json!([kind.cases, kind.caught, cents(kind.value_saved)])))
        .collect();
    let known = report.scores.iter().filter(|score| score.fraud + score.genuine > 0);
    let scores: Vec<Value> =
        known.map(|score| json!([score.score, score.fraud, score.genuine])).collect();
    json!({
        "alerts": detection(&report.alerts), "declines": detection(&report.declines),
        "rules": rules, "kinds": kinds, "scores": scores,
    })
}

#[track_caller]
fn check(seed: u64) {
    let compared = Compared::random(seed);
    let (report, decisions) = compared.report(1, 37);
    for ruleset in 0..2 {
        let expected = expected(&compared.cases(ruleset), &compared.rulesets[ruleset]);
        let found = found(&report.rulesets[ruleset]);
        for key in ["alerts", "declines", "kinds", "scores"] {
            assert_eq!(found[key], expected[key], "{key} of ruleset {ruleset}, seed {seed}");
        }
        let rules = |of: &Value| of["rules"].as_array().unwrap().clone();
        for (rule, (found, expected)) in rules(&found).iter().zip(&rules(&expected)).enumerate() {
            assert_eq!(found, expected, "rule {rule} of ruleset {ruleset}, seed {seed}");
        }
    }
    let cases = compared.cases(0);
    assert_eq!(report.cases.all, cases.len() as u64, "seed {seed}");
    assert_eq!(report.input.cards, card_count(&cases) as u64, "seed {seed}");
    check_sides(&compared, &report, seed);
    let of_cases = |decision: &&str| cases.iter().any(|case| case.decision == **decision);
    let text = String::from_utf8(decisions.clone()).unwrap();
    assert_eq!(text.lines().filter(of_cases).count(), cases.len(), "seed {seed}");
    let json = |report: &Report| serde_json::to_string(report).unwrap();
    for (threads, block_len) in [(3, 300), (2, 5)] {
        let (again, same) = compared.report(threads, block_len);
        assert!(same == decisions, "{threads} threads, blocks of {block_len}, seed {seed}");
        assert_eq!(json(&again), json(&report), "{threads} threads, {block_len}, seed {seed}");
    }
}

fn check_sides(compared: &Compared, report: &Report, seed: u64) {
    let (first, second) = (compared.cases(0), compared.cases(1));
    let comparison = report.comparison.as_ref().unwrap();
    let is_alerted = |case: &NaiveCase| case.action != Action::Approve;
    for (alerted, side) in [
        ((true, true), &comparison.both),
        ((true, false), &comparison.only_first),
        ((false, true), &comparison.only_second),
        ((false, false), &comparison.neither),
    ] {
        let pairs = first.iter().zip(&second);
        let on_side = pairs.filter(|(one, two)| (is_alerted(one), is_alerted(two)) == alerted);
        let on_side: Vec<&NaiveCase> = on_side.map(|(case, _)| case).collect();
        let count = |outcomes: &[&str]| {
            on_side.iter().filter(|case| outcomes.contains(&case.outcome)).count() as u64
        };
        let frauds = on_side.iter().filter(|case| case.outcome == "fraud");
        let cards: std::collections::BTreeSet<usize> = frauds.map(|case| case.card).collect();
        assert_eq!(
            (side.fraud, side.genuine, side.not_yet_known, side.fraud_cards),
            (
                count(&["fraud"]),
                count(&["genuine", "assumed_genuine"]),
                count(&["not_yet_known"]),
                cards.len() as u64
            ),
            "{alerted:?}, seed {seed}"
        );
    }
}

#[test]
fn random_histories_give_the_naive_figures_on_any_number_of_threads() {
    for seed in 0..8 {
        check(seed);
    }
}
