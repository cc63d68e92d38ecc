//! Defines the values of expressions as people and other parts of redcard see them, and how certain
//! they are.

use super::duration;
use crate::memory::Event;
use crate::transaction::{Money, Time};
use std::fmt;

/// A value of the language.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `bool` in CEL.
    Bool(bool),
    /// `int` in CEL: 64 bits with a sign.
    Int(i64),
    /// `double` in CEL: IEEE 754, 64 bits.
    Double(f64),
    /// An exact amount in the base currency. CEL sees it as a `double`: 26.0 for USD 26.00.
    Money(Money),
    /// `string` in CEL. Codes are texts too: a country is `"DK"`, a category `"5651"`.
    Text(String),
    /// `timestamp` in CEL, to the millisecond.
    Time(Time),
    /// `duration` in CEL, in milliseconds.
    Duration(i64),
    /// Items in the order of the language; charges are oldest first.
    List(Vec<Value>),
    /// A remembered charge.
    Charge(Event),
}

/// The result of an expression for one transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Known exactly.
    Is(Value),
    /// The expression has no value.
    Absent,
    /// The cap has cut charges that it depends on: the value is this or more. A list has at least
    /// these items.
    AtLeast(Value),
    /// The cap has cut charges that it depends on: the value is this or less.
    AtMost(Value),
    /// The cap has cut charges that it depends on, and nothing is known about the value.
    Saturated,
}

impl Answer {
    /// The value, if it is known exactly.
    pub(super) fn known(&self) -> Option<&Value> {
        match self {
            Answer::Is(value) => Some(value),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    /// Formats the value in the notation of the language.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Double(value) => write!(f, "{value:?}"),
            Value::Money(money) => f.write_str(&decimal(*money)),
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Time(time) => write!(f, "{time}"),
            Value::Duration(ms) => f.write_str(&duration::show(*ms)),
            Value::List(values) => list(values, f),
            Value::Charge(event) => write!(f, "the charge of {}", event.time()),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Is(value) => write!(f, "{value}"),
            Answer::Absent => f.write_str("absent"),
            Answer::AtLeast(value) => write!(f, "at least {value}"),
            Answer::AtMost(value) => write!(f, "at most {value}"),
            Answer::Saturated => f.write_str("saturated"),
        }
    }
}

fn list(values: &[Value], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("[")?;
    for (at, value) in values.iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        write!(f, "{comma}{value}")?;
    }
    f.write_str("]")
}

/// The exact amount, with as many decimal places as the currency has: `26.00`.
pub fn decimal(money: Money) -> String {
    let places = usize::from(money.currency.exponent());
    let unit = 10u64.pow(u32::from(money.currency.exponent()));
    let (whole, part) = (money.minor.unsigned_abs() / unit, money.minor.unsigned_abs() % unit);
    let sign = if money.minor < 0 { "-" } else { "" };
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part:0places$}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::Currency;

    #[test]
    fn money_is_written_exactly() {
        for (code, minor, expected) in [
            ("USD", 2600, "26.00"),
            ("USD", -5, "-0.05"),
            ("USD", 9_007_199_254_740_993, "90071992547409.93"),
            ("JPY", 2600, "2600"),
            ("BHD", 2600, "2.600"),
        ] {
            let currency = Currency::parse(code).unwrap();
            assert_eq!(decimal(Money { minor, currency }), expected);
        }
    }

    #[test]
    fn values_are_written_as_the_language_writes_them() {
        let list = Value::List(vec![Value::Double(2.0), Value::Text("a\"b".into())]);
        assert_eq!(Answer::AtLeast(list).to_string(), r#"at least [2.0, "a\"b"]"#);
        assert_eq!(Answer::Is(Value::Duration(5_400_000)).to_string(), "1h30m");
    }
}
