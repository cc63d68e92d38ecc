//! A compiled ruleset: what decisions, metrics and listings read of it.
//!
//! Its evaluation is in `evaluate_ruleset.rs`, the answers to questions in `query.rs`, explanations in
//! `explain/`.

use super::analysis::Facts;
use super::environment::Environment;
use super::program::Program;
use super::rule_info::RuleInfo;

/// Name, version and content hash (the first 16 hex digits of a SHA-256).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesetId {
    pub name: String,
    pub version: String,
    pub hash: String,
}

/// A compiled ruleset: immutable, shared by every shard.
#[derive(Debug)]
pub struct Ruleset {
    pub id: RulesetId,
    /// The lowest score that results in a review.
    pub review: i32,
    /// The lowest score that results in a decline.
    pub decline: i32,
    pub alert_cooldown_ms: i64,
    pub environment: Environment,
    pub(super) rules: Vec<RuleInfo>,
    pub(super) facts: Facts,
    pub(super) program: Program,
}

impl Ruleset {
    /// Whether no rule is limited to a share of the cards by its `rollout`.
    pub fn is_on_for_every_card(&self) -> bool {
        self.program.rules.iter().all(|rule| rule.rollout.is_none())
    }

    /// Removes every `rollout`, so that each rule applies to all cards.
    pub fn on_for_every_card(mut self) -> Self {
        self.program.rules.iter_mut().for_each(|rule| rule.rollout = None);
        self
    }

    pub fn rules(&self) -> &[RuleInfo] {
        &self.rules
    }

    /// What is known about the rules before any transaction.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }
}
