//! Parses decimal numbers as written, and compares them with whole numbers without rounding.
//!
//! A double is only guaranteed to hold fifteen digits of a literal. The digits after them still
//! matter when the literal is compared with money, which is exact. This module knows nothing about
//! expressions.

use crate::number::{NearestDouble, u64_toward_zero};

/// The position of a decimal among the whole numbers of 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmongIntegers {
    At(i64),
    /// Between this number and the next.
    After(i64),
    BelowAll,
    AboveAll,
}

/// A decimal: `0.digits × 10^point`, without zeros at either end of the digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    is_negative: bool,
    /// From 0 to 9; empty for zero.
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    /// Parses a literal: digits, with an optional sign, point and exponent.
    pub fn parse(text: &str) -> Option<Self> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = Vec::with_capacity(whole.len() + part.len());
        for byte in whole.bytes().chain(part.bytes()) {
            digits.push(byte.is_ascii_digit().then(|| byte - b'0')?);
        }
        if digits.is_empty() {
            return None;
        }
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..zeros);
        while digits.last() == Some(&0) {
            digits.pop();
        }
        let exponent: i64 = exponent.parse().ok()?;
        let point = (signed(whole.len())? - signed(zeros)?).checked_add(exponent)?;
        Some(match digits.is_empty() {
            true => Self { is_negative: false, digits, point: 0 },
            false => Self { is_negative, digits, point },
        })
    }

    /// The shortest decimal that reads back as this double.
    pub fn of(value: f64) -> Option<Self> {
        Self::parse(&value.to_string())
    }

    pub fn of_whole(value: i64) -> Self {
        // The digits of a whole number always parse.
        Self::parse(&value.to_string()).unwrap_or(Self {
            is_negative: false,
            digits: Vec::new(),
            point: 0,
        })
    }

    /// Its position among the multiples of 10^-`places`.
    pub fn place(&self, places: u8) -> AmongIntegers {
        let whole = self.point.saturating_add(i64::from(places));
        let kept = usize::try_from(whole).unwrap_or(0).min(self.digits.len());
        let (before, after) = self.digits.split_at(kept);
        let zeros = usize::try_from(whole).unwrap_or(0) - kept;
        let Some(magnitude) = magnitude(before, zeros) else {
            return if self.is_negative {
                AmongIntegers::BelowAll
            } else {
                AmongIntegers::AboveAll
            };
        };
        match (after.is_empty(), self.is_negative) {
            (true, false) => {
                i64::try_from(magnitude).map_or(AmongIntegers::AboveAll, AmongIntegers::At)
            }
            (true, true) => {
                i64::try_from(-magnitude).map_or(AmongIntegers::BelowAll, AmongIntegers::At)
            }
            (false, false) => {
                i64::try_from(magnitude).map_or(AmongIntegers::AboveAll, AmongIntegers::After)
            }
            (false, true) => {
                i64::try_from(-magnitude - 1).map_or(AmongIntegers::BelowAll, AmongIntegers::After)
            }
        }
    }
}

/// The length of a text.
fn signed(length: usize) -> Option<i64> {
    i64::try_from(length).ok()
}

/// The number with these digits followed by this many zeros; `None` if it is far beyond 64 bits.
fn magnitude(digits: &[u8], zeros: usize) -> Option<i128> {
    const DIGITS_MAX: usize = 25;
    if digits.is_empty() {
        return Some(0);
    }
    if digits.len() + zeros > DIGITS_MAX {
        return None;
    }
    let all = digits.iter().copied().chain(std::iter::repeat_n(0, zeros));
    Some(all.fold(0, |number, digit| number * 10 + i128::from(digit)))
}

/// The doubles just below and above a whole number that no double equals; `None` if one does.
pub fn doubles_around(value: i64) -> Option<(f64, f64)> {
    let near = value.nearest_double();
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of 64 bits or 2^63")]
    match (near as i128).cmp(&i128::from(value)) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Less => Some((near, near.next_up())),
        std::cmp::Ordering::Greater => Some((near.next_down(), near)),
    }
}

/// The double nearest to an amount in minor units, with `scale` minor units per unit.
pub fn unit_of_minor(minor: i64, scale: f64) -> f64 {
    const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
    if minor.unsigned_abs() <= EXACT {
        return minor.nearest_double() / scale;
    }
    // A larger number would be rounded twice: by the cast and by the division.
    text_of_minor(minor, scale).parse().unwrap_or(minor.nearest_double() / scale)
}

/// An amount in minor units as a decimal without trailing zeros: 26, 26.5, -0.05.
pub fn text_of_minor(minor: i64, scale: f64) -> String {
    let scale = u64_toward_zero(scale).max(1);
    let (whole, part) = (minor.unsigned_abs() / scale, minor.unsigned_abs() % scale);
    let sign = if minor < 0 { "-" } else { "" };
    if part == 0 {
        return format!("{sign}{whole}");
    }
    let places = scale.ilog10() as usize;
    let part = format!("{part:0places$}");
    format!("{sign}{whole}.{}", part.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_placed_among_minor_units_without_rounding() {
        for (text, places, expected) in [
            ("0", 2, AmongIntegers::At(0)),
            ("-0.0", 2, AmongIntegers::At(0)),
            ("26.10", 2, AmongIntegers::At(2_610)),
            ("26.1", 2, AmongIntegers::At(2_610)),
            ("26", 2, AmongIntegers::At(2_600)),
            ("0.005", 2, AmongIntegers::After(0)),
            ("-0.005", 2, AmongIntegers::After(-1)),
            ("-12.345", 2, AmongIntegers::After(-1_235)),
            ("1.5", 0, AmongIntegers::After(1)),
            ("1.5e3", 0, AmongIntegers::At(1_500)),
            ("1.5E-3", 2, AmongIntegers::After(0)),
            ("1.5e+3", 2, AmongIntegers::At(150_000)),
            (".5", 2, AmongIntegers::At(50)),
            ("5.", 2, AmongIntegers::At(500)),
            ("90071992547409.93", 2, AmongIntegers::At(9_007_199_254_740_993)),
            ("90071992547409.92", 2, AmongIntegers::At(9_007_199_254_740_992)),
            ("90071992547409.925", 2, AmongIntegers::After(9_007_199_254_740_992)),
            ("92233720368547758.07", 2, AmongIntegers::At(i64::MAX)),
            ("92233720368547758.075", 2, AmongIntegers::After(i64::MAX)),
            ("92233720368547758.08", 2, AmongIntegers::AboveAll),
            ("-92233720368547758.08", 2, AmongIntegers::At(i64::MIN)),
            ("-92233720368547758.081", 2, AmongIntegers::BelowAll),
            ("1e300", 2, AmongIntegers::AboveAll),
            ("-1e300", 2, AmongIntegers::BelowAll),
            ("1e-300", 2, AmongIntegers::After(0)),
            ("-1e-300", 2, AmongIntegers::After(-1)),
            ("000000000000000000000000000000001.00", 2, AmongIntegers::At(100)),
        ] {
            assert_eq!(Decimal::parse(text).map(|it| it.place(places)), Some(expected), "{text}");
        }
        for text in ["", "-", ".", "x", "1.2.3", "1e", "0x10"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_digits_of_a_literal_are_what_makes_it_another() {
        let same = |a: &str, b: f64| Decimal::parse(a) == Decimal::of(b);
        assert!(same("26.10", 26.1) && same("2.61e1", 26.1) && same("1e300", 1e300));
        assert!(same("90071992547409.94", 90_071_992_547_409.94));
        assert!(!same("900719925474099.93", 900_719_925_474_099.9));
    }

    #[test]
    fn integers_without_an_exact_double_fall_between_two_doubles() {
        assert_eq!(doubles_around(9_007_199_254_740_992), None);
        let above = 9_007_199_254_740_994.0;
        assert_eq!(doubles_around(9_007_199_254_740_993), Some((above - 2.0, above)));
        assert_eq!(doubles_around(-9_007_199_254_740_993), Some((-above, 2.0 - above)));
        let limit = 9_223_372_036_854_775_808.0_f64;
        assert_eq!(doubles_around(i64::MAX), Some((limit.next_down(), limit)));
        assert_eq!(doubles_around(i64::MIN), None);
    }

    #[test]
    fn minor_units_become_the_nearest_double_and_their_own_text() {
        for (minor, scale, text) in [
            (2_600, 100.0, "26"),
            (2_650, 100.0, "26.5"),
            (-5, 100.0, "-0.05"),
            (2_600, 1.0, "2600"),
            (2_605, 1_000.0, "2.605"),
            (9_007_199_254_740_993, 100.0, "90071992547409.93"),
            (i64::MIN, 100.0, "-92233720368547758.08"),
        ] {
            assert_eq!(text_of_minor(minor, scale), text);
            assert_eq!(unit_of_minor(minor, scale), text.parse::<f64>().unwrap(), "{text}");
        }
    }
}
