//! Numbers as a person reads them: counts in groups of three digits, amounts, shares in percent, and
//! short forms for axes.

use crate::backtest::report::Estimate;
use crate::number::{NearestDouble, u64_toward_zero};

/// What a table shows for a figure that does not exist.
pub const NONE: &str = "–";

/// `12,345`
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// An amount without decimals if it is large, otherwise with two: `12,345` or `12.34`.
pub fn amount(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    let cents = u64_toward_zero((value.abs() * 100.0).round());
    if cents >= 100_000 {
        return format!("{sign}{}", count((cents + 50) / 100));
    }
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

/// A number that may have a fraction, with at most two decimals.
pub fn decimal(value: f64) -> String {
    if value.abs() >= 1_000.0 && value.is_finite() {
        let sign = if value < 0.0 { "−" } else { "" };
        return format!("{sign}{}", count(u64_toward_zero(value.abs().round())));
    }
    let text = format!("{value:.2}");
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    trimmed.replace('-', "−")
}

/// `12.3 %` with a space that does not break; small shares get more decimals, because a false-positive rate of 0.0 % says nothing.
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    let decimals = match value.abs() {
        0.0 => 0,
        x if x < 0.01 => 4,
        x if x < 0.1 => 3,
        x if x < 1.0 => 2,
        x if (99.95..100.0).contains(&x) => 2,
        100.0 => 0,
        _ => 1,
    };
    format!("{value:.decimals$}\u{a0}%").replace('-', "−")
}

pub fn optional_percent(share: Option<f64>) -> String {
    share.map_or_else(|| NONE.to_owned(), percent)
}

/// The value of an estimate in percent.
pub fn estimate_percent(estimate: Option<Estimate>) -> String {
    optional_percent(estimate.map(|estimate| estimate.value))
}

/// `81.2–93.4 %`
pub fn interval_percent(estimate: Estimate) -> Option<String> {
    let (low, high) = (estimate.low?, estimate.high?);
    Some(format!("{:.1}–{:.1}\u{a0}%", low * 100.0, high * 100.0))
}

/// A duration in the unit that suits it. Reports have whole minutes.
pub fn minutes(value: f64) -> String {
    match value {
        x if x < 1.0 => "< 1 min".to_owned(),
        x if x < 120.0 => format!("{} min", decimal((x * 10.0).round() / 10.0)),
        x if x < 2_880.0 => format!("{:.1} h", x / 60.0),
        x => format!("{:.1} d", x / 1_440.0),
    }
}

/// A number for an axis: `0`, `0.5`, `20`, `1.5k`, `3M`.
pub fn short(value: f64) -> String {
    for (unit, name) in [(1e9, "bn"), (1e6, "M"), (1e3, "k")] {
        if value.abs() >= unit {
            return format!("{}{name}", decimal(value / unit));
        }
    }
    decimal(value)
}

/// A share as a mark of an axis: `20%`.
pub fn percent_mark(share: f64) -> String {
    format!("{}%", decimal(share * 100.0))
}

/// `1 card`, `2 cards`
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A part of a whole, 0 of nothing.
pub fn part(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part.nearest_double() / whole.nearest_double() }
}

/// `2026-01-31` as `31 Jan`; other texts are unchanged.
pub fn short_day(day: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = day.splitn(3, '-').skip(1);
    let month = parts.next().and_then(|month| month.parse::<usize>().ok());
    let name = month.and_then(|month| MONTHS.get(month.checked_sub(1)?));
    match (name, parts.next()) {
        (Some(name), Some(day)) => format!("{} {name}", day.trim_start_matches('0')),
        _ => day.to_owned(),
    }
}

/// `2026-01-31T10:15:30.000Z` as `2026-01-31 10:15:30`; other texts are unchanged.
pub fn time(time: &str) -> String {
    match (time.split_once('T'), time.get(..19)) {
        (Some(_), Some(seconds)) if time.ends_with('Z') => seconds.replacen('T', " ", 1),
        _ => time.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        for (number, expected) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")]
        {
            assert_eq!(count(number), expected);
        }
        for (value, expected) in [
            (0.0, "0.00"),
            (12.345, "12.35"),
            (999.99, "999.99"),
            (1_234_567.89, "1,234,568"),
            (-5.0, "−5.00"),
        ] {
            assert_eq!(amount(value), expected);
        }
        for (value, expected) in [
            (0.0, "0"),
            (1.0, "1"),
            (1.5, "1.5"),
            (0.126, "0.13"),
            (-2.5, "−2.5"),
            (1234.6, "1,235"),
        ] {
            assert_eq!(decimal(value), expected);
        }
        for (value, expected) in
            [(0.0, "0"), (20.0, "20"), (1_500.0, "1.5k"), (3e6, "3M"), (2e9, "2bn")]
        {
            assert_eq!(short(value), expected);
        }
    }

    #[test]
    fn shares_keep_what_matters() {
        for (share, expected) in [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.5, "50.0 %"),
            (0.1234, "12.3 %"),
            (0.001_23, "0.12 %"),
            (0.000_123, "0.012 %"),
            (0.000_01, "0.0010 %"),
            (0.999_6, "99.96 %"),
        ] {
            assert_eq!(percent(share).replace('\u{a0}', " "), expected, "{share}");
        }
        let estimate = Estimate { value: 0.5, low: Some(0.4), high: Some(0.612) };
        assert_eq!(interval_percent(estimate).unwrap(), "40.0–61.2\u{a0}%");
        assert_eq!(estimate_percent(None), NONE);
    }

    #[test]
    fn times_are_short() {
        for (value, expected) in [
            (0.0, "< 1 min"),
            (3.0, "3 min"),
            (3.16, "3.2 min"),
            (150.0, "2.5 h"),
            (4_320.0, "3.0 d"),
        ] {
            assert_eq!(minutes(value), expected);
        }
        assert_eq!(short_day("2026-01-05"), "5 Jan");
        assert_eq!(short_day("week 3"), "week 3");
        assert_eq!(time("2026-01-31T10:15:30.123Z"), "2026-01-31 10:15:30");
        assert_eq!(time("soon"), "soon");
    }
}
