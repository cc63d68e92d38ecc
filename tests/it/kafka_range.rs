//! Reads a topic from one time to another: the records in the range, committed ones only, in an order
//! that depends on nothing but the records.

use crate::support::broker;
use crate::support::client::{self, OpenTransaction, Outgoing};
use crate::support::messages::{Charge, DAY_MS, MINUTE_MS, rfc3339, yesterday_ms};
use crate::support::redcard::{Topics, redcard};
use serde_json::json;
use std::path::Path;
use tempfile::TempDir;

const PARTITIONS: i32 = 3;
const RULES: &str = "
[ruleset]
name = 'count'
version = '1'
review = 300
decline = 1000

[[rule]]
id = 'count'
description = 'Shows the charges before.'
when = 'card.last(\"7d\").size() >= 0'
points = 'card.last(\"7d\").size() + (card.last(\"7d\").exists(t, t.fraud) ? 300 : 0)'
severity = 'high'
reason = 'COUNT'
message = '{card.previous.time}'
";

/// A pseudo-random number below `end`, from the position in a sequence.
fn random(position: u64, end: u64) -> u64 {
    let mut x = position.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ (x >> 31)) % end
}

/// A record in a partition, with its timestamp.
struct Placed {
    partition: i32,
    timestamp_ms: i64,
    value: Option<String>,
}

/// Records of all partitions. Most timestamps grow, some are older than the one before. Partition 0 has
/// many more records than the others together.
fn records(start: i64) -> Vec<Placed> {
    let mut placed = Vec::new();
    for partition in 0..PARTITIONS {
        let count = if partition == 0 { 6_000 } else { 300 };
        let mut time = start;
        for number in 0..count {
            let seed = number << 2 | partition as u64;
            time += random(seed, 2 * 6_000_000 / count) as i64;
            let back = if random(seed + 1, 20) == 0 { random(seed + 2, 90_000) as i64 } else { 0 };
            let (id, card) =
                (format!("t{partition}-{number}"), format!("c_{partition}_{}", number % 7));
            let charge = Charge::new(&id, &card, time - back, 1_250).text();
            let value = (random(seed + 3, 50) > 0).then_some(charge);
            placed.push(Placed { partition, timestamp_ms: time - back, value });
        }
    }
    placed
}

/// The values in the range, in the order in which they are read: the naive way.
fn expected(records: &[Placed], from: i64, to: i64) -> Vec<String> {
    let mut ordered: Vec<(i64, i32, usize, &String)> = Vec::new();
    for partition in 0..PARTITIONS {
        let mut newest = i64::MIN;
        let of_partition = records.iter().filter(|record| record.partition == partition);
        for (offset, record) in of_partition.enumerate() {
            if (from..to).contains(&record.timestamp_ms) {
                newest = newest.max(record.timestamp_ms);
                let value = record.value.as_ref();
                ordered.extend(value.map(|value| (newest, partition, offset, value)));
            }
        }
    }
    ordered.sort();
    ordered.into_iter().map(|(.., value)| value.clone()).collect()
}

/// A folder with a configuration for the shared broker, and the rules.
fn folder(topics: &Topics) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[kafka]\nbrokers = \"{}\"\n[topics]\ntransactions = \"{}\"\n",
        broker::shared(),
        topics.transactions
    );
    std::fs::write(folder.path().join("redcard.toml"), config).unwrap();
    std::fs::write(folder.path().join("rules.toml"), RULES).unwrap();
    folder
}

/// Standard output and standard error of `redcard score` with these arguments.
fn score(folder: &Path, code: i32, arguments: &[&str]) -> (String, String) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (config, rules) = (path("redcard.toml"), path("rules.toml"));
    let common = ["score", "--config", &config, "--rules", &rules];
    let output = redcard(&[&common[..], arguments].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.code(), Some(code), "{err}");
    (out, err)
}

#[test]
fn a_range_of_a_topic_is_scored_like_a_file_in_the_documented_order() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "range", PARTITIONS);
    let start = yesterday_ms() - DAY_MS;
    let records = records(start);
    let outgoing = |record: &Placed| Outgoing {
        partition: Some(record.partition),
        timestamp_ms: Some(record.timestamp_ms),
        value: record.value.clone().map(String::into_bytes),
        ..Outgoing::new("k", "")
    };
    let outgoing: Vec<Outgoing> = records.iter().map(outgoing).collect();
    // What another producer aborts is not there, in whatever place.
    client::produce(brokers, &topics.transactions, &outgoing[..3_000]);
    OpenTransaction::begin(brokers, &topics.transactions).abort();
    client::produce(brokers, &topics.transactions, &outgoing[3_000..]);
    client::wait_settled(brokers, &topics.transactions);

    let folder = folder(&topics);
    let file = folder.path().join("expected.jsonl");
    let (from, to) = (start + 20 * MINUTE_MS, start + 80 * MINUTE_MS);
    for (from, to) in [(from, to), (start - DAY_MS, start + DAY_MS), (from, from + 1)] {
        let values = expected(&records, from, to);
        std::fs::write(&file, values.join("\n")).unwrap();
        let (of_file, _) = score(folder.path(), 0, &[file.to_str().unwrap()]);
        let (from, to) = (rfc3339(from), rfc3339(to));
        let arguments = ["--topic", &topics.transactions, "--from", &from, "--to", &to];
        let (of_topic, summary) = score(folder.path(), 0, &arguments);
        assert_eq!(of_topic.lines().count(), values.len(), "{summary}");
        for (number, (found, expected)) in of_topic.lines().zip(of_file.lines()).enumerate() {
            assert_eq!(found, expected, "decision {number}");
        }
    }
    // Without bounds, everything is read.
    let (all, summary) = score(folder.path(), 0, &["--topic", &topics.transactions]);
    assert_eq!(all.lines().count(), records.iter().filter(|r| r.value.is_some()).count());
    assert!(summary.contains("lines       6,600 in "), "{summary}");
}

#[test]
fn labels_come_from_a_topic_as_well() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "range-labels", PARTITIONS);
    client::create_topic(brokers, &topics.labels, 2);
    let start = yesterday_ms();
    let charge = |number: i64| {
        let charge = Charge::new(&format!("t{number}"), "c_1", start + number * MINUTE_MS, 500);
        Outgoing { timestamp_ms: Some(start + number * MINUTE_MS), ..charge.record() }
    };
    client::produce(brokers, &topics.transactions, &(0..6).map(charge).collect::<Vec<_>>());
    let known_at = rfc3339(start + 150_000);
    let label = json!({"transaction_id": "t0", "card": {"token": "c_1"}, "label": "fraud", "known_at": known_at});
    let bad = Outgoing::new("c_1", "no label");
    client::produce(brokers, &topics.labels, &[Outgoing::new("c_1", label.to_string()), bad]);
    let folder = folder(&topics);
    let arguments = ["--topic", &topics.transactions, "--labels-topic", &topics.labels];
    let (decisions, messages) = score(folder.path(), 1, &arguments);
    let actions: Vec<bool> =
        decisions.lines().map(|line| line.contains("\"action\":\"review\"")).collect();
    assert_eq!(actions, [false, false, false, true, true, true], "{decisions}");
    let place = format!("{}, partition ", topics.labels);
    assert!(messages.contains(&place) && messages.contains(": not_json: "), "{messages}");
}

#[test]
fn a_topic_that_does_not_exist_and_wrong_arguments_are_errors() {
    let topics = Topics::named("range-none");
    let folder = folder(&topics);
    let (_, messages) = score(folder.path(), 3, &["--topic", &topics.transactions]);
    assert!(messages.contains(&topics.transactions), "{messages}");
    let (_, messages) = score(folder.path(), 2, &["day.jsonl", "--from", "2026-01-05T00:00:00Z"]);
    assert!(messages.contains("cannot be used with"), "{messages}");
    let (_, messages) = score(folder.path(), 2, &["--topic", "t", "--from", "yesterday"]);
    assert!(messages.contains("RFC 3339"), "{messages}");
    let (_, messages) = score(folder.path(), 2, &["day.jsonl", "--topic", "t"]);
    assert!(messages.contains("cannot be used with"), "{messages}");
}
