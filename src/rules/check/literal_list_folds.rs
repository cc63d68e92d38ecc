//! Computes sizes, sums, means, deviations and extremes of literal lists, with nodes for each item.

use super::super::diagnostics::Span;
use super::super::tree::{Arithmetic, Comparison, Conversion, Form, Id, Op};
use super::super::types::Type;
use super::literal_lists::{Item, Written};
use super::{Checked, Checker, Unit};

impl Checker<'_> {
    /// Applies a macro to the items themselves.
    pub(super) fn fold_written(&mut self, list: Written, name: &str, span: Span) -> Checked {
        let Some(first) = list.items.first() else { return self.fold_empty(name) };
        if !self.fits(name, first.value, span) {
            return Checked::Broken;
        }
        let value = match name {
            "sum" => self.written_sum(&list),
            "avg" => self.written_mean(&list),
            "stddev" => self.written_deviation(&list),
            "distinct" => return self.written_distinct(list, span),
            "max" => self.written_extreme(&list, Arithmetic::Greatest),
            _ => self.written_extreme(&list, Arithmetic::Least),
        };
        Checked::Value(self.given(&list, value))
    }

    fn fold_empty(&mut self, name: &str) -> Checked {
        match name {
            "distinct" => Checked::Values(Written::default()),
            "sum" => Checked::Value(self.tree.constant(0, Type::Int)),
            _ => Checked::Value(self.tree.intern(Op::Nothing, Type::Double)),
        }
    }

    pub(super) fn written_size(&mut self, list: &Written) -> Id {
        let fixed = list.items.iter().filter(|item| item.guard.is_none()).count();
        let mut size = self.tree.constant(fixed as u64, Type::Int);
        let (one, none) = (self.tree.constant(1, Type::Int), self.tree.constant(0, Type::Int));
        for guard in list.items.iter().filter_map(|item| item.guard) {
            let counted = self.tree.intern(Op::Choose(guard, one, none), Type::Int);
            size = self.calculated(Arithmetic::Add, size, counted);
        }
        self.given(list, size)
    }

    fn calculated(&mut self, op: Arithmetic, a: Id, b: Id) -> Id {
        let ty = self.tree.ty(a);
        let form = if ty == Type::Double { Form::Float } else { Form::Whole };
        self.tree.intern(Op::Calculate(form, op, a, b), ty)
    }

    fn written_sum(&mut self, list: &Written) -> Id {
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

    fn written_mean(&mut self, list: &Written) -> Id {
        let (sum, size) = (self.written_sum(list), self.written_size(list));
        let is_money = self.tree.ty(sum) == Type::Money;
        let (sum, size) = (self.double_of(sum), self.double_of(size));
        let mean = self.floats(Arithmetic::Divide, sum, size);
        if is_money {
            self.units.insert(mean, Unit::Money);
        }
        mean
    }

    fn written_deviation(&mut self, list: &Written) -> Id {
        let mean = self.written_mean(list);
        let mut squares = Written::default();
        for item in &list.items {
            let value = self.double_of(item.value);
            let apart = self.floats(Arithmetic::Subtract, value, mean);
            let value = self.floats(Arithmetic::Multiply, apart, apart);
            squares.items.push(Item { value, ..*item });
        }
        let (sum, size) = (self.written_sum(&squares), self.written_size(&squares));
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

    fn written_extreme(&mut self, list: &Written, op: Arithmetic) -> Id {
        let ty = list.items.first().map_or(Type::Int, |item| self.tree.ty(item.value));
        let mut extreme = self.tree.intern(Op::Nothing, ty);
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
