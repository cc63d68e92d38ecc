//! Tests of clearings and reversals that the cap or the retention evicts, or whose charge was cut.

use super::support::*;
use crate::memory::*;

#[test]
fn what_an_evicted_adjustment_added_stays() {
    let mut world = World::new(Limits { events_per_card: 2, ..LIMITS });
    world.record(&charge("a", 10));
    let part = |n: i64| clearing(&format!("c{n}"), 20 + n, 10).original("a");
    world.all((0..5).map(part));
    assert_eq!(world.charges(100), ["a 10 50/100"]);
    world.all((5..18).map(part));
    assert_eq!(world.charges(100), ["a 10 180/100"]);
    assert!(!world.remembers(&part(1)) && world.remembers(&part(2)));
    world.record(&reversal("r", 40, 180).original("c17"));
    assert_eq!(world.charges(100), ["a 10 0/100 reversed"]);
    assert_eq!(world.memory.usage().evicted_waiting, 0);
}

#[test]
fn a_clearing_beyond_the_cap_is_known_while_its_charge_is_kept() {
    let mut world = World::new(Limits { events_per_card: 2, ..LIMITS });
    world.record(&charge("a", 10));
    let part = |n: i64| clearing(&format!("c{n}"), 20 + n, 10).original("a");
    world.all((0..5).map(part));
    assert!((0..5).all(|n| world.remembers(&part(n))));
    world.record(&reversal("r", 30, 10).original("c0"));
    assert_eq!(world.charges(100), ["a 10 40/100"]);
    assert!(world.remembers(&reversal("r", 30, 10)));
    world.all([charge("b", 50), charge("c", 60), charge("d", 70)]);
    assert!(world.remembers(&part(4)), "as many as the cap are kept longer than their charge");
    assert!(!world.remembers(&part(0)) && !world.remembers(&part(3)));
}

#[test]
fn a_busy_card_keeps_no_more_adjustments_than_its_charges_need() {
    let mut world = World::new(Limits { events_per_card: 4, ..LIMITS });
    for n in 0..100 {
        world.record(&charge(&format!("a{n}"), 10 * n));
        world.record(&clearing(&format!("c{n}"), 10 * n + 5, 70).original(&format!("a{n}")));
    }
    let known = (0..100).filter(|n| world.remembers(&clearing(&format!("c{n}"), 10 * n + 5, 70)));
    assert_eq!(known.collect::<Vec<_>>(), [95, 96, 97, 98, 99]);
}

#[test]
fn what_an_adjustment_older_than_a_full_list_adds_stays_too() {
    let mut world = World::new(Limits { events_per_card: 1, ..LIMITS });
    world.record(&charge("a", 10));
    world.all((0..8).map(|n| clearing(&format!("c{n}"), 30 + n, 5).original("a")));
    let older = clearing("d", 20, 30).original("a");
    assert_eq!(world.record(&older), Recorded::TooOld);
    assert_eq!(world.charges(100), ["a 10 70/100"]);
    assert!(!world.remembers(&older));
}

#[test]
fn adjustments_evicted_while_they_wait_are_counted() {
    let mut world = World::new(Limits { events_per_card: 1, ..LIMITS });
    world.record(&reversal("r", 10, 40).original("a"));
    world.all((0..7).map(|n| reversal(&format!("s{n}"), 20 + n, 40).original("b")));
    assert_eq!(world.memory.usage().evicted_waiting, 0);
    world.record(&reversal("t", 30, 40).original("b"));
    assert_eq!(world.memory.usage().evicted_waiting, 1);
    world.record(&charge("a", 5));
    assert_eq!(world.charges(100), ["a 5 100"], "the reversal of it is gone");
}

#[test]
fn what_waits_longer_than_the_cap_remembers_charges_is_evicted_first() {
    let mut world = World::new(Limits { events_per_card: 2, ..LIMITS });
    world.all([reversal("r", 10, 40).original("a"), reversal("s", 25, 40).original("b")]);
    world.all([charge("x", 20), charge("y", 22), charge("z", 30)]);
    assert_eq!(world.memory.usage().evicted_waiting, 0, "the cap is not exceeded");
    world.record(&reversal("t", 50, 40).original("y"));
    assert_eq!(world.memory.usage().evicted_waiting, 1);
    assert!(world.remembers(&reversal("s", 25, 40)) && !world.remembers(&reversal("r", 10, 40)));
}

#[test]
fn what_an_expired_adjustment_added_stays() {
    let mut world = World::new(Limits { retention_ms: 100, ..LIMITS });
    world.all([clearing("c", 10, 30).original("a"), charge("a", 50)]);
    world.advance_to(120);
    world.record(&clearing("d", 130, 20).original("a"));
    assert_eq!(world.charges(140), ["a 50 50/100"]);
    assert!(!world.remembers(&clearing("c", 10, 30)));
}

#[test]
fn a_reversal_bound_by_the_very_clearing_that_pushes_it_out_still_counts() {
    let mut world = World::new(Limits { events_per_card: 1, ..LIMITS });
    world.all([charge("a", 10), reversal("r", 20, 40).original("c")]);
    assert_eq!(world.charges(100), ["a 10 100"]);
    world.record(&clearing("c", 30, 90).original("a"));
    assert_eq!(world.charges(100), ["a 10 50/100"]);
    world.record(&clearing("d", 40, 10).original("a"));
    assert_eq!(world.charges(100), ["a 10 60/100"]);
}

#[test]
fn what_refers_to_a_charge_that_was_cut_is_not_bound_to_another_of_the_same_id() {
    let mut world = World::new(Limits { events_per_card: 2, ..LIMITS });
    world.all([charge("a", 5_000), reversal("r", 6_000, 40).original("a")]);
    world.all([charge("x", 7_000), charge("y", 8_000)]);
    assert_eq!(world.charges(9_000), ["x 7000 100", "y 8000 100"]);
    world.record(&charge("a", 9_000));
    assert_eq!(world.charges(9_000), ["y 8000 100", "a 9000 100"]);
}

#[test]
fn a_clearing_whose_authorization_the_cap_may_have_cut_is_in_no_list() {
    let limits = Limits { events_per_card: 1, retention_ms: 1_000, ..LIMITS };
    let mut world = World::new(limits);
    world.all([charge("a", 10), charge("b", 20)]);
    let unknown = clearing("c", 30, 90).original("a");
    world.open(|card| assert_eq!(card.role(&unknown.tx), Role::Unlisted));
    let without_original = clearing("c", 30, 90);
    world.open(|card| assert_eq!(card.role(&without_original.tx), Role::Charge));
    for (time, role) in [(1_009, Role::Unlisted), (1_010, Role::Charge)] {
        let later = unknown.clone().time(time);
        world.open(|card| assert_eq!(card.role(&later.tx), role, "at {time}"));
    }
    world.record(&unknown);
    assert_eq!(world.charges(100), ["b 20 100"]);
    assert!(world.remembers(&unknown));
}

#[test]
fn an_unlisted_clearing_settles_its_authorization_when_that_comes() {
    let mut world = World::new(Limits { events_per_card: 2, ..LIMITS });
    world.all([charge("x", 5), charge("y", 6), charge("z", 7)]);
    world.record(&clearing("c", 30, 90).original("a"));
    world.record(&reversal("r", 40, 20).original("c"));
    world.record(&charge("a", 10));
    assert_eq!(world.charges(100), ["z 7 100", "a 10 70/100"]);
}

#[test]
fn a_charge_without_a_rate_is_not_reversed_once_a_part_of_what_was_taken_back_is_forgotten() {
    let held = || charge("a", 10).foreign("CHF", 100, None);
    let released =
        |id: &str, time, currency| reversal(id, time, 0).original("a").foreign(currency, 13, None);
    let parts = || (0..8).map(|n| released(&format!("r{n}"), 20 + n, "CHF"));
    let mut world = World::new(Limits { events_per_card: 1, ..LIMITS });
    world.record(&held());
    world.all(parts());
    assert_eq!(world.charges(100), ["a 10 0/? reversed"]);
    world.record(&reversal("w", 50, 1).original("x"));
    assert_eq!(world.charges(100), ["a 10 ?"]);
    let mut world = World::new(Limits { events_per_card: 1, ..LIMITS });
    world.all([held(), released("e", 15, "EUR")]);
    world.all(parts());
    assert!(!world.remembers(&released("e", 15, "EUR")));
    assert_eq!(world.charges(100), ["a 10 ?"]);
}
