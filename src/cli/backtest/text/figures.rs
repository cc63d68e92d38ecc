//! Numbers as the tables show them.

use crate::backtest::report::{Budget, Estimate, Quantiles};
use indicatif::HumanCount;

/// Instead of a figure that does not exist.
pub const NONE: &str = "-";

pub fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// `12.3 %`
pub fn percent(share: Option<f64>) -> String {
    share.map_or(NONE.to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

/// `12.3 % (10.1–14.8)`
pub fn estimated(estimate: Option<Estimate>) -> String {
    match estimate {
        None => NONE.to_owned(),
        Some(Estimate { value, low: Some(low), high: Some(high) }) => {
            format!("{:.1} % ({:.1}–{:.1})", 100.0 * value, 100.0 * low, 100.0 * high)
        }
        Some(Estimate { value, .. }) => percent(Some(value)),
    }
}

/// `0.873 (0.851–0.893)`
pub fn area(estimate: Option<Estimate>) -> String {
    match estimate {
        None => NONE.to_owned(),
        Some(Estimate { value, low: Some(low), high: Some(high) }) => {
            format!("{value:.3} ({low:.3}–{high:.3})")
        }
        Some(Estimate { value, .. }) => format!("{value:.3}"),
    }
}

/// A ratio with two digits after the point.
pub fn ratio(value: Option<f64>) -> String {
    value.map_or(NONE.to_owned(), |value| format!("{value:.2}"))
}

/// Whole units of the currency, grouped.
pub fn amount(value: f64) -> String {
    let whole = crate::number::i64_toward_zero(value.round());
    let sign = if whole < 0 { "-" } else { "" };
    format!("{sign}{}", HumanCount(whole.unsigned_abs()))
}

/// `2 / 9`: the median and the 90 % quantile.
pub fn quantiles(quantiles: Option<Quantiles>) -> String {
    let both = |Quantiles { median, p90 }| format!("{median} / {p90}");
    quantiles.map_or(NONE.to_owned(), both)
}

/// `0.5 %` or `100 a day`
pub fn budget(share: Option<f64>, per_day: Option<u64>) -> String {
    match (share, per_day) {
        (Some(share), _) => format!("{} %", (share * 100_000.0).round() / 1_000.0),
        (None, Some(cases)) => format!("{} a day", count(cases)),
        (None, None) => NONE.to_owned(),
    }
}

/// How many cases with the score at the cut are looked at, of how many.
pub fn ties(budget: &Budget) -> String {
    match budget.tied {
        0 => NONE.to_owned(),
        tied => format!("{} of {}", count(budget.tied_taken), count(tied)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!(percent(Some(0.12345)), "12.3 %");
        assert_eq!(percent(None), "-");
        let estimate = Estimate { value: 0.5, low: Some(0.25), high: Some(0.75) };
        assert_eq!(estimated(Some(estimate)), "50.0 % (25.0–75.0)");
        assert_eq!(area(Some(estimate)), "0.500 (0.250–0.750)");
        assert_eq!(amount(1_234_567.6), "1,234,568");
        assert_eq!(budget(Some(0.001), None), "0.1 %");
        assert_eq!(budget(None, Some(1_000)), "1,000 a day");
    }
}
