//! Tests which cards a rollout selects: random ones, but always the same, and a higher percentage
//! keeps the cards of a lower one.

use super::support::*;
use crate::memory::Event;
use crate::rules::Ruleset;
use crate::transaction::Time;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::ops::Range;

/// To run a single seed, use a range that contains only that seed.
const SEEDS: Range<u64> = 0..30;
const CARDS: usize = 400;

/// A rule with this id, on for this percentage of the cards.
fn rolled_out(id: &str, per_cent: f64) -> Ruleset {
    let text = source("true").replace("id = \"r\"", &format!("id = \"{id}\""));
    compiled(&text.replace("points", &format!("rollout = {per_cent:?}\npoints")))
}

/// Whether the rule is on for a card, tried with a random time, amount and past.
fn is_on(ruleset: &Ruleset, card: &str, random: &mut ChaCha8Rng) -> bool {
    let mut tx = transaction(Time(NOW.millis() + random.random_range(0..1_000_000_000)));
    tx.card.token = card.to_owned().into();
    tx.base_amount = Some(random.random_range(1..1_000_000));
    let past: Vec<Event> =
        (0..random.random_range(0..3)).map(|ago| charge(1_000 * (3 - ago), |_| {})).collect();
    verdict(ruleset, &tx, &recall(&past, &[])) == Some(true)
}

#[test]
fn a_rollout_is_stable_by_card_and_growing_it_only_adds_cards() {
    for seed in SEEDS {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let reproduce = format!("to reproduce it: SEEDS = {seed}..{}", seed + 1);
        let id = format!("rule-{}", random.random_range(0..u32::MAX));
        let cards: Vec<String> =
            (0..CARDS).map(|_| format!("c_{:016x}", random.random::<u64>())).collect();
        let mut steps: Vec<f64> = (0..4).map(|_| random.random_range(0.0..100.0)).collect();
        steps.extend([0.0, 100.0]);
        steps.sort_by(f64::total_cmp);
        let mut before = BTreeSet::new();
        for per_cent in steps {
            let (first, again) = (rolled_out(&id, per_cent), rolled_out(&id, per_cent));
            let on: BTreeSet<&String> =
                cards.iter().filter(|card| is_on(&first, card, random)).collect();
            let twice = cards.iter().filter(|card| is_on(&again, card, random)).collect();
            assert_eq!(on, twice, "{id} at {per_cent} %; {reproduce}");
            assert!(on.is_superset(&before), "{id} lost cards at {per_cent} %; {reproduce}");
            assert_share(on.len(), per_cent, &reproduce);
            before = on;
        }
    }
}

/// Asserts that the share is within six standard deviations of the expected one, and exact at 0 and
/// 100 %.
fn assert_share(on: usize, per_cent: f64, reproduce: &str) {
    let share = per_cent / 100.0;
    let cards = CARDS as f64;
    let tolerance = 6.0 * (cards * share * (1.0 - share)).sqrt();
    let off_by = (on as f64 - cards * share).abs();
    assert!(off_by <= tolerance, "{on} of {CARDS} cards at {per_cent} %; {reproduce}");
}

/// Otherwise every small rollout would select the same few cards.
#[test]
fn rollouts_of_two_rules_choose_different_cards() {
    let random = &mut ChaCha8Rng::seed_from_u64(0);
    let (one, other) = (rolled_out("one", 50.0), rolled_out("other", 50.0));
    let both = (0..CARDS).filter(|card| {
        let card = format!("card-{card}");
        is_on(&one, &card, random) && is_on(&other, &card, random)
    });
    assert!((CARDS / 8..CARDS * 3 / 8).contains(&both.count()));
}
