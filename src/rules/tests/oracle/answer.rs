//! Converts the answers of the compiled form and of the interpreter to one type, and compares them.

use super::definitions::is_close;
use super::generate::Ty;
use crate::rules;
use cel::ExecutionError;
use cel::objects::ResolveResult;

#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Absent,
    Bool(bool),
    /// Money too, in minor units.
    Int(i64),
    Double(f64),
    Text(String),
    /// Milliseconds.
    Time(i64),
    Duration(i64),
}

impl Answer {
    /// The interpreter's answer. An error that does not mean absence is a mistake in the test.
    pub fn of_interpreter(result: ResolveResult, text: &str) -> Self {
        use cel::Value;
        match result {
            Ok(Value::Bool(value)) => Answer::Bool(value),
            Ok(Value::Int(value)) => Answer::Int(value),
            Ok(Value::Float(value)) => Answer::Double(value),
            Ok(Value::String(value)) => Answer::Text(value.to_string()),
            Ok(Value::Timestamp(value)) => Answer::Time(value.timestamp_millis()),
            Ok(Value::Duration(value)) => Answer::Duration(value.num_milliseconds()),
            Err(error) if is_absence(&error) => Answer::Absent,
            other => panic!("the interpreter answers {other:?} to {text}"),
        }
    }

    pub fn of_value(value: &rules::Value) -> Self {
        use rules::Value;
        match value {
            Value::Bool(value) => Answer::Bool(*value),
            Value::Int(value) => Answer::Int(*value),
            Value::Money(value) => Answer::Int(value.minor),
            Value::Double(value) => Answer::Double(*value),
            Value::Text(value) => Answer::Text(value.clone()),
            Value::Time(value) => Answer::Time(value.millis()),
            Value::Duration(value) => Answer::Duration(*value),
            Value::List(_) | Value::Charge(_) => panic!("no expression gives {value:?}"),
        }
    }

    /// The compiled form's answer, if no charge is cut. A bound is an error then.
    pub fn of_compiled(answer: &rules::Answer) -> Result<Self, String> {
        match answer {
            rules::Answer::Is(value) => Ok(Self::of_value(value)),
            rules::Answer::Absent => Ok(Answer::Absent),
            bound => Err(format!("{bound:?}")),
        }
    }

    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Answer::Double(a), Answer::Double(b)) => is_close(*a, *b),
            (a, b) => a == b,
        }
    }

    /// For numbers, times and durations of the same type.
    pub fn is_at_least(&self, bound: &Self) -> bool {
        match (self, bound) {
            (Answer::Int(value), Answer::Int(bound))
            | (Answer::Time(value), Answer::Time(bound))
            | (Answer::Duration(value), Answer::Duration(bound)) => value >= bound,
            (Answer::Double(value), Answer::Double(bound)) => {
                value >= bound || is_close(*value, *bound)
            }
            _ => false,
        }
    }

    pub fn verdict(&self) -> Option<bool> {
        match self {
            Answer::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The answer as points: rounded, and clamped to what a rule can give.
    pub fn points(&self, ty: Ty) -> Option<f64> {
        let value = match (ty, self) {
            (Ty::Money, Answer::Int(minor)) => *minor as f64 / 100.0,
            (_, Answer::Int(value)) => *value as f64,
            (_, Answer::Double(value)) => *value,
            _ => return None,
        };
        Some(value.round().clamp(-1000.0, 1000.0))
    }
}

fn is_absence(error: &ExecutionError) -> bool {
    matches!(
        error,
        ExecutionError::NoSuchKey(_)
            | ExecutionError::DivisionByZero(_)
            | ExecutionError::RemainderByZero(_)
            | ExecutionError::Overflow(..)
            | ExecutionError::IndexOutOfBounds(_)
            | ExecutionError::FunctionError { .. }
    )
}
