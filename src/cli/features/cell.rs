//! A value of the table.

use crate::rules::{Answer, Value, decimal};
use crate::transaction::{Money, Time};

/// A value of the table; a cell without one is `None`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Bool(bool),
    Int(i64),
    Double(f64),
    Decimal(Money),
    Text(String),
    Time(Time),
}

impl Cell {
    /// The answer, if it is known exactly. What is absent or known only within bounds has no value.
    pub fn of(answer: &Answer) -> Option<Self> {
        let Answer::Is(value) = answer else { return None };
        Some(match value {
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Int(number) | Value::Duration(number) => Self::Int(*number),
            Value::Double(number) => Self::Double(*number),
            Value::Money(money) => Self::Decimal(*money),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Time(time) => Self::Time(*time),
            Value::List(_) | Value::Charge(_) => return None,
        })
    }
}

/// The double that is nearest to an amount: 26.10 is the double that `26.1` is.
pub(super) fn nearest_double(money: Money) -> f64 {
    // Digits with at most one point are always a number.
    decimal(money).parse().unwrap_or(f64::NAN)
}
