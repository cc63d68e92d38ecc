//! Checks arithmetic and comparisons of numbers: which literals become money or doubles, and which
//! types cannot be mixed.

use super::super::decimal::{AmongIntegers, Decimal, doubles_around};
use super::super::diagnostics::Span;
use super::super::ir::{Arithmetic, Comparison, Conversion, Form, Id, Op, flipped};
use super::super::syntax::Node;
use super::super::types::Type;
use super::checked_types::Unit;
use super::checker::{Checker, article};
use crate::number::NearestDouble;

impl Checker<'_> {
    pub(super) fn double_literal(&mut self, value: f64, digits: &str) -> Id {
        if Decimal::parse(digits) == Decimal::of(value) {
            self.tree.constant(value.to_bits(), Type::Double)
        } else {
            self.tree.decimal(digits)
        }
    }

    /// The exact decimal value of a literal.
    fn literal_number(&self, id: Id) -> Option<Decimal> {
        match (self.tree.op(id), self.tree.ty(id)) {
            (Op::Constant(bits), Type::Int) => Some(Decimal::of_whole(bits.cast_signed())),
            (Op::Constant(bits), Type::Double) => Decimal::of(f64::from_bits(bits)),
            _ => Decimal::parse(self.tree.digits(id)?),
        }
    }

    fn literal_int(&self, id: Id) -> Option<i64> {
        match (self.tree.op(id), self.tree.ty(id)) {
            (Op::Constant(bits), Type::Int) => Some(bits.cast_signed()),
            _ => None,
        }
    }

    fn decimal_places(&self) -> u8 {
        self.environment.base_currency.exponent()
    }

    /// The unit in which a number is displayed, if it has one.
    pub(super) fn unit(&self, id: Id) -> Option<Unit> {
        match self.tree.ty(id) {
            Type::Money => Some(Unit::Money),
            _ => self.units.get(&id).copied(),
        }
    }

    /// A literal as money, if the minor unit can hold it exactly.
    fn as_money(&mut self, id: Id) -> Option<Id> {
        match self.literal_number(id)?.place(self.decimal_places()) {
            AmongIntegers::At(minor) => {
                Some(self.tree.constant(minor.cast_unsigned(), Type::Money))
            }
            _ => None,
        }
    }

    /// Converts to a double. An int must be a literal that a double holds exactly.
    pub(super) fn as_double(&mut self, id: Id) -> Option<Id> {
        match self.tree.ty(id) {
            Type::Double => Some(id),
            Type::Money => {
                Some(self.tree.intern(Op::Convert(Conversion::MoneyToDouble, id), Type::Double))
            }
            _ => {
                let number = self.literal_int(id).filter(|it| doubles_around(*it).is_none())?;
                Some(self.tree.constant(number.nearest_double().to_bits(), Type::Double))
            }
        }
    }

    /// Converts two numbers to one type. Money stays exact if the other number is a literal that the minor
    /// unit can hold.
    pub(super) fn common(&mut self, a: Id, b: Id) -> Option<(Id, Id, Type)> {
        let (a_type, b_type) = (self.tree.ty(a), self.tree.ty(b));
        if a_type == b_type {
            return Some((a, b, a_type));
        }
        if a_type == Type::Money
            && let Some(b) = self.as_money(b)
        {
            return Some((a, b, Type::Money));
        }
        if b_type == Type::Money
            && let Some(a) = self.as_money(a)
        {
            return Some((a, b, Type::Money));
        }
        Some((self.as_double(a)?, self.as_double(b)?, Type::Double))
    }

    /// Compares two numbers. A literal is never rounded: if the type of the other side cannot hold it, the
    /// comparison uses the nearest values that the type can hold.
    pub(super) fn compare_numbers(
        &mut self,
        comparison: Comparison,
        a: Id,
        b: Id,
        span: Span,
    ) -> Option<Id> {
        if let Some(found) = self.compare_with_unrepresentable_literal(comparison, a, b) {
            return Some(found);
        }
        if let Some(found) = self.compare_with_unrepresentable_literal(flipped(comparison), b, a) {
            return Some(found);
        }
        match self.common(a, b) {
            Some((a, b, Type::Double)) => Some(self.compared(Form::Float, comparison, a, b)),
            Some((a, b, _)) => Some(self.compared(Form::Whole, comparison, a, b)),
            None => {
                self.report_number_mismatch(self.tree.ty(a), self.tree.ty(b), span);
                None
            }
        }
    }

    /// Compares a value with a literal that its type cannot hold; `None` if it can hold the literal.
    fn compare_with_unrepresentable_literal(
        &mut self,
        comparison: Comparison,
        value: Id,
        literal: Id,
    ) -> Option<Id> {
        let (form, below, above) = match self.tree.ty(value) {
            Type::Money => {
                let (least, most) = (i64::MIN.cast_unsigned(), i64::MAX as u64);
                let place = self.literal_number(literal)?.place(self.decimal_places());
                let (below, above) = match place {
                    AmongIntegers::At(_) => return None,
                    AmongIntegers::After(minor) => (
                        (Comparison::LessEqual, minor.cast_unsigned()),
                        (Comparison::Greater, minor.cast_unsigned()),
                    ),
                    AmongIntegers::AboveAll => {
                        ((Comparison::LessEqual, most), (Comparison::Greater, most))
                    }
                    AmongIntegers::BelowAll => {
                        ((Comparison::Less, least), (Comparison::GreaterEqual, least))
                    }
                };
                (Form::Whole, below, above)
            }
            Type::Double => {
                let (low, _) = doubles_around(self.literal_int(literal)?)?;
                let low = low.to_bits();
                (Form::Float, (Comparison::LessEqual, low), (Comparison::Greater, low))
            }
            _ => return None,
        };
        let ty = self.tree.ty(value);
        let mut side = |(comparison, bound)| {
            let bound = self.tree.constant(bound, ty);
            self.compared(form, comparison, value, bound)
        };
        let (below, above) = (side(below), side(above));
        Some(match comparison {
            Comparison::Less | Comparison::LessEqual => below,
            Comparison::Greater | Comparison::GreaterEqual => above,
            Comparison::Equal => self.logic(true, below, above),
            Comparison::NotEqual => self.logic(false, below, above),
        })
    }

    pub(super) fn arithmetic(
        &mut self,
        op: Arithmetic,
        (a, a_span): (Id, Span),
        (b, b_span): (Id, Span),
        span: Span,
    ) -> Option<Id> {
        let (a_type, b_type) = (self.tree.ty(a), self.tree.ty(b));
        if let Some(ty) = time_arithmetic(op, a_type, b_type) {
            let id = self.tree.intern(Op::Calculate(Form::Whole, op, a, b), ty);
            // A time plus a duration may be outside the range of timestamps.
            let is_moved = ty == Type::Time && a_type != b_type;
            let kept = Op::Convert(Conversion::MillisToTime, id);
            return Some(if is_moved { self.tree.intern(kept, ty) } else { id });
        }
        if op == Arithmetic::Add && a_type.is_text() && b_type.is_text() {
            let (a, b) = (self.as_text(a), self.as_text(b));
            return Some(self.tree.intern(Op::Concatenate(a, b), Type::Text));
        }
        if !a_type.is_number() || !b_type.is_number() {
            let (ty, span) = if a_type.is_number() { (b_type, b_span) } else { (a_type, a_span) };
            let entry = self.error(span, format!("{} cannot be calculated with here", article(ty)));
            entry.label(format!("{ty}"));
            let is_text_beside_number =
                a_type.is_text() && b_type.is_number() || a_type.is_number() && b_type.is_text();
            if is_text_beside_number && op == Arithmetic::Add {
                entry.help(
                    "write a number without quotes; to put a number into a string, write \
                     `string(…)` around it, as in `\"a\" + string(1)`",
                );
            } else if is_text_beside_number {
                entry.help("write a number without quotes");
            }
            return None;
        }
        let exact = matches!(
            op,
            Arithmetic::Add | Arithmetic::Subtract | Arithmetic::Greatest | Arithmetic::Least
        );
        let both_int = a_type == Type::Int && b_type == Type::Int;
        let found = if exact || both_int {
            self.common(a, b)
        } else {
            self.as_double(a).zip(self.as_double(b)).map(|(a, b)| (a, b, Type::Double))
        };
        match found {
            Some((_, _, Type::Double)) if op == Arithmetic::Remainder => {
                self.error(span, "`%` is for whole numbers");
                None
            }
            Some((x, y, Type::Double)) => {
                let id = self.floats(op, x, y);
                let unit = unit_of(op, self.unit(a), self.unit(b));
                self.units.extend(unit.map(|unit| (id, unit)));
                Some(id)
            }
            Some((a, b, ty)) => Some(self.tree.intern(Op::Calculate(Form::Whole, op, a, b), ty)),
            None => {
                self.report_number_mismatch(a_type, b_type, span);
                None
            }
        }
    }

    pub(super) fn report_number_mismatch(&mut self, a: Type, b: Type, span: Span) {
        let message = format!("{} and {} do not mix", article(a), article(b));
        self.error(span, message)
            .label(format!("{a} beside {b}"))
            .help("say which is meant: `double(…)` or `int(…)` around one of them");
    }

    pub(super) fn negate(&mut self, operand: &Node) -> Option<Id> {
        let id = self.value(operand)?;
        let ty = self.tree.ty(id);
        let constant = match (self.tree.op(id), ty) {
            // The smallest int has no negative: negating it overflows at run time.
            (Op::Constant(bits), Type::Int) => {
                bits.cast_signed().checked_neg().map(|it| it.cast_unsigned())
            }
            (Op::Constant(bits), Type::Double) => Some((-f64::from_bits(bits)).to_bits()),
            _ => None,
        };
        if let Some(bits) = constant {
            return Some(self.tree.constant(bits, ty));
        }
        if let Some(digits) = self.tree.digits(id) {
            let digits =
                digits.strip_prefix('-').map_or_else(|| format!("-{digits}"), str::to_owned);
            return Some(self.tree.decimal(&digits));
        }
        let form = match ty {
            Type::Double => Form::Float,
            Type::Int | Type::Money | Type::Duration => Form::Whole,
            _ => {
                self.error(operand.span, format!("{} has no negative", article(ty)));
                return None;
            }
        };
        Some(self.tree.intern(Op::Negate(form, id), ty))
    }
}

/// The unit of a result: twice an amount is an amount, an amount divided by an amount is a plain number.
fn unit_of(op: Arithmetic, a: Option<Unit>, b: Option<Unit>) -> Option<Unit> {
    match (op, a, b) {
        (Arithmetic::Multiply, unit, None) | (Arithmetic::Multiply, None, unit) => unit,
        (Arithmetic::Divide, unit, None) => unit,
        (Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Remainder, ..) => None,
        (_, Some(a), Some(b)) if a != b => None,
        (_, a, b) => a.or(b),
    }
}

fn time_arithmetic(op: Arithmetic, a: Type, b: Type) -> Option<Type> {
    match (op, a, b) {
        (Arithmetic::Subtract, Type::Time, Type::Time) => Some(Type::Duration),
        (Arithmetic::Add | Arithmetic::Subtract, Type::Time, Type::Duration) => Some(Type::Time),
        (Arithmetic::Add, Type::Duration, Type::Time) => Some(Type::Time),
        (Arithmetic::Add | Arithmetic::Subtract, Type::Duration, Type::Duration) => {
            Some(Type::Duration)
        }
        (Arithmetic::Greatest | Arithmetic::Least, Type::Duration, Type::Duration)
        | (Arithmetic::Greatest | Arithmetic::Least, Type::Time, Type::Time) => Some(a),
        _ => None,
    }
}
