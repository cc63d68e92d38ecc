//! The columns of a macro's row.

use super::super::types::Type;
use super::statistic::StatisticMacro;

/// How a macro is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallForm {
    /// `list.size()`
    Plain,
    /// `list.exists(t, condition)`
    WithVariable,
    /// `list.sum(t, value)`, and on a list of values `list.sum()`
    Either,
    /// `list.percentile(t, value, 90)`, and on a list of values `list.percentile(90)`
    EitherWithPercent,
}

/// What the expression after the variable must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
    /// The macro takes no expression.
    Nothing,
    Condition,
    AnyValue,
    Numbers,
    NumbersAndDurations,
    NumbersAndTimes,
}

impl ArgumentKind {
    pub fn allows(self, ty: Type) -> bool {
        match self {
            ArgumentKind::Condition => ty == Type::Bool,
            ArgumentKind::Numbers => ty.is_number(),
            ArgumentKind::NumbersAndDurations => ty.is_number() || ty == Type::Duration,
            ArgumentKind::NumbersAndTimes => {
                ty.is_number() || matches!(ty, Type::Time | Type::Duration)
            }
            ArgumentKind::AnyValue | ArgumentKind::Nothing => true,
        }
    }

    /// What the error about a value of another type requires.
    pub fn requirement(self, name: &str) -> String {
        match self {
            ArgumentKind::Condition => "true or false is needed here".to_owned(),
            ArgumentKind::Numbers
            | ArgumentKind::NumbersAndDurations
            | ArgumentKind::NumbersAndTimes => {
                format!("`{name}` is for numbers")
            }
            ArgumentKind::AnyValue | ArgumentKind::Nothing => format!("`{name}` is for any value"),
        }
    }
}

/// The type of a macro's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultType {
    Bool,
    Int,
    Double,
    /// The type of the values.
    OneValue,
    Charge,
    /// A list of charges, or of values if the macro is applied to one.
    SameList,
    Values,
}

impl ResultType {
    /// The type of the result over values of a type; `None` if the result is not one value.
    pub fn value_type(self, of: Type) -> Option<Type> {
        match self {
            ResultType::Bool => Some(Type::Bool),
            ResultType::Int => Some(Type::Int),
            ResultType::Double => Some(Type::Double),
            ResultType::OneValue => Some(of),
            ResultType::Charge | ResultType::SameList | ResultType::Values => None,
        }
    }
}

/// The result over an empty list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverEmpty {
    Zero,
    False,
    True,
    Absent,
    EmptyList,
}

/// What is known about the result if the cap has cut the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saturated {
    LowerBound,
    /// Only if no value is negative; otherwise nothing is known.
    LowerBoundIfNoneIsNegative,
    UpperBound,
    Unknown,
    /// True if one of the known charges matches; otherwise nothing is known.
    TrueIfOneMatches,
    /// False if one of the known charges does not match; otherwise nothing is known.
    FalseIfOneFails,
    /// False if two of the known charges match; otherwise nothing is known.
    FalseIfTwoMatch,
    /// The newest known charge, if there is one.
    NewestKnown,
    /// The part of the list that is known.
    KnownPart,
}

/// A macro without an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainMacro {
    Size,
    First,
    Latest,
}

/// A macro whose expression is evaluated for each charge or value.
#[derive(Debug, Clone, Copy)]
pub enum EachMacro {
    Quantifier(Quantifier),
    List(ListMacro),
    Statistic(StatisticMacro),
}

/// A macro that tests or counts the charges for which a condition is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    Exists,
    ExistsOne,
    All,
    Count,
}

/// A macro that gives another list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListMacro {
    Filter,
    Map,
    Distinct,
}
