//! The part of a ruleset that is evaluated.

use super::ir::{AggregateId, Id, Tree};
use super::lists::UsedList;
use super::message::Message;
use super::outline::RuleOutline;
use super::plan::Plan;
use super::rule_info::Mode;
use super::subject::Question;
use crate::transaction::Time;
use std::sync::Arc;

/// What evaluation needs to know about a rule besides the plan of its condition.
#[derive(Debug)]
pub struct RuleProgram {
    pub mode: Mode,
    pub points: Points,
    pub message: Message,
    pub evidence: Vec<(Arc<str>, Id)>,
    /// The aggregates whose charges an alert shows.
    pub shown: Vec<AggregateId>,
    pub from: Option<Time>,
    pub until: Option<Time>,
    /// `None` for all cards.
    pub rollout: Option<Rollout>,
}

/// Selects the cards whose hash, seeded per rule, is below a bound.
#[derive(Debug, Clone, Copy)]
pub struct Rollout {
    pub seed: u64,
    pub below: u64,
}

#[derive(Debug)]
pub enum Points {
    Fixed(i32),
    Expression(Id),
}

impl Points {
    pub(super) fn expression(&self) -> Option<Id> {
        match self {
            Points::Fixed(_) => None,
            Points::Expression(id) => Some(*id),
        }
    }
}

/// The part of a ruleset that is evaluated.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) tree: Tree,
    pub(super) plan: Plan,
    /// One per use of a list in an expression.
    pub(super) lists: Vec<UsedList>,
    pub(super) rules: Vec<RuleProgram>,
    pub(super) questions: Vec<Question>,
    /// One per rule; empty unless the ruleset was compiled with `Questions::explanations`.
    pub(super) outlines: Vec<RuleOutline>,
    /// Identifies this program, so that buffers laid out for another one are not used.
    pub(super) owner: u64,
}
