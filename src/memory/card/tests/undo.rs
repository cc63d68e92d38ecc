//! Undoes batches. The expected result is a memory that never saw the batch.

use super::support::*;
use super::traffic::{Traffic, for_each_seed};
use crate::memory::*;
use crate::transaction::Time;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// To run one case alone, set this to `seed..seed + 1`.
const SEEDS: Range<u64> = 0..1_000;
const STEPS: usize = 150;

#[test]
fn undoing_a_batch_restores_memory() {
    for_each_seed(SEEDS, |random| Case::new(random).run());
}

struct Case {
    traffic: Traffic,
    limits: Limits,
    memory: Memory,
    /// The entries that were not undone.
    entries: Vec<Entry<'static>>,
    gap: Option<Time>,
    /// Entries and gap at the beginning of the batch.
    begun: Option<(usize, Option<Time>)>,
}

impl Case {
    fn new(mut random: ChaCha8Rng) -> Self {
        let has_byte_limit = random.random_bool(0.3);
        let limits = Limits {
            retention_ms: random.random_range(2_000..100_000),
            events_per_card: random.random_range(1..=12),
            cards: random.random_range(1..=5),
            bytes: if has_byte_limit { random.random_range(1_000..10_000) } else { usize::MAX },
        };
        let (memory, traffic) = (Memory::new(limits), Traffic::new(random));
        Self { traffic, limits, memory, entries: Vec::new(), gap: None, begun: None }
    }

    fn run(&mut self) {
        for _ in 0..STEPS {
            match self.traffic.random.random_range(0..100) {
                0..75 => self.record(),
                75..85 => self.label(),
                85..90 => self.begin(),
                90..94 => self.keep(),
                94 => self.note_gap(),
                _ => self.undo(),
            }
        }
        self.undo();
        self.compare();
    }

    fn record(&mut self) {
        let (message, alert) = (self.traffic.message(), self.traffic.alert());
        let recorded = record(&mut self.memory, &message, alert);
        self.entries.extend(recorded.map(|(entry, ..)| entry));
    }

    fn label(&mut self) {
        let label = self.traffic.label();
        self.entries.extend(record_label(&mut self.memory, &label).0);
    }

    fn begin(&mut self) {
        self.begun = Some((self.entries.len(), self.gap));
        self.memory.begin();
    }

    fn keep(&mut self) {
        self.begun = None;
        self.memory.keep();
    }

    fn note_gap(&mut self) {
        let until = Time(self.traffic.around - self.traffic.random.random_range(0..50_000));
        self.gap = self.gap.max(Some(until));
        self.memory.note_gap(until);
    }

    fn undo(&mut self) {
        self.memory.undo();
        if let Some((entries, gap)) = self.begun.take() {
            self.entries.truncate(entries);
            self.gap = gap;
            self.compare();
        }
    }

    fn compare(&self) {
        let mut fresh = Memory::new(self.limits);
        self.gap.into_iter().for_each(|until| fresh.note_gap(until));
        self.entries.iter().for_each(|entry| {
            fresh.apply(entry);
        });
        assert_eq!(self.memory.dump(), fresh.dump());
        self.memory.check();
    }
}

/// Records a batch on top of `before`, and undoes it.
#[track_caller]
fn check(limits: Limits, before: &[Message], batch: &[Message]) {
    let [mut fixture, mut other] = [(); 2].map(|()| MemoryFixture::new(limits));
    for message in before {
        fixture.record(message);
        other.record(message);
    }
    fixture.memory.begin();
    for message in batch {
        fixture.record_with(message, Some(1)).unwrap();
    }
    assert_ne!(fixture.memory.dump(), other.memory.dump());
    fixture.memory.undo();
    fixture.memory.check();
    assert_eq!(fixture.memory.dump(), other.memory.dump());
}

#[test]
fn undo_removes_a_charge() {
    check(LIMITS, &[charge("a", 10)], &[charge("b", 20)]);
    check(LIMITS, &[charge("a", 10)], &[charge("b", 5)]);
}

#[test]
fn undo_removes_a_new_card() {
    check(LIMITS, &[], &[charge("a", 10), charge("b", 20).on(1)]);
}

#[test]
fn undo_restores_charges_cut_by_the_cap_with_their_countries() {
    let two = Limits { events_per_card: 2, ..LIMITS };
    let before = [charge("a", 10).country("DK"), charge("b", 20).country("US")];
    check(two, &before, &[charge("c", 30), charge("d", 40)]);
    check(two, &before, &[charge("c", 5).country("NO")]);
}

#[test]
fn undo_restores_list_capacity() {
    let batch: Vec<_> = (0..100).map(|n| charge(&format!("n{n}"), 20 + n)).collect();
    check(LIMITS, &[charge("a", 10)], &batch);
}

#[test]
fn undo_restores_an_evicted_card() {
    let two = Limits { cards: 2, ..LIMITS };
    check(two, &[charge("a", 10), charge("b", 20).on(1)], &[charge("c", 30).on(2)]);
}

#[test]
fn undo_restores_cards_evicted_for_the_byte_limit() {
    let before: Vec<_> = (0..6).map(|n| charge(&format!("n{n}"), n).on(n as u128)).collect();
    let batch: Vec<_> = (0..30).map(|n| charge(&format!("m{n}"), 10 + n)).collect();
    check(Limits { bytes: 4_000, ..LIMITS }, &before, &batch);
}

#[test]
fn undo_restores_the_clock_and_expired_cards() {
    let batch: Vec<_> = (0..130).map(|n| charge(&format!("n{n}"), 500 + n).on(1)).collect();
    let before = [charge("a", 10), charge("b", 20).on(1), refund("r", 20).on(1)];
    check(Limits { retention_ms: 100, ..LIMITS }, &before, &batch);
}

#[test]
fn undo_removes_clearings_and_reversals() {
    let before = [charge("a", 10), clearing("c", 20, 70).original("z"), refund("f", 20)];
    check(LIMITS, &before, &[clearing("d", 30, 60).original("a")]);
    check(LIMITS, &before, &[reversal("r", 30, 100).original("a")]);
    check(LIMITS, &before, &[reversal("r", 30, 10).original("a"), refund("g", 40)]);
    check(LIMITS, &before, &[charge("z", 15), reversal("r", 30, 70).original("c")]);
}

#[test]
fn undo_removes_increments() {
    let before = [charge("a", 10), charge("w", 20).original("z")];
    check(LIMITS, &before, &[charge("i", 30).original("a")]);
    check(LIMITS, &before, &[charge("z", 15)]);
    let raised = [charge("a", 10), charge("i", 30).original("a")];
    check(LIMITS, &raised, &[clearing("c", 20, 60).original("a")]);
}

#[test]
fn undo_removes_a_separate_response() {
    let before = [charge("a", 10), charge("i", 30).original("a"), refund("f", 40)];
    for response in [charge("a", 10), charge("i", 30).original("a"), refund("f", 40)] {
        check(LIMITS, &before, &[response.clone().declined()]);
        check(LIMITS, &before, &[response.approved()]);
    }
}

#[test]
fn undo_removes_what_an_evicted_adjustment_or_increment_added() {
    let one = Limits { events_per_card: 1, ..LIMITS };
    let before =
        [charge("a", 10), clearing("c", 20, 60).original("a"), charge("i", 15).original("a")];
    check(one, &before, &[clearing("d", 30, 30).original("a")]);
    check(one, &before, &[charge("j", 18).original("a")]);
    check(one, &before, &[reversal("r", 30, 30), reversal("s", 40, 30)]);
    let several = |id: &str| -> Vec<_> {
        let part = |n: i64| reversal(&format!("{id}{n}"), 30 + n, 5).original("a");
        (0..12).map(part).collect()
    };
    check(one, &before, &several("r"));
    check(one, &several("r"), &before);
    check(one, &several("r"), &[charge("x", 50), charge("y", 60)]);
}

#[test]
fn undo_covers_a_message_too_old_to_be_kept() {
    let before: Vec<_> = (0..64).map(|n| charge(&format!("n{n}"), 1_000)).collect();
    let short = Limits { retention_ms: 100, ..LIMITS };
    check(short, &before, &[charge("old", 10), charge("older", 5).on(1)]);
}

#[test]
fn undo_removes_a_gap_noted_in_the_batch() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.memory.begin();
    fixture.memory.note_gap(Time(10));
    fixture.memory.undo();
    fixture.open(|card| assert_eq!(card.recall(Time(20)).cut, None));
}

#[test]
fn undo_leaves_committed_batches_alone() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.memory.begin();
    fixture.record(&charge("a", 10));
    fixture.memory.keep();
    fixture.record(&charge("b", 20));
    fixture.memory.undo();
    assert_eq!(fixture.charges(30), ["a 10 100", "b 20 100"]);
    fixture.memory.begin();
    fixture.record(&charge("c", 30));
    fixture.memory.begin();
    fixture.record(&charge("d", 40));
    fixture.memory.undo();
    fixture.memory.undo();
    assert_eq!(fixture.charges(50), ["a 10 100", "b 20 100", "c 30 100"]);
}

#[test]
fn windows_that_reach_behind_a_gap_are_cut_for_every_card() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("a", 90));
    fixture.memory.note_gap(Time(60));
    fixture.memory.note_gap(Time(50));
    for card in [0, 1] {
        fixture.open_card(card, |card| {
            let recall = card.recall(Time(100));
            assert!(recall.is_cut(41) && !recall.is_cut(40));
            assert!(!recall.knows_countries());
        });
    }
    assert_eq!(fixture.charges(100), ["a 90 100"]);
}
