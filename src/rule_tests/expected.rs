//! Compares the values that a case expects of features with their answers.

use crate::number::NearestDouble;
use crate::rules::{self, Answer, Value, decimal};
use crate::transaction::Time;
use serde::Deserialize;
use std::fmt;

/// Doubles are compared to this many decimal places, or to more if the expected value has more.
const PLACES_MIN: usize = 2;

/// What a feature should be: a value, or `{ error = "absent" }` or `{ error = "saturated" }`, in
/// the notation of `redcard rules eval`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "toml::Value")]
pub(super) enum Expected {
    Value(toml::Value),
    Absent,
    Saturated,
}

impl TryFrom<toml::Value> for Expected {
    type Error = &'static str;

    fn try_from(written: toml::Value) -> Result<Self, Self::Error> {
        let toml::Value::Table(table) = written else { return Ok(Self::Value(written)) };
        match table.get("error").and_then(toml::Value::as_str) {
            Some("absent") if table.len() == 1 => Ok(Self::Absent),
            Some("saturated") if table.len() == 1 => Ok(Self::Saturated),
            _ => Err("write a value, `{ error = \"absent\" }` or `{ error = \"saturated\" }`"),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(f, "{value}"),
            Self::Absent => f.write_str("absent"),
            Self::Saturated => f.write_str("saturated"),
        }
    }
}

impl Expected {
    pub(super) fn agrees(&self, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::Value(written), Answer::Is(value)) => agrees(written, value),
            (Self::Absent, Answer::Absent) => true,
            (Self::Saturated, Answer::AtLeast(_) | Answer::AtMost(_) | Answer::Saturated) => true,
            _ => false,
        }
    }
}

fn agrees(written: &toml::Value, value: &Value) -> bool {
    use toml::Value::{Array, Boolean, Datetime, Float, Integer, String};
    match (written, value) {
        (Boolean(written), Value::Bool(value)) => written == value,
        (Integer(written), Value::Int(value)) => written == value,
        (Integer(written), Value::Double(value)) => written.nearest_double() == *value,
        (Float(written), Value::Double(value)) => rounded_alike(*written, *value),
        (Integer(written), Value::Money(money)) => {
            same_number(&written.to_string(), &decimal(*money))
        }
        (Float(written), Value::Money(money)) => {
            same_number(&format!("{written:?}"), &decimal(*money))
        }
        (String(written), Value::Text(value)) => written == value,
        (String(written), Value::Time(value)) => Time::parse_rfc3339(written) == Some(*value),
        (Datetime(written), Value::Time(value)) => {
            Time::parse_rfc3339(&written.to_string()) == Some(*value)
        }
        (String(written), Value::Duration(ms)) => rules::parse_duration_ms(written) == Some(*ms),
        (Array(written), Value::List(values)) => {
            written.len() == values.len()
                && written.iter().zip(values).all(|(written, value)| agrees(written, value))
        }
        _ => false,
    }
}

/// Whether two decimals are equal apart from trailing zeros.
fn same_number(a: &str, b: &str) -> bool {
    let bare = |text: &str| match text.split_once('.') {
        Some((whole, part)) => (whole.to_owned(), part.trim_end_matches('0').to_owned()),
        None => (text.to_owned(), String::new()),
    };
    bare(a) == bare(b)
}

fn rounded_alike(written: f64, value: f64) -> bool {
    let text = format!("{written:?}");
    let places = text.split_once('.').map_or(0, |(_, part)| part.len()).max(PLACES_MIN);
    format!("{value:.places$}") == format!("{written:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::{Currency, Money};

    #[track_caller]
    fn check(written: &str, answer: Answer, expected: bool) {
        let table: toml::Table = toml::from_str(&format!("x = {written}")).unwrap();
        let written = Expected::try_from(table["x"].clone()).unwrap();
        assert_eq!(written.agrees(&answer), expected, "{written} and {answer}");
    }

    #[test]
    fn a_value_agrees_with_what_is_written_for_it() {
        let money = |minor| {
            let currency = Currency::parse("USD").unwrap();
            Answer::Is(Value::Money(Money { minor, currency }))
        };
        check("true", Answer::Is(Value::Bool(true)), true);
        check("3", Answer::Is(Value::Int(3)), true);
        check("3.0", Answer::Is(Value::Int(3)), false);
        check("3", Answer::Is(Value::Double(3.0)), true);
        check("33.33", Answer::Is(Value::Double(100.0 / 3.0)), true);
        check("33.3", Answer::Is(Value::Double(100.0 / 3.0)), false);
        check("33.3333", Answer::Is(Value::Double(100.0 / 3.0)), true);
        check("33.3334", Answer::Is(Value::Double(100.0 / 3.0)), false);
        check("26", money(2_600), true);
        check("26.5", money(2_650), true);
        check("26.00", money(2_600), true);
        check("26.5", money(2_651), false);
        check("'a'", Answer::Is(Value::Text("a".into())), true);
        check("'1h30m'", Answer::Is(Value::Duration(5_400_000)), true);
        check("'90m'", Answer::Is(Value::Duration(5_400_000)), true);
        check("'1970-01-01T00:00:01Z'", Answer::Is(Value::Time(Time(1_000))), true);
        check("1970-01-01T00:00:01Z", Answer::Is(Value::Time(Time(1_000))), true);
        let list = Answer::Is(Value::List(vec![Value::Int(1), Value::Int(2)]));
        check("[1, 2]", list.clone(), true);
        check("[1]", list, false);
    }

    #[test]
    fn what_has_no_value_is_expected_as_such() {
        check("{ error = 'absent' }", Answer::Absent, true);
        check("{ error = 'absent' }", Answer::Is(Value::Int(0)), false);
        check("{ error = 'saturated' }", Answer::AtLeast(Value::Int(5)), true);
        check("{ error = 'saturated' }", Answer::Absent, false);
        check("5", Answer::AtLeast(Value::Int(5)), false);
        check("0", Answer::Absent, false);
    }
}
