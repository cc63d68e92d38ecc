//! The work of one evaluation, as planned. It describes accumulators and masks; `evaluate/` creates
//! them.

use super::super::ir::{AggregateId, Column, Fold, Id, Source};
use super::atom::Atom;
use super::blank::Blank;
use super::early::Early;

/// The work of one evaluation, in order.
#[derive(Debug, Default)]
pub struct Plan {
    /// The scans of each level.
    pub stages: Vec<Vec<Scan>>,
    /// What transactions settle without their cards.
    pub early: Early,
    /// One per rule.
    pub rules: Vec<RulePlan>,
    /// The aggregates that questions depend on. They are computed for every transaction.
    pub asked: Vec<AggregateId>,
    /// One per aggregate.
    pub blanks: Vec<Blank>,
    /// One entry per aggregate: how to compute it for each outer charge, if it depends on one.
    pub nested: Vec<Option<Nested>>,
}

/// A pass over the charges for one aggregate, repeated for each charge of an enclosing macro.
#[derive(Debug)]
pub struct Nested {
    pub source: Source,
    pub window_ms: i64,
    /// The depth of its charges.
    pub depth: u8,
    pub masks: Vec<Mask>,
    pub step: Step,
}

/// What settles a rule, and what has to be computed to settle it.
#[derive(Debug)]
pub struct RulePlan {
    /// The operands of the condition's outermost ANDs: first those that need no card, then those
    /// that need no aggregate, then the others; in each part, cheaper ones first. The order does not
    /// change the outcome: one false conjunct settles the rule, whatever the others are.
    pub conjuncts: Vec<Id>,
    /// The conditions of the conjuncts that need no card, as indices into [`Early::conditions`]. If
    /// one of them is false, the card is not needed.
    pub conditions: Vec<usize>,
    /// How many of the conjuncts need no aggregate. If one of these is false, the aggregates are not
    /// needed.
    pub(super) early: usize,
    /// All aggregates that condition, points, evidence and message depend on, directly or through
    /// another aggregate.
    pub aggregates: Vec<AggregateId>,
}

/// One pass over the charges (or refunds), newest first.
#[derive(Debug)]
pub struct Scan {
    pub source: Source,
    /// Lengths of the windows in milliseconds, ascending.
    pub windows: Vec<i64>,
    pub masks: Vec<Mask>,
    pub aggregates: Vec<Step>,
}

/// How to compute the mask of one node over a block.
#[derive(Debug)]
pub struct Mask {
    pub node: Id,
    pub source: MaskSource,
    /// The longest window that uses it, as an index into [`Scan::windows`].
    pub window: usize,
    /// Whether its users only need to know if it is true for any charge.
    pub existence_only: bool,
}

#[derive(Debug)]
pub enum MaskSource {
    Not(usize),
    And(usize, usize),
    Or(usize, usize),
    /// The same for every charge of the pass.
    Scalar,
    /// A comparison that [`Atom`] has a tight loop for.
    Atom(Atom),
    /// Anything else, computed charge by charge. These nodes change with the charge.
    General(Vec<Id>),
}

/// One aggregate within a scan.
#[derive(Debug)]
pub struct Step {
    pub aggregate: AggregateId,
    pub fold: Fold,
    pub select: Option<usize>,
    pub window: usize,
    pub value: Value,
    /// Whether its users only need to know if any charge is selected.
    pub existence_only: bool,
}

/// Where the value of a charge comes from.
#[derive(Debug)]
pub enum Value {
    None,
    Column(Column),
    /// A node, and the nodes at and below it that change with the charge.
    Node(Id, Vec<Id>),
}

/// The nodes of one rule, as input to planning.
pub struct Needs {
    pub condition: Option<Id>,
    /// Points, evidence and parts of the message. They are computed on demand, but their aggregates
    /// must be gathered first.
    pub others: Vec<Id>,
}

impl RulePlan {
    /// The conjuncts that need the card, but no aggregate.
    pub fn early(&self) -> &[Id] {
        self.conjuncts.get(self.conditions.len()..self.early).unwrap_or(&[])
    }

    /// The conjuncts that need an aggregate.
    pub fn late(&self) -> &[Id] {
        self.conjuncts.get(self.early..).unwrap_or(&[])
    }
}
