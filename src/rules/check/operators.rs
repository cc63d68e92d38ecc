//! Checks logic, comparisons and `?:`. Arithmetic is in [`super::numbers`], `in` in
//! [`super::membership`].

use super::super::diagnostics::Span;
use super::super::ir::{Arithmetic, Comparison, Form, Id, Op, TextTest, flipped};
use super::super::syntax::{Node, Operator, presence};
use super::super::types::{Code, Type};
use super::super::values::{SuspectLiteral, ValueKind, ValueOrigin, field_name, suspicion};
use super::checked_types::Checked;
use super::checker::{Checker, article};
use super::foreign_calls::written;

impl Checker<'_> {
    pub(super) fn binary(&mut self, operator: Operator, a: &Node, b: &Node, span: Span) -> Checked {
        if self.is_misread(operator, a, b) {
            return Checked::Broken;
        }
        let value = match operator {
            Operator::And | Operator::Or => {
                let (a, b) = (self.bool(a), self.bool(b));
                a.zip(b).map(|(a, b)| self.logic(operator == Operator::And, a, b))
            }
            Operator::In => self.membership(a, b),
            Operator::Equal | Operator::NotEqual if self.is_null(a) || self.is_null(b) => {
                let asked = if self.is_null(a) { b } else { a };
                self.compared_with_null(operator, asked, span);
                None
            }
            Operator::Equal
            | Operator::NotEqual
            | Operator::Less
            | Operator::LessEqual
            | Operator::Greater
            | Operator::GreaterEqual
            | Operator::Add
            | Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::Remainder => return self.binary_on_values(operator, a, b, span),
        };
        value.map_or(Checked::Broken, Checked::Value)
    }

    fn binary_on_values(&mut self, operator: Operator, a: &Node, b: &Node, span: Span) -> Checked {
        let value = match (operator, self.check(a), self.check(b)) {
            (Operator::Add, Checked::Values(a), Checked::Values(b)) => {
                return self.concatenated(a, b, span);
            }
            (Operator::Equal, Checked::Values(a), Checked::Values(b)) => {
                self.same_lists(&a, &b, span)
            }
            (Operator::NotEqual, Checked::Values(a), Checked::Values(b)) => {
                self.same_lists(&a, &b, span).map(|same| self.not(same))
            }
            (Operator::Equal | Operator::NotEqual, Checked::Value(_), Checked::Values(_)) => {
                let within = format!("{} in {}", written(a), written(b));
                let help = match operator {
                    Operator::Equal => format!("write `{within}`"),
                    _ => format!("write `!({within})`"),
                };
                self.error(span, "a value is never equal to a list").help(help);
                None
            }
            (_, a_checked, b_checked) => {
                let (a_id, b_id) =
                    (self.as_value(a_checked, a.span), self.as_value(b_checked, b.span));
                let both = a_id.zip(b_id);
                both.and_then(|(x, y)| self.operation(operator, (x, a.span), (y, b.span), span))
            }
        };
        value.map_or(Checked::Broken, Checked::Value)
    }

    /// Reports `x == null`, and suggests `has(x)` or `!has(x)`.
    fn compared_with_null(&mut self, operator: Operator, asked: &Node, span: Span) {
        let help = presence(asked.path().as_deref(), operator == Operator::Equal);
        self.error(span, "the language has no null: a missing field is absent")
            .label("left out of CEL")
            .help(help);
    }

    fn operation(
        &mut self,
        operator: Operator,
        a: (Id, Span),
        b: (Id, Span),
        span: Span,
    ) -> Option<Id> {
        match operator {
            Operator::Add => self.arithmetic(Arithmetic::Add, a, b, span),
            Operator::Subtract => self.arithmetic(Arithmetic::Subtract, a, b, span),
            Operator::Multiply => self.arithmetic(Arithmetic::Multiply, a, b, span),
            Operator::Divide => self.arithmetic(Arithmetic::Divide, a, b, span),
            Operator::Remainder => self.arithmetic(Arithmetic::Remainder, a, b, span),
            Operator::Equal => self.compare(Comparison::Equal, a, b, span),
            Operator::NotEqual => self.compare(Comparison::NotEqual, a, b, span),
            Operator::Less => self.compare(Comparison::Less, a, b, span),
            Operator::LessEqual => self.compare(Comparison::LessEqual, a, b, span),
            Operator::Greater => self.compare(Comparison::Greater, a, b, span),
            Operator::GreaterEqual => self.compare(Comparison::GreaterEqual, a, b, span),
            // These have no value of each side: `binary` has handled them.
            Operator::And | Operator::Or | Operator::In => None,
        }
    }

    /// Whether two values are equal.
    pub(super) fn same(&mut self, a: Id, b: Id, span: Span) -> Option<Id> {
        self.compare(Comparison::Equal, (a, span), (b, span), span)
    }

    pub(super) fn same_whole(&mut self, a: Id, b: Id) -> Id {
        self.compared(Form::Whole, Comparison::Equal, a, b)
    }

    pub(super) fn logic(&mut self, and: bool, a: Id, b: Id) -> Id {
        self.tree.intern(if and { Op::And(a, b) } else { Op::Or(a, b) }, Type::Bool)
    }

    pub(super) fn conditional(&mut self, condition: &Node, a: &Node, b: &Node) -> Option<Id> {
        let condition_id = self.bool(condition);
        let (a_id, b_id) = (self.value(a), self.value(b));
        let (condition, a_id, b_id) = (condition_id?, a_id?, b_id?);
        let (a_id, b_id, ty) = self.unify(a_id, b_id, a.span.to(b.span))?;
        let id = self.tree.intern(Op::Choose(condition, a_id, b_id), ty);
        let unit = self.unit(a_id).or(self.unit(b_id)).filter(|_| ty == Type::Double);
        self.units.extend(unit.map(|unit| (id, unit)));
        Some(id)
    }

    /// Converts two values to one type, for `?:` and `orValue`.
    pub(super) fn unify(&mut self, a: Id, b: Id, span: Span) -> Option<(Id, Id, Type)> {
        let (a_type, b_type) = (self.tree.ty(a), self.tree.ty(b));
        if a_type == b_type {
            return Some((a, b, a_type));
        }
        if a_type.is_number() && b_type.is_number() {
            let common = self.common(a, b);
            if common.is_none() {
                self.report_number_mismatch(a_type, b_type, span);
            }
            return common;
        }
        if a_type.is_text() && b_type.is_text() {
            return Some(match (a_type, b_type) {
                (Type::Code(code), Type::Text) if self.coded(code, b).is_some() => {
                    (a, self.coded(code, b)?, a_type)
                }
                (Type::Text, Type::Code(code)) if self.coded(code, a).is_some() => {
                    (self.coded(code, a)?, b, b_type)
                }
                _ => (self.as_text(a), self.as_text(b), Type::Text),
            });
        }
        self.report_mismatch(a_type, b_type, span);
        None
    }

    fn report_mismatch(&mut self, a: Type, b: Type, span: Span) {
        self.error(
            span,
            format!("{} and {} cannot be combined in one operation", article(a), article(b)),
        )
        .label(format!("{a} beside {b}"));
    }

    /// A literal as a code of a set such as countries; `None` if the set does not contain it.
    pub(super) fn coded(&mut self, code: Code, id: Id) -> Option<Id> {
        let number = code.number(self.tree.literal_text(id)?)?;
        Some(self.tree.constant(number, Type::Code(code)))
    }

    pub(super) fn as_text(&mut self, id: Id) -> Id {
        match self.tree.ty(id) {
            Type::Code(code) => self.tree.intern(Op::CodeText(code, id), Type::Text),
            _ => id,
        }
    }

    pub(super) fn compare(
        &mut self,
        comparison: Comparison,
        (a, a_span): (Id, Span),
        (b, b_span): (Id, Span),
        span: Span,
    ) -> Option<Id> {
        let (a_type, b_type) = (self.tree.ty(a), self.tree.ty(b));
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if equality {
            self.check_literal(a, b, b_span);
            self.check_literal(b, a, a_span);
        }
        match (a_type, b_type) {
            (Type::Id(_), _) | (_, Type::Id(_)) => self.compare_ids(comparison, a, b, span),
            (Type::Code(code), Type::Text) => self.compare_code(comparison, code, a, (b, b_span)),
            (Type::Text, Type::Code(code)) => {
                self.compare_code(flipped(comparison), code, b, (a, a_span))
            }
            (Type::Code(x), Type::Code(y)) if x == y && (equality || x == Code::Mcc) => {
                Some(self.compared(Form::Whole, comparison, a, b))
            }
            (Type::Text | Type::Code(_), Type::Text | Type::Code(_)) => {
                let (a, b) = (self.as_text(a), self.as_text(b));
                Some(self.tree.intern(Op::Test(text_test(comparison), a, b), Type::Bool))
            }
            (Type::Bool, Type::Bool) if equality => {
                Some(self.compared(Form::Whole, comparison, a, b))
            }
            (Type::Bool, Type::Bool) => {
                self.error(span, "`true` and `false` have no order")
                    .help("they are compared with `==` and `!=`");
                None
            }
            (Type::Time, Type::Time) | (Type::Duration, Type::Duration) => {
                Some(self.compared(Form::Whole, comparison, a, b))
            }
            _ if a_type.is_number() && b_type.is_number() => {
                self.compare_numbers(comparison, a, b, span)
            }
            _ => {
                self.not_comparable(a_type, b_type, span);
                None
            }
        }
    }

    /// Records a literal for a warning if the value on the other side probably never equals it.
    fn check_literal(&mut self, value: Id, literal: Id, span: Span) {
        let Some(text) = self.tree.literal_text(literal) else { return };
        // An unknown code is an error, not a warning.
        if matches!(self.tree.ty(value), Type::Code(code) if code.number(text).is_none()) {
            return;
        }
        if let Some(suspicion) =
            suspicion(ValueKind::of(&self.tree, value), text, ValueOrigin::Literal)
        {
            let (field, text) = (field_name(&self.tree, value), text.to_owned());
            self.suspect_literals.push(SuspectLiteral { span, field, text, suspicion });
        }
    }

    pub(super) fn compared(&mut self, form: Form, comparison: Comparison, a: Id, b: Id) -> Id {
        self.tree.intern(Op::Compare(form, comparison, a, b), Type::Bool)
    }

    fn not_comparable(&mut self, a: Type, b: Type, span: Span) {
        let entry =
            self.out.error(span, format!("{} is never compared with {}", article(a), article(b)));
        entry.label(format!("{a} beside {b}"));
        if matches!((a, b), (Type::Duration, Type::Text) | (Type::Text, Type::Duration)) {
            entry.help("a duration is written `duration(\"5m\")`");
        } else if matches!((a, b), (Type::Time, Type::Text) | (Type::Text, Type::Time))
            || a == Type::Time && b.is_number()
            || a.is_number() && b == Type::Time
        {
            entry.help("a time is written `timestamp(\"2026-01-05T10:00:00Z\")`");
        } else if a == Type::Duration && b.is_number() || a.is_number() && b == Type::Duration {
            entry.help("a duration is written `duration(\"5m\")`");
        } else if let (Type::Code(Code::Mcc), Type::Int) | (Type::Int, Type::Code(Code::Mcc)) =
            (a, b)
        {
            entry.help("category codes are in quotes, as in `\"5411\"`");
        } else if a.is_text() && b.is_number() || a.is_number() && b.is_text() {
            entry.help("write a number without quotes, a string with them");
        } else if a == Type::Bool || b == Type::Bool {
            entry.help("write `true` and `false` without quotes, or leave the comparison out");
        }
    }

    fn compare_ids(&mut self, comparison: Comparison, a: Id, b: Id, span: Span) -> Option<Id> {
        if !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            self.error(span, "ids have no order: they are compared with `==`, `!=` and `in`");
            return None;
        }
        let (a, b) = match (self.tree.ty(a), self.tree.ty(b)) {
            (Type::Id(x), Type::Id(y)) if x == y => (a, b),
            (Type::Id(hash), Type::Text) => {
                (a, self.tree.intern(Op::HashOf(hash, b), Type::Id(hash)))
            }
            (Type::Text, Type::Id(hash)) => {
                (self.tree.intern(Op::HashOf(hash, a), Type::Id(hash)), b)
            }
            (Type::Id(_), Type::Id(_)) => {
                self.error(span, "ids of different kinds are never the same")
                    .help("compare a merchant with a merchant, a device with a device");
                return None;
            }
            (x, y) => {
                self.report_mismatch(x, y, span);
                return None;
            }
        };
        Some(self.compared(Form::Whole, comparison, a, b))
    }

    fn compare_code(
        &mut self,
        comparison: Comparison,
        code: Code,
        a: Id,
        (b, b_span): (Id, Span),
    ) -> Option<Id> {
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let Some(text) = self.tree.literal_text(b).map(str::to_owned) else {
            let a = self.as_text(a);
            return Some(self.tree.intern(Op::Test(text_test(comparison), a, b), Type::Bool));
        };
        match self.coded(code, b) {
            Some(b) if equality || code == Code::Mcc => {
                Some(self.compared(Form::Whole, comparison, a, b))
            }
            Some(_) => {
                self.error(b_span, "this is compared with `==` and `!=` only");
                None
            }
            None => {
                let found = suspicion(ValueKind::Code(code), &text, ValueOrigin::Literal);
                let help = found.map_or_else(|| code.description().into(), |found| found.help);
                self.error(b_span, format!("it is never `\"{text}\"`"))
                    .label("no such value")
                    .help(help);
                None
            }
        }
    }
}

fn text_test(comparison: Comparison) -> TextTest {
    match comparison {
        Comparison::Equal => TextTest::Equal,
        Comparison::NotEqual => TextTest::NotEqual,
        Comparison::Less => TextTest::Less,
        Comparison::LessEqual => TextTest::LessEqual,
        Comparison::Greater => TextTest::Greater,
        Comparison::GreaterEqual => TextTest::GreaterEqual,
    }
}
