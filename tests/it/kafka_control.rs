//! Tests the control share on a real Kafka: what is published about a decline that is let through, and
//! that labels about it are counted, also after a restart.

use crate::support::broker;
use crate::support::client::{self, Incoming, Outgoing};
use crate::support::messages::{Charge, DAY_MS, HOUR_MS, rfc3339};
use crate::support::redcard::{self, Redcard, Setup, Topics};
use crate::support::{PATIENCE, wait_within, wall_millis};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const PARTITIONS: i32 = 2;
const CARDS: usize = 60;
const CHARGES_PER_CARD: usize = 2;

const RULES: &str = r#"
[ruleset]
name = "control"
version = "1"
review = 300
decline = 600
control = { share = 0.5, max_amount = 5_000.00 }

[[rule]]
id = "large"
when = 'amount > 1000.00'
points = 700
severity = "high"
reason = "LARGE"
message = "{amount}"
"#;

fn card(number: usize) -> String {
    format!("c_{number}")
}

/// On a Thursday about 60 days ago, so that the charges of a card are all in one calendar week.
fn charges() -> Vec<Charge> {
    let weeks = (wall_millis() - 60 * DAY_MS) / (7 * DAY_MS);
    // 1970-01-01 was a Thursday.
    let old_ms = weeks * 7 * DAY_MS;
    let of_card = |number: usize| {
        (0..CHARGES_PER_CARD).map(move |at| {
            let time_ms = old_ms + HOUR_MS * at as i64 / 2;
            Charge::new(&format!("{number}-{at}"), &card(number), time_ms, 200_000)
        })
    };
    (0..CARDS).flat_map(of_card).collect()
}

fn label(transaction: &str, card: &str, label: &str) -> Outgoing {
    let value = json!({
        "transaction_id": transaction, "card": {"token": card}, "label": label,
        "known_at": rfc3339(wall_millis() - DAY_MS), "source": "chargeback",
    });
    Outgoing::new(card, value.to_string())
}

/// Waits until the declines that were let through, by label, their clusters and the sums of squares
/// are these.
#[track_caller]
fn check_counts(redcard: &Redcard, expected: &BTreeMap<&str, f64>) {
    let counts = || {
        let scrape = redcard.metrics();
        let sum = |name: &str, labels: &[(&str, &str)]| scrape.sum(name, labels);
        let outcomes =
            |label| sum("redcard_control_outcomes", &[("rule", "large"), ("label", label)]);
        let squares = |kind| sum("redcard_control_squares", &[("rule", "(all)"), ("kind", kind)]);
        BTreeMap::from([
            ("fraud", outcomes("fraud")),
            ("genuine", outcomes("genuine")),
            ("none", outcomes("none")),
            ("clusters", sum("redcard_control_clusters", &[("rule", "large")])),
            ("declines²", squares("declines")),
            ("fraud²", squares("fraud")),
            ("both", squares("both")),
        ])
    };
    let agreed = wait_within(PATIENCE, || (counts() == *expected).then_some(()));
    assert!(agreed.is_some(), "{:?}, not {expected:?}", counts());
}

fn transactions(records: &[Incoming]) -> BTreeSet<String> {
    let id = |record: &Incoming| record.json()["transaction_id"].as_str().unwrap().to_owned();
    records.iter().map(id).collect()
}

#[test]
fn a_decline_that_is_let_through_is_published_without_an_alert_and_counted_by_its_label() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "control", PARTITIONS);
    let setup = Setup::new(brokers, &topics)
        .set("topics", "create", true)
        .set("topics", "decisions", topics.decisions.as_str())
        .set("topics", "labels", topics.labels.as_str())
        .set("topics", "outcomes", topics.outcomes.as_str())
        .rules(RULES);
    let redcard = setup.start_ready();
    let charges = charges();
    let records: Vec<Outgoing> = charges.iter().map(Charge::record).collect();
    client::produce(brokers, &topics.transactions, &records);
    redcard.wait_metric("redcard_decisions_total", &[], records.len() as f64);

    let decisions = client::read_all(brokers, &topics.decisions);
    let (control, others): (Vec<_>, Vec<_>) =
        decisions.into_iter().partition(|decision| decision.json().get("control").is_some());
    // By chance, none or all of 60 cards are chosen once in 10^18 weeks.
    assert!(!control.is_empty() && !others.is_empty());
    for decision in &control {
        let decision = decision.json();
        assert_eq!((&decision["action"], &decision["score"]), (&json!("approve"), &json!(700)));
        assert_eq!(decision["control"], json!({"propensity": 0.5, "action": "decline"}));
    }
    assert!(others.iter().all(|decision| decision.json()["action"] == "decline"));
    let alerts = client::read_all(brokers, &topics.alerts);
    assert_eq!(transactions(&alerts), transactions(&others));
    redcard.wait_metric("redcard_control_decisions_total", &[], control.len() as f64);

    let outcomes = client::read_all(brokers, &topics.outcomes);
    let (of_control, of_alerts): (Vec<_>, Vec<_>) =
        outcomes.into_iter().partition(|outcome| outcome.key_text().starts_with("control/"));
    assert_eq!(transactions(&of_control), transactions(&control));
    assert_eq!(transactions(&of_alerts), transactions(&others));
    let record = of_control[0].json();
    assert_eq!((&record["propensity"], &record["action"]), (&json!(0.5), &json!("approve")));
    assert_eq!(record["rules"], json!([{"id": "large", "points": 700}]));

    // Every third transaction is fraud, every third genuine, and the others have no label.
    let mut clusters: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    let mut expected: BTreeMap<&str, f64> = ["fraud", "genuine", "none"].map(|of| (of, 0.0)).into();
    let mut labels = Vec::new();
    for (number, outcome) in of_control.iter().enumerate() {
        let outcome = outcome.json();
        let text = |name: &str| outcome[name].as_str().unwrap().to_owned();
        let (id, card) = (text("transaction_id"), text("card"));
        let name = ["fraud", "genuine", "none"][number % 3];
        *expected.get_mut(name).unwrap() += 1.0;
        if name != "none" {
            labels.push(label(&id, &card, name));
        }
        let (declines, fraud) = clusters.entry(card).or_default();
        *declines += 1.0;
        *fraud += f64::from(u8::from(name == "fraud"));
    }
    expected.insert("clusters", clusters.len() as f64);
    let sum = |of: fn(&(f64, f64)) -> f64| clusters.values().map(of).sum::<f64>();
    expected.insert("declines²", sum(|(declines, _)| declines * declines));
    expected.insert("fraud²", sum(|(_, fraud)| fraud * fraud));
    expected.insert("both", sum(|(declines, fraud)| declines * fraud));
    client::produce(brokers, &topics.labels, &labels);
    check_counts(&redcard, &expected);
    let scrape = redcard.metrics();
    assert_eq!(scrape.sum("redcard_control_share", &[]), 0.5);
    assert_eq!(scrape.sum("redcard_missed_fraud", &[]), 0.0);
    redcard.stop();
    let redcard = setup.start_ready();
    check_counts(&redcard, &expected);
    redcard.stop();
    check_score(&charges, &control, &others);
}

/// `redcard score` lets the same declines through, with the same bytes.
fn check_score(charges: &[Charge], control: &[Incoming], others: &[Incoming]) {
    let folder = tempfile::tempdir().unwrap();
    let [file, rules] = ["in.jsonl", "rules.toml"].map(|name| folder.path().join(name));
    fs::write(&file, charges.iter().map(|charge| charge.text() + "\n").collect::<String>())
        .unwrap();
    fs::write(&rules, RULES).unwrap();
    let [file, rules] = [&file, &rules].map(|path| path.to_str().unwrap());
    let output = redcard::redcard(&["score", file, "--rules", rules, "--quiet"]);
    let scored = String::from_utf8(output.stdout).unwrap();
    let text = |decision: &Incoming| String::from_utf8(decision.value.clone().unwrap()).unwrap();
    let published: BTreeSet<String> = control.iter().chain(others).map(text).collect();
    assert_eq!(scored.lines().map(str::to_owned).collect::<BTreeSet<_>>(), published);
}
