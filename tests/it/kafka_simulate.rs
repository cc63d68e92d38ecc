//! Generated traffic into a real Kafka.

use crate::support::redcard::redcard;
use crate::support::{broker, client, unique};
use std::collections::BTreeMap;

/// The messages of each card, in their order.
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
fn the_topic_gets_what_the_file_would_have_keyed_by_card_in_order() {
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
