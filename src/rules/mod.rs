//! The rule language: parse → check → plan → compile; rulesets and lists.
//!
//! A rule means plain CEL over the list of charges that its card is remembered for. No list is ever
//! built: all aggregates of all rules are answered in one pass over the compact events.
//!
//! ```text
//! TOML ─▶ file ─▶ syntax ─▶ check ─▶ tree ─▶ plan ─▶ evaluate ─▶ Fired
//!         places   (cel)    names,   every    order    masks over
//!                           types    value    of work  64 charges
//!                                    once
//! ```
//!
//! It knows nothing of scores, alerts, files being watched, or where transactions come from.

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

/// The files of a ruleset as read, before anything is understood of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// Rule files, in the order of their names.
    pub files: Vec<SourceFile>,
    /// List files, by the path that the ruleset names them by.
    pub lists: Vec<ListFile>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// As a person would name it: relative to where they stand.
    pub name: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFile {
    /// As the ruleset names it.
    pub name: String,
    /// As a person would name it: relative to where they stand.
    pub path: String,
    /// What it holds. One that cannot be read is reported where the ruleset names it.
    pub text: Result<String, ListError>,
}

/// Why a list file cannot be read, as the system says it; it can be compared, so that two readings
/// of the same files are alike.
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

/// Name, version and content hash (hex of SHA-256, the first 16 characters).
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

/// What a decision does, mildest first.
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

/// What is fixed of a rule, for decisions and metrics.
#[derive(Debug, Clone)]
pub struct RuleInfo {
    pub id: String,
    pub description: String,
    pub severity: Severity,
    pub reason: String,
    pub mode: Mode,
    /// Demanded outright when it fires, whatever the score.
    pub action: Option<Action>,
}

/// A compiled ruleset: immutable, shared by every shard.
#[derive(Debug)]
pub struct Ruleset {
    pub id: RulesetId,
    /// Score from which a decision is a review.
    pub review: i32,
    /// Score from which a decision is a decline.
    pub decline: i32,
    /// Milliseconds.
    pub alert_cooldown_ms: i64,
    /// What it was compiled against.
    pub environment: Environment,
    rules: Vec<RuleInfo>,
    facts: Facts,
    program: Program,
}

/// What is run.
#[derive(Debug)]
struct Program {
    tree: tree::Tree,
    plan: plan::Plan,
    /// By use.
    lists: Vec<lists::NamedList>,
    rules: Vec<compile::RuleProgram>,
    questions: Vec<query::Question>,
    /// By rule, where rules are to be explained.
    outlines: Vec<explain::RuleOutline>,
    /// Tells this program's buffers from another's.
    owner: u64,
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// Index into [`Ruleset::rules`].
    pub rule: usize,
    pub points: i32,
    /// This and what follows is empty until [`Ruleset::render`].
    pub message: String,
    /// Fields and features that the rule uses, in the order of their appearance; absent ones are left out.
    pub evidence: Vec<(Arc<str>, Value)>,
    /// Remembered charges that made it fire, newest first, at most ten.
    pub charges: Vec<Event>,
}

/// What a ruleset said about one transaction. Kept and reused: its buffers are the scratch space.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// Live rules that fired, in the order of the ruleset.
    pub fired: Vec<Fired>,
    /// Shadow rules that fired.
    pub shadow: Vec<Fired>,
    /// Indices of live rules that could not be decided, in the order of the ruleset.
    pub undecided: Vec<usize>,
    /// Indices of shadow rules that could not be decided.
    pub shadow_undecided: Vec<usize>,
    /// By question, in the order of [`Ruleset::questions`]; empty where no rules were run.
    pub answers: Vec<Answer>,
    scratch: evaluate::Scratch,
    /// Indices of the rules that what needs no past has not settled.
    open: Vec<usize>,
}

impl Evaluation {
    /// Whether any rule fired, live or shadow.
    pub fn has_fired(&self) -> bool {
        !self.fired.is_empty() || !self.shadow.is_empty()
    }

    /// Forgets what was said, and keeps the buffers.
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
    /// Parses, checks, plans and compiles. Lints stand in the second value.
    pub fn compile(&self, environment: Environment) -> Result<(Ruleset, Diagnostics), Diagnostics> {
        self.compile_with_queries(environment, Questions::default())
    }

    /// The same, with lints about rules that are over by `today`.
    pub fn compile_as_of(
        &self,
        environment: Environment,
        today: Time,
    ) -> Result<(Ruleset, Diagnostics), Diagnostics> {
        compile::compile(self, environment, Questions::default(), Some(today))
    }

    /// The same, with questions that are answered for every transaction.
    pub fn compile_with_queries(
        &self,
        environment: Environment,
        questions: Questions<'_>,
    ) -> Result<(Ruleset, Diagnostics), Diagnostics> {
        compile::compile(self, environment, questions, None)
    }
}

impl Ruleset {
    /// Whether none of its rules is kept to a part of the cards by its `rollout`.
    pub fn is_on_for_every_card(&self) -> bool {
        self.program.rules.iter().all(|rule| rule.rollout.is_none())
    }

    /// The same, whatever its rules have for a `rollout`.
    pub fn on_for_every_card(mut self) -> Self {
        self.program.rules.iter_mut().for_each(|rule| rule.rollout = None);
        self
    }

    pub fn rules(&self) -> &[RuleInfo] {
        &self.rules
    }

    /// What is known of its rules before any transaction.
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
