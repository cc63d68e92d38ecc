//! Generates random input: few cards with many charges each, so that every charge depends on
//! earlier ones. It includes duplicates, conflicting duplicates, reused ids, separate responses, increments,
//! late transactions, refunds, reversals, clearings, garbage, tombstones and offsets without a
//! record.

use super::cluster::PARTITIONS;
use crate::decode::{DecodeSettings, Decoder, Tokenizer};
use crate::kafka::tests::support;
use crate::transaction::Time;
use rand::{Rng, RngExt};
use serde_json::{Value, json};

const CARDS_PER_PARTITION: u32 = 3;
const START: i64 = 1_767_607_200_000;

/// Two active keys; [`FORMER`] is the token of [`NUMBER`] under the previous key.
const KEYS: &str = "current = 2\nprevious = 1\n[keys]\n\
    1 = \"0000000000000000000000000000000000000000000000000000000000000000\"\n\
    2 = \"1111111111111111111111111111111111111111111111111111111111111111\"";
const NUMBER: &str = "4242424242424242";
const FORMER: &str = "v1_061a646ab9fd9886613264967be8bc47238bcb4b7dda75395e6eec538344bb1a";

/// The decoder of a service during a key rotation.
pub fn decoder() -> Decoder {
    let usual = support::decode_settings();
    let tokenizer = Tokenizer::from_toml(KEYS).unwrap();
    Decoder::new(DecodeSettings { tokenizer: Some(tokenizer), ..usual })
}

/// A partition of the input: the value at each offset. `None` means that there is no record; an
/// empty value is a tombstone.
pub type Log = Vec<Option<Vec<u8>>>;

/// The log of each partition.
pub fn input(rng: &mut impl Rng, records: usize) -> Vec<Log> {
    let mut partitions = vec![Vec::new(); usize::try_from(PARTITIONS).unwrap()];
    for number in 0..records {
        let partition = rng.random_range(0..partitions.len());
        let log: &mut Log = &mut partitions[partition];
        let earlier =
            log.len().checked_sub(1 + rng.random_range(0..5)).and_then(|at| log[at].clone());
        let value = match (rng.random_range(0..40), earlier) {
            (0, _) => None,
            (1, _) => Some(Vec::new()),
            (2, _) => Some(b"{\"id\": 7".to_vec()),
            (3..=5, Some(earlier)) => Some(earlier),
            (6..=11, Some(earlier)) => Some(follow_up(rng, earlier, number)),
            _ => Some(message(rng, partition, number)),
        };
        log.push(value);
    }
    for log in &mut partitions {
        log.push(Some(message(rng, 0, records)));
        // An offset without a record after the last one, like the marker of a transaction.
        if rng.random_range(0..3) == 0 {
            log.push(None);
        }
    }
    partitions
}

fn message(rng: &mut impl Rng, partition: usize, number: usize) -> Vec<u8> {
    let late = if rng.random_range(0..6) == 0 { rng.random_range(0..600_000) } else { 0 };
    let time = Time(time_of(number).millis() - late);
    let (kind, original) = match rng.random_range(0..20) {
        0 => ("refund", None),
        1 => ("reversal", Some(number.saturating_sub(rng.random_range(1..12)))),
        2 => ("clearing", Some(number.saturating_sub(rng.random_range(1..12)))),
        _ => ("authorization", None),
    };
    let country = ["US", "DK", "BR"][rng.random_range(0..3)];
    let json = json!({
        "id": format!("t{number}"), "type": kind, "time": time.to_string(),
        "card": card(rng, partition),
        "amount": rng.random_range(100..20_000), "currency": "USD",
        "merchant": {"id": format!("m{}", rng.random_range(0..5)), "country": country},
        "original_id": original.map(|number| format!("t{number}")),
    });
    json.to_string().into_bytes()
}

/// A message that refers to an earlier one: its separate response, a conflicting duplicate, another message
/// with its id, or an increment. Invalid messages are returned unchanged.
fn follow_up(rng: &mut impl Rng, earlier: Vec<u8>, number: usize) -> Vec<u8> {
    let Ok(mut message) = serde_json::from_slice::<Value>(&earlier) else { return earlier };
    let time = time_of(number).to_string();
    match rng.random_range(0..6) {
        0 | 1 => message["response"] = json!({"approved": rng.random_range(0..2) == 0}),
        2 => message["amount"] = json!(rng.random_range(100..20_000)),
        3 => message["time"] = json!(time),
        4 => message["merchant"]["id"] = json!("another"),
        _ => {
            message["original_id"] = message["id"].take();
            message["id"] = json!(format!("t{number}"));
            message["time"] = json!(time);
        }
    }
    message.to_string().into_bytes()
}

fn time_of(number: usize) -> Time {
    Time(START + i64::try_from(number).unwrap() * 20_000)
}

/// One of the partition's cards: the first one by number or, sometimes, by its token under the
/// previous key.
fn card(rng: &mut impl Rng, partition: usize) -> Value {
    match (rng.random_range(0..CARDS_PER_PARTITION), rng.random_range(0..8)) {
        (0, 0) => json!({"token": FORMER}),
        (0, _) => json!({"number": NUMBER}),
        (card, _) => json!({"token": format!("c_{partition}_{card}")}),
    }
}

/// The labels of each partition, for messages of its input. Some are invalid, repeated or withdrawn,
/// and some are tombstones.
pub fn labels(rng: &mut impl Rng, input: &[Log]) -> Vec<Vec<Vec<u8>>> {
    let of = |rng: &mut _, log: &Log| {
        let mut labels: Vec<Vec<u8>> = Vec::new();
        for _ in 0..RngExt::random_range(rng, 0..8) {
            let value = match (RngExt::random_range(rng, 0..12), labels.last()) {
                (0, _) => Vec::new(),
                (1, _) => b"{\"transaction_id\": 7".to_vec(),
                (2, Some(last)) => last.clone(),
                _ => {
                    let known_at = time_of(RngExt::random_range(rng, 0..60));
                    label(rng, log, known_at)
                }
            };
            labels.push(value);
        }
        labels
    };
    input.iter().map(|log| of(rng, log)).collect()
}

/// A label that becomes known after every transaction, of a card with one token. Which token of a card
/// with two is remembered depends on the order of its messages.
pub fn late_label(rng: &mut impl Rng, log: &Log) -> Option<Vec<u8>> {
    let known_at = time_of(rng.random_range(10_000..10_004));
    let label = label(rng, log, known_at);
    String::from_utf8_lossy(&label).contains("\"c_").then_some(label)
}

fn label(rng: &mut impl Rng, log: &Log, known_at: Time) -> Vec<u8> {
    let messages = log.iter().flatten();
    let messages: Vec<Value> =
        messages.filter_map(|value| serde_json::from_slice(value).ok()).collect();
    let message = &messages[rng.random_range(0..messages.len())];
    let label = ["fraud", "genuine", "genuine", "suspected", "unknown"][rng.random_range(0..5)];
    // What the cardholder says is genuine snoozes the rules that fired.
    let source = ["chargeback", "cardholder"][rng.random_range(0..2)];
    let json = json!({
        "transaction_id": message["id"], "card": message["card"], "label": label,
        "known_at": known_at.to_string(), "source": source,
    });
    json.to_string().into_bytes()
}
