//! Mixes malformed records with valid ones: every record ends as a decision, a dead letter, a
//! counted duplicate or a counted tombstone, and the counts add up.

use crate::support::broker;
use crate::support::client::{self, Incoming, Outgoing};
use crate::support::messages::{Charge, HOUR_MS, rfc3339, yesterday_ms};
use crate::support::metrics::Samples;
use crate::support::redcard::{Setup, Topics};
use crate::support::{rules, wall_millis};
use std::collections::BTreeMap;

/// Values that are not transactions, each with the reason code of its dead letter.
fn malformed() -> Vec<(&'static str, Vec<u8>)> {
    let good = || Charge::new("bad", "c_bad", yesterday_ms(), 1_250);
    let text = |charge: Charge| charge.text().into_bytes();
    let ahead = rfc3339(wall_millis() + HOUR_MS);
    let mut twice = good().text();
    twice.truncate(twice.len() - 1);
    twice.push_str(r#", "id": "again"}"#);
    vec![
        ("empty", Vec::new()),
        ("not_json", b"{this is no JSON}".to_vec()),
        ("not_json", good().text().as_bytes()[..40].to_vec()),
        ("not_an_object", b"[1, 2]".to_vec()),
        ("not_utf8", b"{\"id\": \"\xff\xfe\"}".to_vec()),
        ("trailing_bytes", [good().text(), "{}".into()].concat().into_bytes()),
        ("too_deep", format!("{{\"x\": {}1{}}}", "[".repeat(500), "]".repeat(500)).into_bytes()),
        ("too_large", vec![b' '; 100_000]),
        ("duplicate_key", twice.into_bytes()),
        ("missing_field", text(good().set("merchant", serde_json::Value::Null))),
        ("wrong_type", text(good().set("merchant", "m_1"))),
        ("unknown_type", text(good().set("type", "settlement"))),
        ("negative_amount", text(good().set("amount", -1))),
        ("bad_amount", text(good().set("amount", 12.5))),
        ("unknown_currency", text(good().set("currency", "XXQ"))),
        ("no_minor_unit", text(good().set("currency", "XAU"))),
        ("unpaired_surrogate", good().text().replace("\"bad\"", "\"\\ud83c\"").into_bytes()),
        ("time_without_colon", text(good().set("time", "2026-01-05T10:15:30+0000"))),
        ("no_such_time", text(good().set("time", "2026-02-30T10:15:30Z"))),
        ("bad_time", text(good().set("time", "yesterday"))),
        ("time_ahead", text(good().set("time", ahead))),
        (
            "card_number_luhn",
            text(
                good()
                    .set("card.number", "4111111111111112")
                    .set("card.token", serde_json::Value::Null),
            ),
        ),
    ]
}

const KEY_FILE: &str = "current = \"1\"\n[keys]\n1 = \"6f1d0c2b7a59e8d3f4a1b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f9012\"\n";

fn connect(letter: &Incoming, name: &str) -> String {
    letter.header(&format!("__connect.errors.{name}"))
}

/// Partition and offset of the record that a dead letter was made from.
fn place(letter: &Incoming) -> (i32, i64) {
    let number = |name: &str| connect(letter, name).parse::<i64>().unwrap();
    (i32::try_from(number("partition")).unwrap(), number("offset"))
}

#[test]
fn malformed_records_become_dead_letters_and_valid_ones_between_them_are_scored() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "malformed", 1);
    let redcard = Setup::new(brokers, &topics)
        .file("card-keys.toml", KEY_FILE)
        .set("card_numbers", "key_file", "card-keys.toml")
        .start_ready();
    let (mut records, mut expected) = (Vec::new(), BTreeMap::new());
    let malformed = malformed();
    for (number, (reason, value)) in malformed.iter().enumerate() {
        records
            .push(Charge::new(&format!("good-{number}"), "c_good", yesterday_ms(), 100).record());
        let mut bad = Outgoing::new(format!("k-{number}"), value.clone());
        bad.headers = vec![("trace".to_owned(), format!("t-{number}").into_bytes())];
        expected.insert((0, i64::try_from(records.len()).unwrap()), (*reason, number));
        records.push(bad);
    }
    records.push(records[0].clone());
    records.push(Outgoing { key: Some(b"c_good".to_vec()), ..Outgoing::default() });
    client::produce(brokers, &topics.transactions, &records);

    let decided = client::read_at_least(brokers, &topics.decisions, malformed.len());
    let letters = client::read_at_least(brokers, &topics.dead_letters, malformed.len());
    let metrics = redcard.wait_metric("redcard_tombstones_total", &[], 1.0);
    assert_eq!((decided.len(), letters.len()), (malformed.len(), malformed.len()));
    for letter in &letters {
        let (reason, number) = expected.remove(&place(letter)).unwrap();
        assert_dead_letter(letter, &topics, reason, number);
    }
    assert_counts(&metrics, records.len(), &malformed);
    redcard.stop();
}

fn assert_dead_letter(letter: &Incoming, topics: &Topics, reason: &str, number: usize) {
    assert_eq!(connect(letter, "exception.class.name"), reason, "{letter:?}");
    assert_eq!(letter.key_text(), format!("k-{number}"));
    assert_eq!(letter.header("trace"), format!("t-{number}"));
    assert_eq!(connect(letter, "topic"), topics.transactions);
    assert_eq!(connect(letter, "connector.name"), "redcard");
    assert_eq!(connect(letter, "stage"), "decode");
    let message = connect(letter, "exception.message");
    assert!(message.len() > 20 && !message.contains("m_1"), "{message}");
    assert_eq!(letter.headers.len(), 8, "{:?}", letter.headers);
    assert!(letter.value.as_deref().unwrap_or_default().is_empty(), "{letter:?}");
}

fn assert_counts(metrics: &Samples, read: usize, malformed: &[(&str, Vec<u8>)]) {
    let sum = |name: &str, labels: &[(&str, &str)]| metrics.sum(name, labels);
    let good = malformed.len() as f64;
    assert_eq!(sum("redcard_records_read_total", &[]), read as f64);
    assert_eq!(sum("redcard_decisions_total", &[]), good);
    assert_eq!(sum("redcard_dead_letters_total", &[]), good);
    assert_eq!(sum("redcard_duplicates_total", &[]), 1.0);
    assert_eq!(sum("redcard_tombstones_total", &[]), 1.0);
    for (reason, _) in malformed {
        let count = malformed.iter().filter(|(other, _)| other == reason).count();
        assert_eq!(
            sum("redcard_dead_letters_total", &[("reason", reason)]),
            count as f64,
            "{reason}"
        );
    }
}

#[test]
fn raw_payloads_of_dead_letters_are_complete_and_cause_a_warning() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "raw", 1);
    let redcard = Setup::new(brokers, &topics).set("dead_letters", "payload", "raw").start_ready();
    client::produce(brokers, &topics.transactions, &[Outgoing::new("k", "no JSON")]);
    let letters = client::read_at_least(brokers, &topics.dead_letters, 1);
    assert_eq!(letters[0].value.as_deref(), Some(&b"no JSON"[..]));
    let log = redcard.stop();
    assert!(log.contains("dead_letters.payload"), "{log}");
}

#[test]
fn a_source_with_major_units_and_a_default_currency_is_read_as_configured() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "major", 1);
    let redcard = Setup::new(brokers, &topics)
        .set("source", "amounts", "major")
        .set("source", "default_currency", "EUR")
        .rules(rules::ANY_CHARGE)
        .start_ready();
    let charge = Charge::new("m1", "c_major", yesterday_ms(), 0)
        .set("amount", "26.50")
        .set("currency", serde_json::Value::Null);
    client::produce(brokers, &topics.transactions, &[charge.record()]);
    let alert = client::read_at_least(brokers, &topics.alerts, 1)[0].json();
    assert_eq!((&alert["amount"], &alert["currency"]), (&2_650.into(), &"EUR".into()));
    assert_eq!(alert["rules"][0]["message"], "EUR 26.50");
    redcard.stop();
}
