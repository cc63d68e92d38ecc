//! Clearings and reversals: what becomes of a charge, in whichever order they come.

use super::support::*;
use crate::memory::*;

/// Records the messages in each order given by name, and expects the same charges of all.
fn check(messages: &[Message], charges: &[&str]) {
    for order in permutations(messages.len()) {
        let mut world = World::new(LIMITS);
        world.all(order.iter().map(|at| messages[*at].clone()));
        assert_eq!(world.charges(1_000), charges, "in the order {order:?}");
    }
}

fn permutations(len: usize) -> Vec<Vec<usize>> {
    if len == 0 {
        return vec![vec![]];
    }
    let shorter = permutations(len - 1);
    let put_last = |order: &Vec<usize>, at: usize| {
        let mut order = order.clone();
        order.insert(at, len - 1);
        order
    };
    shorter.iter().flat_map(|order| (0..len).map(move |at| put_last(order, at))).collect()
}

#[test]
fn a_full_reversal_takes_its_charge_out() {
    check(&[charge("a", 10), charge("b", 20), reversal("r", 30, 100).original("a")], &["b 20 100"]);
}

#[test]
fn a_partial_reversal_reduces_its_charge() {
    check(&[charge("a", 10), reversal("r", 30, 40).original("a")], &["a 10 60"]);
}

#[test]
fn partial_reversals_that_add_up_take_the_charge_out() {
    let parts = [60, 40].map(|part| reversal(&format!("r{part}"), 30, part).original("a"));
    check(&[charge("a", 10), parts[0].clone(), parts[1].clone()], &[]);
}

#[test]
fn a_reversal_at_the_time_of_its_charge_counts() {
    check(&[charge("a", 10), reversal("r", 10, 100).original("a")], &[]);
}

#[test]
fn a_reversal_without_a_rate_is_a_full_one() {
    check(&[charge("a", 10), reversal("r", 30, 0).amount(None).original("a")], &[]);
}

#[test]
fn a_charge_without_a_rate_is_taken_out_by_any_reversal() {
    check(&[charge("a", 10).amount(None), reversal("r", 30, 40).original("a")], &[]);
}

#[test]
fn a_zero_amount_check_is_taken_out_by_its_reversal() {
    check(&[charge("a", 10).amount(Some(0)), reversal("r", 30, 0).original("a")], &[]);
}

#[test]
fn a_reversal_of_something_else_changes_nothing() {
    check(&[charge("a", 10), reversal("r", 30, 100).original("b")], &["a 10 100"]);
    check(&[charge("a", 10), reversal("r", 30, 100)], &["a 10 100"]);
}

#[test]
fn a_clearing_and_its_authorization_are_one_charge() {
    check(&[charge("a", 10), clearing("c", 30, 90).original("a")], &["a 10 90"]);
}

#[test]
fn partial_clearings_add_up() {
    let first = clearing("c1", 30, 40).original("a");
    check(&[charge("a", 10), first, clearing("c2", 40, 35).original("a")], &["a 10 75"]);
}

#[test]
fn a_reversal_takes_from_what_was_cleared_before_it() {
    let cleared = clearing("c", 30, 80).original("a");
    check(&[charge("a", 10), cleared, reversal("r", 40, 50).original("a")], &["a 10 30"]);
}

#[test]
fn a_clearing_replaces_what_a_reversal_before_it_left() {
    let reversed = reversal("r", 30, 50).original("a");
    check(&[charge("a", 10), reversed, clearing("c", 40, 50).original("a")], &["a 10 50"]);
}

#[test]
fn a_clearing_after_a_full_reversal_charges_anew() {
    let reversed = reversal("r", 30, 100).original("a");
    check(&[charge("a", 10), reversed, clearing("c", 40, 70).original("a")], &["a 10 70"]);
}

#[test]
fn a_clearing_without_an_authorization_is_a_charge() {
    check(&[clearing("c", 30, 70), clearing("d", 40, 80).original("a")], &["c 30 70", "d 40 80"]);
}

#[test]
fn a_reversal_of_a_clearing_takes_from_the_charge_that_it_settled() {
    let cleared = clearing("c", 30, 80).original("a");
    check(&[charge("a", 10), cleared, reversal("r", 40, 30).original("c")], &["a 10 50"]);
}

#[test]
fn a_reversal_of_a_clearing_on_its_own_takes_from_it() {
    check(&[clearing("c", 30, 80), reversal("r", 40, 30).original("c")], &["c 30 50"]);
    check(&[clearing("c", 30, 80), reversal("r", 40, 80).original("c")], &[]);
}

#[test]
fn a_reversal_that_comes_first_waits_for_its_charge() {
    let mut world = World::new(LIMITS);
    world.all([reversal("r", 30, 40).original("a"), charge("b", 20)]);
    assert_eq!(world.charges(100), ["b 20 100"]);
    assert_eq!(world.record(&charge("a", 10)), Recorded::KeptLate);
    assert_eq!(world.charges(100), ["a 10 60", "b 20 100"]);
}

#[test]
fn a_redelivered_partial_clearing_is_not_added_twice() {
    let mut world = World::new(LIMITS);
    let cleared = clearing("c", 30, 40).original("a");
    world.all([charge("a", 10), cleared.clone()]);
    assert!(world.remembers(&cleared));
    world.record(&clearing("c2", 40, 1).original("a"));
    assert_eq!(world.charges(100), ["a 10 41"]);
    assert!(world.remembers(&cleared));
}

#[test]
fn a_clearing_that_became_part_of_a_late_authorization_is_still_recognised() {
    let mut world = World::new(LIMITS);
    let cleared = clearing("c", 30, 90).original("a");
    world.record(&cleared);
    assert_eq!(world.charges(100), ["c 30 90"]);
    world.record(&charge("a", 10));
    assert_eq!(world.charges(100), ["a 10 90"]);
    assert!(world.remembers(&cleared) && world.remembers(&charge("a", 10)));
}

#[test]
fn a_reversed_charge_is_recognised_and_its_clearing_settles_it() {
    let mut world = World::new(LIMITS);
    world.all([charge("a", 10), reversal("r", 20, 100).original("a")]);
    assert!(world.remembers(&charge("a", 10)));
    let cleared = clearing("c", 15, 100).original("a");
    world.open(|card| assert_eq!(card.role(&cleared.tx), Role::Settles));
    world.record(&cleared);
    assert_eq!(world.charges(100), [""; 0], "reversed after it was cleared, by the times");
}

#[test]
fn the_roles_are_those_of_the_messages() {
    let mut world = World::new(LIMITS);
    world.record(&charge("a", 10));
    for (message, role) in [
        (charge("b", 20), Role::Charge),
        (refund("b", 20), Role::Refund),
        (reversal("b", 20, 1).original("not here"), Role::Reverses),
        (clearing("b", 20, 1), Role::Charge),
        (clearing("b", 20, 1).original("not here"), Role::Charge),
        (clearing("b", 20, 1).original("a"), Role::Settles),
    ] {
        world.open(|card| assert_eq!(card.role(&message.tx), role, "{:?}", message.tx.kind));
    }
}

#[test]
fn a_clearing_whose_authorization_was_cut_is_a_charge() {
    let mut world = World::new(Limits { events_per_card: 1, ..LIMITS });
    world.all([charge("a", 10), charge("b", 20)]);
    let cleared = clearing("c", 30, 90).original("a");
    world.open(|card| assert_eq!(card.role(&cleared.tx), Role::Charge));
}

#[test]
fn what_a_cut_clearing_said_still_counts() {
    let mut world = World::new(Limits { events_per_card: 2, ..LIMITS });
    world.record(&charge("a", 10));
    world.all((0..5).map(|n| clearing(&format!("c{n}"), 20 + n, 10).original("a")));
    assert_eq!(world.charges(100), ["a 10 50"]);
    world.record(&reversal("r", 30, 50).original("a"));
    assert_eq!(world.charges(100), [""; 0]);
}

#[test]
fn a_reversal_bound_by_the_very_clearing_that_pushes_it_out_still_counts() {
    let mut world = World::new(Limits { events_per_card: 1, ..LIMITS });
    world.all([charge("a", 10), reversal("r", 20, 40).original("c")]);
    assert_eq!(world.charges(100), ["a 10 100"]);
    world.record(&clearing("c", 30, 90).original("a"));
    assert_eq!(world.charges(100), ["a 10 90"], "reversed to 60 first, then cleared at 90");
    world.record(&clearing("d", 40, 10).original("a"));
    assert_eq!(world.charges(100), ["a 10 100"]);
}
