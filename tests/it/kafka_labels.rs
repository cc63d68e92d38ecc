//! Tests labels on real Kafka: what was learned later about a transaction changes the decisions after
//! it, across restarts and rebalances, whenever it arrives.

use crate::support::broker;
use crate::support::client::{self, Incoming, Outgoing, Writer};
use crate::support::messages::{Charge, HOUR_MS, MINUTE_MS, rfc3339, yesterday_ms};
use crate::support::redcard::{Redcard, Setup, Topics, redcard};
use crate::support::{unique, wait_until};
use serde_json::{Value, json};
use std::time::Duration;

const PARTITIONS: i32 = 2;
/// How many tries follow a label.
const TRIES: usize = 40;

/// Declines a card with confirmed fraud; a transaction that is confirmed as genuine gives points back.
const RULES: &str = r#"
[ruleset]
name = "labels"
version = "1"
review = 300
decline = 600

[[rule]]
id = "confirmed-fraud"
when = 'card.last("7d").exists(t, t.fraud)'
points = 700
severity = "high"
reason = "CONFIRMED_FRAUD"
message = "an earlier charge was fraud"

[[rule]]
id = "confirmed-genuine"
when = 'card.last("7d").exists(t, t.genuine)'
points = 10
severity = "low"
reason = "CONFIRMED_GENUINE"
message = "an earlier charge was genuine"
"#;

/// A rule that a cardholder can snooze, and one that demands a decline.
const SNOOZABLE: &str = r#"
[ruleset]
name = "snoozable"
version = "1"
review = 300
decline = 600

[[rule]]
id = "large"
description = "A large charge."
when = 'amount >= 100.00'
points = 300
severity = "medium"
reason = "LARGE_AMOUNT"
message = "{amount}"

[[rule]]
id = "blocked"
description = "A blocked country."
when = 'merchant.country == "KP"'
points = 300
severity = "high"
action = "decline"
reason = "BLOCKED"
message = "{amount}"
"#;

struct Fixture {
    brokers: &'static str,
    topics: Topics,
    group: String,
}

impl Fixture {
    fn new(stem: &str) -> Self {
        let brokers = broker::shared();
        let topics = Topics::created(brokers, stem, PARTITIONS);
        client::create_topic(brokers, &topics.labels, PARTITIONS);
        Self { brokers, topics, group: unique(stem) }
    }

    fn setup(&self) -> Setup {
        Setup::new(self.brokers, &self.topics)
            .rules(RULES)
            .set("kafka", "group_id", self.group.as_str())
            .set("topics", "labels", self.topics.labels.as_str())
    }

    /// Writes a charge, and returns the rules that fired on it.
    fn decide(&self, charge: &Charge) -> Vec<String> {
        self.decided(charge.id(), charge.record())
    }

    /// The same in a given partition.
    fn decide_in(&self, partition: i32, charge: &Charge) -> Vec<String> {
        self.decided(charge.id(), Outgoing { partition: Some(partition), ..charge.record() })
    }

    fn decided(&self, id: &str, record: Outgoing) -> Vec<String> {
        client::produce(self.brokers, &self.topics.transactions, &[record]);
        let decided = wait_until("the charge is scored", || {
            let decisions = client::read_all(self.brokers, &self.topics.decisions);
            let mut decisions = decisions.iter().map(|decision| decision.json());
            decisions.find(|decision| decision["transaction_id"] == id)
        });
        let rules = decided["rules"].as_array().unwrap();
        rules.iter().map(|rule| rule["id"].as_str().unwrap().to_owned()).collect()
    }

    fn label(&self, label: &Label) {
        client::produce(self.brokers, &self.topics.labels, &[label.record()]);
    }

    /// Writes labels, and waits until the service has committed them.
    fn label_and_wait(&self, labels: &[Label]) {
        labels.iter().for_each(|label| self.label(label));
        wait_until("the labels are committed", || {
            client::is_caught_up(self.brokers, &self.topics.labels, &self.group).then_some(())
        });
    }
}

/// A label of a transaction.
struct Label(Value);

impl Label {
    fn new(card: &str, transaction: &str, label: &str, known_hour: i64) -> Self {
        let known_at = rfc3339(yesterday_ms() + known_hour * HOUR_MS);
        Self(json!({
            "transaction_id": transaction, "card": {"token": card}, "label": label,
            "known_at": known_at, "source": "chargeback",
        }))
    }

    /// Heard from the cardholder so many minutes after the beginning.
    fn of_cardholder(card: &str, transaction: &str, label: &str, known_minute: i64) -> Self {
        let mut by_cardholder = Self::new(card, transaction, label, 0);
        by_cardholder.0["source"] = "cardholder".into();
        by_cardholder.0["known_at"] = rfc3339(yesterday_ms() + known_minute * MINUTE_MS).into();
        by_cardholder
    }

    fn record(&self) -> Outgoing {
        Outgoing::new(self.0["card"]["token"].as_str().unwrap(), self.0.to_string())
    }
}

fn charge(card: &str, id: &str, hour: i64) -> Charge {
    Charge::new(id, card, yesterday_ms() + hour * HOUR_MS, 2_000)
}

const NONE: [&str; 0] = [];

#[test]
fn a_label_changes_the_next_decision_and_the_newest_one_counts() {
    let fixture = Fixture::new("labels");
    let redcard = fixture.setup().start_ready();
    assert_eq!(fixture.decide(&charge("c_1", "first", 0)), NONE);
    fixture.label_and_wait(&[Label::new("c_1", "first", "fraud", 1)]);
    assert_eq!(fixture.decide(&charge("c_1", "second", 2)), ["confirmed-fraud"]);
    // A contradiction: it became known later, although an older one arrives after it.
    fixture.label_and_wait(&[
        Label::new("c_1", "first", "genuine", 4),
        Label::new("c_1", "first", "fraud", 3),
    ]);
    assert_eq!(fixture.decide(&charge("c_1", "third", 5)), ["confirmed-genuine"]);
    fixture.label_and_wait(&[Label::new("c_1", "first", "unknown", 6)]);
    assert_eq!(fixture.decide(&charge("c_1", "fourth", 7)), NONE);
    // A late charge does not see labels that became known after it: only the first one had.
    assert_eq!(fixture.decide(&charge("c_1", "late", 2)), ["confirmed-fraud"]);
    let count = |result| redcard.metrics().sum("redcard_labels_total", &[("result", result)]);
    assert_eq!([count("fraud"), count("genuine"), count("unknown")], [2.0, 1.0, 1.0]);
    redcard.stop();
}

#[test]
fn a_partition_added_to_the_input_waits_for_that_of_its_labels() {
    let fixture = Fixture::new("labels-added");
    let redcard = fixture.setup().property("topic.metadata.refresh.interval.ms", 500).start_ready();
    for topic in [&fixture.topics.history, &fixture.topics.transactions] {
        client::add_partitions(fixture.brokers, topic, PARTITIONS + 1);
    }
    wait_until("the new partition says what it waits for", || {
        let (status, response) = redcard.get("/readyz")?;
        let reason = "does the topic of labels have as many partitions as the input?";
        (status == 503 && response.contains("partition 2") && response.contains(reason))
            .then_some(())
    });
    assert_eq!(fixture.decide_in(0, &charge("c_1", "other", 0)), NONE);
    client::add_partitions(fixture.brokers, &fixture.topics.labels, PARTITIONS + 1);
    assert_eq!(fixture.decide_in(PARTITIONS, &charge("c_2", "new", 0)), NONE);
    redcard.stop();
}

#[test]
fn an_early_label_waits_and_a_label_of_a_clearing_means_its_charge() {
    let fixture = Fixture::new("early-labels");
    let redcard = fixture.setup().start_ready();
    fixture.label_and_wait(&[
        Label::new("c_early", "early", "fraud", 0),
        Label::new("c_cleared", "clearing", "fraud", 0),
    ]);
    assert_eq!(fixture.decide(&charge("c_early", "early", 1)), NONE);
    assert_eq!(fixture.decide(&charge("c_early", "next", 2)), ["confirmed-fraud"]);
    assert_eq!(fixture.decide(&charge("c_cleared", "charge", 1)), NONE);
    assert_eq!(fixture.decide(&charge("c_cleared", "other", 2)), NONE);
    let clearing = charge("c_cleared", "clearing", 3).set("type", "clearing");
    assert_eq!(fixture.decide(&clearing.set("original_id", "charge")), NONE);
    assert_eq!(fixture.decide(&charge("c_cleared", "after", 4)), ["confirmed-fraud"]);
    redcard.stop();
}

#[test]
fn labels_survive_a_restart_a_takeover_and_a_stop_in_between() {
    let fixture = Fixture::new("kept-labels");
    let first = fixture.setup().start_ready();
    for card in ["c_1", "c_2", "c_3", "c_4"] {
        assert_eq!(fixture.decide(&charge(card, &format!("{card}-first"), 0)), NONE);
    }
    fixture.label_and_wait(&[Label::new("c_1", "c_1-first", "fraud", 1)]);
    first.stop();
    // Written while nothing runs: it is read before the transactions of its partition are scored.
    fixture.label(&Label::new("c_2", "c_2-first", "fraud", 1));
    let second = fixture.setup().start_ready();
    assert_eq!(fixture.decide(&charge("c_2", "c_2-second", 2)), ["confirmed-fraud"]);
    assert_eq!(fixture.decide(&charge("c_1", "c_1-second", 2)), ["confirmed-fraud"]);
    fixture.label_and_wait(&[Label::new("c_3", "c_3-first", "fraud", 1)]);
    // Another instance takes over one partition, then both, because the first is killed.
    let third = fixture.setup().start_ready();
    assert_eq!(fixture.decide(&charge("c_3", "c_3-second", 2)), ["confirmed-fraud"]);
    fixture.label_and_wait(&[Label::new("c_4", "c_4-first", "fraud", 1)]);
    drop(second);
    wait_owns_all(&third);
    for card in ["c_1", "c_2", "c_3", "c_4"] {
        let rules = fixture.decide(&charge(card, &format!("{card}-third"), 3));
        assert_eq!(rules, ["confirmed-fraud"], "{card}");
    }
    third.stop();
}

/// A charge of a card at a web shop in this country, so many minutes after the beginning.
fn try_at(card: &str, id: &str, minute: i64, cents: i64, place: (&str, &str)) -> Charge {
    let (merchant, country) = place;
    Charge::new(id, card, yesterday_ms() + minute * MINUTE_MS, cents)
        .at_web_shop(merchant, "Shop", country)
}

#[test]
fn the_next_try_passes_once_the_cardholder_said_that_it_was_them() {
    let fixture = Fixture::new("it-was-me");
    let setup = fixture.setup().rules(SNOOZABLE);
    let redcard = setup.start_ready();
    let (shop, blocked) = (("m_1", "US"), ("m_2", "KP"));
    for card in ["c_1", "c_2"] {
        let first = format!("{card}-first");
        assert_eq!(fixture.decide(&try_at(card, &first, 0, 20_000, shop)), ["large"]);
    }
    let declined = fixture.decide(&try_at("c_3", "c_3-first", 0, 20_000, blocked));
    assert_eq!(declined, ["large", "blocked"]);
    fixture.label_and_wait(&[
        Label::of_cardholder("c_1", "c_1-first", "genuine", 2),
        Label::of_cardholder("c_3", "c_3-first", "genuine", 2),
    ]);
    let fired = |card: &str, id: &str, minute, cents, place| {
        fixture.decide(&try_at(card, &format!("{card}-{id}"), minute, cents, place))
    };
    assert_eq!(fired("c_1", "again", 3, 20_000, shop), NONE);
    assert_eq!(fired("c_1", "margin", 4, 24_000, shop), NONE);
    assert_eq!(fired("c_1", "larger", 5, 24_001, shop), ["large"]);
    assert_eq!(fired("c_1", "elsewhere", 6, 20_000, ("m_3", "US")), ["large"]);
    assert_eq!(fired("c_2", "other card", 7, 20_000, shop), ["large"]);
    assert_eq!(fired("c_3", "again", 8, 20_000, blocked), ["blocked"]);
    let snoozed = redcard.wait_metric("redcard_rule_snoozed_total", &[("rule", "large")], 3.0);
    assert_eq!(snoozed.sum("redcard_rule_snoozed_total", &[]), 3.0);
    redcard.stop();
    let redcard = setup.start_ready();
    assert_eq!(fired("c_1", "after a restart", 10, 20_000, shop), NONE);
    assert_eq!(fired("c_1", "last minute", 61, 20_000, shop), NONE);
    assert_eq!(fired("c_1", "after an hour", 63, 20_000, shop), ["large"]);
    // A late charge within the hour, then a label that withdraws what the cardholder said.
    assert_eq!(fired("c_1", "late", 30, 20_000, shop), NONE);
    fixture.label_and_wait(&[Label::of_cardholder("c_1", "c_1-first", "unknown", 20)]);
    assert_eq!(fired("c_1", "withdrawn", 31, 20_000, shop), ["large"]);
    redcard.stop();
}

/// The time from the label's record to that of the first decision that uses it, in milliseconds.
/// Transactions are written all the while.
fn delay_ms(fixture: &Fixture, card: &str) -> i64 {
    let (shop, first) = (("m_1", "US"), format!("{card}-first"));
    assert_eq!(fixture.decide(&try_at(card, &first, 0, 20_000, shop)), ["large"]);
    let labels = Writer::to(fixture.brokers, &fixture.topics.labels);
    let transactions = Writer::to(fixture.brokers, &fixture.topics.transactions);
    labels.write(&[Label::of_cardholder(card, &first, "genuine", 2).record()]);
    labels.flush();
    let tries: Vec<String> = (0..TRIES).map(|n| format!("{card}-again-{n}")).collect();
    for id in &tries {
        transactions.write(&[try_at(card, id, 3, 20_000, shop).record()]);
        transactions.flush();
        std::thread::sleep(Duration::from_millis(25));
    }
    let is_of = |record: &Incoming, id: &str| record.json()["transaction_id"] == id;
    let last = tries.last().unwrap();
    let decisions = wait_until("the tries are scored", || {
        let decisions = client::read_all(fixture.brokers, &fixture.topics.decisions);
        decisions.iter().any(|decision| is_of(decision, last)).then_some(decisions)
    });
    let label = client::read_all(fixture.brokers, &fixture.topics.labels);
    let label = label.iter().find(|label| is_of(label, &first)).unwrap();
    let passed = decisions.iter().find(|decision| {
        tries.iter().any(|id| is_of(decision, id)) && decision.json()["rules"] == json!([])
    });
    let passed = passed.expect("a try that passes");
    passed.timestamp_ms.unwrap() - label.timestamp_ms.unwrap()
}

/// On a busy machine a single one may take longer, so cards are tried until one does not.
#[test]
fn the_next_try_passes_within_a_second_of_the_label() {
    let fixture = Fixture::new("within-a-second");
    let redcard = fixture.setup().rules(SNOOZABLE).start_ready();
    let mut cards = 0;
    wait_until("a try that passes within a second of its label", || {
        cards += 1;
        let delay_ms = delay_ms(&fixture, &format!("c_{cards}"));
        (delay_ms < 1_000).then_some(())
    });
    redcard.stop();
}

fn wait_owns_all(redcard: &Redcard) {
    redcard.wait_metric("redcard_assigned_partitions", &[], f64::from(PARTITIONS));
    redcard.wait_metric("redcard_partitions", &[("state", "ready")], f64::from(PARTITIONS));
}

#[test]
fn an_invalid_label_becomes_a_dead_letter_that_names_its_place() {
    let fixture = Fixture::new("invalid-labels");
    let redcard = fixture.setup().start_ready();
    let number = "4242424242424242";
    let with_number = Label(json!({
        "transaction_id": number, "card": {"token": "c_1"}, "label": "fraud",
        "known_at": rfc3339(yesterday_ms()),
    }));
    let unknown = Label(json!({
        "transaction_id": "a", "card": {"token": "c_1"}, "label": "perhaps",
        "known_at": rfc3339(yesterday_ms()),
    }));
    fixture.label_and_wait(&[with_number, unknown, Label::new("c_1", "b", "fraud", 1)]);
    let letters = client::read_all(fixture.brokers, &fixture.topics.dead_letters);
    assert_eq!(letters.len(), 2, "{}", redcard.output());
    for letter in &letters {
        assert_eq!(letter.header("__connect.errors.topic"), fixture.topics.labels);
        assert!(!String::from_utf8_lossy(&letter.everything()).contains(number));
    }
    let reasons: Vec<String> = letters
        .iter()
        .map(|letter| letter.header("__connect.errors.exception.class.name"))
        .collect();
    assert!(reasons.contains(&"card_number_without_key".to_owned()), "{reasons:?}");
    let metrics = redcard.metrics();
    let count = |result| metrics.sum("redcard_labels_total", &[("result", result)]);
    assert_eq!([count("rejected"), count("fraud")], [2.0, 1.0]);
    assert!(!redcard.output().contains(number));
    redcard.stop();
}

#[test]
fn a_label_that_another_partitioner_put_elsewhere_is_counted_as_of_an_unknown_card() {
    let fixture = Fixture::new("misplaced-labels");
    let redcard = fixture.setup().start_ready();
    assert_eq!(fixture.decide(&charge("c_1", "first", 0)), NONE);
    let charges = client::read_all(fixture.brokers, &fixture.topics.transactions);
    let other = (charges[0].partition + 1) % PARTITIONS;
    let misplaced = Label::new("c_1", "first", "fraud", 1).record();
    let misplaced = Outgoing { partition: Some(other), ..misplaced };
    client::produce(fixture.brokers, &fixture.topics.labels, &[misplaced]);
    let known = Label::new("c_1", "first", "genuine", 2);
    fixture.label_and_wait(&[known, Label::new("c_1", "to come", "fraud", 2)]);
    redcard.wait_metric("redcard_labels_total", &[], 3.0);
    let metrics = redcard.metrics();
    let count = |result| metrics.sum("redcard_label_bindings_total", &[("result", result)]);
    let counts = ["unknown_card", "bound", "waits", "too_old", "repeated"].map(count);
    assert_eq!(counts, [1.0, 1.0, 1.0, 0.0, 0.0]);
    redcard.stop();
}

#[test]
fn labels_with_another_number_of_partitions_are_refused_at_start() {
    let fixture = Fixture::new("label-partitions");
    let other = format!("{}.labels", unique("other"));
    client::create_topic(fixture.brokers, &other, PARTITIONS + 1);
    let mut redcard = fixture.setup().set("topics", "labels", other.as_str()).start();
    let status = redcard.wait_end();
    assert_eq!(status.code(), Some(3), "{}", redcard.output());
    assert!(redcard.output().contains("3 partitions"), "{}", redcard.output());
}

/// The action of a decision as `redcard rules explain --card` gives it.
fn explained(setup: &Setup, card: &str, id: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let config = setup.write(folder.path());
    let rules = folder.path().join("rules.toml");
    let output = redcard(&[
        "rules",
        "explain",
        rules.to_str().unwrap(),
        "--config",
        config.to_str().unwrap(),
        "--card",
        card,
        "--transaction",
        id,
        "--format",
        "json",
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_str(&text).unwrap();
    json["decision"]["action"].as_str().unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[test]
fn a_decision_is_explained_with_the_labels_that_were_read_before_it() {
    let fixture = Fixture::new("explained-labels");
    let redcard = fixture.setup().start_ready();
    assert_eq!(fixture.decide(&charge("c_1", "first", 0)), NONE);
    fixture.label_and_wait(&[Label::new("c_1", "first", "fraud", 1)]);
    assert_eq!(fixture.decide(&charge("c_1", "second", 2)), ["confirmed-fraud"]);
    fixture.label_and_wait(&[Label::new("c_1", "first", "unknown", 3)]);
    assert_eq!(fixture.decide(&charge("c_1", "third", 4)), NONE);
    redcard.stop();
    let actions = ["first", "second", "third"].map(|id| explained(&fixture.setup(), "c_1", id));
    assert_eq!(actions, ["approve", "decline", "approve"]);
}
