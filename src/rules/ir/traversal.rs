//! The one traversal of typed expressions.
//!
//! Every question about an expression and its parts is a loop over [`Walk`]: which parts a node has is
//! the caller's choice, that each is visited once is not. Every change of an expression is a
//! [`Rewrite`]: the new node is the caller's choice, that its parts are rewritten first is not.

use super::super::types::Type;
use super::op::{Id, Op, Output, aggregate_read, children, with_children};
use super::tree::{Aggregate, Tree, aggregate_children, with_value};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// Visits everything that is reachable from some roots, each once: a node before its parts, and parts
/// from left to right. It is not recursive, since expressions may be deep.
pub struct Walk<T, F> {
    /// The next to visit is last.
    open: Vec<T>,
    seen: HashSet<T>,
    /// Adds the parts of a node.
    parts: F,
}

impl<T: Copy + Eq + Hash, F: FnMut(T, &mut Vec<T>)> Walk<T, F> {
    pub fn new(roots: impl IntoIterator<Item = T>, parts: F) -> Self {
        let mut open: Vec<T> = roots.into_iter().collect();
        open.reverse();
        Self { open, seen: HashSet::new(), parts }
    }

    /// Skips nodes that another walk has visited.
    pub fn without(mut self, seen: HashSet<T>) -> Self {
        self.seen = seen;
        self
    }

    /// The nodes that were visited or skipped.
    pub fn into_seen(self) -> HashSet<T> {
        self.seen
    }
}

impl<T: Copy + Eq + Hash, F: FnMut(T, &mut Vec<T>)> Iterator for Walk<T, F> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        loop {
            let next = self.open.pop()?;
            if self.seen.insert(next) {
                let known = self.open.len();
                (self.parts)(next, &mut self.open);
                self.open.get_mut(known..).unwrap_or_default().reverse();
                return Some(next);
            }
        }
    }
}

/// A change of expressions, made from the leaves up. Each node is rewritten once.
pub trait Rewrite {
    fn tree(&mut self) -> &mut Tree;

    /// The nodes that were rewritten, and what they became.
    fn done(&mut self) -> &mut HashMap<Id, Id>;

    /// Whether the change leaves a node and everything below it as it is.
    fn keeps(&mut self, _id: Id) -> bool {
        false
    }

    /// The node of an operation whose operands are rewritten.
    fn operation(&mut self, op: Op, ty: Type) -> Id;

    /// The node of the result of an aggregate whose condition and value are rewritten.
    fn result(&mut self, aggregate: Aggregate, output: Output, ty: Type) -> Id;

    /// What a node becomes.
    fn rewritten(&mut self, id: Id) -> Id {
        if self.keeps(id) {
            return id;
        }
        if let Some(done) = self.done().get(&id) {
            return *done;
        }
        let (op, ty) = (self.tree().op(id), self.tree().ty(id));
        let made = match aggregate_read(op) {
            Some((aggregate, output)) => {
                let aggregate = *self.tree().aggregate(aggregate);
                let aggregate = self.with_rewritten_parts(aggregate);
                self.result(aggregate, output, ty)
            }
            None => {
                let op = with_children(op, |child| self.rewritten(child));
                self.operation(op, ty)
            }
        };
        self.done().insert(id, made);
        made
    }

    /// An aggregate with its condition and value rewritten.
    fn with_rewritten_parts(&mut self, aggregate: Aggregate) -> Aggregate {
        let select = aggregate.select.map(|select| self.rewritten(select));
        let fold = with_value(aggregate.fold, |value| self.rewritten(value));
        Aggregate { select, fold, ..aggregate }
    }
}

impl Tree {
    /// Adds the operands of a node. The predicate and value of an aggregate are not among them.
    pub fn push_operands(&self, id: Id, out: &mut Vec<Id>) {
        out.extend(children(self.op(id)).into_iter().flatten());
    }

    /// Adds the operands of a node, and the predicate and value of an aggregate.
    pub fn push_parts(&self, id: Id, out: &mut Vec<Id>) {
        if let Some((aggregate, _)) = aggregate_read(self.op(id)) {
            out.extend(aggregate_children(self.aggregate(aggregate)).into_iter().flatten());
        }
        self.push_operands(id, out);
    }

    /// A node and everything it is computed from by operations.
    pub fn operands_below(&self, id: Id) -> impl Iterator<Item = Id> {
        Walk::new([id], |id, out: &mut Vec<Id>| self.push_operands(id, out))
    }

    /// Nodes and everything they depend on, also within aggregates.
    pub fn all_below(&self, roots: impl IntoIterator<Item = Id>) -> impl Iterator<Item = Id> {
        Walk::new(roots, |id, out: &mut Vec<Id>| self.push_parts(id, out))
    }

    /// The operands of a chain, whatever its parentheses, each with the truth value that it must have
    /// for the whole to have `truth`. If `all`, every operand must have its value (the chain is an AND
    /// that is true, or an OR that is false), else at least one.
    pub fn chain(&self, id: Id, truth: bool, all: bool) -> impl Iterator<Item = (Id, bool)> {
        let parts = move |(id, truth): (Id, bool)| match self.op(id) {
            Op::Not(a) => [Some((a, !truth)), None],
            Op::And(a, b) if truth == all => [Some((a, truth)), Some((b, truth))],
            Op::Or(a, b) if truth != all => [Some((a, truth)), Some((b, truth))],
            _ => [None; 2],
        };
        let walk = Walk::new([(id, truth)], move |node, out: &mut Vec<(Id, bool)>| {
            out.extend(parts(node).into_iter().flatten());
        });
        walk.filter(move |node| parts(*node) == [None; 2])
    }
}
