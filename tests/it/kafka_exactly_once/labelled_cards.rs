//! Writes labels in the middle of the traffic: a card's first transactions, then labels of them, then
//! its next ones, each after the group has committed what came before. So the results do not depend on
//! when the labels were read.

use crate::support::client::{self, Outgoing};
use crate::support::messages::{Charge, DAY_MS, MINUTE_MS, rfc3339};
use crate::support::redcard::Topics;
use crate::support::wall_millis;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// What the tokens of these cards begin with.
const PREFIX: &str = "labelled_";
/// When the three parts of a card's traffic are, from the beginning of the load on. They are before
/// it, and so before the clock of every partition: how long a label has waited does not depend on it.
const FIRST_MS: i64 = -40 * MINUTE_MS;
const LABELS_MS: i64 = -30 * MINUTE_MS;
const NEXT_MS: i64 = -20 * MINUTE_MS;
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Whether the labels of this card are written in the middle of its traffic.
pub fn is_labelled(card: &str) -> bool {
    card.starts_with(PREFIX)
}

/// Writes the traffic of one card per partition after the other.
pub struct LabelledCards<'t> {
    pub brokers: &'t str,
    pub topics: &'t Topics,
    pub group: &'t str,
    pub partitions: i32,
    pub complete: AtomicUsize,
}

impl LabelledCards<'_> {
    /// Writes until `stop` is set.
    pub fn run(&self, stop: &AtomicBool) {
        let start_ms = wall_millis() - 2 * DAY_MS;
        for round in 0.. {
            let cards: Vec<Card> =
                (0..self.partitions).map(|partition| Card { partition, round, start_ms }).collect();
            if self.write_all(&cards, stop).is_none() {
                break;
            }
            self.complete.fetch_add(cards.len(), Ordering::Relaxed);
        }
    }

    /// Of how many cards everything was written.
    pub fn complete(&self) -> usize {
        self.complete.load(Ordering::Relaxed)
    }

    fn write_all(&self, cards: &[Card], stop: &AtomicBool) -> Option<()> {
        let Topics { transactions, labels, .. } = self.topics;
        let write = |topic: &str, records: fn(&Card) -> Vec<Outgoing>| {
            let records: Vec<_> = cards.iter().flat_map(records).collect();
            client::produce(self.brokers, topic, &records);
            self.wait_committed(topic, stop)
        };
        write(transactions, Card::first)?;
        write(labels, Card::labels)?;
        write(transactions, Card::next)
    }

    /// Waits until the group has committed what the topic has now; `None` if `stop` is set before.
    fn wait_committed(&self, topic: &str, stop: &AtomicBool) -> Option<()> {
        let mut ends: Option<BTreeMap<i32, i64>> = None;
        while !stop.load(Ordering::Relaxed) {
            // The broker may be down.
            if let Ok(partitions) = client::committed(self.brokers, topic, self.group) {
                let now = || partitions.iter().map(|(partition, (_, end))| (*partition, *end));
                let ends = ends.get_or_insert_with(|| now().collect());
                let is_past = |(partition, (committed, _)): (&i32, &(Option<i64>, i64))| {
                    committed.unwrap_or(0) >= ends[partition]
                };
                if partitions.iter().all(is_past) {
                    return Some(());
                }
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        None
    }
}

struct Card {
    partition: i32,
    round: usize,
    start_ms: i64,
}

impl Card {
    fn token(&self) -> String {
        format!("{PREFIX}{}_{}", self.partition, self.round)
    }

    fn charge(&self, name: &str, at_ms: i64) -> Charge {
        let token = self.token();
        Charge::new(&format!("{token}-{name}"), &token, self.start_ms + at_ms, 2_000)
    }

    fn record(&self, charge: &Charge) -> Outgoing {
        Outgoing { partition: Some(self.partition), ..charge.record() }
    }

    /// A charge and its clearing.
    fn first(&self) -> Vec<Outgoing> {
        let charge = self.charge("first", FIRST_MS);
        let clearing = self.charge("cleared", FIRST_MS + MINUTE_MS).set("type", "clearing");
        let clearing = clearing.set("original_id", charge.id());
        vec![self.record(&charge), self.record(&clearing)]
    }

    /// Fraud, as a label of the charge or of its clearing; before, it was called genuine.
    fn labels(&self) -> Vec<Outgoing> {
        let name = ["first", "cleared"][self.round % 2];
        let label = |name: &str, label: &str, at_ms: i64| {
            let token = self.token();
            let json = json!({
                "transaction_id": format!("{token}-{name}"), "card": {"token": token},
                "label": label, "known_at": rfc3339(self.start_ms + at_ms),
            });
            Outgoing { partition: Some(self.partition), ..Outgoing::new(token, json.to_string()) }
        };
        vec![label("first", "genuine", LABELS_MS - MINUTE_MS), label(name, "fraud", LABELS_MS)]
    }

    /// Charges on which the rule `labelled` fires.
    fn next(&self) -> Vec<Outgoing> {
        let charge = |number: i64| {
            self.record(&self.charge(&format!("next-{number}"), NEXT_MS + number * MINUTE_MS))
        };
        (0..2).map(charge).collect()
    }
}

/// Checks that the rule `labelled` fired on the next transactions of as many cards.
pub fn check_decisions(brokers: &str, topics: &Topics, cards: usize) {
    let decisions = client::read_all(brokers, &topics.decisions);
    let decisions = decisions.iter().map(client::Incoming::json);
    let is_next = |id: &str| is_labelled(id) && id.contains("-next-");
    let next: Vec<_> = decisions
        .filter(|decision| is_next(decision["transaction_id"].as_str().unwrap()))
        .collect();
    assert!(next.len() >= 2 * cards, "{} of {cards} cards", next.len());
    for decision in next {
        let rules = decision["rules"].as_array().unwrap();
        assert!(rules.iter().any(|rule| rule["id"] == "labelled"), "{decision}");
    }
}
