//! The result of evaluating a ruleset on one transaction.

use super::evaluate::{Scratch, Settled};
use super::value::{Answer, Value};
use crate::memory::Event;
use std::sync::Arc;

/// A rule that fired.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// Index into [`Ruleset::rules`](super::Ruleset::rules).
    pub rule: usize,
    /// As fixed in the rule, or computed and rounded to a whole number: -1000 to 1000.
    pub points: i32,
    /// This and what follows is empty until [`RulesetWithLists::render`](super::RulesetWithLists::render).
    pub message: String,
    /// Fields and features that the rule uses, in order of appearance, without the absent ones.
    pub evidence: Vec<(Arc<str>, Value)>,
    /// Remembered charges that made it fire, newest first, at most ten.
    pub charges: Vec<Event>,
}

/// The result of evaluating a ruleset on one transaction. Reuse it for the next one: it owns the
/// scratch buffers.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// Live rules that fired, in the order of the ruleset.
    pub fired: Vec<Fired>,
    /// Shadow rules that fired.
    pub shadow: Vec<Fired>,
    /// Indices of live rules that are undecided, in the order of the ruleset.
    pub undecided: Vec<usize>,
    /// Indices of shadow rules that are undecided.
    pub shadow_undecided: Vec<usize>,
    /// Indices of rules, live or shadow, that would have fired but are snoozed for the card.
    pub snoozed: Vec<usize>,
    /// One per question, in the order of [`Ruleset::questions`](super::Ruleset::questions); empty if no rules were evaluated.
    pub answers: Vec<Answer>,
    pub(super) scratch: Scratch,
    /// For a transaction that is evaluated alone.
    pub(super) settled: Settled,
}

impl Evaluation {
    /// Whether any rule fired, live or shadow.
    pub fn has_fired(&self) -> bool {
        !self.fired.is_empty() || !self.shadow.is_empty()
    }

    /// Clears the results and keeps the buffers.
    pub fn clear(&mut self) {
        self.fired.clear();
        self.shadow.clear();
        self.undecided.clear();
        self.shadow_undecided.clear();
        self.snoozed.clear();
        self.answers.clear();
    }
}
