//! Tests of clearings and reversals that the cap or the retention evicts, or whose charge was cut.

use super::support::*;
use crate::memory::*;
use crate::transaction::Time;

#[test]
fn what_an_evicted_adjustment_added_stays() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.record(&charge("a", 10));
    let part = |n: i64| clearing(&format!("c{n}"), 20 + n, 10).original("a");
    fixture.all((0..5).map(part));
    assert_eq!(fixture.charges(100), ["a 10 50/100"]);
    fixture.all((5..18).map(part));
    assert_eq!(fixture.charges(100), ["a 10 180/100"]);
    assert!(!fixture.remembers(&part(1)) && fixture.remembers(&part(2)));
    fixture.record(&reversal("r", 40, 180).original("c17"));
    assert_eq!(fixture.charges(100), ["a 10 0/100 reversed"]);
    assert_eq!(fixture.memory.usage().evicted_waiting, 0);
}

#[test]
fn a_clearing_beyond_the_cap_is_known_while_its_charge_is_kept() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.record(&charge("a", 10));
    let part = |n: i64| clearing(&format!("c{n}"), 20 + n, 10).original("a");
    fixture.all((0..5).map(part));
    assert!((0..5).all(|n| fixture.remembers(&part(n))));
    fixture.record(&reversal("r", 30, 10).original("c0"));
    assert_eq!(fixture.charges(100), ["a 10 40/100"]);
    assert!(fixture.remembers(&reversal("r", 30, 10)));
    fixture.all([charge("b", 50), charge("c", 60), charge("d", 70)]);
    assert!(fixture.remembers(&part(4)), "as many as the cap are kept longer than their charge");
    assert!(!fixture.remembers(&part(0)) && !fixture.remembers(&part(3)));
}

#[test]
fn a_busy_card_keeps_no_more_adjustments_than_its_charges_need() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 4, ..LIMITS });
    for n in 0..100 {
        fixture.record(&charge(&format!("a{n}"), 10 * n));
        fixture.record(&clearing(&format!("c{n}"), 10 * n + 5, 70).original(&format!("a{n}")));
    }
    let known = (0..100).filter(|n| fixture.remembers(&clearing(&format!("c{n}"), 10 * n + 5, 70)));
    assert_eq!(known.collect::<Vec<_>>(), [95, 96, 97, 98, 99]);
}

#[test]
fn what_an_adjustment_older_than_a_full_list_adds_stays_too() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 1, ..LIMITS });
    fixture.record(&charge("a", 10));
    fixture.all((0..8).map(|n| clearing(&format!("c{n}"), 30 + n, 5).original("a")));
    let older = clearing("d", 20, 30).original("a");
    assert_eq!(fixture.record(&older), Recorded::TooOld);
    assert_eq!(fixture.charges(100), ["a 10 70/100"]);
    assert!(!fixture.remembers(&older));
}

#[test]
fn adjustments_evicted_while_they_wait_are_counted() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 1, ..LIMITS });
    fixture.record(&reversal("r", 10, 40).original("a"));
    fixture.all((0..7).map(|n| reversal(&format!("s{n}"), 20 + n, 40).original("b")));
    assert_eq!(fixture.memory.usage().evicted_waiting, 0);
    fixture.record(&reversal("t", 30, 40).original("b"));
    assert_eq!(fixture.memory.usage().evicted_waiting, 1);
    fixture.record(&charge("a", 5));
    assert_eq!(fixture.charges(100), ["a 5 100"], "the reversal of it is gone");
}

#[test]
fn what_waits_longer_than_the_cap_remembers_charges_is_evicted_first() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.all([reversal("r", 10, 40).original("a"), reversal("s", 25, 40).original("b")]);
    fixture.all([charge("x", 20), charge("y", 22), charge("z", 30)]);
    assert_eq!(fixture.memory.usage().evicted_waiting, 0, "the cap is not exceeded");
    fixture.record(&reversal("t", 50, 40).original("y"));
    assert_eq!(fixture.memory.usage().evicted_waiting, 1);
    assert!(
        fixture.remembers(&reversal("s", 25, 40)) && !fixture.remembers(&reversal("r", 10, 40))
    );
}

#[test]
fn what_an_expired_adjustment_added_stays() {
    let mut fixture = MemoryFixture::new(Limits { retention_ms: 100, ..LIMITS });
    fixture.all([clearing("c", 10, 30).original("a"), charge("a", 50)]);
    fixture.advance_to(120);
    fixture.record(&clearing("d", 130, 20).original("a"));
    assert_eq!(fixture.charges(140), ["a 50 50/100"]);
    assert!(!fixture.remembers(&clearing("c", 10, 30)));
}

#[test]
fn a_reversal_bound_by_the_very_clearing_that_pushes_it_out_still_counts() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 1, ..LIMITS });
    fixture.all([charge("a", 10), reversal("r", 20, 40).original("c")]);
    assert_eq!(fixture.charges(100), ["a 10 100"]);
    fixture.record(&clearing("c", 30, 90).original("a"));
    assert_eq!(fixture.charges(100), ["a 10 50/100"]);
    fixture.record(&clearing("d", 40, 10).original("a"));
    assert_eq!(fixture.charges(100), ["a 10 60/100"]);
}

#[test]
fn what_refers_to_a_charge_that_was_cut_is_not_bound_to_another_of_the_same_id() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.all([charge("a", 5_000), reversal("r", 6_000, 40).original("a")]);
    fixture.all([charge("x", 7_000), charge("y", 8_000)]);
    assert_eq!(fixture.charges(9_000), ["x 7000 100", "y 8000 100"]);
    fixture.record(&charge("a", 9_000));
    assert_eq!(fixture.charges(9_000), ["y 8000 100", "a 9000 100"]);
}

#[test]
fn a_clearing_whose_authorization_the_cap_may_have_cut_is_in_no_list() {
    let limits = Limits { events_per_card: 1, retention_ms: 1_000, ..LIMITS };
    let mut fixture = MemoryFixture::new(limits);
    fixture.all([charge("a", 10), charge("b", 20)]);
    let unknown = clearing("c", 30, 90).original("a");
    fixture.open(|card| assert_eq!(card.role(&unknown.tx), Role::Unlisted));
    let without_original = clearing("c", 30, 90);
    fixture.open(|card| assert_eq!(card.role(&without_original.tx), Role::Charge));
    for (time, role) in [(1_009, Role::Unlisted), (1_010, Role::Charge)] {
        let later = unknown.clone().time(time);
        fixture.open(|card| assert_eq!(card.role(&later.tx), role, "at {time}"));
    }
    fixture.record(&unknown);
    assert_eq!(fixture.charges(100), ["b 20 100"]);
    assert!(fixture.remembers(&unknown));
}

/// Merging makes room, so the authorization is not older than what the cap keeps.
#[test]
fn an_authorization_is_merged_with_what_waits_for_it_before_the_cap_applies() {
    let capped = || MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    let follow_up = || charge("i", 16_000).amount(50).original("a");
    let late = || charge("a", 3_000);
    for (waiting, merged) in [
        (clearing("c", 16_000, 90).original("a"), "a 3000 90/100"),
        (follow_up(), "a 3000 150/100"),
    ] {
        let orders = [
            [waiting.clone(), charge("b", 10_000), late()],
            [charge("b", 10_000), waiting.clone(), late()],
            [late(), charge("b", 10_000), waiting],
        ];
        for messages in orders {
            let mut fixture = capped();
            fixture.all(messages);
            assert_eq!(fixture.charges(20_000), [merged, "b 10000 100"]);
            fixture.open(|card| assert_eq!(card.recall(Time(20_000)).cut, None));
        }
    }
    // One that is not older than the rest, with another that is.
    let mut fixture = capped();
    fixture.all([charge("x", 1_000), follow_up(), late()]);
    assert_eq!(fixture.charges(20_000), ["x 1000 100", "a 3000 150/100"]);
    // What waits is not in the list, so it makes no room.
    let mut fixture = capped();
    fixture.all([charge("x", 5_000), charge("y", 6_000), reversal("r", 16_000, 40).original("a")]);
    assert_eq!(fixture.record(&late()), Recorded::TooOld);
    assert_eq!(fixture.charges(20_000), ["x 5000 100", "y 6000 100"]);
}

#[test]
fn an_unlisted_clearing_settles_its_authorization_when_that_comes() {
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 2, ..LIMITS });
    fixture.all([charge("x", 5), charge("y", 6), charge("z", 7)]);
    fixture.record(&clearing("c", 30, 90).original("a"));
    fixture.record(&reversal("r", 40, 20).original("c"));
    fixture.record(&charge("a", 10));
    assert_eq!(fixture.charges(100), ["z 7 100", "a 10 70/100"]);
}

#[test]
fn a_charge_without_a_rate_is_not_reversed_once_a_part_of_what_was_taken_back_is_forgotten() {
    let held = || charge("a", 10).foreign("CHF", 100, None);
    let released =
        |id: &str, time, currency| reversal(id, time, 0).original("a").foreign(currency, 13, None);
    let parts = || (0..8).map(|n| released(&format!("r{n}"), 20 + n, "CHF"));
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 1, ..LIMITS });
    fixture.record(&held());
    fixture.all(parts());
    assert_eq!(fixture.charges(100), ["a 10 0/? reversed"]);
    fixture.record(&reversal("w", 50, 1).original("x"));
    assert_eq!(fixture.charges(100), ["a 10 ?"]);
    let mut fixture = MemoryFixture::new(Limits { events_per_card: 1, ..LIMITS });
    fixture.all([held(), released("e", 15, "EUR")]);
    fixture.all(parts());
    assert!(!fixture.remembers(&released("e", 15, "EUR")));
    assert_eq!(fixture.charges(100), ["a 10 ?"]);
}
