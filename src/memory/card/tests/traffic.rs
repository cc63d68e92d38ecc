//! Generates random messages that relate to each other: few cards, ids and merchants, times that
//! jump, and messages that arrive again with something changed.

use super::support::*;
use crate::transaction::{DeclineReason, LabelValue, Response, SECOND_MS, WireName};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Every id that tests with an oracle use.
pub const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
pub const IDS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
pub const MERCHANTS: [&str; 3] = ["m", "n", "o"];
const COUNTRIES: [&str; 3] = ["DK", "US", "NO"];
const FAR_FUTURE_MS: i64 = 1_000_000_000_000;
/// How many messages back a repeated one can be.
const RECENT: usize = 30;

/// Runs a test for each seed. A failure reports its seed.
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
    /// The time that generated times are near, in milliseconds.
    pub around: i64,
    ids: &'static [&'static str],
    merchants: &'static [&'static str],
    recent: VecDeque<Message>,
}

impl Traffic {
    pub fn new(mut random: ChaCha8Rng) -> Self {
        let cards = if random.random_bool(0.5) { 1 } else { random.random_range(2..=5) };
        let ids = &IDS[..random.random_range(2..=IDS.len())];
        let merchants = &MERCHANTS[..random.random_range(1..=MERCHANTS.len())];
        Self { random, cards, around: 1_000_000, ids, merchants, recent: VecDeque::new() }
    }

    pub fn message(&mut self) -> Message {
        self.around += self.random.random_range(0..1_500);
        let comes_again = !self.recent.is_empty() && self.random.random_bool(0.2);
        let message = if comes_again { self.repeated() } else { self.fresh() };
        self.recent.push_back(message.clone());
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        message
    }

    /// A label of a message that came or may come.
    pub fn label(&mut self) -> LabelMessage {
        let random = &mut self.random;
        let known_at = match random.random_range(0..20) {
            0 => self.around + FAR_FUTURE_MS,
            1 => self.around - FAR_FUTURE_MS,
            // Rarely equal to that of another label, but then often enough.
            2..8 => self.around / 10_000 * 10_000,
            _ => self.around + random.random_range(-20_000..20_000),
        };
        let value = LabelValue::NAMES[random.random_range(0..LabelValue::NAMES.len())].0;
        let value = if random.random_bool(0.5) { LabelValue::Fraud } else { value };
        let label = label(pick(random, self.ids), value, known_at);
        let label = label.on(random.random_range(0..self.cards));
        let label = match random.random_bool(0.3) {
            true => label.at(pick(random, self.merchants)),
            false => label,
        };
        match random.random_bool(0.3) {
            true => label.of_time(self.around - random.random_range(0..20_000)),
            false => label,
        }
    }

    /// A severity, for one message in four.
    pub fn alert(&mut self) -> Option<u8> {
        let severity = self.random.random_range(0..4);
        self.random.random_bool(0.25).then_some(severity)
    }

    /// A message with its own id, time and place.
    pub fn fresh(&mut self) -> Message {
        let random = &mut self.random;
        let time = match random.random_range(0..100) {
            0 => self.around + FAR_FUTURE_MS,
            1..65 => self.around,
            _ => self.around + random.random_range(-20_000..3_000),
        };
        let id = pick(random, self.ids);
        let message = match random.random_range(0..100) {
            0..45 => charge(id, time).response(response(random, 0.4)),
            45..68 => clearing(id, time, 0).response(response(random, 0.1)),
            68..94 => reversal(id, time, 0).response(response(random, 0.1)),
            _ => refund(id, time).response(response(random, 0.2)),
        };
        let message = priced(random, message).at(pick(random, self.merchants));
        let message = match random.random_range(0..100) {
            0..10 => message.recurring(true),
            10..15 => message.recurring(false),
            _ => message,
        };
        let has_original = random.random_bool(0.75);
        let original = pick(random, self.ids);
        let message = if has_original { message.original(original) } else { message };
        message.country(pick(random, &COUNTRIES)).on(random.random_range(0..self.cards))
    }

    /// A recent message again, unchanged or with something changed.
    fn repeated(&mut self) -> Message {
        let random = &mut self.random;
        let message = self.recent[random.random_range(0..self.recent.len())].clone();
        let time = message.tx.time.millis();
        let in_same_second =
            time.div_euclid(SECOND_MS) * SECOND_MS + random.random_range(0..SECOND_MS);
        match random.random_range(0..10) {
            0 => message,
            1 => message.time(in_same_second),
            2 => priced(random, message),
            3 => message.original(pick(random, self.ids)),
            4..7 => message.response(response(random, 1.0)),
            7 => message.response(response(random, 1.0)).time(in_same_second),
            8 => message.at(pick(random, self.merchants)),
            _ => message.time(time + random.random_range(-3_000..3_000)),
        }
    }
}

/// Sets another amount. There are few different ones, so that their sums match each other.
pub fn priced(random: &mut impl Rng, message: Message) -> Message {
    let minor = random.random_range(0..=5) * 10;
    match random.random_range(0..100) {
        0..66 => message.amount(minor),
        66..68 => message.amount(i64::MAX - minor),
        68..88 => {
            let minor = random.random_range(0..9);
            message.foreign("EUR", minor, Some(random.random_range(0..30)))
        }
        88..90 => {
            let large = i64::MAX - random.random_range(0..3);
            message.foreign("EUR", minor, Some(large))
        }
        90..93 => message.foreign("EUR", minor, None),
        93..95 => message.foreign("JPY", minor, Some(minor / 10)),
        _ => message.foreign("CHF", minor, None),
    }
}

fn response(random: &mut impl Rng, probability: f64) -> Response {
    if !random.random_bool(probability) {
        return Response::default();
    }
    let reason = DeclineReason::NAMES[random.random_range(0..DeclineReason::NAMES.len())].0;
    match random.random_range(0..10) {
        0..5 => Response { approved: Some(true), reason: None },
        5..9 => Response { approved: Some(false), reason: Some(reason) },
        _ => Response { approved: None, reason: Some(reason) },
    }
}

pub fn pick(random: &mut impl Rng, from: &[&'static str]) -> &'static str {
    from[random.random_range(0..from.len())]
}
