//! Folds constants: computes constant expressions before rules run, and simplifies logic that
//! constants decide.
//!
//! A folded node has the same result as the original node for every transaction, including absent
//! and open. Both are in the same tree, so the original remains available.

use super::super::evaluate::{Registers, Slot, operation, text};
use super::super::ir::{
    Aggregate, Id, Op, Output, Rewrite, Tree, children, needs_a_transaction, outside_op,
    over_empty, strict_op, text_op,
};
use super::super::language::OverEmpty;
use super::super::types::Type;
use std::collections::HashMap;

pub struct Folder<'t> {
    tree: &'t mut Tree,
    done: HashMap<Id, Id>,
}

impl<'t> Folder<'t> {
    pub fn of(tree: &'t mut Tree) -> Self {
        Self { tree, done: HashMap::new() }
    }

    /// The simplest node with the same meaning.
    pub fn fold(&mut self, id: Id) -> Id {
        self.rewritten(id)
    }

    /// The result of an aggregate that never selects a charge.
    fn result_over_none(&mut self, output: Output, ty: Type) -> Id {
        match over_empty(output) {
            OverEmpty::Zero | OverEmpty::False => self.tree.constant(0, ty),
            OverEmpty::True => self.tree.constant(1, ty),
            OverEmpty::Absent | OverEmpty::EmptyList => self.nothing(ty),
        }
    }

    fn nothing(&mut self, ty: Type) -> Id {
        self.tree.intern(Op::Absent, ty)
    }

    fn simplified(&mut self, op: Op, ty: Type) -> Id {
        if !needs_a_transaction(op)
            && children(op).into_iter().flatten().all(|id| self.is_settled(id))
        {
            return self.settled(op, ty);
        }
        let known = |id: Id| match self.tree.op(id) {
            Op::Constant(bits) => Some(bits == 1),
            _ => None,
        };
        match op {
            Op::And(a, b) if a == b => a,
            Op::Or(a, b) if a == b => a,
            Op::And(a, b) => match (known(a), known(b)) {
                (Some(false), _) | (_, Some(true)) => a,
                (_, Some(false)) | (Some(true), _) => b,
                _ => self.tree.intern(op, ty),
            },
            Op::Or(a, b) => match (known(a), known(b)) {
                (Some(true), _) | (_, Some(false)) => a,
                (_, Some(true)) | (Some(false), _) => b,
                _ => self.tree.intern(op, ty),
            },
            Op::Not(a) => match self.tree.op(a) {
                Op::Not(inner) => inner,
                _ => self.tree.intern(op, ty),
            },
            Op::Choose(condition, a, b) => match (known(condition), self.tree.op(condition)) {
                (Some(true), _) => a,
                (Some(false), _) => b,
                (None, Op::Absent) => self.nothing(ty),
                _ => self.tree.intern(op, ty),
            },
            Op::OrElse(a, b) => match self.tree.op(a) {
                Op::Absent => b,
                Op::Constant(_) | Op::Literal(_) => a,
                _ => self.tree.intern(op, ty),
            },
            Op::Present(_) => self.tree.intern(op, ty),
            Op::Absent | Op::Field(_) | strict_op!() | text_op!() | outside_op!() => {
                self.unless_absent(op, ty)
            }
        }
    }

    /// An operation that is absent if one of its operands is.
    fn unless_absent(&mut self, op: Op, ty: Type) -> Id {
        let mut operands = children(op).into_iter().flatten();
        match operands.any(|id| self.tree.op(id) == Op::Absent) {
            true => self.nothing(ty),
            false => self.tree.intern(op, ty),
        }
    }

    fn is_settled(&self, id: Id) -> bool {
        matches!(self.tree.op(id), Op::Constant(_) | Op::Literal(_) | Op::Absent)
    }

    /// Computes an operation on constants.
    fn settled(&mut self, op: Op, ty: Type) -> Id {
        let id = self.tree.intern(op, ty);
        if self.is_settled(id) {
            return id;
        }
        if ty == Type::Text {
            let text = text(id, &Constants(self.tree)).map(|text| text.to_owned());
            return match text {
                Ok(text) => self.tree.literal(&text),
                Err(_) => self.nothing(ty),
            };
        }
        match operation(op, &Constants(self.tree)).known() {
            Some(bits) => self.tree.constant(bits, ty),
            None => self.nothing(ty),
        }
    }
}

impl Rewrite for Folder<'_> {
    fn tree(&mut self) -> &mut Tree {
        self.tree
    }

    fn done(&mut self) -> &mut HashMap<Id, Id> {
        &mut self.done
    }

    fn operation(&mut self, op: Op, ty: Type) -> Id {
        self.simplified(op, ty)
    }

    fn result(&mut self, aggregate: Aggregate, output: Output, ty: Type) -> Id {
        match aggregate.select.map(|select| self.tree.op(select)) {
            Some(Op::Constant(0) | Op::Absent) => self.result_over_none(output, ty),
            Some(Op::Constant(_)) => {
                self.tree.result(Aggregate { select: None, ..aggregate }, output, ty)
            }
            _ => self.tree.result(aggregate, output, ty),
        }
    }
}

/// Registers in which only constants have values.
struct Constants<'t>(&'t Tree);

impl Registers for Constants<'_> {
    fn get(&self, id: Id) -> Slot {
        match self.0.op(id) {
            Op::Constant(bits) => Slot::exact(bits),
            _ => Slot::ABSENT,
        }
    }

    fn tree(&self) -> &Tree {
        self.0
    }

    fn field_text(&self, _: u16) -> Option<&str> {
        None
    }
}
