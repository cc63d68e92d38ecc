//! Generates traffic in which every decision depends on those before it: few cards with many
//! transactions each, including duplicates, late messages, refunds, reversals, garbage and
//! tombstones.

use crate::support::client::{self, Outgoing, Writer};
use crate::support::messages::{DAY_MS, rfc3339};
use crate::support::wall_millis;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub const CARDS_PER_PARTITION: u32 = 20;

/// Time between two messages of the stream, in event time.
const STEP_MS: i64 = 200;
/// How long after its transaction a label becomes known, in event time.
const LABEL_DELAY_MS: i64 = 20_000;
/// How long an entry of a list is active, in event time.
const ENTRY_MS: i64 = 120_000;
/// How many recent messages may be sent again.
const RECENT: usize = 64;
/// How many recent messages of a card others may refer to.
const RECENT_OF_CARD: usize = 6;
const CHUNK: usize = 40;
const CHUNK_INTERVAL: Duration = Duration::from_millis(100);
/// How many records the group may be behind before the load waits for it, so that a slow machine has
/// no backlog that takes minutes to process.
const LAG_MAX: i64 = 4_000;
const CHUNKS_PER_LAG_CHECK: usize = 20;

/// An endless stream, determined by its seed.
pub struct Load {
    rng: ChaCha8Rng,
    partitions: i32,
    start_ms: i64,
    number: i64,
    recent: VecDeque<Outgoing>,
    recent_of_card: BTreeMap<(i32, u32), VecDeque<Value>>,
    is_for_version_1: bool,
}

impl Load {
    pub fn new(seed: u64, partitions: i32) -> Self {
        let start_ms = wall_millis() - 2 * DAY_MS;
        let (rng, recent) = (ChaCha8Rng::seed_from_u64(seed), VecDeque::new());
        Self {
            rng,
            partitions,
            start_ms,
            number: 0,
            recent,
            recent_of_card: BTreeMap::new(),
            is_for_version_1: false,
        }
    }

    /// Leaves out what version 1 of the history cannot hold: increments, separate responses and reused ids.
    pub fn for_version_1(self) -> Self {
        Self { is_for_version_1: true, ..self }
    }

    pub fn take(&mut self, count: usize) -> Vec<Outgoing> {
        (0..count).map(|_| self.next()).collect()
    }

    /// Labels of every tenth message that this load begins with, to be written before them. Each becomes
    /// known a while after its transaction.
    pub fn labels(seed: u64, partitions: i32, messages: usize) -> Vec<Outgoing> {
        let mut load = Self::new(seed, partitions);
        let labels = (0..messages).filter_map(|number| {
            let record = load.next();
            let message: Value = serde_json::from_slice(record.value.as_ref()?).ok()?;
            let time = load.start_ms + load.number * STEP_MS;
            let label = ["fraud", "genuine", "fraud", "unknown"][number / 10 % 4];
            let json = json!({
                "transaction_id": message["id"], "card": {"token": message["card"]["token"]},
                "label": label, "known_at": rfc3339(time + LABEL_DELAY_MS), "source": "cardholder",
            });
            (number % 10 == 0).then(|| Outgoing { value: Some(json.to_string().into()), ..record })
        });
        labels.collect()
    }

    /// Entries of lists: watched merchants, and cards for which rules are snoozed for a while.
    pub fn lists(&self) -> Vec<Outgoing> {
        let entry = |list: &str, entry: &str, from_ms: i64| {
            let from = rfc3339(self.start_ms + from_ms);
            let until = rfc3339(self.start_ms + from_ms + ENTRY_MS);
            let json = json!({"list": list, "entry": entry, "from": from, "until": until});
            Outgoing::new(format!("{list}/{entry}"), json.to_string())
        };
        let snoozes = (0..self.partitions).flat_map(|partition| {
            [
                entry("snoozes", &format!("c_{partition}_3/countries"), 20_000),
                entry("snoozes", &format!("c_{partition}_5/many/m2"), 60_000),
            ]
        });
        let watched = [entry("watched", "m1", 0), entry("watched", "m3", 90_000)];
        snoozes.chain(watched).collect()
    }

    /// Writes until `stop` is set, at the pace of `group`; returns how many messages it has written.
    pub fn run(&mut self, brokers: &str, topic: &str, group: &str, stop: &AtomicBool) -> usize {
        let writer = Writer::to(brokers, topic);
        let (mut written, mut chunks) = (0, 0_usize);
        while !stop.load(Ordering::Relaxed) {
            std::thread::sleep(CHUNK_INTERVAL);
            if chunks.is_multiple_of(CHUNKS_PER_LAG_CHECK)
                && client::lag(brokers, topic, group).is_ok_and(|lag| lag > LAG_MAX)
            {
                continue;
            }
            writer.write(&self.take(CHUNK));
            written += CHUNK;
            chunks += 1;
        }
        writer.flush();
        written
    }

    /// One charge per card, later than all messages before.
    pub fn one_of_each_card(&mut self) -> Vec<Outgoing> {
        let all = (0..self.partitions).flat_map(|p| (0..CARDS_PER_PARTITION).map(move |c| (p, c)));
        all.map(|(partition, card)| {
            self.number += 1;
            let charge = self.message("authorization", partition, card, 0);
            record(partition, &charge)
        })
        .collect()
    }

    fn next(&mut self) -> Outgoing {
        self.number += 1;
        let partition = self.rng.random_range(0..self.partitions);
        let record = match self.rng.random_range(0..40) {
            0 => Outgoing { key: Some(b"gone".to_vec()), ..Outgoing::default() },
            1 => Outgoing::new("broken", "{\"id\": 7"),
            2..=4 if !self.recent.is_empty() => {
                let again = self.rng.random_range(0..self.recent.len());
                return self.recent[again].clone();
            }
            _ => return self.transaction(partition),
        };
        Outgoing { partition: Some(partition), ..record }
    }

    fn transaction(&mut self, partition: i32) -> Outgoing {
        let card = self.rng.random_range(0..CARDS_PER_PARTITION);
        let message = match self.rng.random_range(0..20) {
            0 => self.new_message("refund", partition, card),
            1 => self.referring("reversal", partition, card),
            2 | 3 => self.referring("clearing", partition, card),
            4 if !self.is_for_version_1 => self.referring("authorization", partition, card),
            5 if !self.is_for_version_1 => self.outcome(partition, card),
            6 if !self.is_for_version_1 => self.reused_id(partition, card),
            _ => self.new_message("authorization", partition, card),
        };
        let of_card = self.recent_of_card.entry((partition, card)).or_default();
        of_card.push_back(message.clone());
        if of_card.len() > RECENT_OF_CARD {
            of_card.pop_front();
        }
        let record = record(partition, &message);
        self.recent.push_back(record.clone());
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        record
    }

    fn new_message(&mut self, kind: &str, partition: i32, card: u32) -> Value {
        let is_late = self.rng.random_range(0..6) == 0;
        let late_ms = if is_late { self.rng.random_range(0..600_000) } else { 0 };
        let mut message = self.message(kind, partition, card, late_ms);
        match self.rng.random_range(0..4) {
            0 => message["response"] = json!({"approved": false, "reason": "do_not_honor"}),
            1 => message["response"] = json!({"approved": true}),
            _ => {}
        }
        message
    }

    /// A message that refers to one of its card, at the same merchant: a reversal, a clearing, or an
    /// authorization that raises another.
    fn referring(&mut self, kind: &str, partition: i32, card: u32) -> Value {
        let mut message = self.message(kind, partition, card, 0);
        if let Some(original) = self.recent_of(partition, card) {
            message["original_id"] = original["id"].clone();
            message["merchant"] = original["merchant"].clone();
        }
        message
    }

    /// A message again, with a response if it had none.
    fn outcome(&mut self, partition: i32, card: u32) -> Value {
        let Some(mut message) = self.recent_of(partition, card) else {
            return self.new_message("authorization", partition, card);
        };
        message["response"] = json!({"approved": self.rng.random_bool(0.5)});
        message
    }

    /// Another message with the id of one of its card.
    fn reused_id(&mut self, partition: i32, card: u32) -> Value {
        let mut message = self.new_message("authorization", partition, card);
        if let Some(other) = self.recent_of(partition, card) {
            message["id"] = other["id"].clone();
        }
        message
    }

    fn recent_of(&mut self, partition: i32, card: u32) -> Option<Value> {
        let recent = self.recent_of_card.get(&(partition, card))?;
        let chosen = self.rng.random_range(0..recent.len());
        recent.get(chosen).cloned()
    }

    fn message(&mut self, kind: &str, partition: i32, card: u32, late_ms: i64) -> Value {
        let country = ["US", "DK", "BR"][self.rng.random_range(0..3)];
        json!({
            "id": format!("t{}", self.number), "type": kind,
            "time": rfc3339(self.start_ms + self.number * STEP_MS - late_ms),
            "card": {"token": format!("c_{partition}_{card}"), "last4": "4242"},
            "amount": self.rng.random_range(100..20_000), "currency": "USD",
            "merchant": {"id": format!("m{}", self.rng.random_range(0..5)), "country": country},
        })
    }
}

fn record(partition: i32, message: &Value) -> Outgoing {
    let key = message["card"]["token"].as_str().unwrap_or_default();
    Outgoing { partition: Some(partition), ..Outgoing::new(key, message.to_string()) }
}
