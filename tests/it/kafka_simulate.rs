//! Sends generated traffic to a real Kafka broker.

use crate::support::redcard::{Setup, Topics, redcard};
use crate::support::{broker, client, unique};
use std::collections::BTreeMap;
use std::path::Path;

/// The messages of each card, in order.
fn by_card(messages: impl Iterator<Item = Vec<u8>>) -> BTreeMap<String, Vec<String>> {
    let mut cards: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for message in messages {
        let value: serde_json::Value = serde_json::from_slice(&message).unwrap();
        let card = value["card"]["token"].as_str().unwrap().to_owned();
        cards.entry(card).or_default().push(String::from_utf8(message).unwrap());
    }
    cards
}

#[test]
fn the_topic_gets_the_messages_of_the_file_keyed_by_card_in_order() {
    let (brokers, topic) = (broker::shared(), unique("simulate"));
    client::create_topic(brokers, &topic, 4);
    let shared = ["simulate", "--seed", "7", "--count", "2000", "--cards", "200", "--quiet"];
    let sent = redcard(&[&shared[..], &["--brokers", brokers, "--topic", &topic]].concat());
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    let written = redcard(&shared);
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));

    let records = client::read_all(brokers, &topic);
    for record in &records {
        assert_eq!(record.json()["card"]["token"], record.key_text());
    }
    let lines = written.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let expected = by_card(lines.map(<[u8]>::to_vec));
    assert_eq!(expected.values().map(Vec::len).sum::<usize>(), 2_000);
    assert_eq!(by_card(records.into_iter().map(|record| record.value.unwrap())), expected);
}

const PER_RUN: usize = 500;

/// The arguments of `simulate` in the compose file, with another broker and topic.
fn arguments_of_compose(brokers: &str, topic: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docker-compose.yml");
    let text = std::fs::read_to_string(path).unwrap();
    let compose: serde_json::Value = serde_yaml_ng::from_str(&text).unwrap();
    let command = compose["services"]["simulate"]["command"].as_array().unwrap().iter();
    let mut arguments: Vec<String> = command.map(|word| word.as_str().unwrap().into()).collect();
    set(&mut arguments, "--brokers", brokers);
    set(&mut arguments, "--topic", topic);
    arguments.extend(["--count".into(), PER_RUN.to_string()]);
    arguments
}

fn set(arguments: &mut [String], option: &str, value: &str) {
    let place = arguments.iter().position(|word| word == option).unwrap();
    arguments[place + 1] = value.into();
}

/// Sends a run's messages and returns the line that names its seed.
fn send(arguments: &[String]) -> String {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let sent = redcard(&words);
    let printed = String::from_utf8(sent.stderr).unwrap();
    assert!(sent.status.success(), "{printed}");
    printed.lines().next().unwrap().to_owned()
}

/// Simulates restarts of the compose file's `simulate`: the topic and redcard's memory persist.
#[test]
fn compose_traffic_after_a_restart_is_scored_and_remembered_like_before() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "simulate-again", 1);
    let redcard = Setup::new(brokers, &topics).start_ready();
    let arguments = arguments_of_compose(brokers, &topics.transactions);
    let mut caught_up = arguments.clone();
    set(&mut caught_up, "--start", "-1h");
    let seeds = [send(&caught_up), send(&arguments), send(&arguments)];
    assert!(seeds.iter().all(|seed| seed.starts_with("--seed ")), "{seeds:?}");
    assert!(seeds[1] != seeds[2], "{seeds:?}");
    let all = (3 * PER_RUN) as f64;
    let metrics = redcard.wait_metric("redcard_records_read_total", &[], all);
    assert_eq!(metrics.sum("redcard_decisions_total", &[]), all);
    assert_eq!(metrics.sum("redcard_duplicates_total", &[]), 0.0);
    let too_old = ("redcard_late_transactions_total", [("kept", "false")]);
    assert!(metrics.has(too_old.0, &too_old.1));
    assert_eq!(metrics.sum(too_old.0, &too_old.1), 0.0);
}

#[test]
fn a_random_seed_is_printed_and_reproduces_the_messages() {
    let (brokers, drawn, again) = (broker::shared(), unique("drawn"), unique("again"));
    let send_to = |topic: &str, more: &[&str]| {
        client::create_topic(brokers, topic, 1);
        let to = ["simulate", "--brokers", brokers, "--topic", topic, "--count", "200"];
        let words = [&to[..], more].concat();
        send(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    };
    let printed = send_to(&drawn, &[]);
    let words: Vec<&str> = printed.split(' ').collect();
    send_to(&again, &words);
    let messages = |topic: &str| {
        client::read_all(brokers, topic).into_iter().map(|r| r.value.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(messages(&drawn), messages(&again));
}
