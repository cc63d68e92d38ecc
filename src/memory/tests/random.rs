//! Random histories, told to memory and to its oracle.

use super::oracle::{Oracle, Past, Shown};
use super::support::*;
use crate::memory::{self, *};
use crate::transaction::Time;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// To run one history alone: its seed, up to the next.
const SEEDS: Range<u64> = 0..500;
const MESSAGES_PER_HISTORY: usize = 300;
const IDS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const COUNTRIES: [&str; 3] = ["DK", "US", "NO"];
const FAR_FUTURE_MS: i64 = 1_000_000_000;

#[test]
fn memory_is_what_its_oracle_says_over_random_histories() {
    for seed in SEEDS {
        let outcome = catch_unwind(AssertUnwindSafe(|| History::new(seed).run()));
        if let Err(cause) = outcome {
            eprintln!("seed {seed} fails; to reproduce it: SEEDS = {seed}..{}", seed + 1);
            resume_unwind(cause);
        }
    }
}

struct History {
    random: ChaCha8Rng,
    limits: Limits,
    world: World,
    oracle: Oracle,
    entries: Vec<Entry>,
    cards: u128,
    /// Where times are drawn around.
    around: i64,
}

impl History {
    fn new(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let limits = Limits {
            retention_ms: random.random_range(5..200),
            events_per_card: random.random_range(1..=8),
            cards: random.random_range(1..=4),
            bytes: usize::MAX,
        };
        let cards = random.random_range(1..=5);
        let (world, oracle) = (World::new(limits), Oracle::new(limits));
        Self { random, limits, world, oracle, entries: Vec::new(), cards, around: 1_000 }
    }

    fn run(&mut self) {
        for _ in 0..MESSAGES_PER_HISTORY {
            let message = self.message();
            self.tell(&message);
            self.compare(message.card, message.tx.time.millis());
            let other = CardKey(self.random.random_range(0..self.cards));
            let now = self.around + self.random.random_range(-50..50);
            self.compare(other, now);
        }
        self.replay();
    }

    fn message(&mut self) -> Message {
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

    /// Records a message with both, unless it is a redelivery for both.
    fn tell(&mut self, message: &Message) {
        let duplicate = self.world.remembers(message);
        assert_eq!(duplicate, self.oracle.remembers(message), "a redelivery? {message:?}");
        if duplicate {
            return;
        }
        let role = self.world.memory.open(message.card).role(&message.tx);
        assert_eq!(role, self.oracle.role(message), "role of {message:?}");
        let alert = self.random.random_bool(0.2).then(|| self.alert(message));
        let (entry, recorded) = self.world.record_with(message, alert);
        assert_eq!(recorded, self.oracle.record(message), "what became of {message:?}");
        assert_eq!((entry.role(), entry.id(), entry.time()), (role, message.id(), message.tx.time));
        self.entries.push(entry);
        let usage = self.world.memory.usage();
        assert_eq!(usage.cards, self.oracle.cards());
        assert_eq!(usage.events, self.oracle.events());
        let counts = (usage.evicted_cards, usage.expired_cards, usage.too_old);
        assert_eq!(counts, (self.oracle.evicted, self.oracle.expired, self.oracle.too_old));
    }

    fn compare(&mut self, card: CardKey, now: i64) {
        let expected = self.oracle.recall(card, now);
        let recall = |card: &CardMemory<'_>| past_of(&card.recall(Time(now)));
        let actual = self.world.open_card(card.0, recall);
        assert_eq!(actual, expected, "{card:?} as of {now}, under {:?}", self.limits);
    }

    fn alert(&mut self, message: &Message) -> LastAlert {
        let late = self.random.random_range(0..20);
        let severity = self.random.random_range(0..4);
        LastAlert { time: Time(message.tx.time.millis() + late), severity }
    }

    /// The entries, applied to a fresh memory, give an equal one.
    fn replay(&self) {
        let mut fresh = Memory::new(self.limits);
        self.entries.iter().for_each(|entry| {
            fresh.apply(entry);
        });
        assert_eq!(fresh.dump(), self.world.memory.dump());
        assert_eq!(fresh.usage(), self.world.memory.usage());
    }
}

fn pick(random: &mut impl Rng, from: &[&'static str]) -> &'static str {
    from[random.random_range(0..from.len())]
}

fn past_of(recall: &Recall<'_>) -> Past {
    let name = |event: &Event| IDS.iter().find(|id| id_hash64(id) == event.merchant()).unwrap();
    let shown = |event: &Event| (name(event).to_string(), event.time().millis(), event.amount());
    let list = |past: memory::Past<'_>| -> Vec<Shown> { past.iter().map(shown).collect() };
    let country = |(country, time): &(crate::transaction::Country, Time)| {
        (country.to_string(), time.millis())
    };
    let mut countries: Vec<_> = recall.cut_countries.iter().map(country).collect();
    countries.sort();
    Past {
        charges: list(recall.charges),
        refunds: list(recall.refunds),
        countries,
        cut: recall.cut.map(Time::millis),
        unknown_until: recall.unknown_until.map(Time::millis),
    }
}
