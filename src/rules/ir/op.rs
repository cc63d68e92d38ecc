//! Defines the operations of the typed tree. Each computes one value from its operands.

use super::super::language::{OverEmpty, PeriodStart, Statistic, TimePart};
use super::super::types::{Code, IdHash, Type};
use super::columns::Column;
use super::comparison::Comparison;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Greatest,
    Least,
}

/// Whether 64 bits hold an `i64` or an `f64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    Whole,
    Float,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conversion {
    /// Minor units → a decimal.
    MoneyToDouble,
    IntToDouble,
    /// Double → double.
    SquareRoot,
    DoubleToInt,
    MoneyToInt,
    TextToInt,
    TextToDouble,
    /// Milliseconds → whole seconds.
    MillisToSeconds,
    /// Milliseconds → a timestamp in the years 1 to 9999.
    MillisToTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextTest {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    StartsWith,
    EndsWith,
    Contains,
}

/// What a node reads from an aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Output {
    Count,
    Exists,
    /// Like `Exists`, but never open: [`Op::CutCountry`] accounts for the charges that were cut.
    ExistsWithCut,
    ExistsOne,
    Statistic(Statistic),
    Distinct,
    /// Distinct countries, including those of charges that were cut.
    DistinctCountries,
    /// How many charges are newer than the picked one.
    Picked,
}

/// The result of an aggregate that selects no charge.
pub fn over_empty(output: Output) -> OverEmpty {
    match output {
        Output::Count | Output::Distinct => OverEmpty::Zero,
        Output::Exists | Output::ExistsWithCut | Output::ExistsOne => OverEmpty::False,
        Output::Statistic(statistic) => statistic.row().over_empty,
        Output::DistinctCountries | Output::Picked => OverEmpty::Absent,
    }
}

/// How a node's value is computed from its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Absent for every transaction, such as a division by a constant zero.
    Absent,
    Constant(u64),
    /// Index into `Tree::texts`.
    Literal(u32),
    /// A double written with more digits than it can hold. Index into `Tree::texts`.
    Decimal(u32),
    /// Index into [`super::fields::FIELDS`].
    Field(u16),
    Now,
    /// A column of the charge that the macro at this depth currently visits.
    Column(u8, Column),
    /// A column of the charge that an aggregate picked.
    PickedColumn(Id, Column),
    FirstSeen,
    Result(AggregateId, Output),
    /// A result of an aggregate that depends on an outer macro's charge: computed again for each
    /// one.
    Nested(AggregateId, Output),
    Not(Id),
    And(Id, Id),
    Or(Id, Id),
    Choose(Id, Id, Id),
    Present(Id),
    OrElse(Id, Id),
    Compare(Form, Comparison, Id, Id),
    Calculate(Form, Arithmetic, Id, Id),
    Negate(Form, Id),
    Convert(Conversion, Id),
    Test(TextTest, Id, Id),
    /// Index into `Tree::patterns`.
    Matches(Id, u32),
    TextSize(Id),
    HashOf(IdHash, Id),
    /// Index into `Tree::sets`.
    InSet(Id, u32),
    /// Index into `Program::lists`.
    TextInList(Id, u16),
    IdInList(Id, u16),
    /// Whether the first is among the values of the entry that is the second.
    InListValues(Id, Id, u16),
    CodeText(Code, Id),
    NumberText(Type, Id),
    Concatenate(Id, Id),
    /// Index into `Tree::zones`.
    TimePart(TimePart, Id, u32),
    DurationPart(TimePart, Id),
    /// When the calendar period that a time is in began. Index into `Tree::zones`.
    PeriodStart(PeriodStart, Id, u32),
    Distance([Id; 4]),
    /// Whether a charge that was cut was in this country.
    CutCountry(Id),
}

/// The nodes that an operation reads, and its aggregate: the one list of both. The predicate and value
/// of the aggregate are not among the nodes.
fn reads(op: &mut Op) -> ([Option<&mut Id>; 4], Option<(AggregateId, Output)>) {
    let operands = match op {
        Op::Result(aggregate, output) | Op::Nested(aggregate, output) => {
            return ([None, None, None, None], Some((*aggregate, *output)));
        }
        Op::Absent
        | Op::Constant(_)
        | Op::Literal(_)
        | Op::Decimal(_)
        | Op::Field(_)
        | Op::Now
        | Op::Column(..)
        | Op::FirstSeen => [None, None, None, None],
        Op::PickedColumn(a, _)
        | Op::Not(a)
        | Op::Present(a)
        | Op::Negate(_, a)
        | Op::Convert(_, a)
        | Op::Matches(a, _)
        | Op::TextSize(a)
        | Op::HashOf(_, a)
        | Op::InSet(a, _)
        | Op::TextInList(a, _)
        | Op::IdInList(a, _)
        | Op::CodeText(_, a)
        | Op::NumberText(_, a)
        | Op::TimePart(_, a, _)
        | Op::DurationPart(_, a)
        | Op::PeriodStart(_, a, _)
        | Op::CutCountry(a) => [Some(a), None, None, None],
        Op::And(a, b)
        | Op::Or(a, b)
        | Op::OrElse(a, b)
        | Op::Compare(_, _, a, b)
        | Op::Calculate(_, _, a, b)
        | Op::Test(_, a, b)
        | Op::InListValues(a, b, _)
        | Op::Concatenate(a, b) => [Some(a), Some(b), None, None],
        Op::Choose(a, b, c) => [Some(a), Some(b), Some(c), None],
        Op::Distance([a, b, c, d]) => [Some(a), Some(b), Some(c), Some(d)],
    };
    (operands, None)
}

/// The nodes that an operation reads. An aggregate's own predicate is not among them.
#[inline]
pub fn children(mut op: Op) -> [Option<Id>; 4] {
    reads(&mut op).0.map(|operand| operand.copied())
}

/// The same operation on other operands.
pub fn with_children(mut op: Op, mut of: impl FnMut(Id) -> Id) -> Op {
    for operand in reads(&mut op).0.into_iter().flatten() {
        *operand = of(*operand);
    }
    op
}

/// The aggregate that an operation reads, and what it reads from it.
pub fn aggregate_read(mut op: Op) -> Option<(AggregateId, Output)> {
    reads(&mut op).1
}

// The operations in groups, as patterns. A match over all operations lists those that it treats
// specially, and these groups for the others, and has no default case. So a new operation does not
// compile until it is in a group, or has a case wherever the groups are used. A default case is right
// only where it means that nothing special is known about the operation.

/// Operations that give a text, from their operands alone; absent if an operand is absent.
macro_rules! text_op {
    () => {
        Op::Literal(_) | Op::CodeText(..) | Op::NumberText(..) | Op::Concatenate(..)
    };
}
pub(in crate::rules) use text_op;

/// Operations that give 64 bits, from their operands alone; absent if an operand is absent.
macro_rules! strict_op {
    () => {
        Op::Constant(_)
            | Op::Decimal(_)
            | Op::Compare(..)
            | Op::Calculate(..)
            | Op::Negate(..)
            | Op::Convert(..)
            | Op::Test(..)
            | Op::Matches(..)
            | Op::TextSize(_)
            | Op::HashOf(..)
            | Op::InSet(..)
            | Op::TimePart(..)
            | Op::DurationPart(..)
            | Op::PeriodStart(..)
            | Op::Distance(_)
    };
}
pub(in crate::rules) use strict_op;

/// Operations that give 64 bits, and read more than their operands: the transaction's time, its card's
/// past or a list. They are absent if an operand is absent.
macro_rules! outside_op {
    () => {
        Op::Now
            | Op::Column(..)
            | Op::PickedColumn(..)
            | Op::FirstSeen
            | Op::Result(..)
            | Op::Nested(..)
            | Op::TextInList(..)
            | Op::IdInList(..)
            | Op::InListValues(..)
            | Op::CutCountry(_)
    };
}
pub(in crate::rules) use outside_op;

/// Operations that can have a value although an operand is absent.
macro_rules! logic_op {
    () => {
        Op::Not(_) | Op::And(..) | Op::Or(..) | Op::Choose(..) | Op::Present(_) | Op::OrElse(..)
    };
}
pub(in crate::rules) use logic_op;

/// Whether the operation itself, apart from its operands, reads the transaction, its time or its
/// card.
pub fn needs_a_transaction(op: Op) -> bool {
    match op {
        Op::Field(_) | outside_op!() => true,
        Op::Absent | text_op!() | strict_op!() | logic_op!() => false,
    }
}

/// Index into `Tree::nodes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub u32);

/// Index into `Tree::aggregates`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AggregateId(pub u32);

impl Id {
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl AggregateId {
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
