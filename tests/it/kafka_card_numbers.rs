//! Puts card numbers everywhere a message can hold text, and checks that none appears in any
//! output: alerts, decisions, dead letters, logs, metrics.

use crate::support::card_numbers::{NUMBERS, card_number_in, disguised, spellings};
use crate::support::client::{self, Incoming, Outgoing};
use crate::support::messages::{Charge, text_fields, yesterday_ms};
use crate::support::redcard::{Setup, Topics};
use crate::support::{broker, rules};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

const KEY: &str = "6f1d0c2b7a59e8d3f4a1b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f9012";

/// Fields that redcard does not know.
const UNLISTED: [&str; 2] = ["note", "extra.deeply.nested"];

const SEED: u64 = 11;
const DISGUISES_PER_NUMBER: usize = 8;

/// Messages that each have a number in one place, in every spelling and in random disguises.
fn messages(seed: u64) -> Vec<Outgoing> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut messages = Vec::new();
    for (number_index, number) in NUMBERS.iter().enumerate() {
        let disguises = (0..DISGUISES_PER_NUMBER).map(|_| disguised(number, &mut random));
        let all: Vec<String> = spellings(number).into_iter().chain(disguises).collect();
        for (spelling_index, spelling) in all.iter().enumerate() {
            let stem = format!("m{number_index}-{spelling_index}");
            messages.extend(with_text_everywhere(&stem, spelling));
        }
        messages.extend(with_json_numbers(&format!("n{number_index}"), number));
        messages.extend(malformed(number));
    }
    messages
}

fn good(id: &str) -> Charge {
    Charge::new(id, &format!("c_{id}"), yesterday_ms(), 1_250)
}

fn with_text_everywhere(stem: &str, text: &str) -> Vec<Outgoing> {
    let fields = text_fields().chain(UNLISTED).enumerate();
    let mut messages: Vec<Outgoing> =
        fields.map(|(at, field)| good(&format!("{stem}-{at}")).set(field, text).record()).collect();
    let plain = good(&format!("{stem}-p")).text();
    messages.push(Outgoing::new(text, plain.clone()));
    let mut headed = Outgoing::new("c_headed", good(&format!("{stem}-h")).text());
    headed.headers = vec![("trace".into(), text.into()), (text.into(), b"name".to_vec())];
    messages.push(headed);
    messages.push(as_field_name(&good(&format!("{stem}-f")), text));
    // The same for a record that becomes a dead letter, which keeps the key and headers.
    let mut letter = Outgoing::new(text, "no JSON");
    letter.headers = vec![("trace".into(), text.into()), (text.into(), b"name".to_vec())];
    messages.push(letter);
    messages
}

fn as_field_name(charge: &Charge, name: &str) -> Outgoing {
    let mut value: Value = serde_json::from_str(&charge.text()).unwrap();
    value["extra"] = json!({name: {name: name}});
    Outgoing::new(charge.card(), value.to_string())
}

fn with_json_numbers(stem: &str, number: &str) -> Vec<Outgoing> {
    let value: u64 = number.parse().unwrap();
    let fields =
        ["id", "merchant.id", "merchant.mcc", "amount", "terminal.id", "card.number", "note"];
    let mut messages: Vec<Outgoing> = fields
        .iter()
        .enumerate()
        .map(|(at, field)| good(&format!("{stem}-{at}")).set(field, value).record())
        .collect();
    let escaped: String = number.chars().map(|c| format!("\\u00{:02x}", c as u32)).collect();
    let name = good(&format!("{stem}-e")).set("merchant.name", "ESCAPED").text();
    messages.push(Outgoing::new("c_escaped", name.replace("ESCAPED", &escaped)));
    let tokenless = good(&format!("{stem}-t")).set("card.token", Value::Null);
    messages.push(Outgoing::new("c_number", tokenless.set("card.number", number).text()));
    messages
}

fn malformed(number: &str) -> Vec<Outgoing> {
    let values = [
        format!("{{\"id\": \"{number}"),
        format!("{{\"id\": \"x\", {number}}}"),
        number.to_owned(),
        format!("\"{number}\""),
        format!("{{\"card\": {{\"number\": \"{number}\", \"number\": \"{number}\"}}}}"),
        format!("<xml>{number}</xml>"),
    ];
    let mut records: Vec<Outgoing> =
        values.iter().map(|value| Outgoing::new("c_malformed", value.as_bytes())).collect();
    let broken = [number.as_bytes(), b"\xff\xfe", number.as_bytes()].concat();
    records.push(Outgoing::new(broken.clone(), broken));
    records
}

fn assert_clean(what: &str, records: &[Incoming]) {
    assert!(!records.is_empty(), "{what}");
    for record in records {
        let found = card_number_in(&record.everything());
        assert!(
            found.is_none(),
            "{what}: {found:?} in {}",
            String::from_utf8_lossy(&record.everything())
        );
    }
}

#[test]
fn a_card_number_in_any_field_appears_in_no_output() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "numbers", 2);
    let key_file = format!("current = \"1\"\n[keys]\n1 = \"{KEY}\"\n");
    let redcard = Setup::new(brokers, &topics)
        .file("card-keys.toml", &key_file)
        .set("card_numbers", "key_file", "card-keys.toml")
        .rules(rules::QUOTING)
        .env("RUST_LOG", "trace")
        .start_ready();
    let seed = SEED;
    println!("the disguises are those of seed {seed}");
    let messages = messages(seed);
    client::produce(brokers, &topics.transactions, &messages);
    let metrics = redcard.wait_metric("redcard_records_read_total", &[], messages.len() as f64);
    assert_eq!(metrics.sum("redcard_records_read_total", &[]), messages.len() as f64);
    assert!(metrics.sum("redcard_card_numbers_masked_total", &[]) > 100.0, "{}", metrics.text);
    let log = redcard.stop();

    let alerts = client::read_all(brokers, &topics.alerts);
    let decisions = client::read_all(brokers, &topics.decisions);
    let letters = client::read_all(brokers, &topics.dead_letters);
    assert_eq!(decisions.len() + letters.len(), messages.len());
    assert_eq!(alerts.len(), decisions.len(), "every decision was quoted in an alert");
    for (what, records) in [("alert", &alerts), ("decision", &decisions), ("dead letter", &letters)]
    {
        assert_clean(what, records);
    }
    assert_eq!(card_number_in(log.as_bytes()), None, "in the log");
    assert_eq!(card_number_in(metrics.text.as_bytes()), None, "in the metrics");
    assert!(!log.contains(KEY), "the key in the log");
    assert!(
        alerts.iter().any(|alert| alert.key_text().starts_with("v1_")),
        "a number became a token"
    );
}

/// Labels that each have a number in one place.
fn labels() -> Vec<Outgoing> {
    let mut labels = Vec::new();
    for (index, number) in NUMBERS.iter().enumerate() {
        for (at, spelling) in spellings(number).iter().enumerate() {
            for field in ["transaction_id", "card", "merchant", "kind", "source", "note"] {
                let mut label = json!({
                    "transaction_id": format!("t{index}-{at}"), "card": {"token": "c_1"},
                    "label": "fraud", "known_at": "2026-01-05T10:15:30Z",
                });
                label[field] = match field {
                    "card" => json!({"number": spelling}),
                    "merchant" => json!({"id": spelling}),
                    _ => json!(spelling),
                };
                labels.push(Outgoing::new("c_1", label.to_string()));
            }
        }
    }
    labels
}

#[test]
fn a_card_number_in_a_label_or_an_alert_appears_in_no_outcome() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "outcomes", 2);
    let key_file = format!("current = \"1\"\n[keys]\n1 = \"{KEY}\"\n");
    let redcard = Setup::new(brokers, &topics)
        .file("card-keys.toml", &key_file)
        .set("card_numbers", "key_file", "card-keys.toml")
        .set("topics", "create", true)
        .set("topics", "labels", topics.labels.as_str())
        .set("topics", "outcomes", topics.outcomes.as_str())
        .rules(rules::QUOTING)
        .start_ready();
    let (messages, labels) = (messages(SEED), labels());
    client::produce(brokers, &topics.transactions, &messages);
    client::produce(brokers, &topics.labels, &labels);
    redcard.wait_metric("redcard_records_read_total", &[], messages.len() as f64);
    redcard.wait_metric("redcard_labels_total", &[], labels.len() as f64);
    redcard.stop();
    let outcomes = client::read_all(brokers, &topics.outcomes);
    assert_clean("outcome", &outcomes);
    let alerts = client::read_all(brokers, &topics.alerts);
    assert!(outcomes.len() > alerts.len() + NUMBERS.len(), "{} outcomes", outcomes.len());
    let of_labels = outcomes.iter().filter(|outcome| outcome.key_text().starts_with("label/v1_"));
    assert!(of_labels.count() > 0, "a number became a token");
}

/// Messages with fields of sensitive authentication data, at the top level and nested.
fn with_authentication_data() -> Vec<Outgoing> {
    let names = ["cvv", "cvc", "cvv2", "track1", "track2", "pin", "pin_block"];
    let fields = names.iter().flat_map(|name| {
        ["", "card.", "merchant.", "extra.deeply."].map(|folder| format!("{folder}{name}"))
    });
    let message = |(at, field): (usize, String)| {
        let charge = good(&format!("sad-{at}")).set(&field, SENSITIVE);
        // Every second message becomes a dead letter.
        let text = if at % 2 == 0 { charge.text() } else { charge.text().replace("USD", "???") };
        Outgoing::new(charge.card(), text)
    };
    fields.enumerate().map(message).collect()
}

const SENSITIVE: &str = "b1042420000=99121010000";

#[test]
fn sensitive_authentication_data_in_any_field_appears_in_no_output() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "sensitive", 1);
    let redcard =
        Setup::new(brokers, &topics).rules(rules::QUOTING).env("RUST_LOG", "trace").start_ready();
    let messages = with_authentication_data();
    client::produce(brokers, &topics.transactions, &messages);
    let count = messages.len() as f64;
    let metrics = redcard.wait_metric("redcard_records_read_total", &[], count);
    let dropped = metrics.sum("redcard_sensitive_fields_dropped_total", &[]);
    assert!(dropped >= count / 2.0, "{dropped} of {count}");
    let log = redcard.stop();
    let topics = [&topics.alerts, &topics.decisions, &topics.dead_letters, &topics.history];
    for topic in topics {
        let records = client::read_all(brokers, topic);
        assert!(!records.is_empty(), "{topic}");
        for record in records {
            let text = String::from_utf8_lossy(&record.everything()).into_owned();
            assert!(!text.contains(SENSITIVE), "{topic}: {text}");
        }
    }
    assert!(!log.contains(SENSITIVE), "in the log");
    assert!(!metrics.text.contains(SENSITIVE), "in the metrics");
}

#[test]
fn the_search_finds_what_it_looks_for() {
    for number in NUMBERS {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let disguises = (0..100).map(|_| disguised(number, &mut random));
        for spelling in spellings(number).into_iter().chain(disguises) {
            assert_eq!(
                card_number_in(format!("a {spelling}.").as_bytes()),
                Some(*number),
                "{spelling}"
            );
        }
    }
    assert_eq!(card_number_in(b"411111111111111 and 1111"), None);
}

/// Messages of one card with two ids that would be identical after masking.
fn numeric_ids() -> Vec<Outgoing> {
    let lines = include_str!("../cases/C-ids-like-card-numbers.jsonl").lines();
    lines.map(|line| Outgoing::new("c", line)).collect()
}

#[test]
fn without_a_key_ids_that_read_as_card_numbers_are_dead_letters_with_advice() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "numeric-ids", 1);
    let redcard = Setup::new(brokers, &topics).start_ready();
    client::produce(brokers, &topics.transactions, &numeric_ids());
    let letters = client::read_at_least(brokers, &topics.dead_letters, 2);
    let header = |letter: &Incoming, name: &str| letter.header(&format!("__connect.errors.{name}"));
    for letter in &letters {
        assert_eq!(header(letter, "exception.class.name"), "card_number_without_key");
        let message = header(letter, "exception.message");
        assert!(message.contains("card_numbers.trusted_fields"), "{message}");
        assert!(message.contains("redcard card-key"), "{message}");
    }
    let metrics = redcard.wait_metric(
        "redcard_dead_letters_total",
        &[("reason", "card_number_without_key")],
        2.0,
    );
    assert_eq!(metrics.sum("redcard_duplicates_total", &[]), 0.0);
    let log = redcard.stop();
    assert_eq!(log.matches("card_numbers.trusted_fields").count(), 1, "{log}");
    assert_eq!(card_number_in(log.as_bytes()), None);
}

#[test]
fn ids_of_a_trusted_field_are_scored_as_they_are() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "trusted-ids", 1);
    let redcard = Setup::new(brokers, &topics)
        .env("REDCARD__CARD_NUMBERS__TRUSTED_FIELDS", "id,original_id")
        .start_ready();
    client::produce(brokers, &topics.transactions, &numeric_ids());
    let decisions = client::read_at_least(brokers, &topics.decisions, 2);
    let ids: Vec<String> = decisions
        .iter()
        .map(|decision| {
            let value: Value = serde_json::from_slice(decision.value.as_deref().unwrap()).unwrap();
            value["transaction_id"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(ids, ["4000000000081234", "4000000000161234"]);
    let metrics = redcard.wait_metric("redcard_decisions_total", &[], 2.0);
    assert_eq!(metrics.sum("redcard_duplicates_total", &[]), 0.0);
    redcard.stop();
}

#[test]
fn invalid_optional_fields_are_counted_by_field() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "by-field", 1);
    let redcard = Setup::new(brokers, &topics).start_ready();
    let charge = |id: &str| good(id).set("merchant.latitude", 0).set("merchant.longitude", 0);
    let records = [
        charge("f-1").set("channel", "pigeon").set("response.reason", "mood"),
        charge("f-2").set("merchant.name", "x".repeat(300)).set("merchant.city", NUMBERS[0]),
        charge("f-3").set("device.id", 7).set("memo", "x"),
    ];
    client::produce(brokers, &topics.transactions, &records.map(|charge| charge.record()));
    let metrics = redcard.wait_metric("redcard_decisions_total", &[], 3.0);
    for (name, labels, count) in [
        ("redcard_unknown_values_total", &[("field", "channel")][..], 1.0),
        ("redcard_unknown_values_total", &[("field", "response.reason")], 1.0),
        ("redcard_unknown_values_total", &[], 2.0),
        (
            "redcard_invalid_values_total",
            &[("field", "merchant.latitude"), ("treatment", "dropped")],
            3.0,
        ),
        (
            "redcard_invalid_values_total",
            &[("field", "merchant.name"), ("treatment", "truncated")],
            1.0,
        ),
        ("redcard_invalid_values_total", &[("field", "device.id"), ("treatment", "dropped")], 1.0),
        ("redcard_card_numbers_masked_total", &[("field", "merchant.city")], 1.0),
        ("redcard_unlisted_fields_total", &[], 1.0),
    ] {
        assert_eq!(metrics.sum(name, labels), count, "{name} {labels:?}\n{}", metrics.text);
    }
    redcard.stop();
}
