//! Measures what memory costs per transaction: opening the card, the duplicate check, the role, the
//! recall (with one pass over the events, as rules make) and recording, over full cards in the
//! steady state. Also measures cards whose every authorization is an increment of the first.
//! `--test` runs a little of each, so that the benchmark cannot rot.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark counts small numbers, and may end where it fails"
)]

#[path = "../tests/fixtures/mod.rs"]
mod fixtures;

use redcard::memory::{CardKey, Limits, Memory, Recognised};
use redcard::transaction::{Time, Transaction};
use redcard::{decode, memory, rules, transaction};
use std::fmt::Write;
use std::hint::black_box;

/// Time between two consecutive messages of the partition.
const STEP_MS: i64 = 10;
const RUNS: usize = 5;

fn main() {
    let smoke = std::env::args().any(|argument| argument == "--test");
    for events in [8, 64, 256] {
        for cards in [16, 10_000] {
            measure(events, cards, if smoke { 100 } else { 1_000_000 }, false);
        }
        measure(events, 16, if smoke { 100 } else { 20_000 }, true);
    }
}

fn message() -> Transaction<'static> {
    let mut tx = fixtures::transaction("0", Time(0), 1_000);
    (tx.merchant.mcc, tx.terminal_id) = (Some(5651), Some("t_1".into()));
    tx
}

/// Cards take turns, so that with many cards none stays in the processor's cache.
fn measure(events_per_card: usize, cards: u64, messages: usize, are_increments: bool) {
    let limits = Limits {
        retention_ms: fixtures::RETENTION_MS,
        events_per_card,
        cards: 20_000,
        bytes: usize::MAX,
    };
    let mut memory = Memory::new(limits);
    let keys: Vec<_> = (0..cards).map(|card| CardKey::of(&card.to_string())).collect();
    let mut tx = message();
    let mut count = 0;
    let mut round = |messages: usize| {
        for key in keys.iter().cycle().take(messages) {
            count += 1;
            let id = tx.id.to_mut();
            id.clear();
            let _ = write!(id, "{count}");
            tx.time = Time(count * STEP_MS);
            // An increment raises the card's first message.
            tx.original_id = (are_increments && count > cards as i64)
                .then(|| (1 + (count - 1) % cards as i64).to_string().into());
            step(&mut memory, *key, &tx);
        }
    };
    round(events_per_card * keys.len());
    let nanos = (0..RUNS).map(|_| {
        let start = redcard::clock::monotonic_now();
        round(messages);
        start.elapsed().as_nanos() / messages as u128
    });
    let best = nanos.min().unwrap_or_default();
    let what = if are_increments { "increments" } else { "events" };
    println!("memory: {events_per_card} {what}, {cards} cards: {best} ns a transaction");
}

fn step(memory: &mut Memory, key: CardKey, tx: &Transaction<'_>) {
    let card = memory.open(key);
    if !matches!(card.recognise(tx), Recognised::New { .. }) {
        return;
    }
    let role = card.role(tx);
    let past = card.recall(tx.time);
    black_box(past.charges.iter().filter_map(|event| event.amount()).sum::<i64>());
    black_box(card.record(tx, role, tx.amount.currency, None));
}
