//! Defines the operations of the typed tree. Each computes one value from its operands.

use super::super::language::{OverEmpty, Statistic, TimePart};
use super::super::types::{Code, IdHash, Type};
use super::fields::Column;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// `a < b` as `b > a`.
pub fn flipped(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessEqual => Comparison::GreaterEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterEqual => Comparison::LessEqual,
        same => same,
    }
}

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
    CodeText(Code, Id),
    NumberText(Type, Id),
    Concatenate(Id, Id),
    /// Index into `Tree::zones`.
    TimePart(TimePart, Id, u32),
    DurationPart(TimePart, Id),
    Distance([Id; 4]),
    /// Whether a charge that was cut was in this country.
    CutCountry(Id),
}

/// The nodes that an operation reads. An aggregate's own predicate is not among them.
pub fn children(op: Op) -> [Option<Id>; 4] {
    match op {
        Op::Absent
        | Op::Constant(_)
        | Op::Literal(_)
        | Op::Decimal(_)
        | Op::Field(_)
        | Op::Now
        | Op::Column(..)
        | Op::FirstSeen
        | Op::Result(..)
        | Op::Nested(..) => [None; 4],
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
        | Op::CutCountry(a) => [Some(a), None, None, None],
        Op::And(a, b)
        | Op::Or(a, b)
        | Op::OrElse(a, b)
        | Op::Compare(_, _, a, b)
        | Op::Calculate(_, _, a, b)
        | Op::Test(_, a, b)
        | Op::Concatenate(a, b) => [Some(a), Some(b), None, None],
        Op::Choose(a, b, c) => [Some(a), Some(b), Some(c), None],
        Op::Distance([a, b, c, d]) => [Some(a), Some(b), Some(c), Some(d)],
    }
}

/// The same operation on other operands.
pub fn with_children(op: Op, mut of: impl FnMut(Id) -> Id) -> Op {
    match op {
        Op::Absent
        | Op::Constant(_)
        | Op::Literal(_)
        | Op::Decimal(_)
        | Op::Field(_)
        | Op::Now
        | Op::Column(..)
        | Op::FirstSeen
        | Op::Result(..)
        | Op::Nested(..) => op,
        Op::PickedColumn(a, column) => Op::PickedColumn(of(a), column),
        Op::Not(a) => Op::Not(of(a)),
        Op::Present(a) => Op::Present(of(a)),
        Op::Negate(form, a) => Op::Negate(form, of(a)),
        Op::Convert(conversion, a) => Op::Convert(conversion, of(a)),
        Op::Matches(a, pattern) => Op::Matches(of(a), pattern),
        Op::TextSize(a) => Op::TextSize(of(a)),
        Op::HashOf(hash, a) => Op::HashOf(hash, of(a)),
        Op::InSet(a, set) => Op::InSet(of(a), set),
        Op::TextInList(a, list) => Op::TextInList(of(a), list),
        Op::IdInList(a, list) => Op::IdInList(of(a), list),
        Op::CodeText(code, a) => Op::CodeText(code, of(a)),
        Op::NumberText(ty, a) => Op::NumberText(ty, of(a)),
        Op::TimePart(part, a, zone) => Op::TimePart(part, of(a), zone),
        Op::DurationPart(part, a) => Op::DurationPart(part, of(a)),
        Op::CutCountry(a) => Op::CutCountry(of(a)),
        Op::And(a, b) => Op::And(of(a), of(b)),
        Op::Or(a, b) => Op::Or(of(a), of(b)),
        Op::OrElse(a, b) => Op::OrElse(of(a), of(b)),
        Op::Compare(form, comparison, a, b) => Op::Compare(form, comparison, of(a), of(b)),
        Op::Calculate(form, op, a, b) => Op::Calculate(form, op, of(a), of(b)),
        Op::Test(test, a, b) => Op::Test(test, of(a), of(b)),
        Op::Concatenate(a, b) => Op::Concatenate(of(a), of(b)),
        Op::Choose(a, b, c) => Op::Choose(of(a), of(b), of(c)),
        Op::Distance(parts) => Op::Distance(parts.map(of)),
    }
}

/// Whether the operation itself, apart from its operands, reads the transaction, its time or its
/// card.
pub fn needs_a_transaction(op: Op) -> bool {
    matches!(
        op,
        Op::Field(_)
            | Op::Now
            | Op::Column(..)
            | Op::PickedColumn(..)
            | Op::FirstSeen
            | Op::Result(..)
            | Op::Nested(..)
            | Op::TextInList(..)
            | Op::IdInList(..)
            | Op::CutCountry(_)
    )
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
