//! Random messages that have to do with each other: few cards, few ids, times that jump.

use super::support::*;
use crate::memory::*;
use crate::transaction::Time;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

pub const IDS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const COUNTRIES: [&str; 3] = ["DK", "US", "NO"];
const FAR_FUTURE_MS: i64 = 1_000_000_000;

/// Runs a test for each seed; a failure says which it was.
pub fn for_each_seed(seeds: Range<u64>, test: impl Fn(ChaCha8Rng)) {
    for seed in seeds {
        let random = ChaCha8Rng::seed_from_u64(seed);
        if let Err(cause) = catch_unwind(AssertUnwindSafe(|| test(random))) {
            eprintln!("seed {seed} fails; to reproduce it: SEEDS = {seed}..{}", seed + 1);
            resume_unwind(cause);
        }
    }
}

pub struct Traffic {
    pub random: ChaCha8Rng,
    pub cards: u128,
    /// Where times are drawn around.
    pub around: i64,
}

impl Traffic {
    pub fn new(mut random: ChaCha8Rng) -> Self {
        let cards = random.random_range(1..=5);
        Self { random, cards, around: 1_000 }
    }

    pub fn message(&mut self) -> Message {
        let random = &mut self.random;
        self.around += random.random_range(0..3);
        let time = match random.random_range(0..100) {
            0 => self.around + FAR_FUTURE_MS,
            1..70 => self.around,
            _ => self.around + random.random_range(-30..5),
        };
        let id = pick(random, &IDS);
        let amount = random.random_range(0..5) * 10;
        let message = match random.random_range(0..10) {
            0..4 => charge(id, time).amount(Some(amount)),
            4..6 => clearing(id, time, amount),
            6..9 => reversal(id, time, amount),
            _ => refund(id, time),
        };
        let message = if random.random_bool(0.05) { message.amount(None) } else { message };
        let message =
            if random.random_bool(0.8) { message.original(pick(random, &IDS)) } else { message };
        message.country(pick(random, &COUNTRIES)).on(random.random_range(0..self.cards))
    }

    /// What the card's last alert becomes, for one message in five.
    pub fn alert(&mut self, message: &Message) -> Option<LastAlert> {
        let late = self.random.random_range(0..20);
        let severity = self.random.random_range(0..4);
        let alert = LastAlert { time: Time(message.tx.time.millis() + late), severity };
        self.random.random_bool(0.2).then_some(alert)
    }
}

fn pick(random: &mut impl Rng, from: &[&'static str]) -> &'static str {
    from[random.random_range(0..from.len())]
}
