//! Converts amounts from the text of a JSON number or string to minor units, exactly. It uses no
//! floating point.

use super::reason::Reason;
use serde_json::value::RawValue;

/// An integer of minor units: only digits and an optional minus sign, without a point or an
/// exponent.
pub(super) fn minor(text: &str) -> Result<i64, Reason> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Reason::BadAmount);
    }
    let minor = digits.parse().map_err(|_| Reason::AmountOverflow)?;
    signed(text, minor)
}

/// A decimal in major units, in the grammar of JSON numbers. Accepts an exponent, since some
/// serializers write large amounts with one, and extra trailing zeros beyond the currency's decimal
/// places.
pub(super) fn major(text: &str, exponent: u8) -> Result<i64, Reason> {
    if !is_json_number(text) {
        return Err(Reason::BadAmount);
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (decimal, power) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let digits = Digits { whole, fraction };
    let shift = power_value(power) + i32::from(exponent) - length(fraction);
    signed(text, digits.shifted(shift)?)
}

/// The digits of a decimal on both sides of its point.
struct Digits<'t> {
    whole: &'t str,
    fraction: &'t str,
}

impl Digits<'_> {
    fn iter(&self) -> impl DoubleEndedIterator<Item = u8> {
        self.whole.bytes().chain(self.fraction.bytes())
    }

    /// The number × 10^`shift`. Checks for too many decimal places before it checks the size, so
    /// that neither error is mistaken for the other, no matter how many digits there are.
    fn shifted(&self, shift: i32) -> Result<i64, Reason> {
        let zeros = self.iter().rev().take_while(|digit| *digit == b'0').count();
        let significant = self.whole.len() + self.fraction.len() - zeros;
        if significant == 0 {
            return Ok(0);
        }
        let shift = shift.saturating_add(i32::try_from(zeros).unwrap_or(i32::MAX));
        let shift = u32::try_from(shift).map_err(|_| Reason::AmountPlaces)?;
        let value = self
            .iter()
            .take(significant)
            .try_fold(0i64, |sum, digit| sum.checked_mul(10)?.checked_add(i64::from(digit - b'0')));
        let minor = value.zip(10i64.checked_pow(shift)).and_then(|(v, power)| v.checked_mul(power));
        minor.ok_or(Reason::AmountOverflow)
    }
}

fn is_json_number(text: &str) -> bool {
    let is_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    // serde_json allows white space after the number, but excludes it from `json`.
    let whole = |json: &RawValue| json.get().len() == text.len();
    is_number && serde_json::from_str(text).is_ok_and(whole)
}

/// The number of digits, capped where more would make no difference.
fn length(fraction: &str) -> i32 {
    i32::try_from(fraction.len()).unwrap_or(i32::MAX / 4).min(i32::MAX / 4)
}

/// The value of an exponent, capped where a larger one would have the same effect.
fn power_value(text: &str) -> i32 {
    let limit = i32::MAX / 4;
    let digits = text.trim_start_matches(['+', '-']);
    let value = digits.parse().map_or(limit, |value: i32| value.min(limit));
    if text.starts_with('-') { -value } else { value }
}

fn signed(text: &str, minor: i64) -> Result<i64, Reason> {
    if text.starts_with('-') && minor != 0 { Err(Reason::NegativeAmount) } else { Ok(minor) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Reason::{AmountOverflow, AmountPlaces, BadAmount, NegativeAmount};

    #[test]
    fn minor_units_are_integers() {
        for (text, expected) in [
            ("0", Ok(0)),
            ("-0", Ok(0)),
            ("260000", Ok(260_000)),
            ("9223372036854775807", Ok(i64::MAX)),
            ("9223372036854775808", Err(AmountOverflow)),
            ("-9223372036854775808", Err(AmountOverflow)),
            ("-1", Err(NegativeAmount)),
            ("1.0", Err(BadAmount)),
            ("1e2", Err(BadAmount)),
            ("", Err(BadAmount)),
            ("-", Err(BadAmount)),
            ("+1", Err(BadAmount)),
            (" 1", Err(BadAmount)),
        ] {
            assert_eq!(minor(text), expected, "{text}");
        }
    }

    #[test]
    fn major_units_are_exact_decimals() {
        let zeros = "0".repeat(400);
        for (text, exponent, expected) in [
            ("2600", 2, Ok(260_000)),
            ("2600.00", 2, Ok(260_000)),
            ("0.1", 2, Ok(10)),
            ("0.29", 2, Ok(29)),
            ("1.10", 0, Err(AmountPlaces)),
            ("100.00", 0, Ok(100)),
            ("1.234", 3, Ok(1234)),
            ("1.234", 2, Err(AmountPlaces)),
            ("1.2300", 2, Ok(123)),
            ("1.0E7", 2, Ok(1_000_000_000)),
            ("1.23456789e7", 2, Ok(1_234_567_890)),
            ("1.23456789e+3", 2, Err(AmountPlaces)),
            ("1230e-2", 2, Ok(1230)),
            ("1e-3", 2, Err(AmountPlaces)),
            ("0e999999999999", 2, Ok(0)),
            ("1e999999999999", 2, Err(AmountOverflow)),
            ("1e-999999999999", 2, Err(AmountPlaces)),
            ("92233720368547758.07", 2, Ok(i64::MAX)),
            ("92233720368547758.08", 2, Err(AmountOverflow)),
            ("99999999999999999999", 2, Err(AmountOverflow)),
            (&format!("1.{zeros}"), 2, Ok(100)),
            (&format!("0.{zeros}1"), 2, Err(AmountPlaces)),
            ("12.500000000000000000001", 2, Err(AmountPlaces)),
            (&format!("12.50{zeros}1"), 2, Err(AmountPlaces)),
            (&format!("99999999999999999999.{zeros}1"), 2, Err(AmountPlaces)),
            (&format!("12.50{zeros}"), 2, Ok(1250)),
            (&format!("1{zeros}e-400"), 2, Ok(100)),
            (&format!("1{zeros}e-403"), 2, Err(AmountPlaces)),
            (&format!("0.{zeros}1e401"), 2, Ok(100)),
            (&format!("1{zeros}"), 2, Err(AmountOverflow)),
            ("0.000", 0, Ok(0)),
            ("0e-999999999999", 2, Ok(0)),
            ("100e-2", 0, Ok(1)),
            ("100e-3", 0, Err(AmountPlaces)),
            ("-0.00", 2, Ok(0)),
            ("-0.01", 2, Err(NegativeAmount)),
            ("1,5", 2, Err(BadAmount)),
            ("1 000", 2, Err(BadAmount)),
            ("5 ", 2, Err(BadAmount)),
            ("007", 2, Err(BadAmount)),
            (".5", 2, Err(BadAmount)),
            ("5.", 2, Err(BadAmount)),
            ("+5", 2, Err(BadAmount)),
            ("$5", 2, Err(BadAmount)),
            ("", 2, Err(BadAmount)),
            ("NaN", 2, Err(BadAmount)),
        ] {
            assert_eq!(major(text, exponent), expected, "{text} with {exponent} places");
        }
    }
}
