//! Implements the rule language: parses, checks, plans and compiles rulesets and their lists.
//!
//! A rule means the same as plain CEL over the list of its card's remembered charges. That list is
//! never built: the aggregates of all rules share their passes over the compact events.
//!
//! ```text
//! TOML ─▶ toml_schema ─▶ syntax ─▶ check ─▶ tree ─▶ plan ─▶ evaluate ─▶ Fired
//!         spans          (cel)     names,   each    order   masks over
//!                                  types    value   of      64 charges
//!                                           once    work
//! ```
//!
//! It knows nothing about scores, alerts, reloading, or where transactions come from.

mod check;
mod compile;
mod const_fold;
mod decimal;
mod diagnostics;
mod duration;
mod evaluate;
mod evaluate_ruleset;
mod explain;
mod facts;
mod fields;
mod interval;
mod language;
mod lints;
mod lists;
mod loader;
mod message;
mod op;
mod plan;
mod query;
mod reindex;
mod source_map;
mod syntax;
#[cfg(test)]
mod tests;
mod toml_schema;
mod tree;
mod types;
mod typos;
mod value;
mod values;

pub use diagnostics::{Diagnostic, Diagnostics, Grade, Place, Span, nearest};
pub use duration::{parse as parse_duration_ms, show as show_duration};
pub use evaluate_ruleset::RuleStatus;
pub use explain::{Explanation, Part, RuleOutcome, Why, transaction_fields};
pub use facts::{Facts, Outcome, RuleFacts};
pub use loader::is_rules_file_name;
pub use message::{grouped, money};
pub use query::{EXPRESSION, Questions};
pub use value::{Answer, Value, decimal};

use crate::memory::Event;
use crate::transaction::{Currency, Time};
use std::sync::Arc;

/// The files of a ruleset as read, not yet parsed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// Rules files, sorted by name.
    pub files: Vec<SourceFile>,
    /// List files, one for each path that the ruleset names.
    pub lists: Vec<ListFile>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path to show to people, such as `config/rules/travel.toml`.
    pub name: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFile {
    /// The path as written in the ruleset.
    pub name: String,
    /// The path to show to people, such as `config/rules/merchants.txt`.
    pub path: String,
    /// The content. A read error is reported at the place where the ruleset names the list.
    pub text: Result<String, ListError>,
}

/// Why a list file cannot be read, in the operating system's words. Unlike `io::Error` it can be
/// compared, so two reads of the same files compare equal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ListError(String);

/// What a ruleset is compiled against.
#[derive(Debug, Clone, Copy)]
pub struct Environment {
    pub retention_ms: i64,
    /// The cap on remembered charges of one card.
    pub events_per_card: usize,
    pub base_currency: Currency,
}

/// Name, version and content hash (the first 16 hex digits of a SHA-256).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesetId {
    pub name: String,
    pub version: String,
    pub hash: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

/// What to do with a transaction, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    Approve,
    Review,
    Decline,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Live,
    Shadow,
    Off,
}

/// The static properties of a rule, for decisions and metrics.
#[derive(Debug, Clone)]
pub struct RuleInfo {
    pub id: String,
    pub description: String,
    pub severity: Severity,
    pub reason: String,
    pub mode: Mode,
    /// The mildest action allowed when the rule fires, whatever the score.
    pub action: Option<Action>,
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
    rules: Vec<RuleInfo>,
    facts: Facts,
    program: Program,
}

/// The part of a ruleset that is evaluated.
#[derive(Debug)]
struct Program {
    tree: tree::Tree,
    plan: plan::Plan,
    /// One per use of a list in an expression.
    lists: Vec<lists::NamedList>,
    rules: Vec<compile::RuleProgram>,
    questions: Vec<query::Question>,
    /// One per rule; empty unless the ruleset was compiled with [`Questions::explanations`].
    outlines: Vec<explain::RuleOutline>,
    /// Identifies this program, so that buffers laid out for another one are not used.
    owner: u64,
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// Index into [`Ruleset::rules`].
    pub rule: usize,
    pub points: i32,
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
    /// One per question, in the order of [`Ruleset::questions`]; empty if no rules were evaluated.
    pub answers: Vec<Answer>,
    scratch: evaluate::Scratch,
    /// Indices of the rules that the transaction alone does not settle.
    open: Vec<usize>,
}

impl Evaluation {
    /// Clears the results and keeps the buffers.
    pub fn clear(&mut self) {
        self.fired.clear();
        self.shadow.clear();
        self.undecided.clear();
        self.shadow_undecided.clear();
        self.answers.clear();
    }
}

/// A ruleset path that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}: {source}")]
pub struct ReadError {
    pub path: String,
    pub source: std::io::Error,
}

impl Sources {
    /// Parses, checks, plans and compiles. The second value holds the lints.
    pub fn compile(&self, environment: Environment) -> Result<(Ruleset, Diagnostics), Diagnostics> {
        self.compile_with_queries(environment, Questions::default())
    }

    /// Like [`Sources::compile`], with lints about rules that have ended by `today`.
    pub fn compile_as_of(
        &self,
        environment: Environment,
        today: Time,
    ) -> Result<(Ruleset, Diagnostics), Diagnostics> {
        compile::compile(self, environment, Questions::default(), Some(today))
    }

    /// Like [`Sources::compile`], with questions that are answered for every transaction.
    pub fn compile_with_queries(
        &self,
        environment: Environment,
        questions: Questions<'_>,
    ) -> Result<(Ruleset, Diagnostics), Diagnostics> {
        compile::compile(self, environment, questions, None)
    }
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

impl Severity {
    pub const ALL: &'static [Severity] =
        &[Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    pub fn name(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl Action {
    pub const ALL: &'static [Action] = &[Action::Approve, Action::Review, Action::Decline];

    pub fn name(self) -> &'static str {
        match self {
            Action::Approve => "approve",
            Action::Review => "review",
            Action::Decline => "decline",
        }
    }
}
