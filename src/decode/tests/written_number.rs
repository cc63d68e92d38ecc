//! Reads `card.number` in every notation that the search in other text recognises.

use super::*;
use crate::decode::card_number::CardNumber;
use crate::decode::card_number::test_numbers::{NUMBERS, disguised, grouped};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[test]
fn a_number_in_any_writing_that_the_search_sees_through_is_the_same_number() {
    let card_numbers = CardNumbers::default();
    for seed in 0..40 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..100 {
            let number = NUMBERS[random.random_range(0..NUMBERS.len())];
            let written = disguised(number, &mut random);
            if !is_seen_as_a_whole(&card_numbers, &written, number) {
                continue;
            }
            let read = card_numbers.parse(&written);
            // `%` before digits that begin with 20 can be read in two ways.
            let is_ambiguous = written.contains('%');
            let digits = read.as_ref().map(CardNumber::digits);
            assert!(
                digits == Ok(number.as_bytes()) || is_ambiguous && digits.is_ok(),
                "seed {seed}: {written}"
            );
        }
    }
    for number in NUMBERS {
        for separator in ["", " ", "-", " - ", ".", "/", "%20", "%20%20", "\u{a0}", "::"] {
            let read = card_numbers.parse(&grouped(number, separator));
            let digits = read.as_ref().map(CardNumber::digits);
            assert!(digits == Ok(number.as_bytes()), "{number:?} by {separator:?}");
        }
    }
}

fn is_seen_as_a_whole(card_numbers: &CardNumbers, written: &str, number: &str) -> bool {
    let last4 = &number[number.len() - 4..];
    card_numbers.mask(written).trim_matches(|c: char| !c.is_ascii_digit() && c != '*')
        == "*".repeat(number.len() - 4) + last4
}

#[test]
fn what_is_not_one_number_is_refused() {
    for text in [
        "424242424242424x",
        "4242...4242...4242...4242",
        "424242****4242",
        "42424242****4242",
        "4242424242424242.0",
        "4.2424242424242e15",
        "4242%2F4242%2F4242%2F4242",
    ] {
        let read = CardNumbers::default().parse(text);
        assert!(matches!(read, Err(Reason::CardNumberLength)), "{text}");
    }
}
