//! Measures rules with labels on a real Kafka: precision by rule matches a count by hand, also for
//! labels that arrive after memory has forgotten their transactions, after a restart, and after
//! another instance has taken over.

use crate::support::broker;
use crate::support::client::{self, Incoming, Outgoing};
use crate::support::messages::{Charge, DAY_MS, HOUR_MS, rfc3339, yesterday_ms};
use crate::support::redcard::{Redcard, Setup, Topics};
use crate::support::{PATIENCE, wait_until, wait_within, wall_millis};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const PARTITIONS: i32 = 2;
/// So many that the clock of each partition follows.
const RECENT_CARDS: usize = 400;

const RULES: &str = r#"
[ruleset]
name = "measured"
version = "1"
review = 300
decline = 600

[[rule]]
id = "large"
when = 'amount > 1000.00'
points = 400
severity = "high"
reason = "LARGE"
message = "{amount}"

[[rule]]
id = "odd"
when = 'merchant.id == "m_odd"'
points = 400
severity = "high"
reason = "ODD"
message = "{merchant.id}"

[[rule]]
id = "tried-out"
mode = "shadow"
when = 'amount > 0.00'
points = 400
severity = "high"
reason = "TRIED_OUT"
message = "{amount}"
"#;

/// Number and amount of alerted transactions by rule and label, counted by hand; then the totals, and
/// missed fraud. See [`old_charges`] and [`late_labels`].
const BY_HAND: &[(&str, &str, f64, f64)] = &[
    ("large", "fraud", 3.0, 4_700.0),   // a, k and n
    ("large", "genuine", 1.0, 1_500.0), // b
    ("large", "none", 2.0, 2_300.0),    // d and h
    ("odd", "fraud", 1.0, 500.0),       // c
    ("odd", "genuine", 1.0, 1_500.0),   // b
    ("odd", "none", 0.0, 0.0),
];
const TOTALS_BY_HAND: &[(&str, f64, f64)] =
    &[("fraud", 4.0, 5_200.0), ("genuine", 1.0, 1_500.0), ("none", 2.0, 2_300.0)];
const MISSED_BY_HAND: (f64, f64) = (1.0, 40.0); // f

fn charge(id: &str, time_ms: i64, amount: i64) -> Charge {
    Charge::new(id, &format!("c_{id}"), time_ms, amount)
}

/// A clearing of the charge `id`.
fn clearing(id: &str, time_ms: i64, amount: i64) -> Charge {
    let of = charge(&format!("{id}-cleared"), time_ms, amount).set("type", "clearing");
    of.set("card.token", format!("c_{id}")).set("original_id", id)
}

/// Charges of 60 days ago; all but `f` raise alerts. `k` is cleared, and the clearing of `n` arrives
/// before it.
fn old_charges(old_ms: i64) -> Vec<Outgoing> {
    let odd = |charge: Charge| charge.set("merchant.id", "m_odd");
    let charges = [
        charge("a", old_ms, 200_000),
        odd(charge("b", old_ms, 150_000)),
        odd(charge("c", old_ms, 50_000)),
        charge("d", old_ms, 120_000),
        charge("f", old_ms, 4_000),
        charge("h", old_ms, 110_000),
        charge("k", old_ms, 130_000),
        clearing("k", old_ms + HOUR_MS, 130_000),
        clearing("n", old_ms + HOUR_MS, 40_000),
        charge("n", old_ms, 140_000),
    ];
    charges.iter().map(Charge::record).collect()
}

/// Charges of yesterday, after which the old ones are forgotten. `g` raises an alert that is too
/// young to count.
fn recent_charges() -> Vec<Outgoing> {
    let quiet = |number: usize| charge(&format!("recent-{number}"), yesterday_ms(), 1_000);
    let large = charge("g", yesterday_ms(), 900_000);
    (0..RECENT_CARDS).map(quiet).chain([large]).map(|charge| charge.record()).collect()
}

/// A label about the charge `id`, known so many days ago.
fn label(id: &str, label: &str, days_ago: i64) -> Outgoing {
    label_with(id, label, days_ago, json!({}))
}

fn label_with(id: &str, label: &str, days_ago: i64, more: Value) -> Outgoing {
    let card = format!("c_{id}");
    let mut value = json!({
        "transaction_id": id, "card": {"token": card}, "label": label,
        "known_at": rfc3339(wall_millis() - days_ago * DAY_MS), "source": "chargeback",
    });
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Outgoing::new(card, value.to_string())
}

/// Labels that arrive when nothing is remembered of their transactions.
fn late_labels(old_ms: i64) -> Vec<Outgoing> {
    let of_missed = json!({"time": rfc3339(old_ms), "amount": 4_000, "currency": "USD"});
    vec![
        label("a", "fraud", 3),
        label("b", "genuine", 10),
        // Older than the label that came in time.
        label("c", "genuine", 40),
        label_with("f", "fraud", 5, of_missed),
        label("g", "fraud", 0),
        label("h", "fraud", 50),
        label("h", "unknown", 45),
        // These name the clearing; a chargeback has no other id.
        label_with("k", "fraud", 6, json!({"transaction_id": "k-cleared"})),
        label_with(
            "n",
            "fraud",
            6,
            json!({"transaction_id": "n-cleared", "time": rfc3339(old_ms)}),
        ),
    ]
}

/// What these instances together show, compared with the count by hand.
fn difference(instances: &[&Redcard]) -> Option<String> {
    let scrapes: Vec<_> = instances.iter().map(|instance| instance.metrics()).collect();
    let sum = |name: &str, labels: &[(&str, &str)]| -> f64 {
        scrapes.iter().map(|scrape| scrape.sum(name, labels)).sum()
    };
    let mut wrong = Vec::new();
    let mut compare = |name: &str, labels: &[(&str, &str)], expected: f64| {
        let found = sum(name, labels);
        if found != expected {
            wrong.push(format!("{name}{labels:?} is {found}, not {expected}"));
        }
    };
    for (rule, label, count, amount) in BY_HAND {
        let labels = [("rule", *rule), ("label", *label)];
        compare("redcard_rule_outcomes", &labels, *count);
        compare("redcard_rule_outcome_amount", &labels, *amount);
    }
    for (label, count, amount) in TOTALS_BY_HAND {
        compare("redcard_outcomes", &[("label", *label)], *count);
        compare("redcard_outcome_amount", &[("label", *label)], *amount);
    }
    compare("redcard_missed_fraud", &[], MISSED_BY_HAND.0);
    compare("redcard_missed_fraud_amount", &[], MISSED_BY_HAND.1);
    compare("redcard_outcomes_held", &[("kind", "alert")], 8.0);
    compare("redcard_outcomes_held", &[("kind", "link")], 2.0);
    compare("redcard_outcome_partitions", &[("state", "complete")], f64::from(PARTITIONS));
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

#[track_caller]
fn check_counts(instances: &[&Redcard]) {
    let mut last = None;
    let agreed = wait_within(PATIENCE, || {
        last = difference(instances);
        last.is_none().then_some(())
    });
    assert!(agreed.is_some(), "{}", last.unwrap_or_default());
}

#[test]
fn precision_matches_a_count_by_hand_also_for_late_labels_a_restart_and_a_takeover() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "measuring", PARTITIONS);
    let Topics { labels, outcomes, .. } = &topics;
    let setup = Setup::new(brokers, &topics)
        .set("topics", "create", true)
        .set("topics", "labels", labels.as_str())
        .set("topics", "outcomes", outcomes.as_str())
        .property("session.timeout.ms", 6_000)
        .rules(RULES);
    let old_ms = wall_millis() - 60 * DAY_MS;

    let redcard = setup.start_ready();
    assert_eq!(client::partitions(brokers, outcomes), 2);
    let old = old_charges(old_ms);
    client::produce(brokers, &topics.transactions, &old);
    redcard.wait_metric("redcard_decisions_total", &[], old.len() as f64);
    client::produce(brokers, labels, &[label("c", "fraud", 20)]);
    redcard.wait_metric("redcard_labels_total", &[], 1.0);
    let recent = recent_charges();
    client::produce(brokers, &topics.transactions, &recent);
    redcard.wait_metric("redcard_decisions_total", &[], (old.len() + recent.len()) as f64);
    wait_until("the old charges are forgotten", || {
        let remembered = redcard.metrics().sum("redcard_memory_events", &[]);
        (remembered == recent.len() as f64).then_some(())
    });
    let late = late_labels(old_ms);
    client::produce(brokers, labels, &late);
    redcard.wait_metric("redcard_labels_total", &[], 1.0 + late.len() as f64);
    check_counts(&[&redcard]);

    redcard.stop();
    let mut first = setup.start_ready();
    check_counts(&[&first]);
    let second = setup.start_ready();
    wait_until("both instances have a partition", || {
        let assigned =
            |redcard: &Redcard| redcard.metrics().sum("redcard_assigned_partitions", &[]);
        (assigned(&first) == 1.0 && assigned(&second) == 1.0).then_some(())
    });
    check_counts(&[&first, &second]);
    first.signal("KILL");
    first.wait_end();
    check_counts(&[&second]);
    second.stop();
    check_records(brokers, &topics);
}

/// Checks that there is one outcome for each alert, label and link, in the partition of the card.
fn check_records(brokers: &str, topics: &Topics) {
    let partitions: BTreeMap<String, i32> = client::read_all(brokers, &topics.transactions)
        .iter()
        .map(|record| (record.key_text(), record.partition))
        .collect();
    let outcomes = client::read_all(brokers, &topics.outcomes);
    for outcome in &outcomes {
        let card = outcome.json()["card"].as_str().unwrap().to_owned();
        assert_eq!(outcome.partition, partitions[&card], "{outcome:?}");
    }
    let of = |kind: &str| -> Vec<&Incoming> {
        outcomes.iter().filter(|outcome| outcome.key_text().starts_with(kind)).collect()
    };
    let (alerts, labels, links) = (of("alert/"), of("label/"), of("link/"));
    let published: BTreeSet<String> = client::read_all(brokers, &topics.alerts)
        .iter()
        .map(|alert| format!("alert/{}", alert.header("ce_id")))
        .collect();
    let keys = |records: &[&Incoming]| -> BTreeSet<String> {
        records.iter().map(|record| record.key_text()).collect()
    };
    assert_eq!((keys(&alerts), alerts.len()), (published, 8));
    assert_eq!((keys(&labels).len(), labels.len()), (10, 10));
    let cards: BTreeSet<_> = links.iter().map(|link| link.json()["card"].to_string()).collect();
    assert_eq!((cards, links.len()), (["\"c_k\"", "\"c_n\""].map(str::to_owned).into(), 2));
    let of_b = alerts.iter().find(|alert| alert.json()["transaction_id"] == "b").unwrap().json();
    let rules = json!([{"id": "large", "points": 400}, {"id": "odd", "points": 400}]);
    assert_eq!((&of_b["rules"], &of_b["amount"]), (&rules, &json!(150_000)), "{of_b}");
}

#[test]
fn a_topic_of_outcomes_that_would_lose_or_misplace_them_is_refused() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "outcomes", PARTITIONS);
    let start = |outcomes: &str| {
        let mut redcard = Setup::new(brokers, &topics)
            .set("topics", "create", true)
            .set("topics", "labels", topics.labels.as_str())
            .set("topics", "outcomes", outcomes)
            .start();
        assert_eq!(redcard.wait_end().code(), Some(3), "{}", redcard.output());
        redcard.output()
    };
    let named = |name: &str| topics.transactions.replace("transactions", name);
    let kept = [("cleanup.policy", "compact,delete"), ("retention.ms", "-1")];
    client::create_topic_with(brokers, &named("three"), (3, 1), &kept);
    let output = start(&named("three"));
    assert!(output.contains("has 3 partitions and"), "{output}");
    let short = [("cleanup.policy", "compact,delete"), ("retention.ms", "86400000")];
    client::create_topic_with(brokers, &named("short"), (PARTITIONS, 1), &short);
    let output = start(&named("short"));
    assert!(output.contains("retention.ms = 86400000, which is shorter than"), "{output}");
}
