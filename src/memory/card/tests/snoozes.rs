//! Checks which rules a cardholder's label snoozes: where, up to which amount, and for how long.

use super::support::*;
use crate::memory::*;
use crate::transaction::LabelSource::{self, Analyst, Cardholder};
use crate::transaction::LabelValue::{self, Fraud, Genuine, Suspected, Unknown};
use crate::transaction::{HOUR_MS, Time};

/// An alert with two rules behind it.
const ALERT: Option<u8> = Some(2);

/// A snooze as `merchant amount_max rules until`, where the merchants are `m` and `n`.
fn line(snooze: CardSnooze<'_>) -> String {
    let merchant = ["m", "n"].into_iter().find(|id| id_hash64(id) == snooze.merchant).unwrap();
    assert_eq!(snooze.rules, &RULES[..snooze.rules.len()]);
    let (rules, until) = (snooze.rules.len(), snooze.until.millis());
    format!("{merchant} {} {rules} {until}", snooze.amount_max)
}

fn snoozes(fixture: &mut MemoryFixture, now: i64) -> Vec<String> {
    fixture.open(|card| card.recall(Time(now)).snoozes.iter().map(line).collect())
}

fn labelled(of: &str, value: LabelValue, source: LabelSource, known_at: i64) -> LabelMessage {
    label(of, value, known_at).from(source)
}

fn genuine(of: &str, known_at: i64) -> LabelMessage {
    labelled(of, Genuine, Cardholder, known_at)
}

/// Checks the snoozes after these messages, about all of which there was an alert, and labels; and
/// again with the labels first.
#[track_caller]
fn check(messages: &[Message], labels: &[LabelMessage], now: i64, expected: &[&str]) {
    for labels_first in [false, true] {
        let mut fixture = MemoryFixture::new(LIMITS);
        let all = |fixture: &mut MemoryFixture| {
            labels.iter().for_each(|label| _ = fixture.label(label));
        };
        if labels_first {
            all(&mut fixture);
        }
        for message in messages {
            fixture.record_with(message, ALERT).unwrap();
        }
        if !labels_first {
            all(&mut fixture);
        }
        assert_eq!(snoozes(&mut fixture, now), expected, "labels first: {labels_first}");
    }
}

#[test]
fn a_cardholder_snoozes_the_rules_that_fired_for_an_hour_from_when_it_became_known() {
    let messages = [charge("a", 10)];
    let until = format!("m 120 2 {}", 30 + HOUR_MS);
    for (now, is_active) in
        [(29, false), (30, true), (29 + HOUR_MS, true), (30 + HOUR_MS, false), (2 * HOUR_MS, false)]
    {
        let expected: &[&str] = if is_active { &[&until] } else { &[] };
        check(&messages, &[genuine("a", 30)], now, expected);
    }
}

#[test]
fn only_a_genuine_label_of_the_cardholder_snoozes() {
    let messages = [charge("a", 10)];
    for label in [
        labelled("a", Fraud, Cardholder, 30),
        labelled("a", Suspected, Cardholder, 30),
        labelled("a", Unknown, Cardholder, 30),
        labelled("a", Genuine, Analyst, 30),
        label("a", Genuine, 30),
        genuine("b", 30),
        genuine("a", 30).on(1),
    ] {
        check(&messages, &[label], 40, &[]);
    }
}

#[test]
fn a_later_label_that_does_not_say_genuine_ends_the_snooze() {
    let (messages, until) = ([charge("a", 10)], format!("m 120 2 {}", 30 + HOUR_MS));
    for value in [Fraud, Suspected, Unknown] {
        let labels = [genuine("a", 30), labelled("a", value, Analyst, 50)];
        check(&messages, &labels, 49, &[&until]);
        check(&messages, &labels, 50, &[]);
        let before = [labelled("a", value, Analyst, 20), genuine("a", 30)];
        check(&messages, &before, 49, &[&until]);
    }
    let agreed = [genuine("a", 30), labelled("a", Genuine, Analyst, 50)];
    check(&messages, &agreed, 60, &[&until]);
    let again = [genuine("a", 30), genuine("a", 50)];
    check(&messages, &again, 60, &[&format!("m 120 2 {}", 50 + HOUR_MS)]);
}

#[test]
fn a_message_without_an_alert_or_an_amount_snoozes_nothing() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("a", 10));
    fixture.record_with(&charge("b", 11), Some(0));
    fixture.record_with(&charge("c", 12).without_rate(), ALERT);
    fixture.record_with(&refund("d", 13), ALERT);
    for id in ["a", "b", "c", "d"] {
        fixture.label(&genuine(id, 30));
    }
    assert_eq!(snoozes(&mut fixture, 40), [""; 0]);
}

#[test]
fn a_label_snoozes_the_rules_of_every_message_of_its_charge_at_its_own_amount() {
    let until = 40 + HOUR_MS;
    let raised = [charge("a", 10), charge("b", 20).original("a").amount(50)];
    let both = [format!("m 120 2 {until}"), format!("m 60 2 {until}")];
    let both = both.each_ref().map(String::as_str);
    check(&raised, &[genuine("a", 40)], 50, &both);
    check(&raised, &[genuine("b", 40)], 50, &both);
    let cleared = [clearing("x", 20, 50).original("a"), charge("a", 10)];
    let mut fixture = MemoryFixture::new(LIMITS);
    for message in &cleared {
        fixture.record_with(message, ALERT).unwrap();
    }
    fixture.label(&genuine("x", 40));
    assert_eq!(snoozes(&mut fixture, 50), both, "the clearing was a charge until then");
}

#[test]
fn nothing_is_snoozed_at_a_time_before_the_alerted_message() {
    check(&[charge("a", 50)], &[genuine("a", 30)], 49, &[]);
    let until = format!("m 120 2 {}", 30 + HOUR_MS);
    check(&[charge("a", 50)], &[genuine("a", 30)], 50, &[&until]);
}

#[test]
fn each_alerted_charge_has_its_own_snooze() {
    let messages = [charge("a", 10), charge("b", 20).at("n").amount(9)];
    let both = [format!("m 120 2 {}", 30 + HOUR_MS), format!("n 10 2 {}", 31 + HOUR_MS)];
    let both = both.each_ref().map(String::as_str);
    check(&messages, &[genuine("a", 30), genuine("b", 31)], 40, &both);
    check(&messages, &[genuine("b", 31)], 40, &both[1..]);
}

#[test]
fn a_snooze_covers_its_rules_its_merchant_and_up_to_its_amount() {
    let rules = ["first", "second"];
    let mut bytes = Vec::new();
    let alert = AlertEntry { severity: 1, rules: RuleHashes::of(rules.into_iter(), &mut bytes) };
    let mut memory = Memory::new(LIMITS);
    let first = charge("a", 10);
    memory.open(first.card).record(&first.tx, Role::Charge, base(), Some(alert));
    record_label(&mut memory, &genuine("a", 30));
    let card = memory.open(first.card);
    let recall = card.recall(Time(40));
    let end = |message: Message, rule| recall.snoozes.end(&message.tx, rule);
    let until = Some(Time(30 + HOUR_MS));
    assert_eq!(rules.map(|rule| end(charge("b", 40), rule)), [until; 2]);
    assert_eq!(end(charge("b", 40), "third"), None);
    assert_eq!(end(charge("b", 40).at("n"), "first"), None);
    assert_eq!(end(charge("b", 40).amount(120), "first"), until);
    assert_eq!(end(charge("b", 40).amount(121), "first"), None);
    assert_eq!(end(charge("b", 40).without_rate(), "first"), None);
    assert_eq!(end(charge("b", 40).foreign("EUR", 999, Some(120)), "first"), until);
}

#[test]
fn a_snooze_ends_with_its_charge() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.record_with(&charge("a", 10), ALERT);
    fixture.label(&genuine("a", 30));
    assert_eq!(snoozes(&mut fixture, 40).len(), 1);
    fixture.all([charge("b", 20), charge("c", 30)]);
    assert_eq!(snoozes(&mut fixture, 40), [""; 0], "the cap has cut it");
    let last = 10 + LIMITS.retention_ms;
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record_with(&charge("a", 10), ALERT);
    fixture.label(&genuine("a", last - 5));
    assert_eq!(snoozes(&mut fixture, last - 1).len(), 1);
    assert_eq!(snoozes(&mut fixture, last), [""; 0], "it is as old as the retention");
    fixture.record(&charge("z", last - 1));
    fixture.advance_to(last);
    let before = fixture.memory.usage().bytes;
    fixture.record(&charge("y", last + 1));
    assert!(fixture.memory.usage().bytes < before, "the ledger is gone");
}

#[test]
fn an_unlimited_number_of_alerts_is_bounded() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    for n in 0..1_000 {
        fixture.record_with(&charge(&format!("a{n}"), 10 + n), ALERT);
    }
    assert!(fixture.memory.usage().bytes < 2_000, "{:?}", fixture.memory.usage());
    fixture.label(&genuine("a999", 2_000));
    assert_eq!(snoozes(&mut fixture, 2_001).len(), 1);
}

#[test]
fn more_rules_behind_an_alert_than_the_limit_are_left_out() {
    let ids: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let mut bytes = vec![1, 2, 3];
    let rules = RuleHashes::of(ids.iter().map(String::as_str), &mut bytes);
    let expected = ids.iter().take(RuleHashes::MAX).map(|id| id_hash32(id));
    assert!(rules.iter().eq(expected));
    assert_eq!(RuleHashes::from_bytes(rules.as_bytes()), rules);
    assert_eq!(RuleHashes::from_bytes(&[1, 0, 0, 0, 9]).iter().collect::<Vec<_>>(), [1]);
    assert_eq!((rules.len(), RuleHashes::default().is_empty()), (RuleHashes::MAX, true));
}
