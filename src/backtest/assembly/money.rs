//! Amounts and shares as the report has them.

use crate::backtest::figures::{Interval, wilson};
use crate::backtest::report::{Amount, Estimate};
use crate::number::NearestDouble;
use crate::transaction::Currency;

/// Converts minor units of one currency.
#[derive(Debug, Clone, Copy)]
pub struct Money {
    scale: f64,
}

impl Money {
    pub fn new(currency: Currency) -> Self {
        Self { scale: 10_f64.powi(i32::from(currency.exponent())) }
    }

    pub fn amount(self, minor: i128) -> Amount {
        minor.nearest_double() / self.scale
    }

    pub fn amount_of(self, minor: f64) -> Amount {
        minor / self.scale
    }
}

/// A share of cases, with Wilson's interval.
pub fn estimate(part: u64, whole: u64) -> Option<Estimate> {
    let value = crate::backtest::figures::share(part, whole)?;
    Some(with_interval(value, wilson(part, whole)))
}

pub fn with_interval(value: f64, interval: Option<Interval>) -> Estimate {
    let (low, high) = (interval.map(|ends| ends.low), interval.map(|ends| ends.high));
    Estimate { value, low, high }
}
