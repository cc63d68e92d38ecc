//! Tests of published alerts: which charges they mark, and which later alerts they suppress.

use super::support::*;
use crate::memory::*;
use crate::transaction::Time;

fn has_alert_near(fixture: &mut MemoryFixture, time: i64, severity: u8, cooldown_ms: i64) -> bool {
    fixture.open(|card| card.alert_near(Time(time), severity, cooldown_ms).is_some())
}

#[test]
fn an_alert_marks_the_charge_or_refund_that_it_was_about() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record_with(&charge("a", 10), Some(0));
    fixture.record(&charge("b", 20));
    fixture.record_with(&refund("f", 30), Some(3));
    assert_eq!(fixture.charges(100), ["a 10 100 alerted", "b 20 100"]);
    assert_eq!(fixture.refunds(100), ["f 30 100 alerted"]);
    fixture.open(|card| {
        let recall = card.recall(Time(100));
        let alerts: Vec<_> = recall.charges.iter().map(Event::alert).collect();
        assert_eq!(alerts, [Some(0), None]);
    });
}

#[test]
fn the_cooldown_looks_both_ways() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record_with(&charge("a", 1_000), Some(2));
    for (time, is_near) in
        [(499, false), (500, false), (501, true), (1_000, true), (1_499, true), (1_500, false)]
    {
        assert_eq!(has_alert_near(&mut fixture, time, 2, 500), is_near, "at {time}");
    }
}

#[test]
fn only_an_alert_of_at_least_the_same_severity_suppresses_another() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record_with(&charge("a", 1_000), Some(2));
    fixture.record_with(&charge("b", 9_000), Some(3));
    let near =
        |fixture: &mut MemoryFixture, severity| has_alert_near(fixture, 1_000, severity, 500);
    assert!(near(&mut fixture, 1) && near(&mut fixture, 2) && !near(&mut fixture, 3));
    assert!(has_alert_near(&mut fixture, 1_000, 3, 8_001));
    fixture.open(|card| {
        let near = card.alert_near(Time(1_000), 0, 9_000);
        assert_eq!(near, Some(PublishedAlert { time: Time(9_000), severity: 3 }));
        assert_eq!(card.last_alert(), near);
    });
}

#[test]
fn a_cooldown_of_zero_suppresses_nothing() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record_with(&charge("a", 1_000), Some(3));
    assert!(!has_alert_near(&mut fixture, 1_000, 0, 0));
}

#[test]
fn times_far_from_each_other_are_not_near() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record_with(&charge("a", i64::MAX), Some(3));
    assert!(!has_alert_near(&mut fixture, i64::MIN, 0, i64::MAX));
    assert!(!has_alert_near(&mut fixture, -1, 0, i64::MAX));
    assert!(has_alert_near(&mut fixture, 1, 0, i64::MAX));
}

#[test]
fn a_card_without_alerts_has_none_near() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("b", 1_000));
    fixture.record_with(&charge("a", 1_000).on(1), Some(3));
    assert!(!has_alert_near(&mut fixture, 1_000, 0, 500));
    fixture.open_card(7, |card| assert_eq!(card.alert_near(Time(1_000), 0, 500), None));
}

#[test]
fn an_alert_about_an_increment_is_kept_with_the_charge_that_it_raised() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("a", 1_000));
    fixture.record_with(&charge("i", 5_000).original("a"), Some(2));
    assert_eq!(fixture.charges(9_000), ["a 1000 200/100 alerted"]);
    assert!(has_alert_near(&mut fixture, 5_000, 2, 1), "at the time of the increment");
    assert!(!has_alert_near(&mut fixture, 1_000, 2, 1));
    fixture.open(|card| {
        let recall = card.recall(Time(9_000));
        assert_eq!(recall.charges.iter().next().and_then(Event::alert), None);
    });
}

#[test]
fn an_alert_about_a_clearing_is_kept_with_the_authorization_that_comes_later() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record_with(&clearing("c", 5_000, 80).original("a"), Some(2));
    assert_eq!(fixture.charges(9_000), ["c 5000 80 alerted"]);
    fixture.record(&charge("a", 1_000));
    assert_eq!(fixture.charges(9_000), ["a 1000 80/100 alerted"]);
    assert!(has_alert_near(&mut fixture, 5_000, 2, 1));
}

#[test]
fn an_alert_about_an_unlisted_clearing_counts_for_the_cooldown() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 1, ..LIMITS });
    fixture.all([charge("x", 1_000), charge("y", 2_000)]);
    fixture.record_with(&clearing("c", 5_000, 80).original("a"), Some(2));
    assert_eq!(fixture.charges(9_000), ["y 2000 100"]);
    assert!(has_alert_near(&mut fixture, 5_000, 2, 1));
}

#[test]
fn an_alert_about_a_message_that_is_not_kept_starts_no_cooldown() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 1, ..LIMITS });
    fixture.record(&charge("b", 2_000));
    fixture.record_with(&charge("a", 1_000), Some(3));
    assert!(!has_alert_near(&mut fixture, 1_000, 0, 10_000));
    fixture.record_with(&charge("c", 3_000), Some(3));
    assert!(has_alert_near(&mut fixture, 3_000, 0, 1));
    fixture.record(&charge("d", 4_000));
    assert!(!has_alert_near(&mut fixture, 3_000, 0, 10_000), "it was cut");
}
