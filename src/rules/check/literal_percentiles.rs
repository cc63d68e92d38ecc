//! Computes percentiles of literal lists, with nodes for each item.
//!
//! No list is sorted. Each item has a rank: the number of items that are less than it, or equal and
//! before it. The value at a place is the item with that rank.

use super::super::diagnostics::Span;
use super::super::ir::{Arithmetic, Comparison, Conversion, Form, Id, Op};
use super::super::language::Percent;
use super::super::types::Type;
use super::checked_types::{LiteralList, Unit};
use super::checker::Checker;

impl Checker<'_> {
    /// Interpolates between the two values around the percentile's place. The ranks compare each item
    /// with each other item, which counts as that many expressions.
    pub(super) fn literal_percentile(
        &mut self,
        list: &LiteralList,
        percent: Percent,
        span: Span,
    ) -> Option<Id> {
        let count = list.items.len();
        if !self.may_expand(count * count, span) {
            return None;
        }
        let ranks: Vec<Id> = (0..count).map(|at| self.rank(list, at)).collect();
        let (place, below) = self.place(list, percent);
        let one = self.tree.constant(1, Type::Int);
        let next = self.calculated(Arithmetic::Add, below, one);
        let size = self.literal_size(list);
        let last = self.calculated(Arithmetic::Subtract, size, one);
        let above = self.calculated(Arithmetic::Least, next, last);
        let (low, high) = (self.at_rank(list, &ranks, below), self.at_rank(list, &ranks, above));
        let below = self.double_of(below);
        let part = self.floats(Arithmetic::Subtract, place, below);
        let apart = self.floats(Arithmetic::Subtract, high, low);
        let more = self.floats(Arithmetic::Multiply, apart, part);
        let value = self.floats(Arithmetic::Add, low, more);
        let is_money =
            list.items.first().is_some_and(|item| self.tree.ty(item.value) == Type::Money);
        if is_money {
            self.units.insert(value, Unit::Money);
        }
        Some(value)
    }

    /// The place of the percentile among the sorted items, counted from 0, and the whole number below it.
    fn place(&mut self, list: &LiteralList, percent: Percent) -> (Id, Id) {
        let size = self.literal_size(list);
        let mut number = |value: f64| self.tree.constant(value.to_bits(), Type::Double);
        let (percent, one, hundred) = (number(percent.value()), number(1.0), number(100.0));
        let size = self.double_of(size);
        let intervals = self.floats(Arithmetic::Subtract, size, one);
        let place = self.floats(Arithmetic::Multiply, percent, intervals);
        let place = self.floats(Arithmetic::Divide, place, hundred);
        let below = self.tree.intern(Op::Convert(Conversion::DoubleToInt, place), Type::Int);
        (place, below)
    }

    /// How many items come before an item once the list is sorted.
    fn rank(&mut self, list: &LiteralList, of: usize) -> Id {
        let (one, none) = (self.tree.constant(1, Type::Int), self.tree.constant(0, Type::Int));
        let mut rank = none;
        let Some(item) = list.items.get(of) else { return rank };
        let form = match self.tree.ty(item.value) {
            Type::Double => Form::Float,
            _ => Form::Whole,
        };
        for (at, other) in list.items.iter().enumerate().filter(|(at, _)| *at != of) {
            let comparison = if at < of { Comparison::LessEqual } else { Comparison::Less };
            let mut is_before = self.compared(form, comparison, other.value, item.value);
            if let Some(guard) = other.guard {
                is_before = self.logic(true, guard, is_before);
            }
            let counted = self.tree.intern(Op::Choose(is_before, one, none), Type::Int);
            rank = self.calculated(Arithmetic::Add, rank, counted);
        }
        rank
    }

    /// The item of a rank as a decimal; absent if there is none.
    fn at_rank(&mut self, list: &LiteralList, ranks: &[Id], wanted: Id) -> Id {
        let mut found = self.tree.intern(Op::Absent, Type::Double);
        for (item, rank) in list.items.iter().zip(ranks) {
            let mut is_here = self.same_whole(*rank, wanted);
            if let Some(guard) = item.guard {
                is_here = self.logic(true, guard, is_here);
            }
            let value = self.double_of(item.value);
            found = self.tree.intern(Op::Choose(is_here, value, found), Type::Double);
        }
        found
    }
}
