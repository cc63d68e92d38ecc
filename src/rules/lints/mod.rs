//! Finds what is valid in a ruleset but probably a mistake. Each lint has a name, a place and a fix.
//!
//! ```text
//! tables.rs       rules that are over, reach no card or change nothing
//! conditions.rs   never true, always true, repeated ◀─ boolean_solver.rs ◀─ value_domain.rs
//! absent.rs       `!=` on a field that is often absent
//! ruleset.rs      no rule; equal rules ◀─ canonical.rs; unreachable thresholds; unused names
//! ```
//!
//! A lint only states what is certain. It does not judge what a rule does on particular transactions,
//! and it never changes what a ruleset does. Lints know no clock: the caller passes the current date.

mod absent;
mod boolean_solver;
mod canonical;
mod conditions;
mod ruleset;
mod tables;
mod value_domain;

use super::const_fold::Folder;
use super::diagnostics::{Diagnostics, Span};
use super::facts::Facts;
use super::syntax::Node;
use super::toml_schema::{Files, Placed, RuleTable};
use super::tree::{Id, Tree};
use crate::transaction::Time;
use std::collections::HashMap;

/// A checked ruleset.
pub struct Input<'f> {
    pub files: &'f Files,
    pub tree: &'f Tree,
    pub places: Places,
    pub rules: Vec<Rule<'f>>,
    pub features: Vec<(&'f Placed<String>, &'f Node)>,
    pub facts: &'f Facts,
    /// The current date, if it is known.
    pub today: Option<Time>,
}

/// A rule with its parsed expressions.
pub struct Rule<'f> {
    pub table: &'f RuleTable,
    pub when: Option<&'f Node>,
    pub points: Option<&'f Node>,
    pub message: Vec<&'f Node>,
}

/// The folded value of each expression, by its place.
#[derive(Debug, Default)]
pub struct Places(HashMap<Span, Option<Id>>);

impl Places {
    /// An expression whose value differs between its uses gets no value.
    pub fn new(seen: &[(Span, Id)], folder: &mut Folder<'_>) -> Self {
        let mut places: HashMap<Span, Option<Id>> = HashMap::new();
        for (span, id) in seen {
            let id = Some(folder.fold(*id));
            let known = places.entry(*span).or_insert(id);
            if *known != id {
                *known = None;
            }
        }
        Self(places)
    }

    fn id(&self, node: &Node) -> Option<Id> {
        self.0.get(&node.span).copied().flatten()
    }
}

/// Runs all lints. Those about the ruleset as a whole need one without errors: a rule that cannot be
/// read may use what seems unused.
pub fn lint(input: &Input<'_>, out: &mut Diagnostics) {
    tables::lint(input, out);
    conditions::lint(input, out);
    absent::lint(input, out);
    if !out.has_errors() {
        ruleset::lint(input, out);
    }
}
