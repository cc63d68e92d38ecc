//! Decisions and alerts, byte for byte, as users' tools read them.

mod shadow;

use super::Position;
use crate::decode::Decoder;
use crate::engine::{Engine, Outcome};
use crate::fixtures;
use crate::memory::{Limits, Memory};
use crate::transaction::Time;
use std::sync::Arc;

const HEADER: &str = "[ruleset]\nname = 'test'\nversion = '1.2.3'\nreview = 300\ndecline = 600\n";

fn rule(id: &str, when: &str, points: &str, more: &str) -> String {
    format!(
        "\n[[rule]]\nid = '{id}'\nwhen = '{when}'\npoints = {points}\nseverity = 'high'\nreason = 'R'\nmessage = '{{amount}}'\n{more}\n"
    )
}

/// Scores messages under a ruleset; calls back with each decision.
struct TestPipeline {
    engine: Engine,
    memory: Memory,
    decoder: Decoder,
}

impl TestPipeline {
    fn new(rules: &str) -> Self {
        let ruleset = fixtures::compiled(&fixtures::sources(&format!("{HEADER}{rules}")));
        let limits = Limits {
            retention_ms: fixtures::RETENTION_MS,
            events_per_card: fixtures::EVENTS_PER_CARD,
            cards: 100,
            bytes: 1 << 20,
        };
        let (engine, memory) = (Engine::new(Arc::new(ruleset)), Memory::new(limits));
        Self { engine, memory, decoder: fixtures::decoder() }
    }

    fn decide<T>(&mut self, message: &str, look: impl FnOnce(&super::Decision<'_>) -> T) -> T {
        let (mut tx, _) = self.decoder.decode(message.as_bytes(), None).unwrap();
        match self.engine.decide(&mut self.memory, &mut tx, None) {
            Outcome::Decided { decision, .. } => look(&decision),
            Outcome::Duplicate { .. } => panic!("{message} is a duplicate"),
        }
    }

    fn json(&mut self, message: &str) -> String {
        self.decide(message, |decision| {
            let mut out = Vec::new();
            decision.write_json(&mut out);
            String::from_utf8(out).unwrap()
        })
    }

    /// The hash of the ruleset, which depends on its text.
    fn hash(&self) -> &str {
        &self.engine.ruleset().id.hash
    }
}

fn message(id: &str, time: &str, amount: u32, more: &str) -> String {
    format!(
        r#"{{"id":"{id}","type":"authorization","time":"2026-01-05T{time}Z","card":{{"token":"c_1","last4":"4242"}},"amount":{amount},"currency":"USD","merchant":{{"id":"m_1"}}{more}}}"#
    )
}

#[test]
fn a_decision_has_its_keys_in_order_and_its_evidence() {
    let mut pipeline = TestPipeline::new(&format!(
        "[features]\nseen_1h = 'card.last(\"1h\").count(t, t.amount >= 1.00)'\n{}{}",
        rule("twice", "seen_1h >= 1 && amount >= 100.00", "'100 * seen_1h + 250'", ""),
        rule("needs-country", "merchant.country == \"DK\"", "900", "")
    ));
    let more = r#","channel":"chip","response":{"approved":false}"#;
    pipeline.json(&message("a", "10:00:00.5", 1250, more));
    let expected = format!(
        concat!(
            r#"{{"transaction_id":"b","card":"c_1","time":"2026-01-05T10:30:00.000Z","score":350,"action":"review","#,
            r#""rules":[{{"id":"twice","points":350,"severity":"high","reason":"R","message":"USD 260.00","#,
            r#""evidence":{{"seen_1h":1,"amount":260.0}},"#,
            r#""charges":[{{"time":"2026-01-05T10:00:00.500Z","amount":12.5,"country":null,"mcc":null,"channel":"chip","declined":true}}]}}],"#,
            r#""undecided":["needs-country"],"#,
            r#""ruleset":{{"name":"test","version":"1.2.3","hash":"{}"}},"incident":null}}"#
        ),
        pipeline.hash()
    );
    assert_eq!(pipeline.json(&message("b", "10:30:00", 26_000, "")), expected);
}

#[test]
fn a_window_without_a_predicate_shows_its_charges_too_newest_first_and_ten_at_most() {
    let mut pipeline =
        TestPipeline::new(&rule("burst", "card.last(\"1h\").size() >= 12", "900", ""));
    for minute in 10..22 {
        pipeline.json(&message(&minute.to_string(), &format!("10:{minute}:00"), 100, ""));
    }
    let json = pipeline.json(&message("last", "10:30:00", 100, ""));
    let decision: serde_json::Value = serde_json::from_str(&json).unwrap();
    let charges = decision["rules"][0]["charges"].as_array().unwrap();
    let times: Vec<_> = charges.iter().map(|charge| charge["time"].as_str().unwrap()).collect();
    let expected: Vec<_> =
        (12..22).rev().map(|minute| format!("2026-01-05T10:{minute}:00.000Z")).collect();
    assert_eq!(times, expected);
}

#[test]
fn an_alert_has_the_decision_and_the_details_to_act_on() {
    let mut pipeline = TestPipeline::new(&rule("large", "amount >= 100.00", "900", ""));
    let merchant_named = message("a", "10:00:00", 26_000, "").replace(
        r#"{"id":"m_1"}"#,
        r#"{"id":"m_1","name":"Strøget \"Mode\"","mcc":"0742","country":"DNK"}"#,
    );
    let hash = pipeline.hash().to_owned();
    let (alert, id) = pipeline.decide(&merchant_named, |decision| {
        let source = Position { topic: "transactions", partition: 3, offset: 81_125 };
        let mut out = Vec::new();
        decision.write_alert(Some(Time(1_767_608_130_131)), Some(source), &mut out);
        (String::from_utf8(out).unwrap(), decision.alert_id().to_owned())
    });
    let expected = format!(
        concat!(
            r#"{{"transaction_id":"a","card":"c_1","time":"2026-01-05T10:00:00.000Z","score":900,"action":"decline","#,
            r#""rules":[{{"id":"large","points":900,"severity":"high","reason":"R","message":"USD 260.00","evidence":{{"amount":260.0}},"charges":[]}}],"#,
            r#""undecided":[],"ruleset":{{"name":"test","version":"1.2.3","hash":"{}"}},"incident":null,"#,
            r#""alert_id":"{}","severity":"high","amount":26000,"currency":"USD","last4":"4242","#,
            r#""merchant":{{"id":"m_1","name":"Strøget \"Mode\"","mcc":"0742","country":"DK"}},"#,
            r#""decided_at":"2026-01-05T10:15:30.131Z","source":{{"topic":"transactions","partition":3,"offset":81125}}}}"#
        ),
        hash, id
    );
    assert_eq!(alert, expected);
}

#[test]
fn decided_at_and_source_are_absent_without_a_clock_and_a_feed() {
    let mut pipeline = TestPipeline::new(&rule("large", "amount >= 100.00", "900", ""));
    let alert = pipeline.decide(&message("a", "10:00:00", 26_000, ""), |decision| {
        let mut out = Vec::new();
        decision.write_alert(None, None, &mut out);
        String::from_utf8(out).unwrap()
    });
    assert!(!alert.contains("decided_at") && !alert.contains("source"), "{alert}");
}

#[test]
fn an_alert_id_is_the_same_for_the_same_message_whatever_the_rules_say() {
    let mut first = TestPipeline::new(&rule("large", "amount >= 100.00", "900", ""));
    let mut other = TestPipeline::new(&rule("any", "amount >= 0.00", "1", ""));
    let id = |pipeline: &mut TestPipeline, text: &str| {
        pipeline.decide(text, |decision| decision.alert_id().to_owned())
    };
    let base = message("a", "10:00:00", 1, "");
    let base_id = id(&mut first, &base);
    assert_eq!(base_id.len(), 32);
    assert_eq!(base_id, id(&mut other, &message("a", "10:00:00", 99_999, "")));
    let others = [
        message("b", "10:00:00", 1, ""),
        message("a", "10:00:01", 1, ""),
        base.replace("authorization", "refund"),
        base.replace("c_1", "c_2"),
        base.replace("m_1", "m_2"),
    ];
    for other in others {
        assert_ne!(base, other);
        assert_ne!(base_id, id(&mut first, &other), "{other}");
    }
}

fn check_verdict(rules: &str, amount: u32, score: i32, action: &str, severity: Option<&str>) {
    let mut pipeline = TestPipeline::new(rules);
    pipeline.decide(&message("a", "10:00:00", amount, ""), |decision| {
        let assessment = decision.assessment;
        let is =
            (assessment.score, assessment.action.name(), assessment.severity.map(|s| s.name()));
        assert_eq!(is, (score, action, severity), "{rules}");
    });
}

#[test]
fn points_add_up_within_0_and_1000_and_the_strictest_action_wins() {
    let high = Some("high");
    check_verdict(&rule("a", "amount > 1.00", "299", ""), 200, 299, "approve", high);
    check_verdict(&rule("a", "amount > 1.00", "300", ""), 200, 300, "review", high);
    check_verdict(&rule("a", "amount > 1.00", "300", ""), 100, 0, "approve", None);
    let two = |a, b| format!("{}{}", rule("a", "true", a, ""), rule("b", "amount >= 0.00", b, ""));
    check_verdict(&two("300", "300"), 1, 600, "decline", high);
    check_verdict(&two("900", "900"), 1, 1000, "decline", high);
    check_verdict(&two("900", "-700"), 1, 200, "approve", high);
    check_verdict(&two("10", "-700"), 1, 0, "approve", high);
    let demands = rule("a", "amount >= 0.00", "1", "action = 'decline'");
    check_verdict(&demands, 1, 1, "decline", high);
    let milder = rule("a", "amount >= 0.00", "700", "action = 'review'");
    check_verdict(&milder, 1, 700, "decline", high);
    let critical = format!(
        "{}{}",
        rule("a", "true", "1", ""),
        rule("b", "true", "1", "").replace("'high'", "'critical'")
    );
    check_verdict(&critical, 1, 2, "approve", Some("critical"));
}

#[test]
fn a_shadow_rule_is_shown_and_changes_nothing() {
    let mut pipeline = TestPipeline::new(&rule("s", "amount >= 0.00", "900", "mode = 'shadow'"));
    let json = pipeline.json(&message("a", "10:00:00", 1, ""));
    assert!(json.contains(r#""score":0,"action":"approve","rules":[],"undecided":[],"shadow":[{"id":"s","points":900"#), "{json}");
}

/// Which of a card's messages, given as (minutes, amount), raise an alert.
fn alerted(cooldown: &str, messages: &[(u32, u32)]) -> Vec<bool> {
    let rules = format!(
        "alert_cooldown = '{cooldown}'\n{}{}",
        rule("large", "amount >= 100.00", "700", ""),
        rule("huge", "amount >= 1000.00", "1", "").replace("'high'", "'critical'")
    );
    let mut pipeline = TestPipeline::new(&rules);
    let decide = |(at, (minute, amount)): (usize, &(u32, u32))| {
        let text = message(&at.to_string(), &format!("10:{minute:02}:00"), *amount, "");
        pipeline.decide(&text, |decision| decision.alert)
    };
    messages.iter().enumerate().map(decide).collect()
}

#[test]
fn a_cooldown_suppresses_alerts_that_are_not_more_severe() {
    let burst = [(0, 20_000), (5, 20_000), (6, 200_000), (7, 200_000), (16, 20_000), (17, 1)];
    assert_eq!(alerted("10m", &burst), [true, false, true, false, true, false]);
    assert_eq!(alerted("0s", &burst), [true, true, true, true, true, false]);
}

#[test]
fn an_alert_of_a_late_message_near_another_is_suppressed_too() {
    assert_eq!(alerted("10m", &[(30, 20_000), (25, 20_000), (10, 20_000)]), [true, false, true]);
}
