//! Tests comparisons of whole numbers, amounts and literals that a double cannot hold exactly, against
//! 128-bit arithmetic.

use super::support::*;
use crate::memory::Event;
use crate::transaction::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::cmp::Ordering;

type Holds = fn(Ordering) -> bool;

const COMPARISONS: [(&str, Holds); 6] = [
    ("==", Ordering::is_eq),
    ("!=", Ordering::is_ne),
    ("<", Ordering::is_lt),
    ("<=", Ordering::is_le),
    (">", Ordering::is_gt),
    (">=", Ordering::is_ge),
];

fn of(minor: i64) -> Transaction<'static> {
    let mut tx = transaction(NOW);
    tx.base_amount = Some(minor);
    tx
}

#[track_caller]
fn check(tx: &Transaction<'_>, past: &[Event], condition: &str, expected: bool) {
    let ruleset = compiled(&source(condition));
    assert_eq!(verdict(&ruleset, tx, &recall(past, &[])), Some(expected), "{condition}");
}

#[test]
fn amounts_are_compared_exactly_with_literals() {
    let tx = of(9_007_199_254_740_993);
    let past = [charge(MINUTE_MS, |tx| tx.base_amount = Some(9_007_199_254_740_993))];
    for (condition, expected) in [
        ("amount == 90071992547409.93", true),
        ("amount == 90071992547409.92", false),
        ("amount == 90071992547409.94", false),
        ("amount == 90071992547409.930", true),
        ("amount == 9.007199254740993E13", true),
        ("amount == 90071992547409.931", false),
        ("amount != 90071992547409.931", true),
        ("amount < 90071992547409.931", true),
        ("90071992547409.929 < amount", true),
        ("amount > 90071992547409", true),
        ("amount < 1e300", true),
        ("amount == 1e300", false),
        ("amount > -1e300", true),
        ("-amount == -90071992547409.93", true),
        ("-amount > -90071992547409.94", true),
        ("amount in [90071992547409.92, 90071992547409.94]", false),
        ("amount in [90071992547409.93, 1]", true),
        ("amount in [90071992547409.935, 1.5]", false),
        ("[90071992547409.93, 7.00].exists(a, a == amount)", true),
        ("amount - 90071992547409.93 == 0", true),
        ("math.greatest(amount, 90071992547409.92) == amount", true),
        ("math.least(amount, 90071992547409.92) == 90071992547409.92", true),
        (
            "(card_present ? 1.00 : amount) == 90071992547409.93 || amount == 90071992547409.93",
            true,
        ),
        ("card.last(\"1h\").max(t, t.amount) == 90071992547409.93", true),
        ("card.last(\"1h\").min(t, t.amount) < 90071992547409.93", false),
        ("card.last(\"1h\").exists(t, t.amount == 90071992547409.93)", true),
        ("card.last(\"1h\").exists(t, t.amount == 90071992547409.92)", false),
        ("card.last(\"1h\").exists(t, t.amount in [90071992547409.92, 3])", false),
        ("card.last(\"1h\").exists(t, t.amount > 90071992547409.929)", true),
        ("card.last(\"1h\").sum(t, t.amount) + amount == 180143985094819.86", true),
        ("string(amount) == \"90071992547409.93\"", true),
        ("int(amount) == 90071992547409", true),
        ("double(amount) == 90071992547409.93", true),
    ] {
        check(&tx, &past, condition, expected);
    }
}

#[test]
fn a_literal_finer_than_the_minor_unit_lies_between_two_amounts() {
    for (condition, expected) in [
        ("amount == 50.005", false),
        ("amount != 50.005", true),
        ("amount < 50.005", true),
        ("amount <= 50.005", true),
        ("amount > 50.005", false),
        ("amount > 49.995", true),
        ("amount >= 49.995", true),
        ("amount in [50.005, 49.995]", false),
    ] {
        check(&of(5_000), &[], condition, expected);
    }
}

#[test]
fn ints_are_compared_exactly_with_doubles() {
    for (condition, expected) in [
        ("9007199254740993 == 9007199254740992.0", false),
        ("9007199254740993 != 9007199254740992.0", true),
        ("9007199254740993 > 9007199254740992.0", true),
        ("9007199254740992.0 < 9007199254740993", true),
        ("9007199254740994.0 > 9007199254740993", true),
        ("9007199254740992 == 9007199254740992.0", true),
        ("-9007199254740993 < -9007199254740992.0", true),
        ("9223372036854775807 < 9223372036854775808.0", true),
        ("9223372036854775807 == 9223372036854775808.0", false),
        ("double(merchant.id.size() - 4) + 9007199254740992.0 == 9007199254740993", false),
        ("double(merchant.id.size() - 4) + 9007199254740992.0 < 9007199254740993", true),
        ("9007199254740993 in [9007199254740992.0]", false),
    ] {
        check(&of(5_000), &[], condition, expected);
    }
    let mixed = compile(&source("[9007199254740993, 1.5].max() > 2.0")).unwrap_err().to_string();
    assert!(
        mixed.contains("an int and a double") || mixed.contains("a double and an int"),
        "{mixed}"
    );
}

/// Compares a random amount with a literal near it that has up to four decimal places.
#[test]
fn random_amounts_and_literals_compare_as_their_digits_do() {
    for seed in 0..60 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let bits = rng.random_range(40..63);
        let minor: i64 = rng.random_range(0..1_i64 << bits);
        let places: u32 = rng.random_range(0..=4);
        let unit = 10_i128.pow(places);
        // In units of the fourth decimal place.
        let near = i128::from(minor) * 100 + i128::from(rng.random_range(-150..=150_i64));
        let literal = near.max(0) * unit / 10_000;
        let digits = match places {
            0 => literal.to_string(),
            _ => format!("{}.{:0width$}", literal / unit, literal % unit, width = places as usize),
        };
        let order = (i128::from(minor) * 100).cmp(&(literal * 10_000 / unit));
        let past = [charge(MINUTE_MS, |tx| tx.base_amount = Some(minor))];
        for (comparison, holds) in COMPARISONS {
            for condition in [
                format!("amount {comparison} {digits}"),
                format!("!(amount {comparison} {digits}) ? false : true"),
                format!("card.last(\"1h\").exists(t, t.amount {comparison} {digits})"),
            ] {
                let ruleset = compiled(&source(&condition));
                let result = verdict(&ruleset, &of(minor), &recall(&past, &[]));
                assert_eq!(result, Some(holds(order)), "seed {seed}: {minor}: {condition}");
            }
        }
    }
}
