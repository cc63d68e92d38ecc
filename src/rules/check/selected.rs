//! Narrows lists of remembered charges to those that a macro counts.

use super::super::ir::{Column, Fold, Id, Op, Output};
use super::super::types::Type;
use super::checked_types::List;
use super::checker::Checker;

impl Checker<'_> {
    /// Whether a value is the amount of the charges at this depth, possibly converted to another type.
    pub(super) fn is_amount(&self, value: Id, depth: u8) -> bool {
        match self.tree.op(value) {
            Op::Convert(_, amount) => self.is_amount(amount, depth),
            op => op == Op::Column(depth, Column::Amount),
        }
    }

    /// Removes reversed charges from a list: they were attempts, not spending.
    pub(super) fn without_reversed(&mut self, list: List) -> List {
        let reversed = Op::Column(list.depth, Column::Reversed);
        let reversed = self.tree.intern(reversed, Type::Bool);
        let kept = self.not(reversed);
        let is_explicit = list.is_explicit;
        List { is_explicit, ..self.narrowed(list, kept) }
    }

    pub(super) fn narrowed(&mut self, list: List, condition: Id) -> List {
        let select = match list.select {
            Some(select) if select == condition => condition,
            Some(select) => self.logic(true, select, condition),
            None => condition,
        };
        List { select: Some(select), is_explicit: true, ..list }
    }

    /// Narrows a list to the charges for which `value` is present.
    pub(super) fn with_value(&mut self, list: List, value: Id) -> List {
        let always = match self.tree.op(value) {
            Op::Column(depth, column) => depth == list.depth && column.is_always_known(),
            Op::Constant(_) | Op::Literal(_) | Op::Decimal(_) | Op::Now => true,
            _ => false,
        };
        if always {
            return list;
        }
        let present = self.tree.intern(Op::Present(value), Type::Bool);
        self.narrowed(list, present)
    }

    pub(super) fn count(&mut self, list: List) -> Id {
        self.result(list, Fold::Count, Output::Count, Type::Int)
    }

    pub(super) fn exists(&mut self, list: List, condition: Id) -> Id {
        let list = self.narrowed(list, condition);
        self.result(list, Fold::Count, Output::Exists, Type::Bool)
    }
}
