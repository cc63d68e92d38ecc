//! Generates traffic in which every decision depends on those before it: few cards with many
//! transactions each, including duplicates, late messages, refunds, reversals, garbage and
//! tombstones.

use crate::support::client::{self, Outgoing, Writer};
use crate::support::messages::{DAY_MS, rfc3339};
use crate::support::wall_millis;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub const CARDS_PER_PARTITION: u32 = 20;

/// Time between two messages of the stream, in event time.
const STEP_MS: i64 = 200;
/// How many recent messages may be sent again.
const RECENT: usize = 64;
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
}

impl Load {
    pub fn new(seed: u64, partitions: i32) -> Self {
        let start_ms = wall_millis() - 2 * DAY_MS;
        let (rng, recent) = (ChaCha8Rng::seed_from_u64(seed), VecDeque::new());
        Self { rng, partitions, start_ms, number: 0, recent }
    }

    pub fn take(&mut self, count: usize) -> Vec<Outgoing> {
        (0..count).map(|_| self.next()).collect()
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
        let late_ms =
            if self.rng.random_range(0..6) == 0 { self.rng.random_range(0..600_000) } else { 0 };
        let kind = match self.rng.random_range(0..20) {
            0 => "refund",
            1 => "reversal",
            2 => "clearing",
            _ => "authorization",
        };
        let mut message = self.message(kind, partition, card, late_ms);
        if matches!(kind, "reversal" | "clearing") {
            let original = self.number - self.rng.random_range(1..200);
            message["original_id"] = format!("t{original}").into();
        }
        let record = record(partition, &message);
        self.recent.push_back(record.clone());
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        record
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
