//! Random histories, told to memory and to its oracle.

use super::oracle::{Oracle, Past, Shown};
use super::support::*;
use super::traffic::{IDS, Traffic, for_each_seed};
use crate::memory::{self, *};
use crate::transaction::Time;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// To run one history alone: its seed, up to the next.
const SEEDS: Range<u64> = 0..500;
const MESSAGES_PER_HISTORY: usize = 300;

#[test]
fn memory_is_what_its_oracle_says_over_random_histories() {
    for_each_seed(SEEDS, |random| History::new(random).run());
}

struct History {
    traffic: Traffic,
    limits: Limits,
    world: World,
    oracle: Oracle,
    entries: Vec<Entry>,
}

impl History {
    fn new(mut random: ChaCha8Rng) -> Self {
        let limits = Limits {
            retention_ms: random.random_range(5..200),
            events_per_card: random.random_range(1..=8),
            cards: random.random_range(1..=4),
            bytes: usize::MAX,
        };
        let (world, oracle) = (World::new(limits), Oracle::new(limits));
        Self { traffic: Traffic::new(random), limits, world, oracle, entries: Vec::new() }
    }

    fn run(&mut self) {
        for _ in 0..MESSAGES_PER_HISTORY {
            let message = self.traffic.message();
            self.tell(&message);
            self.compare(message.card, message.tx.time.millis());
            let other = CardKey(self.traffic.random.random_range(0..self.traffic.cards));
            let now = self.traffic.around + self.traffic.random.random_range(-50..50);
            self.compare(other, now);
        }
        self.replay();
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
        let alert = self.traffic.alert(message);
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
