//! Reduces conditions to a canonical form, in which equivalent conditions are equal. The order of
//! operands, repeated operands and the use of `!` do not matter.

use super::super::super::ir::{Comparison, Form, Id, Op, Tree, flipped};
use super::value_domain::opposite;
use std::collections::HashMap;

/// Gives equivalent conditions the same number.
pub struct CanonicalForms<'t> {
    tree: &'t Tree,
    numbers: HashMap<CanonicalKey, usize>,
    known: HashMap<(Id, bool), usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum CanonicalKey {
    All(Vec<usize>),
    Any(Vec<usize>),
    Compare(Form, Comparison, Id, Id),
    Is(Id, bool),
}

impl<'t> CanonicalForms<'t> {
    pub fn new(tree: &'t Tree) -> Self {
        Self { tree, numbers: HashMap::new(), known: HashMap::new() }
    }

    pub fn of(&mut self, id: Id) -> usize {
        self.number_of(id, true)
    }

    /// The number of a condition, or of its negation if `truth` is false.
    fn number_of(&mut self, id: Id, truth: bool) -> usize {
        if let Some(known) = self.known.get(&(id, truth)) {
            return *known;
        }
        let number = match self.tree.op(id) {
            Op::Not(a) => self.number_of(a, !truth),
            Op::And(..) => self.chain(id, truth, truth),
            Op::Or(..) => self.chain(id, truth, !truth),
            Op::Compare(form, comparison, a, b) => {
                let comparison = if truth { comparison } else { opposite(comparison) };
                self.number(if a <= b {
                    CanonicalKey::Compare(form, comparison, a, b)
                } else {
                    CanonicalKey::Compare(form, flipped(comparison), b, a)
                })
            }
            _ => self.number(CanonicalKey::Is(id, truth)),
        };
        self.known.insert((id, truth), number);
        number
    }

    /// `all`: whether every part must hold, rather than at least one.
    fn chain(&mut self, id: Id, truth: bool, all: bool) -> usize {
        let mut parts: Vec<usize> = Vec::new();
        for (part, truth) in self.tree.chain(id, truth, all) {
            parts.push(self.number_of(part, truth));
        }
        parts.sort_unstable();
        parts.dedup();
        match parts[..] {
            [one] => one,
            _ if all => self.number(CanonicalKey::All(parts)),
            _ => self.number(CanonicalKey::Any(parts)),
        }
    }

    fn number(&mut self, key: CanonicalKey) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry(key).or_insert(next)
    }
}
