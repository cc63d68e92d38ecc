//! Implements the rule language: parses, checks, plans and compiles rulesets and their lists.
//!
//! A rule means the same as plain CEL over the list of its card's remembered charges. That list is
//! never built: the aggregates of all rules share their passes over the compact events.
//!
//! ```text
//! source/ ─▶ syntax/ ─▶ check/ ─▶ ir/ ─▶ plan/ ─▶ evaluate/ ─▶ Fired
//! TOML,      (cel)      names,    each   order    masks over
//! spans                 types     value  of       64 charges
//!            language/            once   work
//! ```
//!
//! It knows nothing about scores, alerts, reloading, or where transactions come from.

mod analysis;
mod check;
mod compile;
mod control;
mod decimal;
mod diagnostics;
mod duration;
mod environment;
mod evaluate;
mod evaluate_ruleset;
mod evaluation;
mod explain;
mod ir;
mod language;
mod lists;
mod message;
mod outline;
mod plan;
mod program;
mod query;
mod rule_info;
mod ruleset;
mod ruleset_files;
mod source;
mod subject;
mod syntax;
#[cfg(test)]
mod tests;
mod types;
mod value;
mod values;

pub(crate) use analysis::RuleFacts;
pub use control::Control;
pub(crate) use diagnostics::Span;
pub use diagnostics::{Diagnostic, Diagnostics, Grade, Place, nearest};
pub use environment::Environment;
pub use evaluate::{BATCH_MAX, Settled};
pub use evaluate_ruleset::{RuleStatus, RulesetWithLists};
pub use evaluation::{Evaluation, Fired};
pub use explain::{Explanation, Part, RuleOutcome, Why, transaction_fields};
pub use lists::{
    FileEntry, ScheduledLists, Snooze, TooManyEntries, TopicLists, are_alike, entries_of_file,
};
pub use message::{grouped, money};
pub use query::{EXPRESSION, NamedExpression, QuestionType, Questions};
pub use rule_info::{Action, Mode, RuleInfo, Severity};
pub use ruleset::{Ruleset, RulesetId};
pub use ruleset_files::{ListError, ListFile, ReadError, SourceFile, Sources};
pub use source::is_rules_file_name;
#[cfg(test)]
pub(crate) use tests::{Answer as InterpreterAnswer, Interpreter};
pub use value::{Answer, Value, decimal};

pub use duration::{parse as parse_duration_ms, show as show_duration};
