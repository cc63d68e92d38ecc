//! Sends typical frauds as transactions through a real Kafka broker and checks the resulting
//! alerts.

use crate::support::broker;
use crate::support::client::{self, Incoming};
use crate::support::messages::{Charge, DAY_MS, MINUTE_MS, rfc3339, yesterday_ms};
use crate::support::redcard::{Setup, Topics, redcard};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A card that pays at home with its chip, once a day for twelve days.
fn domestic_history(card: &str, until_ms: i64) -> Vec<Charge> {
    let charge = |day: i64| {
        let time = until_ms - (12 - day) * DAY_MS;
        Charge::new(&format!("{card}-day-{day}"), card, time, 2_000 + 700 * (day % 4))
    };
    (0..12).map(charge).collect()
}

/// Runs the transactions through `redcard run` with the shipped rules and through `redcard score`,
/// and checks that the decisions are equal. Returns the decisions by transaction id, and the
/// alerts.
fn decide(stem: &str, charges: &[Charge]) -> (BTreeMap<String, Value>, Vec<Incoming>) {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, stem, 2);
    let redcard = Setup::new(brokers, &topics).start_ready();
    let records: Vec<_> = charges.iter().map(Charge::record).collect();
    client::produce(brokers, &topics.transactions, &records);
    let decisions = client::read_at_least(brokers, &topics.decisions, charges.len());
    assert_eq!(values(&decisions), score(charges), "run and score give the same bytes");
    redcard.stop();
    let by_id = decisions.iter().map(Incoming::json);
    let by_id = by_id.map(|d| (d["transaction_id"].as_str().unwrap().to_owned(), d)).collect();
    let alerts = client::read_all(brokers, &topics.alerts);
    assert_alerts_belong_to_decisions(&topics, &alerts, &by_id);
    (by_id, alerts)
}

/// The records' values, sorted because partitions have no common order.
fn values(records: &[Incoming]) -> Vec<String> {
    let text = |record: &Incoming| String::from_utf8(record.value.clone().unwrap()).unwrap();
    let mut values: Vec<String> = records.iter().map(text).collect();
    values.sort();
    values
}

fn score(charges: &[Charge]) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("transactions.jsonl");
    let lines: Vec<String> = charges.iter().map(Charge::text).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    let output = redcard(&["score", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut decisions: Vec<String> =
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    decisions.sort();
    decisions
}

/// Checks that exactly the decisions other than `approve` have an alert, with the same fields.
fn assert_alerts_belong_to_decisions(
    topics: &Topics,
    alerts: &[Incoming],
    decisions: &BTreeMap<String, Value>,
) {
    let mut without_alert: BTreeMap<_, _> =
        decisions.iter().filter(|(_, decision)| decision["action"] != "approve").collect();
    for alert in alerts {
        let value = alert.json();
        let id = value["transaction_id"].as_str().unwrap().to_owned();
        let decision =
            without_alert.remove(&id).unwrap_or_else(|| panic!("no alert was due: {value}"));
        for (key, expected) in decision.as_object().unwrap() {
            assert_eq!(&value[key], expected, "{key} of the alert on {id}");
        }
        assert_eq!(value["source"]["topic"], topics.transactions.as_str());
    }
    assert!(without_alert.is_empty(), "without an alert: {without_alert:?}");
}

/// Whether a rule with this reason code fired.
fn fired(decision: &Value, reason: &str) -> bool {
    decision["rules"].as_array().unwrap().iter().any(|rule| rule["reason"] == reason)
}

#[test]
fn a_probe_of_a_dollar_then_three_charges_at_a_web_shop_raises_alerts() {
    let now = yesterday_ms();
    let mut charges = domestic_history("c_probe", now);
    charges.push(
        Charge::new("probe", "c_probe", now, 100)
            .at_web_shop("m_clinic", "Clinic", "US")
            .set("merchant.mcc", "8099"),
    );
    for (number, amount) in [18_000, 22_000, 31_000].into_iter().enumerate() {
        let time = now + (5 + 4 * i64::try_from(number).unwrap()) * MINUTE_MS;
        let shop = Charge::new(&format!("spend-{number}"), "c_probe", time, amount);
        charges.push(shop.at_web_shop("m_shop", "Web Shop", "US"));
    }
    let (decisions, alerts) = decide("probe", &charges);
    assert_eq!(decisions["c_probe-day-11"]["action"], "approve");
    for id in ["spend-0", "spend-1", "spend-2"] {
        assert!(fired(&decisions[id], "CARD_TESTING"), "{}", decisions[id]);
        assert_ne!(decisions[id]["action"], "approve", "{}", decisions[id]);
    }
    assert!(alerts.iter().all(|alert| alert.key_text() == "c_probe"));
}

#[test]
fn a_first_high_debit_charge_at_a_foreign_web_shop_is_declined_at_that_charge() {
    let now = yesterday_ms();
    let mut charges = domestic_history("c_abroad", now);
    charges.push(Charge::new("abroad", "c_abroad", now, 260_000).at_web_shop(
        "m_5531",
        "Strøget Mode",
        "DK",
    ));
    let (decisions, alerts) = decide("abroad", &charges);
    assert!(fired(&decisions["abroad"], "FOREIGN_CNP"), "{}", decisions["abroad"]);
    assert_eq!(decisions["abroad"]["action"], "decline", "{}", decisions["abroad"]);
    assert_eq!(alerts.len(), 1, "nothing before it");
}

#[test]
fn a_stored_card_that_pays_1200_for_goods_to_a_strangers_address_raises_an_alert() {
    let now = yesterday_ms();
    let to_home = json!({"country": "US", "key": "s_home"});
    let mut charges: Vec<Charge> = domestic_history("c_stored", now)
        .into_iter()
        .map(|c| c.set("ship_to", to_home.clone()))
        .collect();
    charges.push(
        Charge::new("stranger", "c_stored", now, 120_000)
            .at_web_shop("m_store", "Everything Store", "US")
            .set("card_on_file", true)
            .set("ship_to", json!({"country": "US", "key": "s_stranger"})),
    );
    let (decisions, alerts) = decide("stranger", &charges);
    assert!(fired(&decisions["stranger"], "STORED_CARD_NEW_ADDRESS"), "{}", decisions["stranger"]);
    assert_ne!(decisions["stranger"]["action"], "approve");
    assert_eq!(alerts.len(), 1, "nothing before it");
}

#[test]
fn a_charge_on_a_card_reported_lost_or_stolen_is_declined() {
    let now = yesterday_ms();
    let mut charges = Vec::new();
    for status in ["lost", "stolen"] {
        let card = format!("c_{status}");
        charges.extend(domestic_history(&card, now));
        charges.push(Charge::new(status, &card, now, 2_500).set("card.status", status));
    }
    let (decisions, alerts) = decide("status", &charges);
    for status in ["lost", "stolen"] {
        assert!(fired(&decisions[status], "CARD_REPORTED"), "{}", decisions[status]);
        assert_eq!(decisions[status]["action"], "decline", "{}", decisions[status]);
    }
    assert_eq!(alerts.len(), 2, "nothing before them");
}

const RULES: &str = r#"
[ruleset]
name = "stories"
version = "1.0.0"
review = 300
decline = 600

[features]
probe_1h = 'card.last("1h").exists(t, t.amount <= 2.00 && t.merchant.id != merchant.id)'

[[rule]]
id = "probe-then-spend"
when = 'probe_1h && amount >= 20.00'
points = 350
severity = "high"
reason = "CARD_TESTING"
message = "{amount} at {merchant.name}, within an hour of a one- or two-dollar charge elsewhere"
"#;

#[test]
fn an_alert_has_the_documented_fields_headers_and_key() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "whole", 1);
    let setup = Setup::new(brokers, &topics).set("kafka", "group_id", "whole-alert").rules(RULES);
    let redcard = setup.start_ready();
    let now = yesterday_ms();
    let probe = Charge::new("w1", "c_9f21", now, 100).at_web_shop("m_clinic", "Clinic", "US");
    let spend = Charge::new("w2", "c_9f21", now + 5 * MINUTE_MS, 18_000).at_web_shop(
        "m_5531",
        "Strøget Mode",
        "US",
    );
    client::produce(brokers, &topics.transactions, &[probe.record(), spend.record()]);
    let alerts = client::read_at_least(brokers, &topics.alerts, 1);
    redcard.stop();
    let alert = &alerts[0];
    let mut value = alert.json();
    let decided_at = value.as_object_mut().unwrap().remove("decided_at").unwrap();
    assert!(decided_at.as_str().unwrap() >= rfc3339(now + DAY_MS).as_str(), "{decided_at}");
    let hash = value["ruleset"]["hash"].clone();
    let alert_id = value["alert_id"].as_str().unwrap().to_owned();
    assert!(alert_id.len() == 32 && alert_id.chars().all(|c| c.is_ascii_hexdigit()), "{alert_id}");
    let expected = json!({
        "transaction_id": "w2", "card": "c_9f21", "time": rfc3339(now + 5 * MINUTE_MS),
        "score": 350, "action": "review",
        "rules": [{
            "id": "probe-then-spend", "points": 350, "severity": "high", "reason": "CARD_TESTING",
            "message": "USD 180.00 at Strøget Mode, within an hour of a one- or two-dollar charge elsewhere",
            "evidence": {"probe_1h": true, "amount": 180.0},
            "charges": [{"time": rfc3339(now), "amount": 1.0, "country": "US", "mcc": "5651",
                         "channel": "ecommerce", "declined": false}],
        }],
        "undecided": [],
        "ruleset": {"name": "stories", "version": "1.0.0", "hash": hash},
        "incident": null,
        "alert_id": alert_id, "severity": "high", "amount": 18_000, "currency": "USD",
        "last4": "4242",
        "merchant": {"id": "m_5531", "name": "Strøget Mode", "mcc": "5651", "country": "US"},
        "source": {"topic": topics.transactions, "partition": 0, "offset": 1},
    });
    assert_eq!(value, expected);
    assert_eq!(alert.key_text(), "c_9f21");
    let headers: BTreeMap<_, _> =
        alert.headers.iter().map(|(name, _)| (name.as_str(), alert.header(name))).collect();
    let time = rfc3339(now + 5 * MINUTE_MS);
    let expected: BTreeMap<&str, String> = [
        ("ce_specversion", "1.0"),
        ("ce_id", alert_id.as_str()),
        ("ce_source", "/redcard/whole-alert"),
        ("ce_type", "redcard.alert.v1"),
        ("ce_time", time.as_str()),
        ("ce_subject", "c_9f21"),
        ("content-type", "application/json"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into();
    assert_eq!(headers, expected);
    assert_eq!(alerts.len(), 1);
}
