//! Tests of message identity: duplicates, separate responses, reused ids, and what an `original_id` refers to
//! if several messages match.

use super::linked::check;
use super::support::*;
use crate::memory::*;
use crate::transaction::{Channel, DeclineReason, Response, Time};

const NEW: Recognised = Recognised::New { reused_id: false };
const REUSED_ID: Recognised = Recognised::New { reused_id: true };
const RESPONSE: Recognised = Recognised::Response { differs: false };
const OTHER_RESPONSE: Recognised = Recognised::Response { differs: true };
const DUPLICATE: Recognised = Recognised::Duplicate { differs: false };
const OTHER_DUPLICATE: Recognised = Recognised::Duplicate { differs: true };

#[test]
fn a_duplicate_of_any_remembered_message_is_recognised() {
    let mut fixture = MemoryFixture::new(LIMITS);
    let messages = [
        charge("a", 10),
        charge("b", 20),
        charge("i", 25).original("b"),
        refund("a", 30),
        clearing("a", 40, 60).original("a"),
        reversal("a", 50, 100).original("b"),
        reversal("w", 60, 100).original("not here yet"),
        reversal("x", 70, 100),
    ];
    for message in &messages {
        assert_eq!(fixture.recognise(message), NEW);
        fixture.record(message);
        assert_eq!(fixture.recognise(message), DUPLICATE);
    }
    assert!(messages.iter().all(|message| fixture.recognise(message) == DUPLICATE));
    assert_eq!(fixture.recognise(&reversal("b", 50, 100)), NEW);
}

#[test]
fn another_type_is_another_message() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("a", 10));
    for other in [refund("a", 10), clearing("a", 10, 100), reversal("a", 10, 100)] {
        assert_eq!(fixture.recognise(&other), NEW);
    }
}

#[test]
fn the_same_id_at_another_merchant_or_second_is_another_message() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("a", 10_500));
    for other in [charge("a", 10_500).at("n"), charge("a", 9_999), charge("a", 11_000)] {
        assert_eq!(fixture.recognise(&other), REUSED_ID, "{other:?}");
        fixture.record(&other);
    }
    assert_eq!(
        fixture.charges(20_000),
        ["a 9999 100", "a 10500 100", "a 10500 100", "a 11000 100"]
    );
    assert_eq!(fixture.recognise(&charge("a", 10_500).on(1)), NEW, "another card");
}

#[test]
fn a_time_before_the_epoch_is_rounded_down_to_its_second() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("a", -1));
    assert_eq!(fixture.recognise(&charge("a", 0)), REUSED_ID);
    assert_eq!(fixture.recognise(&charge("a", -1_000)), OTHER_DUPLICATE);
}

#[test]
fn a_duplicate_that_differs_in_anything_remembered_is_recognised_as_such() {
    let first = || charge("a", 10_500).country("DK");
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&first());
    assert_eq!(fixture.recognise(&first()), DUPLICATE);
    assert_eq!(fixture.recognise(&first().original("b")), OTHER_DUPLICATE);
    let mut others = vec![
        first().time(10_501),
        first().amount(101),
        first().without_rate(),
        first().country("NO"),
        first().recurring(false),
    ];
    for change in [
        |message: &mut Message| message.tx.channel = Some(Channel::Ecommerce),
        |message: &mut Message| message.tx.terminal_id = Some("t".into()),
        |message: &mut Message| message.tx.device.ip = Some("203.0.113.9".into()),
        |message: &mut Message| message.tx.cardholder.account_id = Some("x".into()),
        |message: &mut Message| message.tx.card_present = Some(true),
        |message: &mut Message| message.tx.merchant.mcc = Some(5_651),
    ] {
        let mut other = first();
        change(&mut other);
        others.push(other);
    }
    for other in others {
        assert_eq!(fixture.recognise(&other), OTHER_DUPLICATE, "{other:?}");
    }
}

#[test]
fn a_duplicate_of_a_changed_charge_does_not_differ() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record_with(&charge("a", 10), Some(2));
    fixture.all([clearing("c", 20, 60).original("a"), reversal("r", 30, 60).original("c")]);
    assert_eq!(fixture.recognise(&charge("a", 10)), DUPLICATE);
}

#[test]
fn a_duplicate_adjustment_differs_by_amount_original_or_milliseconds() {
    let settled = || clearing("c", 10_500, 60).original("a");
    let reversed = || reversal("r", 10_500, 60).original("a");
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all([charge("a", 10), settled(), reversed()]);
    for first in [settled(), reversed()] {
        assert_eq!(fixture.recognise(&first), DUPLICATE);
        assert_eq!(fixture.recognise(&first.clone().country("DK")), DUPLICATE);
        assert_eq!(fixture.recognise(&first.clone().amount(61)), OTHER_DUPLICATE);
        assert_eq!(fixture.recognise(&first.clone().original("b")), OTHER_DUPLICATE);
        assert_eq!(fixture.recognise(&first.clone().time(10_501)), OTHER_DUPLICATE);
    }
}

#[test]
fn a_message_that_brings_the_missing_response_is_a_separate_response() {
    let reason = Response { approved: None, reason: Some(DeclineReason::Other) };
    for response in
        [charge("a", 10).approved(), charge("a", 10).declined(), charge("a", 10).response(reason)]
    {
        let mut fixture = MemoryFixture::new(LIMITS);
        fixture.record(&charge("a", 10));
        assert_eq!(fixture.recognise(&response), RESPONSE);
        fixture.record(&response);
        assert_eq!(fixture.recognise(&response), DUPLICATE, "it can come only once");
        assert_eq!(fixture.recognise(&charge("a", 10)), DUPLICATE, "what came before it");
        assert_eq!(fixture.recognise(&charge("a", 10).amount(7)), OTHER_DUPLICATE);
        assert_eq!(fixture.memory.usage().events, 1);
    }
}

#[test]
fn a_separate_response_with_another_millisecond_differs_and_changes_only_the_response() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("a", 10_500));
    assert_eq!(fixture.recognise(&charge("a", 10_500).declined()), RESPONSE);
    let response = charge("a", 10_900).declined();
    assert_eq!(fixture.recognise(&response), OTHER_RESPONSE);
    let response = response.amount(7).country("DK");
    assert_eq!(fixture.recognise(&response), OTHER_RESPONSE);
    assert_eq!(fixture.record(&response), Recorded::Kept);
    assert_eq!(fixture.charges(20_000), ["a 10500 100 declined"]);
    fixture.open(|card| {
        let recall = card.recall(Time(20_000));
        let event = recall.charges.iter().next().unwrap();
        assert_eq!(event.reason(), Some(DeclineReason::InsufficientFunds));
        assert_eq!(event.country(), None);
    });
}

#[test]
fn refunds_and_clearings_that_are_charges_have_separate_responses_too() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all([refund("f", 10), clearing("c", 20, 50), refund("f", 10).declined()]);
    assert_eq!(fixture.refunds(100), ["f 10 100 declined"]);
    fixture.record(&clearing("c", 20, 50).declined());
    assert_eq!(fixture.charges(100), ["c 20 50 declined"]);
}

#[test]
fn an_adjustment_has_no_separate_response() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all([charge("a", 10), reversal("r", 20, 40).original("a")]);
    assert_eq!(fixture.recognise(&reversal("r", 20, 40).original("a").approved()), DUPLICATE);
}

#[test]
fn a_response_is_not_replaced_by_another() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("a", 10).approved());
    assert_eq!(fixture.recognise(&charge("a", 10).approved()), DUPLICATE);
    assert_eq!(fixture.recognise(&charge("a", 10).declined()), OTHER_DUPLICATE);
}

#[test]
fn a_charge_declined_later_keeps_its_attempted_amount() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all([charge("a", 10), reversal("r", 20, 40).original("a")]);
    assert_eq!(fixture.charges(100), ["a 10 60/100"]);
    fixture.record(&charge("a", 10).declined());
    assert_eq!(fixture.charges(100), ["a 10 100 declined"]);
}

#[test]
fn a_separate_response_out_of_retention_changes_nothing() {
    let mut fixture = MemoryFixture::new(Limits { retention_ms: 1_000, ..LIMITS });
    fixture.all([charge("a", 10_900), charge("b", 12_000)]);
    fixture.advance_to(11_500);
    let response = charge("a", 10_200).declined();
    assert_eq!(fixture.recognise(&response), OTHER_RESPONSE);
    assert_eq!(fixture.record(&response), Recorded::TooOld);
    assert_eq!(fixture.charges(11_500), ["a 10900 100"]);
    fixture.open(|card| assert_eq!(card.recall(Time(11_500)).cut, None));
}

#[test]
fn an_original_id_means_the_message_at_the_same_merchant() {
    let released = reversal("r", 30_000, 40).original("a");
    let messages = [charge("a", 10_000).at("n"), charge("a", 20_000).at("o"), charge("a", 5_000)];
    let [n, o, m] = messages;
    let others = ["a 10000 100", "a 20000 100"];
    let check = |merchant: &str, expected: [&str; 3]| {
        let released = released.clone().at(merchant);
        check(&[n.clone(), o.clone(), m.clone(), released], &expected);
    };
    check("m", ["a 5000 60/100", others[0], others[1]]);
    check("n", ["a 5000 100", "a 10000 60/100", others[1]]);
    check("elsewhere", ["a 5000 100", others[0], "a 20000 60/100"]);
}

#[test]
fn an_original_id_means_an_authorization_rather_than_a_clearing() {
    let reversed = reversal("r", 30_000, 40).original("x");
    let messages = [charge("x", 10_000), clearing("x", 20_000, 100), reversed.clone()];
    check(&messages, &["x 10000 60/100", "x 20000 100"]);
    let elsewhere = [charge("x", 10_000).at("n"), clearing("x", 20_000, 100), reversed];
    check(&elsewhere, &["x 10000 100", "x 20000 60/100"]);
}

#[test]
fn an_original_id_means_the_latest_message_before_or_else_the_earliest_after() {
    let held = |time| charge("a", time);
    let released = |time| reversal("r", time, 40).original("a");
    let all = [held(10_000), held(20_000), held(30_000)];
    let check = |time, expected: [&str; 3]| {
        let mut messages = all.to_vec();
        messages.push(released(time));
        check(&messages, &expected);
    };
    check(25_000, ["a 10000 100", "a 20000 60/100", "a 30000 100"]);
    check(20_000, ["a 10000 100", "a 20000 60/100", "a 30000 100"]);
    check(19_999, ["a 10000 60/100", "a 20000 100", "a 30000 100"]);
    check(9_000, ["a 10000 60/100", "a 20000 100", "a 30000 100"]);
    check(99_000, ["a 10000 100", "a 20000 100", "a 30000 60/100"]);
}

#[test]
fn a_clearing_settles_its_authorization_in_any_order() {
    let cleared = clearing("c", 25_000, 70).original("a");
    let reversed = reversal("r", 26_000, 20).original("c");
    let messages = [charge("a", 10_000), charge("a", 20_000), cleared, reversed];
    check(&messages, &["a 10000 100", "a 20000 50/100"]);
}
