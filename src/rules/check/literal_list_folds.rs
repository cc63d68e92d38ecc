//! Computes sizes, sums, means, deviations and extremes of literal lists, with nodes for each item.

use super::super::diagnostics::Span;
use super::super::tree::{Arithmetic, Comparison, Conversion, Form, Id, Op};
use super::super::types::Type;
use super::literal_lists::{Item, LiteralList};
use super::{Checked, Checker, Unit};

impl Checker<'_> {
    /// Applies a macro to the items themselves.
    pub(super) fn fold_literal(&mut self, list: LiteralList, name: &str, span: Span) -> Checked {
        let Some(first) = list.items.first() else { return self.fold_empty(name) };
        if !self.fits(name, first.value, span) {
            return Checked::Broken;
        }
        let value = match name {
            "sum" => self.literal_sum(&list),
            "avg" => self.literal_mean(&list),
            "stddev" => self.literal_deviation(&list),
            "distinct" => return self.literal_distinct(list, span),
            "max" => self.literal_extreme(&list, Arithmetic::Greatest),
            _ => self.literal_extreme(&list, Arithmetic::Least),
        };
        Checked::Value(self.absent_unless_complete(&list, value))
    }

    fn fold_empty(&mut self, name: &str) -> Checked {
        match name {
            "distinct" => Checked::Values(LiteralList::default()),
            "sum" => Checked::Value(self.tree.constant(0, Type::Int)),
            _ => Checked::Value(self.tree.intern(Op::Absent, Type::Double)),
        }
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

    fn calculated(&mut self, op: Arithmetic, a: Id, b: Id) -> Id {
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

    fn double_of(&mut self, id: Id) -> Id {
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
