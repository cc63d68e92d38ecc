//! Computes sizes, sums, means, deviations and extremes of literal lists, with nodes for each item.

use super::super::diagnostics::Span;
use super::super::ir::{Arithmetic, Comparison, Conversion, Form, Id, Op};
use super::super::language::{ListMacro, OverEmpty, Statistic};
use super::super::types::Type;
use super::checked_types::{Checked, Item, LiteralList, Unit};
use super::checker::Checker;
use super::macros::{EachCall, EachResult};

impl Checker<'_> {
    /// Applies a macro without a variable to the items themselves.
    pub(super) fn fold_literal(&mut self, list: LiteralList, call: EachCall) -> Checked {
        let Some(first) = list.items.first() else { return self.fold_empty(call) };
        if !self.fits(call.row, first.value, call.span) {
            return Checked::Broken;
        }
        match call.gives {
            EachResult::Statistic { statistic, .. } => {
                let value = self.literal_statistic(&list, statistic, call.span);
                let value = value.map(|value| self.absent_unless_complete(&list, value));
                value.map_or(Checked::Broken, Checked::Value)
            }
            EachResult::List(ListMacro::Distinct) => self.literal_distinct(list, call.span),
            // These have no form without a variable.
            EachResult::List(ListMacro::Filter | ListMacro::Map) | EachResult::Quantifier(_) => {
                Checked::Broken
            }
        }
    }

    fn fold_empty(&mut self, call: EachCall) -> Checked {
        match call.row.over_empty {
            OverEmpty::EmptyList => Checked::Values(LiteralList::default()),
            OverEmpty::Zero => Checked::Value(self.tree.constant(0, Type::Int)),
            OverEmpty::False => Checked::Value(self.tree.constant(0, Type::Bool)),
            OverEmpty::True => Checked::Value(self.tree.constant(1, Type::Bool)),
            OverEmpty::Absent => Checked::Value(self.tree.intern(Op::Absent, Type::Double)),
        }
    }

    fn literal_statistic(
        &mut self,
        list: &LiteralList,
        statistic: Statistic,
        span: Span,
    ) -> Option<Id> {
        Some(match statistic {
            Statistic::Sum => self.literal_sum(list),
            Statistic::Mean => self.literal_mean(list),
            Statistic::Deviation => self.literal_deviation(list),
            Statistic::Greatest => self.literal_extreme(list, Arithmetic::Greatest),
            Statistic::Least => self.literal_extreme(list, Arithmetic::Least),
            Statistic::Percentile(percent) => self.literal_percentile(list, percent, span)?,
        })
    }

    pub(super) fn literal_size(&mut self, list: &LiteralList) -> Id {
        let fixed = list.items.iter().filter(|item| item.guard.is_none()).count();
        let mut size = self.tree.constant(fixed as u64, Type::Int);
        let (one, none) = (self.tree.constant(1, Type::Int), self.tree.constant(0, Type::Int));
        for guard in list.items.iter().filter_map(|item| item.guard) {
            let counted = self.tree.intern(Op::Choose(guard, one, none), Type::Int);
            size = self.calculated(Arithmetic::Add, size, counted);
        }
        self.absent_unless_complete(list, size)
    }

    pub(super) fn calculated(&mut self, op: Arithmetic, a: Id, b: Id) -> Id {
        let ty = self.tree.ty(a);
        let form = if ty == Type::Double { Form::Float } else { Form::Whole };
        self.tree.intern(Op::Calculate(form, op, a, b), ty)
    }

    fn literal_sum(&mut self, list: &LiteralList) -> Id {
        let ty = list.items.first().map_or(Type::Int, |item| self.tree.ty(item.value));
        let zero = self.tree.constant(0, ty);
        let mut sum = zero;
        for item in &list.items {
            let added = match item.guard {
                Some(guard) => self.tree.intern(Op::Choose(guard, item.value, zero), ty),
                None => item.value,
            };
            sum = self.calculated(Arithmetic::Add, sum, added);
        }
        sum
    }

    pub(super) fn double_of(&mut self, id: Id) -> Id {
        let conversion = match self.tree.ty(id) {
            Type::Money => Conversion::MoneyToDouble,
            Type::Int => Conversion::IntToDouble,
            _ => return id,
        };
        self.tree.intern(Op::Convert(conversion, id), Type::Double)
    }

    fn literal_mean(&mut self, list: &LiteralList) -> Id {
        let (sum, size) = (self.literal_sum(list), self.literal_size(list));
        let is_money = self.tree.ty(sum) == Type::Money;
        let (sum, size) = (self.double_of(sum), self.double_of(size));
        let mean = self.floats(Arithmetic::Divide, sum, size);
        if is_money {
            self.units.insert(mean, Unit::Money);
        }
        mean
    }

    fn literal_deviation(&mut self, list: &LiteralList) -> Id {
        let mean = self.literal_mean(list);
        let mut squares = LiteralList::default();
        for item in &list.items {
            let value = self.double_of(item.value);
            let apart = self.floats(Arithmetic::Subtract, value, mean);
            let value = self.floats(Arithmetic::Multiply, apart, apart);
            squares.items.push(Item { value, ..*item });
        }
        let (sum, size) = (self.literal_sum(&squares), self.literal_size(&squares));
        let one = self.tree.constant(1, Type::Int);
        let others = self.calculated(Arithmetic::Subtract, size, one);
        let others = self.double_of(others);
        let variance = self.floats(Arithmetic::Divide, sum, others);
        let deviation =
            self.tree.intern(Op::Convert(Conversion::SquareRoot, variance), Type::Double);
        let several = Op::Compare(Form::Whole, Comparison::Greater, size, one);
        let several = self.tree.intern(several, Type::Bool);
        self.only_if(several, deviation)
    }

    fn literal_extreme(&mut self, list: &LiteralList, op: Arithmetic) -> Id {
        let ty = list.items.first().map_or(Type::Int, |item| self.tree.ty(item.value));
        let mut extreme = self.tree.intern(Op::Absent, ty);
        let mut any = self.tree.constant(0, Type::Bool);
        for item in &list.items {
            let beyond = self.calculated(op, extreme, item.value);
            let beyond = self.tree.intern(Op::Choose(any, beyond, item.value), ty);
            match item.guard {
                Some(guard) => {
                    extreme = self.tree.intern(Op::Choose(guard, beyond, extreme), ty);
                    any = self.logic(false, any, guard);
                }
                None => {
                    extreme = beyond;
                    any = self.tree.constant(1, Type::Bool);
                }
            }
        }
        extreme
    }
}
