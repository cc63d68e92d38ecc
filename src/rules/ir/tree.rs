//! Holds the typed tree, in which every distinct value of a ruleset is one node.
//!
//! Nodes are interned: an expression that is written twice, in two rules or in a rule and a
//! feature, is one node and is computed once. A node's number is also its register during
//! evaluation. Children have smaller numbers than their parents, so nodes can be computed in the
//! order of their numbers.

use super::super::language::Accumulation;
use super::super::types::Type;
use super::op::{AggregateId, Id, Op, aggregate_read, children};
use std::collections::HashMap;
use std::sync::Arc;

/// How deeply macros may nest if they depend on each other's charges. Each level visits all charges
/// again for every charge of the level above.
pub const MACROS_MAX: usize = 3;

#[derive(Debug, Clone, Copy)]
pub struct Node {
    pub op: Op,
    pub ty: Type,
    /// The depths of the macros whose charges its value depends on.
    pub charges: Charges,
    /// How many operations are nested below it, including those in the predicates of aggregates.
    pub depth: u32,
    /// How many texts a text is concatenated from, with every feature expanded; 0 for other types.
    pub texts: u64,
}

/// A set of macro depths, as bits. Outer macros have lower depths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Charges(pub(in crate::rules) u64);

impl Charges {
    pub const NONE: Charges = Charges(0);
    /// How many depths are distinguished while rules are checked.
    pub const DEPTHS: u8 = 64;

    pub fn at(depth: u8) -> Self {
        Self(1 << (depth % Self::DEPTHS))
    }

    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    pub fn has(self, depth: u8) -> bool {
        self.0 & Self::at(depth).0 != 0
    }

    /// Whether the set has this depth or a greater one.
    pub fn reach(self, depth: u8) -> bool {
        depth < Self::DEPTHS && self.0 >> depth != 0
    }

    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn without(self, depth: u8) -> Self {
        Self(self.0 & !Self::at(depth).0)
    }
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
    /// Gathers the values of a node.
    Accumulation(Accumulation, Id),
    Distinct(Id),
    First,
    Latest,
}

/// A computation over the charges of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Aggregate {
    pub source: Source,
    /// The depth of its charges: 0 if it does not depend on an outer macro's charge.
    pub depth: u8,
    /// How far back from now the window reaches.
    pub window_ms: i64,
    /// A bool per charge: only charges for which it is true are selected. `None` selects all.
    pub select: Option<Id>,
    pub fold: Fold,
    /// Whether an expression spells out the window. If so, an alert shows its charges; names such
    /// as `habit.amount` have a window that is not spelled out.
    pub is_explicit: bool,
}

#[derive(Debug, Default)]
pub struct Tree {
    /// Minor units per unit of the base currency.
    pub scale: f64,
    /// The most charges, and the most refunds, that a window can hold.
    pub events_per_card: usize,
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
    pub fn new(scale: f64, events_per_card: usize) -> Self {
        Self { scale, events_per_card, ..Self::default() }
    }

    #[expect(clippy::indexing_slicing, reason = "an id is the index of a node of its tree")]
    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id.index()]
    }

    pub fn ty(&self, id: Id) -> Type {
        self.node(id).ty
    }

    pub fn op(&self, id: Id) -> Op {
        self.node(id).op
    }

    #[expect(clippy::indexing_slicing, reason = "an id is the index of an aggregate of its tree")]
    pub fn aggregate(&self, id: AggregateId) -> &Aggregate {
        &self.aggregates[id.index()]
    }

    /// The node of an operation; creates it if there is none yet.
    pub fn intern(&mut self, op: Op, ty: Type) -> Id {
        if let Some(id) = self.known.get(&(op, ty)) {
            return *id;
        }
        let charges = match op {
            Op::Column(depth, _) => Charges::at(depth),
            Op::Nested(aggregate, _) => self.charges_around(self.aggregate(aggregate)),
            _ => self.charges_of(children(op)),
        };
        let parts = match aggregate_read(op) {
            Some((aggregate, _)) => {
                let [select, value] = aggregate_children(self.aggregate(aggregate));
                [select, value, None, None]
            }
            None => children(op),
        };
        let deepest = parts.into_iter().flatten().map(|part| self.node(part).depth).max();
        let texts = parts.into_iter().flatten().map(|part| self.node(part).texts);
        let texts = if ty == Type::Text { texts.fold(1, u64::saturating_add) } else { 0 };
        let id = Id(index(self.nodes.len()));
        let depth = deepest.map_or(0, |depth| depth + 1);
        self.nodes.push(Node { op, ty, charges, depth, texts });
        self.known.insert((op, ty), id);
        id
    }

    fn charges_of(&self, parts: impl IntoIterator<Item = Option<Id>>) -> Charges {
        let parts = parts.into_iter().flatten();
        parts.fold(Charges::NONE, |charges, part| charges.with(self.node(part).charges))
    }

    /// The charges of outer macros that an aggregate depends on.
    pub(super) fn charges_around(&self, aggregate: &Aggregate) -> Charges {
        self.charges_of(aggregate_children(aggregate)).without(aggregate.depth)
    }

    /// The node of an operation, if it exists.
    pub fn find(&self, op: Op, ty: Type) -> Option<Id> {
        self.known.get(&(op, ty)).copied()
    }

    pub(super) fn intern_aggregate(&mut self, aggregate: Aggregate) -> AggregateId {
        *self.known_aggregates.entry(aggregate).or_insert_with(|| {
            self.aggregates.push(aggregate);
            AggregateId(index(self.aggregates.len() - 1))
        })
    }

    pub fn constant(&mut self, bits: u64, ty: Type) -> Id {
        self.intern(Op::Constant(bits), ty)
    }

    pub fn literal(&mut self, text: &str) -> Id {
        let at = self.text(text);
        self.intern(Op::Literal(at), Type::Text)
    }

    /// A double, given by its digits.
    pub fn decimal(&mut self, digits: &str) -> Id {
        let at = self.text(digits);
        self.intern(Op::Decimal(at), Type::Double)
    }

    fn text(&mut self, text: &str) -> u32 {
        let at = self.texts.iter().position(|known| &**known == text).unwrap_or_else(|| {
            self.texts.push(Arc::from(text));
            self.texts.len() - 1
        });
        index(at)
    }

    pub fn set(&mut self, mut members: Vec<u64>) -> u32 {
        members.sort_unstable();
        members.dedup();
        let at = self.sets.iter().position(|known| *known == members).unwrap_or_else(|| {
            self.sets.push(members);
            self.sets.len() - 1
        });
        index(at)
    }

    pub fn pattern(&mut self, pattern: regex::Regex) -> u32 {
        let known = self.patterns.iter().position(|known| known.as_str() == pattern.as_str());
        index(known.unwrap_or_else(|| {
            self.patterns.push(pattern);
            self.patterns.len() - 1
        }))
    }

    pub fn zone(&mut self, zone: jiff::tz::TimeZone) -> u32 {
        let known = self.zones.iter().position(|known| *known == zone);
        index(known.unwrap_or_else(|| {
            self.zones.push(zone);
            self.zones.len() - 1
        }))
    }

    /// Whether a set has a member.
    pub fn has(&self, set: u32, bits: u64) -> bool {
        self.sets.get(set as usize).is_some_and(|set| set.contains(&bits))
    }

    /// The digits of a double written with more digits than it can hold.
    pub fn digits(&self, id: Id) -> Option<&str> {
        match self.op(id) {
            Op::Decimal(at) => self.texts.get(at as usize).map(|text| &**text),
            _ => None,
        }
    }

    /// The text of a literal node.
    pub fn literal_text(&self, id: Id) -> Option<&str> {
        match self.op(id) {
            Op::Literal(at) => self.texts.get(at as usize).map(|text| &**text),
            _ => None,
        }
    }
}

/// An index as it is stored in an [`Op`].
#[expect(
    clippy::cast_possible_truncation,
    reason = "2^32 nodes, texts or patterns do not fit into the memory that checks a ruleset"
)]
fn index(at: usize) -> u32 {
    at as u32
}

/// The nodes that an aggregate reads for each charge.
pub fn aggregate_children(aggregate: &Aggregate) -> [Option<Id>; 2] {
    let value = match aggregate.fold {
        Fold::Accumulation(_, id) | Fold::Distinct(id) => Some(id),
        Fold::Count | Fold::First | Fold::Latest => None,
    };
    [aggregate.select, value]
}

/// The same fold over another value.
pub fn with_value(fold: Fold, of: impl FnOnce(Id) -> Id) -> Fold {
    match fold {
        Fold::Accumulation(gather, id) => Fold::Accumulation(gather, of(id)),
        Fold::Distinct(id) => Fold::Distinct(of(id)),
        Fold::Count | Fold::First | Fold::Latest => fold,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_aggregates_than_16_bits_can_number_are_kept_apart() {
        let mut tree = Tree::new(100.0, 256);
        let of_window = |window_ms| Aggregate {
            source: Source::Charges,
            depth: 0,
            window_ms,
            select: None,
            fold: Fold::Count,
            is_explicit: true,
        };
        let windows = 1..=i64::from(u16::MAX) + 2;
        let ids: Vec<_> =
            windows.clone().map(|window| tree.intern_aggregate(of_window(window))).collect();
        for (window, id) in windows.zip(ids) {
            assert_eq!(tree.aggregate(id).window_ms, window);
        }
        assert_eq!(size_of::<Op>(), 24, "an index of 32 bits takes no more room than one of 16");
    }
}
