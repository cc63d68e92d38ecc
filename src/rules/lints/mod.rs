//! What is not wrong with a ruleset and yet hardly meant: each lint with a name, a place and the fix.
//!
//! ```text
//! tables.rs       dates, rollout, points of none      what stands in the tables
//! conditions.rs   never true, always true, twice ◀─ boolean_solver.rs ◀─ value_domain.rs
//! absent.rs       `!=` on a field that is often absent
//! ruleset.rs      no rule; rules alike ◀─ canonical.rs; thresholds out of reach; what nobody uses
//! ```
//!
//! A lint is certain of what it says. What a rule may do on some transaction is no lint's business,
//! and no lint changes what a ruleset does. They know no clock: the present date comes in.

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

/// A ruleset once it has been checked.
pub struct Input<'f> {
    pub files: &'f Files,
    pub tree: &'f Tree,
    pub places: Places,
    pub rules: Vec<Rule<'f>>,
    pub features: Vec<(&'f Placed<String>, &'f Node)>,
    pub facts: &'f Facts,
    /// The present date, where it is known.
    pub today: Option<Time>,
}

/// A rule with its texts, parsed.
pub struct Rule<'f> {
    pub table: &'f RuleTable,
    pub when: Option<&'f Node>,
    pub points: Option<&'f Node>,
    pub message: Vec<&'f Node>,
}

/// Which value an expression has, folded, by where it is written.
#[derive(Debug, Default)]
pub struct Places(HashMap<Span, Option<Id>>);

impl Places {
    /// An expression that has another value each time that it is used stands for none.
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

/// Everything that there is to say. What concerns the ruleset as a whole is said only of one without
/// errors: a rule that cannot be read may well use what seems unused.
pub fn lint(input: &Input<'_>, out: &mut Diagnostics) {
    tables::lint(input, out);
    conditions::lint(input, out);
    absent::lint(input, out);
    if !out.has_errors() {
        ruleset::lint(input, out);
    }
}
