//! The work of one evaluation, as planned. It describes accumulators and masks; `evaluate/` creates
//! them.

use super::super::ir::{AggregateId, Column, Fold, Id, Source};
use super::super::language::DecisiveValues;
use super::atom::Atom;
use super::blank::Blank;
use super::code::{Instruction, PerCharge};
use super::early::Early;

/// How to compute what rules and questions need.
#[derive(Debug, Default)]
pub struct Plan {
    /// One per source of charges that an aggregate reads.
    pub scans: Vec<Scan>,
    /// One entry per aggregate: how to gather it, if it does not depend on an outer charge.
    pub steps: Vec<Option<Step>>,
    /// What transactions settle without their cards.
    pub early: Early,
    /// One per rule.
    pub rules: Vec<RulePlan>,
    /// The aggregates that questions depend on. They are gathered for every transaction.
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
    /// The operands of the condition's outermost ANDs: first those that need no card, then the
    /// others; in each part, cheaper ones first. The order does not change the outcome: one false
    /// conjunct settles the rule, whatever the others are.
    pub conjuncts: Vec<Id>,
    /// The conditions of the conjuncts that need no card, as indices into [`Early::conditions`]. If
    /// one of them is false, the card is not needed.
    pub conditions: Vec<usize>,
    /// Computes the conjuncts that need the card, until one is false.
    pub code: Vec<Instruction>,
}

/// What is computed over the charges (or refunds) of a card.
#[derive(Debug)]
pub struct Scan {
    pub source: Source,
    /// Lengths of the windows in milliseconds, each once.
    pub windows: Vec<i64>,
    pub masks: Vec<Mask>,
}

/// How to compute the mask of one node over a block.
#[derive(Debug)]
pub struct Mask {
    pub node: Id,
    pub source: MaskSource,
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
    /// Anything else, computed charge by charge.
    General(PerCharge),
}

/// How to gather one aggregate.
#[derive(Debug)]
pub struct Step {
    /// Index into [`Plan::scans`].
    pub scan: usize,
    pub fold: Fold,
    /// Index into [`Scan::masks`]; `None` selects every charge.
    pub select: Option<usize>,
    /// Index into [`Scan::windows`].
    pub window: usize,
    /// The aggregates that its predicate and value read. They are gathered first, because gathering
    /// one visits charges.
    pub reads: Vec<AggregateId>,
    pub value: Value,
    /// Whether its users only need to know if any charge is selected.
    pub existence_only: bool,
    /// Which charges determine the statistics that are read of it; none for another fold.
    pub decisive: Vec<DecisiveValues>,
}

/// Where the value of a charge comes from.
#[derive(Debug)]
pub enum Value {
    None,
    Column(Column),
    /// A node.
    Node(Id, PerCharge),
}

/// The nodes of one rule, as input to planning.
pub struct Needs {
    pub condition: Option<Id>,
    /// Points, evidence and parts of the message.
    pub others: Vec<Id>,
}

impl Scan {
    pub(super) fn of(source: Source) -> Self {
        Self { source, windows: Vec::new(), masks: Vec::new() }
    }
}
