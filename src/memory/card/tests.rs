//! Checks what memory guarantees, one sentence per test. The oracle that checks the rest is in
//! `oracle`.

mod alerts;
mod charge_links;
mod checkpoint;
mod evicted;
mod identity;
mod increments;
mod labels;
mod linked;
mod oracle;
mod orders;
mod random;
mod recorded_lists;
mod snoozes;
mod support;
mod traffic;
mod undo;

pub(crate) use oracle::{Oracle, Past as PastOfCard};
pub(crate) use random::past_with;
pub(crate) use support::Message;

use crate::memory::*;
use crate::transaction::{Country, Kind, Time};
use std::collections::HashSet;
use support::*;

#[test]
fn recorded_charges_are_recalled_in_time_order() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all([charge("b", 20), charge("a", 10), charge("c", 30)]);
    assert_eq!(fixture.charges(40), ["a 10 100", "b 20 100", "c 30 100"]);
}

#[test]
fn charges_with_equal_times_are_in_order_of_arrival() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all([charge("z", 20), charge("y", 10), charge("x", 20), charge("w", 10)]);
    assert_eq!(fixture.charges(40), ["y 10 100", "w 10 100", "z 20 100", "x 20 100"]);
}

#[test]
fn a_late_message_sees_nothing_later_than_itself() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all([charge("a", 10), charge("b", 20), charge("c", 30)]);
    assert_eq!(fixture.charges(20), ["a 10 100", "b 20 100"]);
    assert_eq!(fixture.charges(9), [""; 0]);
}

#[test]
fn recording_returns_where_a_message_was_kept() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    assert_eq!(fixture.record(&charge("a", 20)), Recorded::Kept);
    assert_eq!(fixture.record(&charge("b", 30)), Recorded::Kept);
    assert_eq!(fixture.record(&charge("c", 25)), Recorded::KeptLate);
    assert_eq!(fixture.record(&charge("d", 24)), Recorded::TooOld);
    assert_eq!(fixture.record(&charge("e", 30)), Recorded::Kept);
}

#[test]
fn the_cap_cuts_the_oldest_and_keeps_its_time_and_country() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.all([charge("a", 10).country("DK"), charge("b", 20), charge("c", 30)]);
    fixture.open(|card| {
        let recall = card.recall(Time(100));
        assert_eq!(recall.cut, Some(Time(10)));
        assert_eq!(recall.cut_countries, [(Country::parse("DK").unwrap(), Time(10))]);
        assert!(recall.is_cut(91) && !recall.is_cut(90));
    });
}

#[test]
fn a_message_older_than_everything_on_a_full_card_is_cut() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.all([charge("b", 20), charge("c", 30), charge("a", 10).country("DK")]);
    assert_eq!(fixture.charges(40), ["b 20 100", "c 30 100"]);
    fixture.open(|card| {
        assert_eq!(card.recall(Time(40)).cut, Some(Time(10)));
        assert_eq!(card.recall(Time(40)).cut_countries.len(), 1);
    });
    assert!(!fixture.remembers(&charge("a", 10)));
}

#[test]
fn refunds_are_remembered_separately() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all([charge("a", 10), refund("r", 20), refund("q", 15)]);
    assert_eq!(fixture.charges(40), ["a 10 100"]);
    assert_eq!(fixture.refunds(40), ["q 15 100", "r 20 100"]);
    assert_eq!(fixture.refunds(15), ["q 15 100"]);
}

#[test]
fn a_message_older_than_the_retention_before_its_card_is_kept_until_the_clock_has_passed_it() {
    let mut fixture = MemoryFixture::new(Limits { retention_ms: 100, ..LIMITS });
    assert_eq!(fixture.record(&charge("a", 1_000)), Recorded::Kept);
    assert_eq!(fixture.record(&charge("b", 901)), Recorded::KeptLate);
    assert_eq!(fixture.record(&charge("c", 900)), Recorded::KeptOutdated);
    assert!(fixture.remembers(&charge("c", 900)));
}

#[test]
fn a_message_that_moves_the_clock_past_itself_is_not_kept() {
    let mut fixture = MemoryFixture::new(Limits { retention_ms: 100, ..LIMITS });
    for n in 0..63 {
        assert_eq!(fixture.record(&charge(&format!("n{n}"), 1_000)), Recorded::Kept);
    }
    assert_eq!(fixture.record(&charge("old", 900)), Recorded::TooOld);
    assert_eq!(fixture.memory.usage().too_old, 1);
    assert!(fixture.open(|card| card.recall(Time(999)).charges.iter().next().is_none()));
}

#[test]
fn nothing_older_than_the_retention_before_now_is_recalled() {
    let mut fixture = MemoryFixture::new(Limits { retention_ms: 100, ..LIMITS });
    fixture.all([charge("a", 10), charge("b", 11), charge("c", 100)]);
    assert_eq!(fixture.charges(110), ["b 11 100", "c 100 100"]);
    fixture.open(|card| assert!(!card.recall(Time(110)).is_cut(100)));
}

#[test]
fn a_message_older_than_the_retention_is_scored_and_not_kept() {
    let mut fixture = MemoryFixture::new(Limits { retention_ms: 100, ..LIMITS });
    fixture.advance_to(1_000);
    assert_eq!(fixture.record(&charge("old", 900)), Recorded::TooOld);
    assert_eq!(fixture.record(&charge("new", 901)), Recorded::Kept);
    assert!(!fixture.remembers(&charge("old", 900)));
    assert_eq!(fixture.memory.usage().too_old, 1);
}

#[test]
fn one_wrong_future_timestamp_forgets_nothing() {
    let mut fixture = MemoryFixture::new(Limits { retention_ms: 100, ..LIMITS });
    fixture.all([charge("a", 10), charge("wrong", i64::MAX / 2), charge("b", 20)]);
    for n in 0..1_000 {
        fixture.record(&charge(&format!("n{n}"), 30).on(2));
    }
    assert_eq!(fixture.charges(100), ["a 10 100", "b 20 100"]);
    assert_eq!(fixture.memory.usage().evicted_cards, 0);
}

#[test]
fn an_idle_card_expires_with_its_last_message() {
    let mut fixture = MemoryFixture::new(Limits { retention_ms: 100, ..LIMITS });
    fixture.all([charge("a", 10), charge("b", 20)]);
    fixture.advance_to(119);
    assert_eq!(fixture.memory.usage().cards, 2);
    fixture.advance_to(120);
    assert_eq!((fixture.memory.usage().cards, fixture.memory.usage().expired_cards), (1, 1));
    fixture.open(|card| {
        let late = card.recall(Time(115));
        assert!(late.is_cut(100) && !late.is_cut(95), "a late message sees evicted charges");
    });
    fixture.open(|card| assert!(!card.recall(Time(121)).is_cut(100)));
}

#[test]
fn one_wrong_future_timestamp_evicts_no_card() {
    let mut fixture = MemoryFixture::new(Limits { cards: 3, ..LIMITS });
    fixture.all([charge("a", 10), charge("b", i64::MAX / 2).on(1), charge("c", 20).on(2)]);
    assert_eq!(fixture.memory.usage().evicted_cards, 0);
    assert_eq!(fixture.charges(30), ["a 10 100"]);
}

#[test]
fn the_card_that_is_idle_for_longest_is_evicted() {
    let mut fixture = MemoryFixture::new(Limits { cards: 2, ..LIMITS });
    fixture.all([charge("a", 10), charge("b", 20).on(1), charge("c", 30), charge("d", 40).on(2)]);
    assert_eq!(fixture.charges(100), ["a 10 100", "c 30 100"]);
    assert_eq!(fixture.charges_of(1, 100), [""; 0]);
    assert_eq!(fixture.charges_of(2, 100), ["d 40 100"]);
    let usage = fixture.memory.usage();
    assert_eq!((usage.cards, usage.events, usage.evicted_cards), (2, 3, 1));
}

#[test]
fn a_card_opened_after_an_eviction_is_saturated_before_it() {
    let mut fixture = MemoryFixture::new(Limits { cards: 1, ..LIMITS });
    fixture.all([charge("a", 10), charge("b", 20).on(1)]);
    fixture.open(|card| {
        assert_eq!(card.recall(Time(110)).cut, Some(Time(10)));
        assert!(card.recall(Time(110)).is_cut(101) && !card.recall(Time(110)).is_cut(100));
    });
    fixture.record(&charge("a2", 30));
    fixture.open(|card| assert_eq!(card.recall(Time(110)).cut, Some(Time(10))));
}

#[test]
fn a_cut_charge_leaves_its_country_and_an_evicted_card_does_not() {
    let knows = |fixture: &mut MemoryFixture, now| {
        let mut knows = false;
        fixture.open(|card| knows = card.recall(Time(now)).knows_countries());
        knows
    };
    let mut capped = MemoryFixture::new(Limits { events_per_card: 1, ..LIMITS });
    capped.all([charge("a", 10).country("DK"), charge("b", 20).country("US")]);
    assert!(knows(&mut capped, 30));
    let mut evicted = MemoryFixture::new(Limits { cards: 1, ..LIMITS });
    evicted.all([charge("a", 10).country("DK"), charge("b", 20).on(1), charge("c", 30)]);
    assert!(!knows(&mut evicted, 40));
    assert!(knows(&mut evicted, 20 + LIMITS.retention_ms));
}

#[test]
fn opening_a_card_changes_nothing() {
    let [mut fixture, mut other] =
        [(); 2].map(|()| MemoryFixture::new(Limits { cards: 1, ..LIMITS }));
    fixture.record(&charge("a", 10));
    other.record(&charge("a", 10));
    fixture.open_card(7, |card| assert!(card.recall(Time(500)).charges.is_empty()));
    assert_eq!(fixture.memory.dump(), other.memory.dump());
}

#[test]
fn memory_is_bounded_by_evicting_idle_cards() {
    let limits = Limits { bytes: 20_000, ..LIMITS };
    let mut fixture = MemoryFixture::new(limits);
    for n in 0..1_000 {
        fixture.record(&charge(&format!("n{n}"), n).on(n as u128 % 200));
        assert!(fixture.memory.usage().bytes <= limits.bytes);
    }
    assert!(fixture.memory.usage().cards > 10);
    assert_eq!(fixture.charges_of(199, 2_000), ["n999 999 100"]);
}

#[test]
fn a_card_larger_than_all_of_memory_is_kept_while_it_is_open() {
    let mut fixture = MemoryFixture::new(Limits { bytes: 100, ..LIMITS });
    fixture.all((0..50).map(|n| charge(&format!("n{n}"), n)));
    assert_eq!(fixture.charges(100).len(), 50);
    fixture.record(&charge("other", 60).on(1));
    assert_eq!(fixture.charges(100).len(), 0);
}

#[test]
fn no_two_short_ids_of_any_types_are_one_message() {
    let letters = || (b'0'..=b'9').chain(b'a'..=b'z').chain([b'-']).map(char::from);
    let mut ids: Vec<String> = vec![String::new()];
    for length in 0..3 {
        let longest: Vec<_> = ids.iter().filter(|id| id.len() == length).cloned().collect();
        ids.extend(
            longest.iter().flat_map(|id| letters().map(move |letter| format!("{id}{letter}"))),
        );
    }
    let kinds = [Kind::Authorization, Kind::Clearing, Kind::Reversal, Kind::Refund];
    let all: HashSet<_> =
        ids.iter().flat_map(|id| kinds.map(|kind| MessageId::of(kind, id))).collect();
    assert_eq!(all.len(), ids.len() * kinds.len());
}
