//! Texts and cells that several sections show.

use super::super::numbers::{NONE, decimal, estimate_percent, interval_percent, minutes};
use super::super::table::TableCell;
use crate::backtest::report::{Delay, Estimate, Quantiles, RulesetReport};

/// A ruleset in a few words.
pub fn name(ruleset: &RulesetReport) -> String {
    format!("{} {}", ruleset.name, ruleset.version)
}

/// A share in percent, with its interval.
pub fn share(estimate: Option<Estimate>) -> TableCell {
    TableCell::with_small(estimate_percent(estimate), estimate.and_then(interval_percent))
}

/// A figure without a unit, with its interval.
pub fn number(estimate: Option<Estimate>) -> TableCell {
    let Some(estimate) = estimate else { return NONE.into() };
    let interval = estimate.low.zip(estimate.high);
    let interval = interval.map(|(low, high)| format!("{low:.3}–{high:.3}"));
    TableCell::with_small(format!("{:.3}", estimate.value), interval)
}

/// A delay in time, and below it in fraud transactions.
pub fn delay(delay: &Delay, quantile: fn(Quantiles) -> f64) -> TableCell {
    let transactions = delay.transactions.map(quantile);
    let transactions = transactions.map(|number| match number {
        1.0 => "1 transaction".to_owned(),
        number => format!("{} transactions", decimal(number)),
    });
    let time = delay.minutes.map(quantile);
    TableCell::with_small(time.map_or_else(|| NONE.to_owned(), minutes), transactions)
}

/// A number that may not exist.
pub fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), decimal)
}
