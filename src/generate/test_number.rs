//! Generates card numbers for testing tokenization: invented numbers that pass the Luhn check, in a
//! range that card schemes reserve for tests. Messages have tokens unless test numbers are
//! requested.

use super::draft::CardRef;
use std::fmt;

/// Brands, each with the issuer prefix of its numbers.
const BRANDS: [(&str, u64); 2] = [("visa", 400_000), ("mastercard", 520_000)];
/// How many holders have distinct numbers.
const HOLDERS: u64 = 100_000_000;
/// Coprime to [`HOLDERS`], so that multiplying by it gives each holder a distinct number.
const SCATTER: u64 = 48_271;
const REPLACEMENTS: u64 = 10;

/// Sixteen digits.
#[derive(Clone, Copy)]
pub struct TestNumber(pub u64);

/// The last four digits of a number.
#[derive(Clone, Copy)]
pub struct LastFour(pub u64);

/// `YYYY-MM`
pub struct Expiry(pub CardRef);

impl TestNumber {
    pub fn of(card: CardRef) -> Self {
        let (_, prefix) = brand_of(card);
        let holder = u64::from(card.holder) * SCATTER % HOLDERS;
        let replacement = u64::from(card.replacement) % REPLACEMENTS;
        let body = (prefix * HOLDERS + holder) * REPLACEMENTS + replacement;
        Self(body * 10 + check_digit(body))
    }
}

/// The brand of a card.
pub fn brand(card: CardRef) -> &'static str {
    brand_of(card).0
}

fn brand_of(card: CardRef) -> (&'static str, u64) {
    if card.holder.is_multiple_of(3) { BRANDS[1] } else { BRANDS[0] }
}

/// The digit that makes a number pass the Luhn check (ISO/IEC 7812-1).
fn check_digit(mut body: u64) -> u64 {
    let (mut sum, mut double) = (0, true);
    while body > 0 {
        let digit = body % 10 * if double { 2 } else { 1 };
        sum += digit / 10 + digit % 10;
        (body, double) = (body / 10, !double);
    }
    (10 - sum % 10) % 10
}

impl fmt::Display for TestNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016}", self.0)
    }
}

impl fmt::Display for LastFour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0 % 10_000)
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let card = u32::from(self.0.replacement) + self.0.holder;
        write!(f, "{}-{:02}", 2030 + card % 4, 1 + card % 12)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_check_digit_is_that_of_well_known_test_numbers() {
        for number in [4_111_111_111_111_111_u64, 5_555_555_555_554_444, 4_242_424_242_424_242] {
            assert_eq!(check_digit(number / 10), number % 10);
        }
    }

    #[test]
    fn no_two_cards_have_the_same_number() {
        let cards = (0..2_000).flat_map(|holder| {
            (0..3).map(move |replacement| CardRef { seed: 1, holder, replacement })
        });
        let numbers: HashSet<u64> = cards.map(|card| TestNumber::of(card).0).collect();
        assert_eq!(numbers.len(), 6_000);
    }
}
