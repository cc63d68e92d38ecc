//! Tests of clearings and reversals: the resulting charge, in every order of arrival.

use super::orders::permutations;
use super::support::*;
use crate::memory::*;
use crate::transaction::Time;

/// Records the messages in every order, and expects the same charges each time.
#[track_caller]
pub fn check(messages: &[Message], charges: &[&str]) {
    for order in permutations(messages.len()) {
        let mut fixture = MemoryFixture::new(LIMITS);
        fixture.all(order.iter().map(|at| messages[*at].clone()));
        assert_eq!(fixture.charges(1_000_000), charges, "in the order {order:?}");
    }
}

#[test]
fn a_fully_reversed_charge_remains_as_an_attempt() {
    let reversed = reversal("r", 30, 100).original("a");
    check(&[charge("a", 10), charge("b", 20), reversed], &["a 10 0/100 reversed", "b 20 100"]);
}

#[test]
fn six_reversed_probes_stay_six_attempts() {
    let mut fixture = MemoryFixture::new(LIMITS);
    for n in 0..6 {
        let id = format!("p{n}");
        fixture.record(&charge(&id, 20 * n).amount(100));
        fixture.record(&reversal(&format!("r{n}"), 20 * n + 10, 100).original(&id));
    }
    let probes: Vec<_> = (0..6).map(|n| format!("p{n} {} 0/100 reversed", 20 * n)).collect();
    assert_eq!(fixture.charges(1_000), probes);
}

#[test]
fn a_partial_reversal_reduces_its_charge() {
    check(&[charge("a", 10), reversal("r", 30, 40).original("a")], &["a 10 60/100"]);
}

#[test]
fn partial_reversals_that_add_up_reverse_the_charge() {
    let parts = [60, 40].map(|part| reversal(&format!("r{part}"), 30, part).original("a"));
    let messages = [charge("a", 10), parts[0].clone(), parts[1].clone()];
    check(&messages, &["a 10 0/100 reversed"]);
}

#[test]
fn a_charge_is_reversed_from_99_percent_on() {
    let released = |amount| [charge("a", 10), reversal("r", 30, amount).original("a")];
    check(&released(98), &["a 10 2/100"]);
    check(&released(99), &["a 10 0/100 reversed"]);
    check(&released(1_000), &["a 10 0/100 reversed"]);
    let of_299 = |amount| [charge("a", 10).amount(299), reversal("r", 30, amount).original("a")];
    check(&of_299(296), &["a 10 3/299"]);
    check(&of_299(297), &["a 10 0/299 reversed"]);
}

#[test]
fn a_reversal_at_the_time_of_its_charge_counts() {
    let reversed = reversal("r", 10, 100).original("a");
    check(&[charge("a", 10), reversed], &["a 10 0/100 reversed"]);
}

#[test]
fn a_charge_stays_without_an_amount_if_a_part_that_counts_has_no_rate() {
    let released = reversal("r", 30, 40).original("a");
    check(&[charge("a", 10), released.clone().without_rate()], &["a 10 ?/100"]);
    check(&[charge("a", 10).without_rate(), released.clone()], &["a 10 ?"]);
    check(&[charge("a", 10).without_rate(), released.without_rate()], &["a 10 ?"]);
    let cleared = clearing("c", 30, 90).original("a");
    check(&[charge("a", 10), cleared.without_rate()], &["a 10 ?/100"]);
}

#[test]
fn a_charge_without_a_rate_is_reversed_by_what_was_taken_back_in_its_own_currency() {
    let held = charge("a", 10).foreign("CHF", 100, None);
    let raised = charge("i", 20).foreign("CHF", 50, None).original("a");
    let released = |minor| reversal("r", 30, 0).original("a").foreign("CHF", minor, None);
    check(&[held.clone(), released(99)], &["a 10 0/? reversed"]);
    check(&[held.clone(), released(98)], &["a 10 ?"]);
    check(&[held.clone(), raised.clone(), released(140)], &["a 10 ?"]);
    check(&[held.clone(), raised, released(150)], &["a 10 0/? reversed"]);
    let cleared = clearing("c", 20, 0).original("a").foreign("CHF", 90, None);
    check(&[held.clone(), cleared.clone(), released(100)], &["a 10 ?"]);
    let given_back = reversal("g", 40, 0).original("c").foreign("CHF", 90, None);
    check(&[held, cleared, given_back], &["a 10 0/? reversed"]);
}

#[test]
fn what_was_taken_back_in_another_currency_needs_a_rate() {
    let held = charge("a", 10).foreign("CHF", 100, None);
    let in_euros = reversal("r", 30, 0).original("a").foreign("EUR", 100, None);
    check(&[held.clone(), in_euros], &["a 10 ?"]);
    check(&[held.clone(), reversal("r", 30, 100).original("a")], &["a 10 ?"]);
    let declined = held.declined();
    let released = reversal("r", 30, 0).original("a").foreign("CHF", 100, None);
    check(&[declined, released], &["a 10 ? declined"]);
}

#[test]
fn a_part_that_does_not_count_needs_no_rate() {
    let released = reversal("r", 30, 40).original("a").without_rate();
    let cleared = clearing("c", 20, 60).original("a");
    check(&[charge("a", 10), cleared.clone(), released], &["a 10 60/100"]);
    check(&[charge("a", 10).without_rate(), cleared], &["a 10 60/?"]);
}

#[test]
fn a_reversal_uses_the_rate_of_its_original() {
    let held = charge("a", 10).foreign("EUR", 200, Some(220));
    let released = |minor, base| reversal("r", 30, 0).original("a").foreign("EUR", minor, base);
    check(&[held.clone(), released(200, Some(210))], &["a 10 0/220 reversed"]);
    check(&[held.clone(), released(100, Some(130))], &["a 10 110/220"]);
    check(&[held.clone(), released(100, None)], &["a 10 110/220"]);
    let in_dollars = reversal("r", 30, 100).original("a");
    check(&[held, in_dollars], &["a 10 120/220"]);
}

#[test]
fn half_a_reversed_minor_unit_is_rounded_to_even() {
    let held = charge("a", 10).foreign("EUR", 2, Some(101));
    let released = reversal("r", 30, 0).original("a").foreign("EUR", 1, Some(1));
    check(&[held, released.clone()], &["a 10 51/101"]);
    let held = charge("a", 10).foreign("EUR", 2, Some(103));
    check(&[held, released], &["a 10 51/103"]);
}

#[test]
fn a_reversal_of_a_clearing_has_the_rate_of_the_clearing() {
    let held = charge("a", 10).foreign("EUR", 100, Some(110));
    let cleared = clearing("c", 20, 0).original("a").foreign("EUR", 100, Some(120));
    let refunded = reversal("r", 30, 0).original("c").foreign("EUR", 100, Some(100));
    check(&[held, cleared, refunded], &["a 10 0/110 reversed"]);
}

#[test]
fn an_account_check_of_amount_zero_has_nothing_to_reverse() {
    check(&[charge("a", 10).amount(0), reversal("r", 30, 0).original("a")], &["a 10 0"]);
}

#[test]
fn sums_beyond_64_bits_are_as_large_as_they_can_be() {
    let huge = charge("a", 10).amount(i64::MAX);
    let more = charge("b", 20).amount(i64::MAX).original("a");
    check(&[huge.clone(), more], &[&format!("a 10 {}", i64::MAX)]);
    let all_but_one = reversal("r", 30, i64::MAX - 1).original("a");
    check(&[huge, all_but_one], &[&format!("a 10 0/{} reversed", i64::MAX)]);
}

#[test]
fn a_reversal_of_something_else_changes_nothing() {
    check(&[charge("a", 10), reversal("r", 30, 100).original("b")], &["a 10 100"]);
    check(&[charge("a", 10), reversal("r", 30, 100)], &["a 10 100"]);
}

#[test]
fn a_refund_of_a_charge_takes_nothing_from_it() {
    check(&[charge("a", 10), refund("f", 30).original("a")], &["a 10 100"]);
}

#[test]
fn a_declined_charge_has_nothing_to_give_back() {
    let declined = charge("a", 10).declined();
    let messages = [declined.clone(), reversal("r", 30, 100).original("a")];
    check(&messages, &["a 10 100 declined"]);
    check(&[declined, clearing("c", 30, 40).original("a")], &["a 10 100 declined"]);
}

#[test]
fn a_clearing_and_its_authorization_are_one_charge() {
    check(&[charge("a", 10), clearing("c", 30, 90).original("a")], &["a 10 90/100"]);
    check(&[charge("a", 10), clearing("c", 5, 120).original("a")], &["a 10 120/100"]);
}

#[test]
fn partial_clearings_add_up() {
    let first = clearing("c1", 30, 40).original("a");
    let second = clearing("c2", 40, 35).original("a");
    check(&[charge("a", 10), first, second], &["a 10 75/100"]);
}

#[test]
fn a_clearing_of_amount_zero_captures_nothing() {
    check(&[charge("a", 10), clearing("c", 30, 0).original("a")], &["a 10 100"]);
}

#[test]
fn what_is_left_of_a_hold_is_released_and_what_was_captured_stays() {
    let captured = clearing("c", 20, 60).original("a");
    let released = reversal("r", 30, 40).original("a");
    check(&[charge("a", 10), captured, released], &["a 10 60/100"]);
}

#[test]
fn a_fuel_pump_costs_what_was_captured_of_its_hold() {
    let captured = clearing("c", 20, 35).original("a");
    let released = reversal("r", 30, 100).original("a");
    check(&[charge("a", 10), captured, released], &["a 10 35/100"]);
}

#[test]
fn a_hold_that_is_released_after_it_was_captured_in_full_was_captured() {
    let captured = clearing("c", 20, 100).original("a");
    let released = reversal("r", 30, 100).original("a");
    check(&[charge("a", 10), captured, released], &["a 10 100"]);
}

#[test]
fn a_reversal_of_a_clearing_gives_back_what_was_captured() {
    let captured = clearing("c", 20, 80).original("a");
    let given_back = |amount| reversal("r", 30, amount).original("c");
    check(&[charge("a", 10), captured.clone(), given_back(30)], &["a 10 50/100"]);
    check(&[charge("a", 10), captured.clone(), given_back(80)], &["a 10 0/100 reversed"]);
    let released = reversal("s", 40, 20).original("a");
    check(&[charge("a", 10), captured, given_back(30), released], &["a 10 50/100"]);
}

#[test]
fn a_clearing_without_an_authorization_is_a_charge() {
    let unknown = clearing("d", 40, 80).original("a");
    check(&[clearing("c", 30, 70), unknown], &["c 30 70", "d 40 80"]);
}

#[test]
fn a_reversal_of_a_clearing_on_its_own_takes_from_it() {
    let cleared = || clearing("c", 30, 80);
    check(&[cleared(), reversal("r", 40, 30).original("c")], &["c 30 50/80"]);
    check(&[cleared(), reversal("r", 40, 80).original("c")], &["c 30 0/80 reversed"]);
}

#[test]
fn a_reversal_that_comes_first_waits_for_its_charge() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all([reversal("r", 30, 40).original("a"), charge("b", 20)]);
    assert_eq!(fixture.charges(100), ["b 20 100"]);
    assert_eq!(fixture.record(&charge("a", 10)), Recorded::KeptLate);
    assert_eq!(fixture.charges(100), ["a 10 60/100", "b 20 100"]);
}

#[test]
fn a_duplicate_partial_clearing_is_not_added_twice() {
    let mut fixture = MemoryFixture::new(LIMITS);
    let cleared = clearing("c", 30, 40).original("a");
    fixture.all([charge("a", 10), cleared.clone()]);
    assert!(fixture.remembers(&cleared));
    fixture.record(&clearing("c2", 40, 1).original("a"));
    assert_eq!(fixture.charges(100), ["a 10 41/100"]);
    assert!(fixture.remembers(&cleared));
}

#[test]
fn a_clearing_that_became_part_of_a_late_authorization_is_still_recognised() {
    let mut fixture = MemoryFixture::new(LIMITS);
    let cleared = clearing("c", 30, 90).original("a");
    fixture.record(&cleared);
    assert_eq!(fixture.charges(100), ["c 30 90"]);
    fixture.record(&charge("a", 10));
    assert_eq!(fixture.charges(100), ["a 10 90/100"]);
    assert!(fixture.remembers(&cleared) && fixture.remembers(&charge("a", 10)));
    fixture.open(|card| assert_eq!(card.recall(Time(100)).cut, None));
}

#[test]
fn a_reversed_charge_is_recognised_and_its_clearing_settles_it() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.all([charge("a", 10), reversal("r", 20, 100).original("a")]);
    assert!(fixture.remembers(&charge("a", 10)));
    let cleared = clearing("c", 15, 70).original("a");
    fixture.open(|card| assert_eq!(card.role(&cleared.tx), Role::Settles));
    fixture.record(&cleared);
    assert_eq!(fixture.charges(100), ["a 10 70/100"]);
}

#[test]
fn the_roles_are_those_of_the_messages() {
    let mut fixture = MemoryFixture::new(LIMITS);
    fixture.record(&charge("a", 10));
    for (message, role) in [
        (charge("b", 20), Role::Charge),
        (charge("b", 20).original("a"), Role::Charge),
        (refund("b", 20), Role::Refund),
        (refund("b", 20).original("a"), Role::Refund),
        (reversal("b", 20, 1).original("not here"), Role::Reverses),
        (clearing("b", 20, 1), Role::Charge),
        (clearing("b", 20, 1).original("not here"), Role::Charge),
        (clearing("b", 20, 1).original("a"), Role::Settles),
    ] {
        fixture.open(|card| assert_eq!(card.role(&message.tx), role, "{:?}", message.tx.kind));
    }
}
