//! Compares nested macros that depend on each other's charges with the same logic in plain Rust, on
//! random histories long enough to span several blocks. Also compares cut histories with whole
//! ones.

use super::support::*;
use crate::memory::{Event, Recall};
use crate::transaction::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SEEDS: std::ops::Range<u64> = 0..60;

type Answer = fn(&[Event]) -> Option<bool>;

fn amount(event: &Event) -> i64 {
    event.amount().unwrap_or(-1)
}

const TABLE: &[(&str, Answer)] = &[
    ("L.exists(a, L.exists(b, b.merchant.id == a.merchant.id && b.time > a.time))", |l| {
        Some(
            l.iter().any(|a| l.iter().any(|b| b.merchant() == a.merchant() && b.time() > a.time())),
        )
    }),
    ("L.count(a, L.exists(b, b.amount > a.amount && b.declined)) >= 20", |l| {
        let above = |a: &&Event| {
            a.amount().is_some() && l.iter().any(|b| b.declined() && amount(b) > amount(a))
        };
        Some(l.iter().filter(above).count() >= 20)
    }),
    ("L.filter(a, L.count(b, b.merchant.id == a.merchant.id) >= 9).sum(a, a.amount) > 2000", |l| {
        let often = |a: &&Event| l.iter().filter(|b| b.merchant() == a.merchant()).count() >= 9;
        Some(l.iter().filter(often).filter_map(Event::amount).sum::<i64>() > 200_000)
    }),
    ("L.map(a, L.count(b, b.time > a.time && b.declined)).max() >= 30", |l| {
        let after = |a: &Event| l.iter().filter(|b| b.time() > a.time() && b.declined()).count();
        l.iter().map(after).max().map(|most| most >= 30)
    }),
    (
        "L.exists(a, a.amount * 2 > L.filter(b, b.merchant.id != a.merchant.id).max(b, b.amount) * 2)",
        |l| {
            Some(l.iter().any(|a| {
                let others = l.iter().filter(|b| b.merchant() != a.merchant());
                let most = others.filter_map(Event::amount).max();
                a.amount().zip(most).is_some_and(|(a, most)| a > most)
            }))
        },
    ),
    ("L.exists(a, L.filter(b, b.time > a.time).first().merchant.id == a.merchant.id)", |l| {
        Some(l.iter().any(|a| {
            let next = l.iter().find(|b| b.time() > a.time());
            next.is_some_and(|next| next.merchant() == a.merchant())
        }))
    }),
    ("L.all(a, L.exists(b, b.merchant.id == a.merchant.id && b.approved))", |l| {
        Some(l.iter().all(|a| l.iter().any(|b| b.merchant() == a.merchant() && b.approved())))
    }),
    (
        "S.exists(a, S.exists(b, b.time > a.time && S.exists(c, c.time > b.time && c.amount > a.amount + b.amount)))",
        |l| {
            let s: Vec<&Event> =
                l.iter().filter(|t| t.time().millis() > NOW.millis() - 5 * MINUTE_MS).collect();
            let sum = |a: &Event, b: &Event| a.amount().zip(b.amount()).map(|(a, b)| a + b);
            Some(s.iter().any(|a| {
                s.iter().any(|b| {
                    b.time() > a.time()
                        && s.iter().any(|c| {
                            c.time() > b.time()
                                && sum(a, b).is_some_and(|sum| c.amount().is_some_and(|c| c > sum))
                        })
                })
            }))
        },
    ),
    (
        "S.count(a, S.distinct(b, b.amount - a.amount).size() == S.distinct(b, b.amount).size()) >= 3",
        |l| {
            let s: Vec<&Event> =
                l.iter().filter(|t| t.time().millis() > NOW.millis() - 5 * MINUTE_MS).collect();
            Some(
                s.iter().filter(|a| a.amount().is_some()).count() >= 3
                    || s.iter().all(|b| b.amount().is_none()) && s.len() >= 3,
            )
        },
    ),
    ("L.exists(a, L.exists(b, L.exists(c, c.amount == 99.99)) && a.amount > 99)", |l| {
        let some = l.iter().any(|c| amount(c) == 9_999);
        Some(some && l.iter().any(|a| amount(a) > 9_900))
    }),
];

fn history(seed: u64) -> Vec<Event> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let count = rng.random_range(0..160);
    let mut ages_ms: Vec<i64> = (0..count).map(|_| rng.random_range(0..90 * MINUTE_MS)).collect();
    ages_ms.sort_unstable_by(|a, b| b.cmp(a));
    let mut event = |ago| {
        charge(ago, |tx| {
            tx.id = rng.random::<u64>().to_string().into();
            tx.base_amount = rng.random_bool(0.9).then(|| rng.random_range(0..10_000));
            tx.merchant.id = format!("m{}", rng.random_range(0..12)).into();
            tx.response.approved = Some(rng.random_bool(0.7));
        })
    };
    ages_ms.into_iter().map(&mut event).collect()
}

fn rulesets() -> Vec<(&'static str, crate::rules::Ruleset, Answer)> {
    let compile = |(text, answer): &(&'static str, Answer)| {
        let written = text.replace("L.", "card.last(\"1h\").").replace("S.", "card.last(\"5m\").");
        (*text, compiled(&source(&written)), *answer)
    };
    TABLE.iter().map(compile).collect()
}

#[test]
fn nested_macros_agree_with_plain_rust() {
    let rulesets = rulesets();
    for seed in SEEDS {
        let events = history(seed);
        let after = NOW.millis() - HOUR_MS;
        let window: Vec<Event> =
            events.iter().filter(|t| t.time().millis() > after).copied().collect();
        for (text, ruleset, answer) in &rulesets {
            let got = verdict(ruleset, &transaction(NOW), &recall(&events, &[]));
            assert_eq!(got, answer(&window), "seed {seed}: {text}");
        }
    }
}

#[test]
fn a_decided_nested_value_over_a_cut_history_equals_the_one_over_the_whole() {
    let rulesets = rulesets();
    let mut decided = 0;
    for seed in SEEDS {
        let events = history(seed);
        let lost = ChaCha8Rng::seed_from_u64(seed).random_range(0..=events.len());
        let cut = lost.checked_sub(1).map(|newest| events[newest].time());
        let past = Recall { cut, unknown_until: cut, ..recall(&events[lost..], &[]) };
        for (text, ruleset, _) in &rulesets {
            if let Some(answer) = verdict(ruleset, &transaction(NOW), &past) {
                let whole = verdict(ruleset, &transaction(NOW), &recall(&events, &[]));
                assert_eq!(Some(answer), whole, "seed {seed}: {text}");
                decided += 1;
            }
        }
    }
    assert!(decided > 100, "only {decided} answers were decided");
}
