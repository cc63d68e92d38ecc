//! Tests replacing the ruleset while the service runs.

use super::support::*;
use crate::kafka::Service;
use rdkafka::message::{Message, OwnedMessage};
use serde_json::Value;
use std::sync::Arc;

/// The second ruleset, with an additional rule that looks back and a shadow rule.
const LOOKS_BACK: &str = r#"
[ruleset]
name = "test"
version = "2"
review = 300
decline = 600

[[rule]]
id = "high"
when = 'amount >= 100.00'
points = 700
severity = "high"
reason = "HIGH"
message = "{amount}"

[[rule]]
id = "often"
when = 'card.last("24h").size() >= 3'
points = 400
severity = "medium"
reason = "OFTEN"
message = "often"

[[rule]]
id = "tried-out"
when = 'amount > 1.00'
points = 900
action = "decline"
severity = "critical"
reason = "TRIED_OUT"
message = "tried out"
mode = "shadow"
"#;

/// For each decision the transaction id, and the version, score and fired rules.
fn summary(records: &[OwnedMessage]) -> Vec<(String, String)> {
    let of = |record: &OwnedMessage| {
        let value: Value = serde_json::from_slice(record.payload().unwrap()).unwrap();
        let rules = value["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str());
        let rules: Vec<&str> = rules.map(Option::unwrap).collect();
        let (version, score) = (value["ruleset"]["version"].as_str().unwrap(), &value["score"]);
        let id = value["transaction_id"].as_str().unwrap().to_owned();
        (id, format!("{version} {score} {}", rules.join(",")))
    };
    records.iter().map(of).collect()
}

#[test]
fn a_rule_added_by_a_reload_sees_earlier_charges() {
    let cluster = Cluster::new();
    let settings = cluster.settings();
    let service = Service::start(settings.clone()).unwrap();
    cluster.produce((0..3).map(|number| Input::new(0, of_one_card(number))));
    cluster.read(DECISIONS, 3);
    let looks_back = Arc::new(ruleset_of(LOOKS_BACK));
    settings.metrics.ruleset_in_force(&looks_back);
    settings.ruleset.replace(looks_back);
    cluster.produce([Input::new(0, of_one_card(3))]);
    let decisions = summary(&cluster.read(DECISIONS, 4));
    stop(service);
    let expected = ["1 0 ", "1 0 ", "1 0 ", "2 400 often"];
    let expected =
        expected.iter().enumerate().map(|(n, version)| (format!("t{n}"), (*version).into()));
    assert_eq!(decisions, expected.collect::<Vec<_>>());
    for (prefix, expected) in [
        ("redcard_decisions_total", 4.0),
        ("redcard_rule_fired_total{mode=\"live\",rule=\"often\"", 1.0),
        ("redcard_rule_fired_total{mode=\"shadow\",rule=\"tried-out\"", 1.0),
        ("redcard_alerts_total{severity=\"medium\"}", 1.0),
        ("redcard_alerts_total", 1.0),
    ] {
        assert_eq!(metric(&settings, prefix), expected, "{prefix}");
    }
}

fn of_one_card(number: i64) -> String {
    format!(
        r#"{{"id": "t{number}", "type": "authorization", "time": "2026-01-05T10:15:3{number}Z",
            "card": {{"token": "c_1"}}, "amount": 1000, "currency": "USD",
            "merchant": {{"id": "m_1"}}}}"#
    )
}
