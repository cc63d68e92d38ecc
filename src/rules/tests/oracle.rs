//! Compiled expressions against the same written out in plain Rust over a plain list, on random
//! histories long enough to span several blocks; and cut histories against whole ones.

use super::support::*;
use crate::memory::{Event, Recall};
use crate::transaction::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SEEDS: std::ops::Range<u64> = 0..400;

/// An answer over the charges of the last hour, oldest first.
type Answer = fn(&[Event], &Transaction<'_>) -> Option<bool>;

fn amounts(events: &[Event]) -> Vec<i64> {
    events.iter().filter_map(Event::amount).collect()
}

fn same_country(event: &Event, tx: &Transaction<'_>) -> bool {
    event.country().is_some() && event.country() == tx.merchant.country
}

const TABLE: &[(&str, Answer)] = &[
    ("L.size() >= 40", |e, _| Some(e.len() >= 40)),
    ("L.count(t, t.declined) >= 9", |e, _| Some(e.iter().filter(|t| t.declined()).count() >= 9)),
    ("L.count(t, !t.card_present) >= 9", |e, _| {
        Some(e.iter().filter(|t| t.card_present() == Some(false)).count() >= 9)
    }),
    ("L.exists(t, t.amount <= 0.20 && t.merchant.id != merchant.id)", |e, tx| {
        let merchant = crate::memory::id_hash64(&tx.merchant.id);
        Some(e.iter().any(|t| t.amount().is_some_and(|a| a <= 20) && t.merchant() != merchant))
    }),
    ("L.all(t, t.channel != \"atm\" || t.declined)", |e, _| {
        Some(e.iter().all(|t| t.declined() || t.channel() != Some(Channel::Atm)))
    }),
    ("L.exists_one(t, t.amount > 99)", |e, _| {
        Some(e.iter().filter(|t| t.amount().is_some_and(|a| a > 9_900)).count() == 1)
    }),
    ("L.sum(t, t.amount) > 1500", |e, _| Some(amounts(e).iter().sum::<i64>() > 150_000)),
    ("L.filter(t, t.approved).sum(t, t.amount * 2) > 1500", |e, _| {
        let approved: Vec<Event> = e.iter().filter(|t| t.approved()).copied().collect();
        Some(amounts(&approved).iter().map(|a| *a as f64 / 100.0 * 2.0).sum::<f64>() > 1500.0)
    }),
    ("L.min(t, t.amount) < 1", |e, _| amounts(e).into_iter().min().map(|a| a < 100)),
    ("L.max(t, t.amount) > 98.5", |e, _| amounts(e).into_iter().max().map(|a| a > 9_850)),
    ("L.avg(t, t.amount) > 50.005", |e, _| {
        let all = amounts(e);
        (!all.is_empty())
            .then(|| all.iter().sum::<i64>() as f64 / all.len() as f64 / 100.0 > 50.005)
    }),
    ("L.stddev(t, t.amount) > 28.7", |e, _| {
        let all = amounts(e);
        let mean = all.iter().sum::<i64>() as f64 / all.len() as f64;
        let square: f64 = all.iter().map(|a| (*a as f64 - mean).powi(2)).sum();
        (all.len() > 1).then(|| (square / (all.len() - 1) as f64).sqrt() / 100.0 > 28.7)
    }),
    ("L.distinct(t, t.merchant.country).size() >= 3", |e, _| {
        let countries: std::collections::HashSet<_> = e.iter().filter_map(Event::country).collect();
        Some(countries.len() >= 3)
    }),
    ("L.exists(t, t.merchant.country == merchant.country && t.amount > amount)", |e, tx| {
        let more = |t: &Event| t.amount().zip(tx.base_amount).is_some_and(|(a, b)| a > b);
        Some(e.iter().any(|t| same_country(t, tx) && more(t)))
    }),
    ("L.count(t, t.merchant.country in [\"US\", merchant.country]) > 9", |e, tx| {
        let us = Country::parse("US");
        Some(
            e.iter()
                // A list of which an item is absent is absent.
                .filter(|_| tx.merchant.country.is_some())
                .filter(|t| t.country().is_some() && (t.country() == us || same_country(t, tx)))
                .count()
                > 9,
        )
    }),
    ("L.latest().amount > 50", |e, _| e.last()?.amount().map(|a| a > 5_000)),
    ("L.filter(t, t.declined).first().amount > 50", |e, _| {
        e.iter().find(|t| t.declined())?.amount().map(|a| a > 5_000)
    }),
    ("L.count(t, t.time > now - duration(\"20m\")) > 9", |e, _| {
        Some(e.iter().filter(|t| t.time().millis() > NOW.millis() - 20 * MINUTE_MS).count() > 9)
    }),
    ("L.exists(t, t.amount > 1.9 * L.avg(u, u.amount))", |e, _| {
        let all = amounts(e);
        let mean = all.iter().sum::<i64>() as f64 / all.len() as f64 / 100.0;
        Some(all.iter().any(|a| *a as f64 / 100.0 > 1.9 * mean))
    }),
    ("merchant.country in L.map(t, t.merchant.country)", |e, tx| {
        tx.merchant.country?;
        Some(e.iter().any(|t| same_country(t, tx)))
    }),
];

fn history(rng: &mut ChaCha8Rng) -> (Vec<Event>, Transaction<'static>) {
    let mut agos: Vec<i64> =
        (0..rng.random_range(0..220)).map(|_| rng.random_range(0..2 * HOUR_MS)).collect();
    agos.sort_unstable_by(|a, b| b.cmp(a));
    let events = agos.into_iter().map(|ago| charge(ago, |tx| vary(tx, rng))).collect();
    let mut tx = transaction(NOW);
    vary(&mut tx, rng);
    (events, tx)
}

fn vary(tx: &mut Transaction<'static>, rng: &mut ChaCha8Rng) {
    let some = |rng: &mut ChaCha8Rng| rng.random_bool(0.8);
    tx.id = rng.random::<u64>().to_string().into();
    tx.base_amount = some(rng).then(|| rng.random_range(0..10_000));
    tx.merchant.id = ["a", "b", "c"][rng.random_range(0..3)].into();
    let country = ["US", "DK", "NO"][rng.random_range(0..3)];
    tx.merchant.country = Country::parse(country).filter(|_| some(rng));
    tx.card_present = some(rng).then(|| rng.random());
    tx.response.approved = some(rng).then(|| rng.random());
    tx.channel = some(rng).then(|| Channel::NAMES[rng.random_range(0..Channel::NAMES.len())].0);
}

fn rulesets() -> Vec<(&'static str, crate::rules::Ruleset, Answer)> {
    let compile = |(text, answer): &(&'static str, Answer)| {
        (*text, compiled(&source(&text.replace('L', "card.last(\"1h\")"))), *answer)
    };
    TABLE.iter().map(compile).collect()
}

#[test]
fn the_compiled_form_agrees_with_plain_rust() {
    let rulesets = rulesets();
    for seed in SEEDS {
        let (events, tx) = history(&mut ChaCha8Rng::seed_from_u64(seed));
        let from = NOW.millis() - HOUR_MS;
        let window: Vec<Event> =
            events.iter().filter(|t| t.time().millis() > from).copied().collect();
        for (text, ruleset, answer) in &rulesets {
            let got = verdict(ruleset, &tx, &recall(&events, &[]));
            assert_eq!(got, answer(&window, &tx), "seed {seed}: {text}");
        }
    }
}

#[test]
fn a_decided_answer_over_a_cut_past_is_that_over_the_whole() {
    let rulesets = rulesets();
    let mut decided = 0;
    for seed in SEEDS {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (events, tx) = history(&mut rng);
        let lost = rng.random_range(0..=events.len());
        let cut = lost.checked_sub(1).map(|newest| events[newest].time());
        let past = Recall { cut, unknown_until: cut, ..recall(&events[lost..], &[]) };
        for (text, ruleset, _) in &rulesets {
            if let Some(answer) = verdict(ruleset, &tx, &past) {
                let whole = verdict(ruleset, &tx, &recall(&events, &[]));
                assert_eq!(Some(answer), whole, "seed {seed}: {text}");
                decided += 1;
            }
        }
    }
    assert!(decided > 1_000, "only {decided} answers were decided");
}
