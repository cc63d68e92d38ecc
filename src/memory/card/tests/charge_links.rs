//! Tests which messages are reported as belonging to an alerted charge, in every order of arrival.

use super::support::*;
use crate::memory::*;
use crate::transaction::{DAY_MS, Kind};
use std::collections::BTreeMap;

/// The ids of messages and charges that tests with links use.
const IDS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Records these messages, with an alert or not, and returns the links that were reported: of each
/// message the last one.
fn links(messages: &[(Message, bool)]) -> BTreeMap<&'static str, &'static str> {
    let mut memory = Memory::new(LIMITS);
    let name = |id| *IDS.iter().find(|name| OriginalId::of(name) == id).unwrap();
    let mut links = BTreeMap::new();
    for (message, is_alerted) in messages {
        let alert = is_alerted.then_some(2);
        let (_, _, reported) = record(&mut memory, message, alert).unwrap();
        links.extend(reported.iter().map(|link| (name(link.id()), name(link.charge_id()))));
    }
    links
}

/// Checks the links after these messages in every order.
#[track_caller]
fn check(messages: &[(Message, bool)], expected: &[(&str, &str)]) {
    let expected: BTreeMap<&str, &str> = expected.iter().copied().collect();
    for order in orders(messages) {
        assert_eq!(links(&order), expected, "{order:?}");
    }
}

fn orders(messages: &[(Message, bool)]) -> Vec<Vec<(Message, bool)>> {
    let [rest @ .., last] = messages else { return vec![Vec::new()] };
    let places = |order: Vec<_>| {
        (0..=order.len()).map(move |at| {
            let mut order = order.clone();
            order.insert(at, last.clone());
            order
        })
    };
    orders(rest).into_iter().flat_map(places).collect()
}

#[test]
fn a_clearing_belongs_to_its_alerted_authorization() {
    let charge = charge("a", 10);
    let clearings = [clearing("b", 20, 40).original("a"), clearing("c", 30, 60).original("a")];
    let [first, second] = clearings.map(|clearing| (clearing, false));
    let all = [("b", "a"), ("c", "a")];
    check(&[(charge.clone(), true), first.clone(), second.clone()], &all);
    check(&[(charge, false), first, second], &[]);
}

#[test]
fn an_increment_and_its_clearing_belong_to_the_charge_that_it_raises() {
    let charge = charge("a", 10).approved();
    let increment = charge.clone().time(20).named("b").original("a");
    let cleared = (clearing("c", 30, 40).original("b"), false);
    let all = [("b", "a"), ("c", "a")];
    for (alerted, other) in [(true, false), (false, true), (true, true)] {
        let messages = [(charge.clone(), alerted), (increment.clone(), other), cleared.clone()];
        check(&messages, &all);
    }
    check(&[(charge, false), (increment, false), cleared], &[]);
}

#[test]
fn what_turns_out_to_be_a_separate_charge_belongs_to_itself() {
    let charge = charge("a", 10).approved();
    let increment = charge.clone().time(30).named("b").original("a");
    let later = clearing("c", 40, 40).original("b");
    // It is timed before the increment, which therefore raises nothing.
    let earlier = clearing("d", 20, 40).original("a");
    let messages = [(charge, true), (increment, false), (later, false), (earlier, false)];
    let found = links(&messages);
    assert_eq!(found, BTreeMap::from([("b", "b"), ("c", "c"), ("d", "a")]));
}

#[test]
fn a_message_with_the_id_of_its_charge_and_a_reversal_need_no_link() {
    let charge = charge("a", 10);
    let same_id = clearing("a", 20, 40).original("a");
    let reversal = reversal("b", 30, 40).original("a");
    check(&[(charge, true), (same_id, false), (reversal, false)], &[]);
}

#[test]
fn a_link_remains_when_the_charge_is_forgotten() {
    let mut memory = Memory::new(LIMITS);
    let charge = charge("a", 10).approved();
    record(&mut memory, &charge, Some(2)).unwrap();
    let increment = charge.clone().time(20 * DAY_MS).named("b").original("a");
    let (_, _, links) = record(&mut memory, &increment, None).unwrap();
    let [link] = links.as_slice() else { panic!("{links:?}") };
    assert_eq!((link.time().millis(), link.charge_time().millis()), (20 * DAY_MS, 0));
    assert_eq!(link.message().id, MessageId::of(Kind::Authorization, "b"));
    for number in 0..100 {
        let next = charge.clone().time(35 * DAY_MS).named(&format!("n{number}"));
        let (_, _, links) = record(&mut memory, &next, None).unwrap();
        assert_eq!(links, []);
    }
}
