//! The typed tree: every distinct value of a ruleset once.
//!
//! Nodes are interned: what is written twice, in two rules or in a rule and a feature, is one node,
//! computed once. A node's number is also its register when rules run, and its children always have
//! smaller numbers, so that the order of the numbers is an order of computation.

use super::fields::Column;
use super::types::{Code, Hash, Type};
use std::collections::HashMap;
use std::sync::Arc;

/// Index into [`Tree::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub u32);

/// Index into [`Tree::aggregates`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AggregateId(pub u16);

#[derive(Debug, Clone, Copy)]
pub struct Node {
    pub op: Op,
    pub ty: Type,
    /// Whether its value depends on the remembered charge that a macro looks at.
    pub per_charge: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
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
    DoubleToInt,
    MoneyToInt,
    TextToInt,
    TextToDouble,
    /// Milliseconds → whole seconds.
    MillisToSeconds,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    FullYear,
    Month,
    Date,
    DayOfMonth,
    DayOfWeek,
    DayOfYear,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
}

/// What is asked of an aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Output {
    Count,
    Exists,
    /// Like `Exists`, for a window that is made whole by other means ([`Op::CutCountry`]).
    ExistsKnown,
    ExistsOne,
    Sum,
    Least,
    Greatest,
    Mean,
    Deviation,
    Distinct,
    /// Distinct countries, those beyond the cap included.
    DistinctCountries,
    /// How many charges before the newest one the picked charge stands.
    Picked,
}

/// How a node's value comes from its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// No value, whatever the transaction: a division by zero, for instance.
    Nothing,
    Constant(u64),
    /// Index into [`Tree::texts`].
    Literal(u32),
    /// Index into [`super::fields::FIELDS`].
    Field(u16),
    Now,
    /// Of the charge that the macro looks at.
    Column(Column),
    /// Of the charge that an aggregate picked.
    PickedColumn(Id, Column),
    FirstSeen,
    Result(AggregateId, Output),
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
    /// Index into [`Tree::patterns`].
    Matches(Id, u16),
    TextSize(Id),
    HashOf(Hash, Id),
    /// Index into [`Tree::sets`].
    InSet(Id, u16),
    /// Index into the ruleset's lists.
    TextInList(Id, u16),
    IdInList(Hash, Id, u16),
    CodeText(Code, Id),
    NumberText(Type, Id),
    Concatenate(Id, Id),
    /// Index into [`Tree::zones`].
    TimePart(Part, Id, u16),
    DurationPart(Part, Id),
    Distance([Id; 4]),
    /// Whether a country was charged in beyond the cap.
    CutCountry(Id),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Charges,
    Refunds,
}

/// What an aggregate does with the charges that it selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fold {
    Count,
    Sum(Id),
    Extremes(Id),
    Moments(Id),
    Distinct(Id),
    First,
    Latest,
}

/// One pass over a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Aggregate {
    pub source: Source,
    /// How far back from now it reaches.
    pub window_ms: i64,
    /// A bool per charge; charges for which it is not true are passed over. `None` selects all.
    pub select: Option<Id>,
    pub fold: Fold,
    /// Whether a person wrote the window: then its charges are shown with an alert.
    pub written: bool,
}

#[derive(Debug, Default)]
pub struct Tree {
    /// Minor units in a unit of the base currency.
    pub scale: f64,
    pub nodes: Vec<Node>,
    pub aggregates: Vec<Aggregate>,
    pub texts: Vec<Arc<str>>,
    pub patterns: Vec<regex::Regex>,
    pub zones: Vec<jiff::tz::TimeZone>,
    pub sets: Vec<Vec<u64>>,
    known: HashMap<(Op, Type), Id>,
    known_aggregates: HashMap<Aggregate, AggregateId>,
}

impl Tree {
    pub fn new(scale: f64) -> Self {
        Self { scale, ..Self::default() }
    }

    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub fn ty(&self, id: Id) -> Type {
        self.node(id).ty
    }

    pub fn op(&self, id: Id) -> Op {
        self.node(id).op
    }

    pub fn aggregate(&self, id: AggregateId) -> &Aggregate {
        &self.aggregates[usize::from(id.0)]
    }

    /// The node of that operation, the one that exists if there is one.
    pub fn intern(&mut self, op: Op, ty: Type) -> Id {
        if let Some(id) = self.known.get(&(op, ty)) {
            return *id;
        }
        let per_charge = matches!(op, Op::Column(_))
            || children(op).into_iter().flatten().any(|child| self.node(child).per_charge);
        let id = Id(self.nodes.len() as u32);
        self.nodes.push(Node { op, ty, per_charge });
        self.known.insert((op, ty), id);
        id
    }

    pub fn intern_aggregate(&mut self, aggregate: Aggregate) -> AggregateId {
        *self.known_aggregates.entry(aggregate).or_insert_with(|| {
            self.aggregates.push(aggregate);
            AggregateId((self.aggregates.len() - 1) as u16)
        })
    }

    pub fn constant(&mut self, bits: u64, ty: Type) -> Id {
        self.intern(Op::Constant(bits), ty)
    }

    pub fn literal(&mut self, text: &str) -> Id {
        let at = self.texts.iter().position(|known| &**known == text).unwrap_or_else(|| {
            self.texts.push(Arc::from(text));
            self.texts.len() - 1
        });
        self.intern(Op::Literal(at as u32), Type::Text)
    }

    pub fn set(&mut self, mut members: Vec<u64>) -> u16 {
        members.sort_unstable();
        members.dedup();
        let at = self.sets.iter().position(|known| *known == members).unwrap_or_else(|| {
            self.sets.push(members);
            self.sets.len() - 1
        });
        at as u16
    }

    /// Whether a set has that member.
    pub fn has(&self, set: u16, bits: u64) -> bool {
        self.sets.get(usize::from(set)).is_some_and(|set| set.contains(&bits))
    }

    /// The text of a literal node.
    pub fn literal_text(&self, id: Id) -> Option<&str> {
        match self.op(id) {
            Op::Literal(at) => self.texts.get(at as usize).map(|text| &**text),
            _ => None,
        }
    }
}

/// The nodes that an operation reads. An aggregate's own predicate is not among them.
pub fn children(op: Op) -> [Option<Id>; 4] {
    match op {
        Op::Nothing
        | Op::Constant(_)
        | Op::Literal(_)
        | Op::Field(_)
        | Op::Now
        | Op::Column(_)
        | Op::FirstSeen
        | Op::Result(..) => [None; 4],
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
        | Op::IdInList(_, a, _)
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

/// The same operation over other operands.
pub fn with_children(op: Op, mut of: impl FnMut(Id) -> Id) -> Op {
    match op {
        Op::Nothing
        | Op::Constant(_)
        | Op::Literal(_)
        | Op::Field(_)
        | Op::Now
        | Op::Column(_)
        | Op::FirstSeen
        | Op::Result(..) => op,
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
        Op::IdInList(hash, a, list) => Op::IdInList(hash, of(a), list),
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

/// The nodes that an aggregate reads for each charge.
pub fn aggregate_children(aggregate: &Aggregate) -> [Option<Id>; 2] {
    let value = match aggregate.fold {
        Fold::Sum(id) | Fold::Extremes(id) | Fold::Moments(id) | Fold::Distinct(id) => Some(id),
        Fold::Count | Fold::First | Fold::Latest => None,
    };
    [aggregate.select, value]
}

/// The same fold over another value.
pub fn with_value(fold: Fold, of: impl FnOnce(Id) -> Id) -> Fold {
    match fold {
        Fold::Sum(id) => Fold::Sum(of(id)),
        Fold::Extremes(id) => Fold::Extremes(of(id)),
        Fold::Moments(id) => Fold::Moments(of(id)),
        Fold::Distinct(id) => Fold::Distinct(of(id)),
        Fold::Count | Fold::First | Fold::Latest => fold,
    }
}

/// Whether an operation by itself looks at a transaction, its time or its card.
pub fn needs_a_transaction(op: Op) -> bool {
    matches!(
        op,
        Op::Field(_)
            | Op::Now
            | Op::Column(_)
            | Op::PickedColumn(..)
            | Op::FirstSeen
            | Op::Result(..)
            | Op::TextInList(..)
            | Op::IdInList(..)
            | Op::CutCountry(_)
    )
}
