//! Tests of incremental authorizations: which raise the charge that they refer to, and which are
//! separate charges.

use super::linked::check;
use super::support::*;
use crate::memory::*;
use crate::transaction::Time;

/// An authorization of 50 that refers to `a`.
fn increment(id: &str, time: i64) -> Message {
    charge(id, time).amount(50).original("a")
}

#[test]
fn an_increment_raises_the_charge_that_it_refers_to() {
    check(&[charge("a", 10), increment("i", 20)], &["a 10 150/100"]);
    check(&[charge("a", 10).approved(), increment("i", 20).approved()], &["a 10 150/100"]);
    let two = [charge("a", 10), increment("i", 20), increment("j", 30)];
    check(&two, &["a 10 200/100"]);
    check(&[increment("i", 10), charge("a", 20)], &["a 20 150/100"]);
}

#[test]
fn an_increment_of_an_increment_raises_the_first_charge() {
    let second = charge("j", 30).amount(25).original("i");
    check(&[charge("a", 10), increment("i", 20), second.clone()], &["a 10 175/100"]);
    let cleared = clearing("c", 40, 175).original("j");
    check(&[charge("a", 10), increment("i", 20), second, cleared], &["a 10 175/100"]);
}

#[test]
fn a_reference_to_an_increment_means_the_charge_that_it_raised() {
    let messages = |adjustment| [charge("a", 10), increment("i", 20), adjustment];
    let original = |message: Message| message.original("i");
    check(&messages(original(clearing("c", 30, 120))), &["a 10 120/100"]);
    check(&messages(original(reversal("r", 30, 50))), &["a 10 100"]);
    check(&messages(original(reversal("r", 30, 150))), &["a 10 0/100 reversed"]);
}

#[test]
fn an_authorization_at_another_merchant_is_a_separate_charge() {
    check(&[charge("a", 10), increment("i", 20).at("n")], &["a 10 100", "i 20 50"]);
}

#[test]
fn a_recurring_authorization_is_a_separate_charge() {
    let next = increment("i", 20).recurring(true);
    check(&[charge("a", 10), next], &["a 10 100", "i 20 50"]);
    check(&[charge("a", 10), increment("i", 20).recurring(false)], &["a 10 150/100"]);
}

#[test]
fn a_declined_increment_stays_a_declined_attempt() {
    check(&[charge("a", 10), increment("i", 20).declined()], &["a 10 100", "i 20 50 declined"]);
}

#[test]
fn an_authorization_that_refers_to_a_declined_one_is_a_separate_charge() {
    check(&[charge("a", 10).declined(), increment("i", 20)], &["a 10 100 declined", "i 20 50"]);
}

#[test]
fn an_authorization_after_a_capture_is_a_separate_charge() {
    let cleared = |time| clearing("c", time, 80).original("a");
    check(&[charge("a", 10), cleared(15), increment("i", 20)], &["a 10 80/100", "i 20 50"]);
    check(&[charge("a", 10), cleared(20), increment("i", 20)], &["a 10 80/100"]);
    check(&[charge("a", 10), cleared(25), increment("i", 20)], &["a 10 80/100"]);
    let between = [charge("a", 10), increment("i", 12), cleared(15), increment("j", 20)];
    check(&between, &["a 10 80/100", "j 20 50"]);
}

#[test]
fn an_authorization_that_refers_to_nothing_known_is_a_separate_charge() {
    check(&[increment("i", 20), charge("b", 30)], &["i 20 50", "b 30 100"]);
}

#[test]
fn authorizations_that_refer_to_each_other_are_one_charge() {
    let messages = [charge("a", 10).original("b"), charge("b", 20).original("a")];
    check(&messages, &["b 20 200/100"]);
}

#[test]
fn an_increment_of_another_message_of_the_same_id_raises_it() {
    check(&[charge("a", 10_000), charge("a", 20_000).original("a")], &["a 10000 200/100"]);
}

#[test]
fn an_increment_is_not_a_separate_event() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all([increment("i", 20)]);
    assert_eq!(fixture.memory.usage().events, 1);
    fixture.record(&charge("a", 10));
    assert_eq!(fixture.memory.usage().events, 1);
    assert!(fixture.remembers(&increment("i", 20)));
    fixture.open(|card| assert_eq!(card.recall(Time(100)).cut, None));
}

#[test]
fn a_late_capture_turns_an_increment_back_into_a_charge() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all([charge("a", 10), increment("i", 20), reversal("r", 30, 20).original("i")]);
    assert_eq!(fixture.charges(100), ["a 10 130/100"]);
    fixture.record(&clearing("c", 15, 100).original("a"));
    assert_eq!(fixture.charges(100), ["a 10 100", "i 20 30/50"]);
}

#[test]
fn a_separate_response_that_declines_an_increment_makes_it_a_declined_attempt() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all([charge("a", 10), increment("i", 20), increment("j", 30)]);
    fixture.record(&increment("i", 20).declined());
    assert_eq!(fixture.charges(100), ["a 10 150/100", "i 20 50 declined"]);
    fixture.record(&increment("j", 30).approved());
    assert_eq!(fixture.charges(100), ["a 10 150/100", "i 20 50 declined"]);
}

#[test]
fn a_separate_response_that_declines_a_charge_makes_its_increments_charges() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all([charge("a", 10), increment("i", 20), increment("j", 30)]);
    fixture.record(&charge("a", 10).declined());
    assert_eq!(fixture.charges(100), ["a 10 100 declined", "i 20 50", "j 30 50"]);
}

#[test]
fn what_an_evicted_increment_added_stays() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.record(&charge("a", 10));
    fixture.all((0..18).map(|n| increment(&format!("i{n}"), 20 + n)));
    assert_eq!(fixture.charges(100), ["a 10 1000/100"]);
    assert!(!fixture.remembers(&increment("i1", 21)) && fixture.remembers(&increment("i2", 22)));
}

#[test]
fn an_increment_beyond_the_cap_can_be_reversed_while_its_charge_is_kept() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.record(&charge("a", 10));
    fixture.all((0..5).map(|n| increment(&format!("i{n}"), 20 + n)));
    assert!(fixture.remembers(&increment("i0", 20)));
    fixture.record(&reversal("r", 40, 50).original("i0"));
    assert_eq!(fixture.charges(100), ["a 10 300/100"]);
}

#[test]
fn a_clearing_of_an_evicted_increment_is_not_counted_as_a_separate_charge() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.record(&charge("a", 10));
    fixture.all((0..17).map(|n| increment(&format!("i{n}"), 20 + n)));
    fixture.record(&clearing("c", 40, 50).original("i0"));
    assert_eq!(fixture.charges(100), ["a 10 950/100"]);
}

#[test]
fn a_capture_that_was_evicted_still_ends_the_increments() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 1, ..LIMITS });
    fixture.all([charge("a", 10), clearing("c", 20, 80).original("a")]);
    fixture.record(&reversal("r", 30, 10).original("c"));
    fixture.all((0..7).map(|n| reversal(&format!("w{n}"), 40, 10).original("x")));
    assert!(!fixture.remembers(&clearing("c", 20, 80)));
    fixture.record(&increment("i", 15));
    assert_eq!(fixture.charges(100), ["a 10 70/100"], "it was raised before it was captured");
    fixture.record(&increment("j", 25));
    assert_eq!(fixture.charges(100), ["j 25 50"], "a separate charge; the cap cuts `a`");
}

/// Whether it names the charge that was cut or an increment of it, which is remembered longer.
#[test]
fn an_increment_of_a_charge_that_was_cut_is_a_separate_charge() {
    for original in ["a", "i"] {
        let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
        fixture.all([charge("a", 10), increment("i", 20), charge("b", 30), charge("d", 40)]);
        assert!(fixture.remembers(&increment("i", 20)));
        fixture.record(&increment("j", 50).original(original));
        let expected = ["d 40 100", "j 50 50"];
        assert_eq!(fixture.charges(100), expected, "refers to {original}");
        for (id, time, captured) in [("c", 15, "a"), ("e", 25, "i"), ("f", 26, "b")] {
            fixture.record(&clearing(id, time, 70).original(captured));
            assert_eq!(fixture.charges(100), expected, "{original}, a late capture of {captured}");
        }
        fixture.record(&increment("k", 60).original("j"));
        fixture.record(&clearing("g", 70, 90).original("j"));
        assert_eq!(fixture.charges(100), ["d 40 100", "j 50 90/50"]);
    }
}

#[test]
fn an_increment_that_is_remembered_keeps_raising_a_charge_that_was_cut() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.all([charge("a", 10), increment("i", 20), increment("j", 25).original("i")]);
    fixture.all([charge("b", 30), charge("d", 40), clearing("c", 15, 70).original("i")]);
    assert_eq!(fixture.charges(100), ["b 30 100", "d 40 100"]);
}

#[test]
fn a_follow_up_that_the_cap_cuts_at_once_is_a_charge_that_was_cut() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 1, ..LIMITS });
    fixture.record(&charge("b", 30));
    assert_eq!(fixture.record(&increment("i", 20).country("DK")), Recorded::TooOld);
    assert_eq!(fixture.charges(100), ["b 30 100"]);
    fixture.open(|card| {
        let recall = card.recall(Time(100));
        assert_eq!(recall.cut, Some(Time(20)));
        assert_eq!(recall.cut_countries.len(), 1);
    });
}
