//! Checks what lints call certain against random conditions and every transaction that can decide them.

use super::{TODAY, rule};
use crate::rules::tests::support::*;
use crate::transaction::{Channel, Transaction};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// The seeds of the random conditions. To run a single one, write `seed..seed + 1`.
const SEEDS: Range<u64> = 0..300;

/// Conditions over few values, so that they often contradict each other.
const ATOMS: &[&str] = &[
    "amount > 2",
    "amount <= 2",
    "amount < 3.00",
    "amount == 2",
    "amount != 2",
    "amount >= 0",
    "5 > amount",
    "channel == \"atm\"",
    "channel != \"atm\"",
    "channel == \"moto\"",
    "channel in [\"atm\", \"chip\"]",
    "card_present",
    "card_present == false",
    "card.last(\"1h\").size() > 1",
    "card.last(\"1h\").size() < 2",
    "card.last(\"1h\").size() >= 0",
    "merchant.id == \"shop\"",
    "merchant.id != \"shop\"",
    "merchant.id == \"clinic\"",
    "amount * 2.0 < 3.0",
    "named",
];

fn random(random: &mut ChaCha8Rng, depth: u32) -> String {
    match if depth == 0 { 0 } else { random.random_range(0..7) } {
        0 | 1 => ATOMS.choose(random).unwrap().to_string(),
        2 => format!("!({})", self::random(random, depth - 1)),
        n => {
            let (a, b) = (self::random(random, depth - 1), self::random(random, depth - 1));
            format!("({a} {} {b})", if n < 5 { "&&" } else { "||" })
        }
    }
}

/// Every combination of the values that the atoms look at.
fn transactions() -> Vec<Transaction<'static>> {
    let mut all = Vec::new();
    for amount in [None, Some(0), Some(100), Some(200), Some(299), Some(300), Some(700)] {
        for channel in [None, Some(Channel::Atm), Some(Channel::Moto), Some(Channel::Chip)] {
            for card_present in [None, Some(false), Some(true)] {
                for merchant in ["shop", "clinic", "bar"] {
                    let mut tx = transaction(NOW);
                    (tx.base_amount, tx.channel, tx.card_present) = (amount, channel, card_present);
                    tx.merchant.id = merchant.into();
                    all.push(tx);
                }
            }
        }
    }
    all
}

#[test]
fn no_transaction_contradicts_a_certain_lint() {
    let transactions = transactions();
    let mut certain = 0;
    for seed in SEEDS {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let (condition, feature) =
            (random(&mut chance, 3), random(&mut chance, 2).replace("named", "amount > 1"));
        let text = ruleset_text(&format!("[features]\nnamed = '''{feature}'''\n\n"))
            + &rule("r", &condition, "points = 300");
        let (ruleset, lints) = sources(&text).compile_as_of(environment(), TODAY).unwrap();
        let has_lint = |what: &str| lints.entries().iter().any(|lint| lint.message == what);
        let never = has_lint("the rule `r` can never fire");
        let always = has_lint("the rule `r` fires whenever it is not undecided");
        certain += u32::from(never || always);
        for remembered in 0..4 {
            let events: Vec<_> = (0..remembered).map(|n| charge(1_000 * (4 - n), |_| ())).collect();
            for tx in transactions.iter().filter(|_| never || always) {
                let is = verdict(&ruleset, tx, &recall(&events, &[]));
                let contradicts = never && is == Some(true) || always && is == Some(false);
                assert!(!contradicts, "seed {}: {condition} (named: {feature}) on {tx:?}", seed);
            }
        }
    }
    assert!(certain > 30, "only {certain} conditions were certain");
}
