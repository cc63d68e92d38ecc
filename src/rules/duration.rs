//! Parses and formats durations as rules write them: `"30s"`, `"10m"`, `"24h"`, `"7d"`, or a sum
//! such as `"1d12h"`.

use crate::transaction::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

const UNITS: [(&str, i64); 5] =
    [("ms", 1), ("s", SECOND_MS), ("m", MINUTE_MS), ("h", HOUR_MS), ("d", DAY_MS)];

/// The duration in milliseconds; `None` if the text is not a duration or the number overflows.
pub fn parse(text: &str) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    let mut rest = text;
    let mut total = 0i64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = rest.get(..letters)?;
        let (_, unit_ms) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.checked_mul(*unit_ms)?)?;
        rest = rest.get(letters..)?;
    }
    Some(total)
}

/// The duration in the largest units that fit: 90 minutes as `1h30m`. [`parse`] reads it back,
/// unless it is negative.
pub fn show(ms: i64) -> String {
    let mut rest = ms.unsigned_abs();
    let mut out = String::from(if ms < 0 { "-" } else { "" });
    for (name, unit_ms) in UNITS.iter().rev() {
        let unit = unit_ms.unsigned_abs();
        if rest >= unit {
            out.push_str(&format!("{}{name}", rest / unit));
            rest %= unit;
        }
    }
    if ms == 0 { "0s".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_sum_of_numbers_with_units() {
        for (text, ms) in [
            ("30s", Some(30_000)),
            ("10m", Some(600_000)),
            ("24h", Some(86_400_000)),
            ("7d", Some(7 * DAY_MS)),
            ("1d12h", Some(36 * HOUR_MS)),
            ("0s", Some(0)),
            ("250ms", Some(250)),
            ("", None),
            ("10", None),
            ("m", None),
            ("10 m", None),
            ("10x", None),
            ("99999999999999999d", None),
        ] {
            assert_eq!(parse(text), ms, "{text}");
        }
    }

    #[test]
    fn what_is_shown_reads_back() {
        for ms in [0, 1, 999, 90 * MINUTE_MS, DAY_MS + 1, 36 * HOUR_MS] {
            assert_eq!(parse(&show(ms)), Some(ms));
        }
    }
}
