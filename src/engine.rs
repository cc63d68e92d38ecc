//! One transaction against memory and ruleset: the only way to a decision.

use crate::decision::Decision;
use crate::memory::{Memory, Recorded, Role};
use crate::rules::{Evaluation, Ruleset};
use crate::transaction::Transaction;
use std::sync::Arc;

/// Scores transactions, one at a time, under one ruleset.
#[derive(Debug)]
pub struct Engine {
    ruleset: Arc<Ruleset>,
    evaluation: Evaluation,
}

/// What came of a transaction.
#[derive(Debug)]
pub enum Outcome<'e> {
    Decided {
        decision: Decision<'e>,
        role: Role,
        recorded: Recorded,
    },
    /// A redelivery: no decision, no alert, nothing remembered.
    Duplicate,
}

impl Engine {
    pub fn new(ruleset: Arc<Ruleset>) -> Self {
        Self { ruleset, evaluation: Evaluation::default() }
    }

    pub fn ruleset(&self) -> &Arc<Ruleset> {
        &self.ruleset
    }

    /// Decides on one transaction as of its own time, then remembers it.
    pub fn decide<'e>(&'e mut self, _memory: &mut Memory, _tx: &'e Transaction<'e>) -> Outcome<'e> {
        todo!("engine {:?}", self.evaluation)
    }
}
