//! Random alerts, compared with a naive count of all of them. A failure prints its seed.

use super::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

const SEEDS: u64 = 60;
const ALERTS: usize = 120;
const RULES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// An alert and when it arrived.
#[derive(Debug, Clone)]
struct TimedAlert {
    alert: Alert,
    at: i64,
}

/// Alerts in order of time, of few rules, some of them repeated.
fn alerts(dice: &mut ChaCha8Rng) -> Vec<TimedAlert> {
    let (mut at, mut all) = (100_000, Vec::<TimedAlert>::new());
    for id in 0..ALERTS as u128 {
        // Mostly dense, sometimes with a pause of about a quiet time.
        at += if dice.random_bool(0.15) {
            dice.random_range(80..130)
        } else {
            dice.random_range(0..20)
        };
        let severity = Severity::ALL[dice.random_range(0..4)];
        let rule = RULES[dice.random_range(0..RULES.len())];
        let mut alert = alert(id, rule, severity, dice.random_range(1..1_000));
        if id > 0 && dice.random_bool(0.1) {
            alert = all[dice.random_range(0..all.len())].alert.clone();
        }
        all.push(TimedAlert { alert, at });
    }
    all
}

/// The alerts that count, each once.
fn counting(all: &[TimedAlert]) -> Vec<&TimedAlert> {
    let mut seen = BTreeSet::new();
    let is_new = |timed: &&TimedAlert| seen.insert(timed.alert.id);
    let news: Vec<&TimedAlert> = all.iter().filter(is_new).collect();
    news.into_iter().filter(|timed| timed.alert.severity >= POLICY.severity_floor).collect()
}

/// The latest active period of a cause, found by looking at all its alerts: its start, its number
/// of alerts and their amount.
fn naive(counting: &[&TimedAlert], cause: &Cause) -> Option<(i64, u64, i64)> {
    let mut own: Vec<&&TimedAlert> =
        counting.iter().filter(|timed| Cause::of(&timed.alert) == *cause).collect();
    own.reverse();
    let mut last = own.first()?.at;
    let in_active_period = own.iter().take_while(|timed| {
        let joins = last - timed.at < POLICY.quiet_ms;
        last = timed.at;
        joins
    });
    let in_active_period: Vec<_> = in_active_period.collect();
    let minor = in_active_period.iter().map(|timed| timed.alert.amount.minor).sum();
    Some((in_active_period.last()?.at, in_active_period.len() as u64, minor))
}

/// Delivers everything as soon as it is due, ends included.
fn deliver_all(fixture: &mut NotifierFixture, from: i64, to: i64) {
    for now in from..=to {
        fixture.notify_target(0, now);
    }
}

#[test]
fn active_causes_agree_with_a_naive_count_also_after_a_restart() {
    for seed in 0..SEEDS {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let all = alerts(&mut dice);
        let mut fixture = NotifierFixture::new(&[ResendPolicy { update_ms: 0, resend_ms: None }]);
        let mut now = all[0].at;
        for timed in &all {
            if timed.at > now {
                deliver_all(&mut fixture, now, timed.at);
                now = timed.at;
            }
            fixture.count(&timed.alert, timed.at, now);
        }
        fixture.notify_target(0, now);
        let counting = counting(&all);
        let live = active(&fixture.store, now);
        for (cause, (active, _)) in live.iter().filter(|(cause, _)| **cause != Cause::Storm) {
            let amount = active.aggregate.amounts["USD"].amount.minor;
            let found = (active.start.millis(), active.aggregate.count, amount);
            assert_eq!(Some(found), naive(&counting, cause), "seed {seed}, {cause:?}");
        }
        for rule in RULES {
            for severity in Severity::ALL {
                let cause = Cause::Rule { rule: rule.into(), severity: *severity };
                let is_active = counting.iter().any(|timed| {
                    Cause::of(&timed.alert) == cause && now - timed.at < POLICY.quiet_ms
                });
                assert_eq!(live.contains_key(&cause), is_active, "seed {seed}, {cause:?}");
            }
        }
        assert_eq!(after_restart(&all, &mut dice, now), live, "seed {seed}");
    }
}

/// Reads the alerts again from two partitions, interleaved at random.
fn after_restart(
    all: &[TimedAlert],
    dice: &mut ChaCha8Rng,
    now: i64,
) -> BTreeMap<Cause, (ActiveCause, CauseState)> {
    let (mut admission, mut recovery) = (Admission::new(), Recovery::new(POLICY));
    let partition = |timed: &&TimedAlert, which: u128| timed.alert.id % 2 == which;
    let mut sides = [0, 1]
        .map(|which| all.iter().filter(|timed| partition(timed, which)).rev().collect::<Vec<_>>());
    while sides.iter().any(|side| !side.is_empty()) {
        if let Some(timed) = sides[dice.random_range(0..2)].pop() {
            recovery.take(&mut admission, &timed.alert, Time(timed.at));
        }
    }
    let store = Store::new(POLICY, vec![ONCE]);
    recovery.finish(&mut admission, &store, Time(now));
    assert!(
        store.due_notifications(0, None, Time(now)).pending.is_empty(),
        "nothing is delivered twice"
    );
    active_causes(&store)
}

/// With targets that fail now and then: each target accepts every alert that counts, in the count
/// of its cause or of the storm.
#[test]
fn no_alert_is_lost_from_what_targets_accepted_whatever_fails() {
    for seed in 0..SEEDS {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let all = alerts(&mut dice);
        let mut fixture = NotifierFixture::new(&[REPEATED, ONCE]);
        // The last accepted count, by target, cause and start.
        let mut accepted = [BTreeMap::new(), BTreeMap::new()];
        let mut now = all[0].at;
        let mut notify_target = |fixture: &mut NotifierFixture, now: i64, works: [bool; 2]| {
            for target in [0, 1].into_iter().filter(|target| works[*target]) {
                for notice in fixture.notify_target(target, now) {
                    let key = (notice.cause.clone(), notice.active.start);
                    let count = notice.active.aggregate.count;
                    let before = accepted[target].insert(key, count).unwrap_or(0);
                    assert!(before <= count, "seed {seed}: {before} then {count}");
                }
            }
        };
        for timed in &all {
            for moment in now..=timed.at {
                notify_target(
                    &mut fixture,
                    moment,
                    [dice.random_bool(0.5), dice.random_bool(0.02)],
                );
                fixture.store.sweep(Time(moment));
            }
            now = timed.at;
            fixture.count(&timed.alert, timed.at, now);
        }
        for moment in now..now + 500 {
            notify_target(&mut fixture, moment, [true, true]);
        }
        let expected = counting(&all).len() as u64;
        for (target, accepted) in accepted.iter().enumerate() {
            assert_eq!(accepted.values().sum::<u64>(), expected, "seed {seed}, target {target}");
        }
    }
}
