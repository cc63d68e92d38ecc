//! A checked ruleset, as lints see it.

use super::super::super::diagnostics::Span;
use super::super::super::ir::{Id, Tree};
use super::super::super::source::{Files, Placed, RuleTable};
use super::super::super::syntax::Node;
use super::super::const_fold::Folder;
use super::super::facts::Facts;
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
pub struct Places(pub(in crate::rules) HashMap<Span, Option<Id>>);

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

    pub(super) fn id(&self, node: &Node) -> Option<Id> {
        self.0.get(&node.span).copied().flatten()
    }
}
