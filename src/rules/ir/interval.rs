//! Computes the least and the greatest value that a node can have for any transaction.
//!
//! Lints read it, and so does evaluation: a sum over a window that lost charges is a lower bound only
//! if no value can be negative. So a range is never too narrow, but it may be too wide. For a bool, 0 is false and 1 is true.

use super::super::language::{OverEmpty, PeriodStart, Statistic, TimePart};
use super::super::types::Type;
use super::columns::Column;
use super::comparison::Comparison;
use super::fields::{FIELDS, is_always_known};
use super::op::{AggregateId, Arithmetic, Conversion, Form, Id, Op, Output, over_empty, text_op};
use super::tree::{Tree, aggregate_children};
use crate::number::NearestDouble;
use crate::transaction::DAY_MS;
use std::collections::{HashMap, HashSet};

/// In the unit in which the value is stored: minor units, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    pub least: f64,
    pub greatest: f64,
}

const ANY: Range = Range { least: f64::NEG_INFINITY, greatest: f64::INFINITY };
const TRUTH: Range = Range { least: 0.0, greatest: 1.0 };

/// The range of a bool that is never true and never false.
const NEITHER: Range = Range { least: 1.0, greatest: 0.0 };
const COUNT: Range = Range { least: 0.0, greatest: f64::INFINITY };

/// In kilometres; the greatest is a little more than half the earth's circumference.
const DISTANCE: Range = Range { least: 0.0, greatest: 20_100.0 };

impl Range {
    fn one(value: f64) -> Self {
        Self { least: value, greatest: value }
    }

    /// A whole number, which a double may be unable to represent.
    fn whole(value: i64) -> Self {
        Self::one(value.nearest_double()).outward()
    }

    /// Widens a range of whole numbers by the rounding error: doubles cannot represent every whole
    /// number beyond 2^53.
    fn outward(self) -> Self {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let is_exact = |end: f64| end.abs() <= EXACT || end.is_infinite();
        Self {
            least: if is_exact(self.least) { self.least } else { self.least.next_down() },
            greatest: if is_exact(self.greatest) { self.greatest } else { self.greatest.next_up() },
        }
    }

    fn of(parts: impl IntoIterator<Item = f64>) -> Self {
        let none = Self { least: f64::INFINITY, greatest: f64::NEG_INFINITY };
        parts.into_iter().fold(none, |range, part| Self {
            least: range.least.min(part),
            greatest: range.greatest.max(part),
        })
    }

    fn with(self, other: Self) -> Self {
        Self { least: self.least.min(other.least), greatest: self.greatest.max(other.greatest) }
    }

    fn each(self, change: impl Fn(f64) -> f64) -> Self {
        Self::of([change(self.least), change(self.greatest)])
    }

    /// The range of the products of the ends. Zero times an infinite end is zero.
    fn times(self, other: Self) -> Self {
        let product = |a: f64, b: f64| if a == 0.0 || b == 0.0 { 0.0 } else { a * b };
        let ends = [self.least, self.greatest];
        Self::of(ends.iter().flat_map(|a| [product(*a, other.least), product(*a, other.greatest)]))
    }
}

/// Ranges of a tree's nodes, each computed once.
pub struct Ranges<'t> {
    tree: &'t Tree,
    done: HashMap<Id, Range>,
    /// Aggregates that are known to select no charge.
    empty: HashSet<AggregateId>,
}

impl<'t> Ranges<'t> {
    pub fn of(tree: &'t Tree) -> Self {
        Self { tree, done: HashMap::new(), empty: HashSet::new() }
    }

    /// Records that an aggregate selects no charge. Call this before the range of its results is
    /// computed.
    pub fn selects_nothing(&mut self, aggregate: AggregateId) {
        self.empty.insert(aggregate);
    }

    pub fn get(&mut self, id: Id) -> Range {
        if let Some(done) = self.done.get(&id) {
            return *done;
        }
        let range = self.range(id);
        self.done.insert(id, range);
        range
    }

    fn range(&mut self, id: Id) -> Range {
        match self.tree.op(id) {
            Op::Absent if self.tree.ty(id) == Type::Bool => NEITHER,
            Op::Absent => Range::of([]),
            Op::Constant(bits) if self.tree.ty(id) == Type::Double => {
                Range::one(f64::from_bits(bits))
            }
            Op::Constant(bits) => Range::whole(bits.cast_signed()),
            Op::Column(_, Column::Amount | Column::Attempted)
            | Op::PickedColumn(_, Column::Amount | Column::Attempted) => COUNT,
            Op::Field(at) => field(at, self.tree.ty(id)),
            Op::Result(aggregate, output) | Op::Nested(aggregate, output)
                if self.empty.contains(&aggregate) =>
            {
                empty_result_range(output)
            }
            Op::Result(aggregate, output) | Op::Nested(aggregate, output) => {
                let value = aggregate_children(self.tree.aggregate(aggregate))[1];
                let of = value.map_or(ANY, |value| self.get(value));
                let money = value.is_some_and(|value| self.tree.ty(value) == Type::Money);
                let scale = if money { self.tree.scale } else { 1.0 };
                result(output, of, scale, self.tree.events_per_card.nearest_double())
            }
            Op::Present(a) if self.is_always_present(a) => Range::one(1.0),
            Op::Not(a) => self.get(a).each(|value| 1.0 - value),
            Op::And(a, b) => pairwise(self.get(a), self.get(b), f64::min),
            Op::Or(a, b) => pairwise(self.get(a), self.get(b), f64::max),
            Op::Choose(condition, a, b) => match self.get(condition) {
                condition if condition.least >= 1.0 => self.get(a),
                condition if condition.greatest <= 0.0 => self.get(b),
                _ => self.get(a).with(self.get(b)),
            },
            Op::OrElse(a, b) => self.get(a).with(self.get(b)),
            Op::Compare(_, comparison, a, b) => compared(comparison, self.get(a), self.get(b)),
            Op::Calculate(Form::Float, op, a, b) => {
                calculated(Form::Float, op, self.get(a), self.get(b))
            }
            Op::Calculate(Form::Whole, op, a, b) => {
                calculated(Form::Whole, op, self.get(a), self.get(b)).outward()
            }
            Op::Negate(_, a) => self.get(a).each(|value| -value),
            Op::Convert(conversion, a) => converted(conversion, self.get(a), self.tree.scale),
            Op::TextSize(_) => COUNT,
            Op::TimePart(part, ..) => time_part(part),
            Op::PeriodStart(period, a, _) => period_start(period, self.get(a)),
            Op::Distance(_) => DISTANCE,
            Op::Decimal(_)
            | Op::Now
            | Op::Column(..)
            | Op::PickedColumn(..)
            | Op::FirstSeen
            | Op::Present(_)
            | Op::Test(..)
            | Op::Matches(..)
            | Op::HashOf(..)
            | Op::InSet(..)
            | Op::TextInList(..)
            | Op::IdInList(..)
            | Op::InListValues(..)
            | Op::DurationPart(..)
            | Op::CutCountry(_)
            | text_op!() => any(self.tree.ty(id)),
        }
    }

    /// Whether a value is a field of every message, or a column of every remembered charge.
    fn is_always_present(&self, id: Id) -> bool {
        match self.tree.op(id) {
            Op::Field(at) => is_always_known(at),
            Op::Column(_, column) => column.is_always_known(),
            Op::CodeText(_, code) => self.is_always_present(code),
            _ => false,
        }
    }
}

/// An amount is never negative.
fn field(at: u16, ty: Type) -> Range {
    match FIELDS.get(usize::from(at)).map(|field| field.path) {
        Some("amount" | "amount_original") => COUNT,
        _ => any(ty),
    }
}

/// The range of a type about whose value nothing is known.
fn any(ty: Type) -> Range {
    if ty == Type::Bool { TRUTH } else { ANY }
}

fn pairwise(a: Range, b: Range, of: fn(f64, f64) -> f64) -> Range {
    Range { least: of(a.least, b.least), greatest: of(a.greatest, b.greatest) }
}

/// `most` is the cap on remembered charges, which no count exceeds. Countries are also known for
/// charges that were cut.
fn result(output: Output, of: Range, scale: f64, most: f64) -> Range {
    match output {
        Output::Count | Output::Distinct => Range { least: 0.0, greatest: most },
        Output::DistinctCountries | Output::Picked => COUNT,
        Output::Exists | Output::ExistsWithCut | Output::ExistsOne => TRUTH,
        Output::Statistic(statistic) => statistic_range(statistic, of, scale),
    }
}

/// The range of a result of an aggregate that selects no charge. Countries are also known for
/// charges that were cut.
fn empty_result_range(output: Output) -> Range {
    if output == Output::DistinctCountries {
        return COUNT;
    }
    match over_empty(output) {
        OverEmpty::Zero | OverEmpty::False => Range::one(0.0),
        OverEmpty::True => Range::one(1.0),
        OverEmpty::Absent | OverEmpty::EmptyList => Range::of([]),
    }
}

/// The range of a statistic of values in a range.
fn statistic_range(statistic: Statistic, of: Range, scale: f64) -> Range {
    match statistic {
        Statistic::Sum if of.least >= 0.0 => COUNT,
        Statistic::Sum => ANY,
        Statistic::Least | Statistic::Greatest => of,
        Statistic::Mean | Statistic::Percentile(_) => of.each(|value| value / scale),
        Statistic::Deviation => COUNT,
    }
}

fn compared(comparison: Comparison, a: Range, b: Range) -> Range {
    let apart = a.greatest < b.least || b.greatest < a.least;
    let one = a.least == a.greatest && a == b;
    let (can, must) = match comparison {
        Comparison::Equal => (!apart, one),
        Comparison::NotEqual => (!one, apart),
        Comparison::Less => (a.least < b.greatest, a.greatest < b.least),
        Comparison::LessEqual => (a.least <= b.greatest, a.greatest <= b.least),
        Comparison::Greater => (a.greatest > b.least, a.least > b.greatest),
        Comparison::GreaterEqual => (a.greatest >= b.least, a.least >= b.greatest),
    };
    Range { least: f64::from(u8::from(must)), greatest: f64::from(u8::from(can)) }
}

fn calculated(form: Form, op: Arithmetic, a: Range, b: Range) -> Range {
    match op {
        Arithmetic::Add => pairwise(a, b, |a, b| a + b),
        Arithmetic::Subtract => {
            Range { least: a.least - b.greatest, greatest: a.greatest - b.least }
        }
        Arithmetic::Multiply => a.times(b),
        Arithmetic::Greatest => pairwise(a, b, f64::max),
        Arithmetic::Least => pairwise(a, b, f64::min),
        Arithmetic::Divide if b.least == b.greatest && b.least != 0.0 => match form {
            Form::Float => a.each(|value| value / b.least),
            Form::Whole => a.each(|value| (value / b.least).trunc()),
        },
        Arithmetic::Divide | Arithmetic::Remainder => ANY,
    }
}

fn converted(conversion: Conversion, a: Range, scale: f64) -> Range {
    match conversion {
        Conversion::MoneyToDouble => a.each(|value| value / scale),
        Conversion::IntToDouble | Conversion::MillisToTime => a,
        Conversion::SquareRoot => a.each(|value| value.max(0.0).sqrt()),
        Conversion::DoubleToInt => a.each(f64::trunc),
        Conversion::MoneyToInt => a.each(|value| (value / scale).trunc()),
        Conversion::MillisToSeconds => a.each(|value| (value / 1000.0).floor()),
        Conversion::TextToInt | Conversion::TextToDouble => ANY,
    }
}

fn time_part(part: TimePart) -> Range {
    let (least, greatest) = match part {
        TimePart::FullYear => return ANY,
        TimePart::Month => (0.0, 11.0),
        TimePart::Date => (1.0, 31.0),
        TimePart::DayOfMonth => (0.0, 30.0),
        TimePart::DayOfWeek => (0.0, 6.0),
        TimePart::DayOfYear => (0.0, 365.0),
        TimePart::Hours => (0.0, 23.0),
        TimePart::Minutes | TimePart::Seconds => (0.0, 59.0),
        TimePart::Milliseconds => (0.0, 999.0),
    };
    Range { least, greatest }
}

/// When a period began that has a time in this range. A clock that is put back makes the period longer,
/// but by no more than a day: that happened where the date line was moved.
fn period_start(period: PeriodStart, of: Range) -> Range {
    let longest_days = match period {
        PeriodStart::Day => 2,
        PeriodStart::Week => 8,
        PeriodStart::Month => 32,
    };
    let longest_ms = (longest_days * DAY_MS).nearest_double();
    Range { least: of.least - longest_ms, greatest: of.greatest }.outward()
}
