//! Checks labels: which charges they belong to, which of several counts, and from when on.

use super::support::*;
use crate::memory::*;
use crate::transaction::LabelValue::{Fraud, Genuine, Suspected, Unknown};
use crate::transaction::{DAY_MS, Time};

const RETENTION_DAYS: i64 = LIMITS.retention_ms / DAY_MS;

#[track_caller]
fn check(messages: &[Message], labels: &[LabelMessage], now: i64, expected: &[&str]) {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all(messages.iter().cloned());
    labels.iter().for_each(|label| _ = fixture.label(label));
    assert_eq!(fixture.charges(now), expected);
    // The labels may also come first, in their order.
    let mut fixture = MemoryFixture::new(LIMITS);
    labels.iter().for_each(|label| _ = fixture.label(label));
    fixture.all(messages.iter().cloned());
    assert_eq!(fixture.charges(now), expected, "labels first");
}

#[test]
fn a_label_marks_its_charge_and_no_other() {
    let messages = [charge("a", 10), charge("b", 20)];
    check(&messages, &[label("a", Fraud, 30)], 40, &["a 10 100 fraud", "b 20 100"]);
    check(&messages, &[label("b", Genuine, 30)], 40, &["a 10 100", "b 20 100 genuine"]);
    check(&messages, &[label("c", Fraud, 30)], 40, &["a 10 100", "b 20 100"]);
    check(&messages, &[label("a", Fraud, 30).on(1)], 40, &["a 10 100", "b 20 100"]);
}

#[test]
fn fraud_and_genuine_are_opposites_and_absent_while_nothing_is_known() {
    for (value, fraud, genuine) in [
        (Fraud, Some(true), Some(false)),
        (Genuine, Some(false), Some(true)),
        (Suspected, None, None),
        (Unknown, None, None),
    ] {
        let mut fixture = MemoryFixture::new(LIMITS);
        fixture.record(&charge("a", 10));
        fixture.label(&label("a", value, 20));
        fixture.open(|card| {
            let recall = card.recall(Time(30));
            let charge = recall.charges.nth_newest(0).unwrap();
            assert_eq!((charge.fraud(), charge.genuine()), (fraud, genuine));
        });
    }
}

#[test]
fn the_label_that_became_known_last_counts_in_whatever_order_they_are_read() {
    let messages = [charge("a", 10)];
    let labels = [label("a", Fraud, 30), label("a", Genuine, 20)];
    check(&messages, &labels, 40, &["a 10 100 fraud"]);
    let labels = [label("a", Genuine, 20), label("a", Fraud, 30)];
    check(&messages, &labels, 40, &["a 10 100 fraud"]);
}

#[test]
fn of_labels_that_became_known_at_the_same_time_the_later_one_counts() {
    let messages = [charge("a", 10)];
    let labels = [label("a", Fraud, 30), label("a", Genuine, 30)];
    check(&messages, &labels, 40, &["a 10 100 genuine"]);
    let labels = [label("a", Genuine, 30), label("a", Fraud, 30)];
    check(&messages, &labels, 40, &["a 10 100 fraud"]);
}

#[test]
fn an_unknown_label_withdraws_earlier_ones_and_a_suspicion_replaces_them() {
    let messages = [charge("a", 10)];
    for value in [Unknown, Suspected] {
        let labels = [label("a", Fraud, 20), label("a", value, 30)];
        check(&messages, &labels, 40, &["a 10 100"]);
        check(&messages, &labels, 29, &["a 10 100 fraud"]);
    }
}

#[test]
fn a_label_counts_from_when_it_became_known() {
    let messages = [charge("a", 10), charge("b", 11)];
    let labels = [label("a", Fraud, 30), label("b", Genuine, 20), label("a", Genuine, 50)];
    check(&messages, &labels, 15, &["a 10 100", "b 11 100"]);
    check(&messages, &labels, 29, &["a 10 100", "b 11 100 genuine"]);
    check(&messages, &labels, 30, &["a 10 100 fraud", "b 11 100 genuine"]);
    check(&messages, &labels, 49, &["a 10 100 fraud", "b 11 100 genuine"]);
    check(&messages, &labels, 50, &["a 10 100 genuine", "b 11 100 genuine"]);
}

#[test]
fn one_card_can_be_recalled_as_of_several_times() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("a", 10));
    fixture.label(&label("a", Fraud, 30));
    fixture.label(&label("a", Genuine, 50));
    fixture.open(|card| {
        let fraud = |now| card.recall(Time(now)).charges.nth_newest(0).unwrap().fraud();
        let recalls = [20, 40, 60, 20].map(|now| (now, card.recall(Time(now))));
        assert_eq!(
            [20, 30, 49, 50, 20].map(fraud),
            [None, Some(true), Some(true), Some(false), None]
        );
        for (now, recall) in recalls {
            assert_eq!(recall.charges.nth_newest(0).unwrap().fraud(), fraud(now));
        }
    });
}

#[test]
fn the_id_of_a_clearing_or_an_increment_means_its_charge() {
    let cleared = [charge("a", 10), clearing("x", 20, 100).original("a")];
    check(&cleared, &[label("x", Fraud, 30)], 40, &["a 10 100 fraud"]);
    let raised = [charge("a", 10), charge("b", 20).original("a")];
    check(&raised, &[label("b", Fraud, 30)], 40, &["a 10 200/100 fraud"]);
    let alone = [clearing("x", 20, 100)];
    check(&alone, &[label("x", Fraud, 30)], 40, &["x 20 100 fraud"]);
}

#[test]
fn the_labels_of_a_charge_and_of_its_clearing_are_labels_of_one_charge() {
    let messages = [charge("a", 10), clearing("x", 20, 100).original("a")];
    let labels = [label("x", Fraud, 30), label("a", Genuine, 31)];
    check(&messages, &labels, 40, &["a 10 100 genuine"]);
    let labels = [label("x", Fraud, 31), label("a", Genuine, 30)];
    check(&messages, &labels, 40, &["a 10 100 fraud"]);
}

#[test]
fn of_messages_with_one_id_a_label_prefers_its_merchant_and_its_time() {
    let messages = [charge("a", 10_000), charge("a", 20_000).at("n"), charge("a", 30_000)];
    let marked = |label: LabelMessage| {
        let mut fixture = MemoryFixture::new(LIMITS);
        fixture.all(messages.iter().cloned());
        fixture.label(&label);
        let charges = fixture.charges(90_000);
        charges.iter().position(|charge| charge.ends_with(" fraud"))
    };
    assert_eq!(marked(label("a", Fraud, 80_000)), Some(2));
    assert_eq!(marked(label("a", Fraud, 80_000).at("n")), Some(1));
    assert_eq!(marked(label("a", Fraud, 80_000).of_time(20_000)), Some(1));
    assert_eq!(marked(label("a", Fraud, 80_000).of_time(12_000)), Some(0));
    assert_eq!(marked(label("a", Fraud, 80_000).of_time(9_000)), Some(0));
}

#[test]
fn a_label_says_what_became_of_it() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("a", 10));
    assert_eq!(fixture.label(&label("a", Fraud, 20)), Labelled::Bound);
    assert_eq!(fixture.label(&label("b", Fraud, 20)), Labelled::Waits);
    assert_eq!(fixture.label(&label("b", Fraud, 20).on(1)), Labelled::UnknownCard);
    assert_eq!(fixture.label(&label("a", Fraud, 20)), Labelled::Repeated);
    assert_eq!(fixture.label(&label("b", Fraud, 20).on(1)), Labelled::Repeated);
    assert_eq!(fixture.label(&label("a", Fraud, 20).at("m")), Labelled::Bound);
}

#[test]
fn a_repeated_label_changes_nothing_even_after_a_newer_one() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("a", 10));
    fixture.label(&label("a", Fraud, 20));
    fixture.label(&label("a", Genuine, 21));
    assert_eq!(fixture.label(&label("a", Fraud, 20)), Labelled::Repeated);
    assert_eq!(fixture.charges(30), ["a 10 100 genuine"]);
}

#[test]
fn of_labels_that_became_known_at_the_same_time_the_one_that_came_last_counts() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("a", 10));
    for (value, seen) in [(Fraud, "fraud"), (Genuine, "genuine"), (Fraud, "fraud")] {
        assert_eq!(fixture.label(&label("a", value, 20)), Labelled::Bound);
        assert_eq!(fixture.charges(30), [format!("a 10 100 {seen}")]);
    }
    assert_eq!(fixture.label(&label("a", Fraud, 20)), Labelled::Repeated);
    assert_eq!(fixture.label(&label("a", Genuine, 20)), Labelled::Bound);
}

#[test]
fn a_label_moves_no_clock_and_evicts_nothing_by_its_time() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("a", 10));
    let before = fixture.memory.progress();
    for n in 0..200 {
        fixture.label(&label("a", Fraud, 900 * DAY_MS + n));
    }
    assert_eq!(fixture.memory.progress().reached, before.reached);
    assert_eq!(fixture.charges(20), ["a 10 100"]);
    fixture.open(|card| {
        let charge = *card.recall_all().unwrap().charges.nth_newest(0).unwrap();
        assert_eq!((charge.time(), charge.fraud()), (Time(10), None));
    });
}

#[test]
fn a_label_of_an_unknown_card_waits_for_as_long_as_the_retention() {
    let day = |day: i64| day * DAY_MS;
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.advance_to(day(100));
    assert_eq!(fixture.label(&label("a", Fraud, day(99))), Labelled::UnknownCard);
    assert_eq!(fixture.label(&label("b", Fraud, day(900)).on(1)), Labelled::UnknownCard);
    fixture.advance_to(day(99 + RETENTION_DAYS));
    assert!(!fixture.memory.knows(CardKey(0)), "the label has waited long enough");
    fixture.advance_to(day(100 + RETENTION_DAYS));
    assert!(!fixture.memory.knows(CardKey(1)), "the label has waited long enough");
}

#[test]
fn a_label_of_a_charge_beyond_the_retention_is_not_kept() {
    let day = |day: i64| day * DAY_MS;
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.advance_to(day(100));
    let old = day(100 - RETENTION_DAYS);
    assert_eq!(fixture.label(&label("a", Fraud, old)), Labelled::TooOld);
    assert_eq!(fixture.label(&label("a", Fraud, day(99)).of_time(old)), Labelled::TooOld);
    assert!(!fixture.memory.knows(CardKey(0)));
    assert_eq!(fixture.label(&label("a", Fraud, day(99)).of_time(old + 1)), Labelled::UnknownCard);
}

#[test]
fn a_label_goes_with_its_charge() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.record(&charge("a", 10));
    fixture.label(&label("a", Fraud, 15));
    fixture.all([charge("b", 20), charge("c", 30)]);
    // An id may be used again, and the label is not that of the new charge.
    fixture.record(&charge("a", 40_000));
    assert_eq!(fixture.charges(50_000), ["c 30 100", "a 40000 100"]);
}

#[test]
fn an_unlimited_number_of_labels_is_bounded() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.record(&charge("a", 10));
    for n in 0..1_000 {
        fixture.label(&label(&format!("never {n}"), Fraud, 20 + n));
    }
    fixture.label(&label("a", Genuine, 2_000));
    assert!(fixture.memory.usage().bytes < 6_000, "{:?}", fixture.memory.usage());
    assert_eq!(fixture.memory.usage().evicted_waiting, 1_001 - 16);
    assert_eq!(fixture.charges(3_000), ["a 10 100 genuine"]);
}

#[test]
fn a_charge_that_loses_its_only_label_to_the_limit_says_nothing() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.record(&charge("a", 10));
    fixture.label(&label("a", Fraud, 15));
    for n in 0..16 {
        fixture.label(&label(&format!("never {n}"), Fraud, 20 + n));
    }
    assert_eq!(fixture.charges(3_000), ["a 10 100"]);
}
