//! The macros of lists, one row each.

use super::columns::{
    ArgumentKind, CallForm, EachMacro, ListMacro, OverEmpty, PlainMacro, Quantifier, ResultType,
    Saturated,
};
use super::functions::Example;
use super::rows::rows;
use super::statistic::{Percent, Statistic, StatisticChoice, StatisticMacro};

/// How a macro is computed.
#[derive(Debug, Clone, Copy)]
pub enum MacroKind {
    Plain(PlainMacro),
    Each(EachMacro),
}

/// Everything that is particular to one macro.
#[derive(Debug, Clone, Copy)]
pub struct MacroRow {
    pub name: &'static str,
    pub form: CallForm,
    pub accepts: ArgumentKind,
    pub gives: ResultType,
    pub kind: MacroKind,
    /// Whether a list of distinct values has it: its result does not depend on how often a value
    /// occurs.
    pub over_distinct: bool,
    pub over_empty: OverEmpty,
    pub saturated: Saturated,
    /// What it gives, as in the documentation.
    pub doc: &'static str,
    /// An expression with its value in docs/rules/reference.md.
    pub example: Example,
}

impl MacroRow {
    /// Help for a wrong call.
    pub fn usage(&self) -> String {
        format!("write `{}`: {}, as in `{}`", self.call(), self.doc, self.example.0)
    }

    /// How it is written, as in the documentation.
    pub fn call(&self) -> String {
        let body = if self.accepts == ArgumentKind::Condition { "condition" } else { "value" };
        match self.form {
            CallForm::Plain => format!(".{}()", self.name),
            CallForm::WithVariable | CallForm::Either => format!(".{}(t, {body})", self.name),
            CallForm::EitherWithPercent => format!(".{}(t, {body}, 90)", self.name),
        }
    }
}

impl Statistic {
    /// The row of the macro that gives it.
    pub fn row(self) -> &'static MacroRow {
        match self {
            Statistic::Sum => Macro::Sum.row(),
            Statistic::Least => Macro::Min.row(),
            Statistic::Greatest => Macro::Max.row(),
            Statistic::Mean => Macro::Avg.row(),
            Statistic::Deviation => Macro::Stddev.row(),
            Statistic::Percentile(_) => Macro::Percentile.row(),
        }
    }
}

const fn quantifier(quantifier: Quantifier) -> MacroKind {
    MacroKind::Each(EachMacro::Quantifier(quantifier))
}

const fn statistic(choice: StatisticChoice, excludes_reversed: bool) -> MacroKind {
    MacroKind::Each(EachMacro::Statistic(StatisticMacro { choice, excludes_reversed }))
}

rows! {
    /// A macro of a list.
    Macro: MacroRow {
        Size => MacroRow {
            name: "size",
            form: CallForm::Plain,
            accepts: ArgumentKind::Nothing,
            gives: ResultType::Int,
            kind: MacroKind::Plain(PlainMacro::Size),
            over_distinct: true,
            over_empty: OverEmpty::Zero,
            saturated: Saturated::LowerBound,
            doc: "the number of charges",
            example: ("card.last(\"24h\").size()", "2"),
        },
        First => MacroRow {
            name: "first",
            form: CallForm::Plain,
            accepts: ArgumentKind::Nothing,
            gives: ResultType::Charge,
            kind: MacroKind::Plain(PlainMacro::First),
            over_distinct: false,
            over_empty: OverEmpty::Absent,
            saturated: Saturated::Unknown,
            doc: "the oldest charge",
            example: ("card.last(\"24h\").first().amount", "12.00"),
        },
        Latest => MacroRow {
            name: "latest",
            form: CallForm::Plain,
            accepts: ArgumentKind::Nothing,
            gives: ResultType::Charge,
            kind: MacroKind::Plain(PlainMacro::Latest),
            over_distinct: false,
            over_empty: OverEmpty::Absent,
            saturated: Saturated::NewestKnown,
            doc: "the newest charge",
            example: ("card.last(\"24h\").latest().amount", "1.00"),
        },
        Exists => MacroRow {
            name: "exists",
            form: CallForm::WithVariable,
            accepts: ArgumentKind::Condition,
            gives: ResultType::Bool,
            kind: quantifier(Quantifier::Exists),
            over_distinct: true,
            over_empty: OverEmpty::False,
            saturated: Saturated::TrueIfOneMatches,
            doc: "whether it is true for at least one charge",
            example: ("card.last(\"24h\").exists(t, t.declined)", "true"),
        },
        ExistsOne => MacroRow {
            name: "exists_one",
            form: CallForm::WithVariable,
            accepts: ArgumentKind::Condition,
            gives: ResultType::Bool,
            kind: quantifier(Quantifier::ExistsOne),
            over_distinct: true,
            over_empty: OverEmpty::False,
            saturated: Saturated::FalseIfTwoMatch,
            doc: "whether it is true for exactly one charge",
            example: ("card.last(\"24h\").exists_one(t, t.declined)", "true"),
        },
        All => MacroRow {
            name: "all",
            form: CallForm::WithVariable,
            accepts: ArgumentKind::Condition,
            gives: ResultType::Bool,
            kind: quantifier(Quantifier::All),
            over_distinct: true,
            over_empty: OverEmpty::True,
            saturated: Saturated::FalseIfOneFails,
            doc: "whether it is true for every charge",
            example: ("card.last(\"24h\").all(t, t.declined)", "false"),
        },
        Filter => MacroRow {
            name: "filter",
            form: CallForm::WithVariable,
            accepts: ArgumentKind::Condition,
            gives: ResultType::SameList,
            kind: MacroKind::Each(EachMacro::List(ListMacro::Filter)),
            over_distinct: true,
            over_empty: OverEmpty::EmptyList,
            saturated: Saturated::KnownPart,
            doc: "the list of matching charges",
            example: ("card.last(\"24h\").filter(t, t.declined).size()", "1"),
        },
        Map => MacroRow {
            name: "map",
            form: CallForm::WithVariable,
            accepts: ArgumentKind::AnyValue,
            gives: ResultType::Values,
            kind: MacroKind::Each(EachMacro::List(ListMacro::Map)),
            over_distinct: false,
            over_empty: OverEmpty::EmptyList,
            saturated: Saturated::KnownPart,
            doc: "the list of values; `.map(t, condition, value)` filters it first",
            example: ("card.last(\"24h\").map(t, t.amount).max()", "12.00"),
        },
        Distinct => MacroRow {
            name: "distinct",
            form: CallForm::Either,
            accepts: ArgumentKind::AnyValue,
            gives: ResultType::Values,
            kind: MacroKind::Each(EachMacro::List(ListMacro::Distinct)),
            over_distinct: true,
            over_empty: OverEmpty::EmptyList,
            saturated: Saturated::KnownPart,
            doc: "the list of distinct values",
            example: ("card.last(\"24h\").distinct(t, t.merchant.country).size()", "1"),
        },
        Count => MacroRow {
            name: "count",
            form: CallForm::WithVariable,
            accepts: ArgumentKind::Condition,
            gives: ResultType::Int,
            kind: quantifier(Quantifier::Count),
            over_distinct: true,
            over_empty: OverEmpty::Zero,
            saturated: Saturated::LowerBound,
            doc: "the number of charges for which it is true",
            example: ("card.last(\"24h\").count(t, t.amount > 5)", "1"),
        },
        Sum => MacroRow {
            name: "sum",
            form: CallForm::Either,
            accepts: ArgumentKind::NumbersAndDurations,
            gives: ResultType::OneValue,
            kind: statistic(StatisticChoice::Always(Statistic::Sum), false),
            over_distinct: false,
            over_empty: OverEmpty::Zero,
            saturated: Saturated::LowerBoundIfNoneIsNegative,
            doc: "the sum",
            example: ("card.last(\"24h\").sum(t, t.amount)", "13.00"),
        },
        Avg => MacroRow {
            name: "avg",
            form: CallForm::Either,
            accepts: ArgumentKind::Numbers,
            gives: ResultType::Double,
            kind: statistic(StatisticChoice::Always(Statistic::Mean), true),
            over_distinct: false,
            over_empty: OverEmpty::Absent,
            saturated: Saturated::Unknown,
            doc: "the mean",
            example: ("card.last(\"24h\").avg(t, t.amount)", "6.5"),
        },
        Min => MacroRow {
            name: "min",
            form: CallForm::Either,
            accepts: ArgumentKind::NumbersAndTimes,
            gives: ResultType::OneValue,
            kind: statistic(StatisticChoice::Always(Statistic::Least), true),
            over_distinct: true,
            over_empty: OverEmpty::Absent,
            saturated: Saturated::UpperBound,
            doc: "the minimum",
            example: ("card.last(\"24h\").min(t, t.amount)", "1.00"),
        },
        Max => MacroRow {
            name: "max",
            form: CallForm::Either,
            accepts: ArgumentKind::NumbersAndTimes,
            gives: ResultType::OneValue,
            kind: statistic(StatisticChoice::Always(Statistic::Greatest), true),
            over_distinct: true,
            over_empty: OverEmpty::Absent,
            saturated: Saturated::LowerBound,
            doc: "the maximum",
            example: ("card.last(\"24h\").max(t, t.amount)", "12.00"),
        },
        Stddev => MacroRow {
            name: "stddev",
            form: CallForm::Either,
            accepts: ArgumentKind::Numbers,
            gives: ResultType::Double,
            kind: statistic(StatisticChoice::Always(Statistic::Deviation), true),
            over_distinct: false,
            over_empty: OverEmpty::Absent,
            saturated: Saturated::Unknown,
            doc: "the sample standard deviation; with one value also absent",
            example: ("card.last(\"24h\").stddev(t, t.amount) > 7.7", "true"),
        },
        Median => MacroRow {
            name: "median",
            form: CallForm::Either,
            accepts: ArgumentKind::Numbers,
            gives: ResultType::Double,
            kind: statistic(StatisticChoice::Always(Statistic::Percentile(Percent::HALF)), true),
            over_distinct: false,
            over_empty: OverEmpty::Absent,
            saturated: Saturated::Unknown,
            doc: "the middle value, or the mean of the middle two: the 50th percentile",
            example: ("card.last(\"24h\").median(t, t.amount)", "6.5"),
        },
        Percentile => MacroRow {
            name: "percentile",
            form: CallForm::EitherWithPercent,
            accepts: ArgumentKind::Numbers,
            gives: ResultType::Double,
            kind: statistic(StatisticChoice::AtPercent, true),
            over_distinct: false,
            over_empty: OverEmpty::Absent,
            saturated: Saturated::Unknown,
            doc: "a percentile, here the 90th; the last argument is a literal number from 0 to 100",
            example: ("card.last(\"24h\").percentile(t, t.amount, 90)", "10.9"),
        },
    }
}
