//! Checks calls of macros over lists: their name, form and arguments. The rows of the macros are in
//! [`super::super::language`], their results in [`super::macro_results`].

use super::super::diagnostics::{Span, nearest};
use super::super::ir::{Charges, Id, MACROS_MAX, Op, Walk, fields};
use super::super::language::{
    CallForm, EachMacro, ListMacro, Macro, MacroKind, MacroRow, Percent, PlainMacro, Quantifier,
    Statistic, StatisticChoice,
};
use super::super::syntax::{Kind, Node};
use super::checked_types::{Charge, Checked, NAMED_LIST_HELP};
use super::checker::{Checker, article};
use super::foreign_names::cel_equivalent;
use crate::number::NearestDouble;

/// A macro whose expression is evaluated for each charge or value, with its arguments resolved.
#[derive(Clone, Copy)]
pub(super) struct EachCall {
    pub row: &'static MacroRow,
    pub gives: EachResult,
    pub span: Span,
}

/// What such a macro computes.
#[derive(Debug, Clone, Copy)]
pub(super) enum EachResult {
    Quantifier(Quantifier),
    List(ListMacro),
    Statistic { statistic: Statistic, excludes_reversed: bool },
}

/// The variable and the expression of a macro, as written: `list.name(variable, body)`.
#[derive(Clone, Copy)]
pub(super) struct Body<'n> {
    pub variable: &'n str,
    pub node: &'n Node,
}

/// What a macro iterates over.
enum Elements {
    Charges,
    Values(Id),
    /// Each distinct value once.
    Distinct(Id),
}

impl Checker<'_> {
    /// `list.name(arguments)`.
    pub(super) fn list_call(
        &mut self,
        list: Checked,
        name: &str,
        arguments: &[Node],
        span: Span,
    ) -> Checked {
        let Some(it) = Macro::named(name) else { return self.unknown_macro(list, name, span) };
        self.apply_macro(list, it, arguments, span)
    }

    /// A macro of the language, applied to a list.
    pub(super) fn apply_macro(
        &mut self,
        list: Checked,
        it: Macro,
        arguments: &[Node],
        span: Span,
    ) -> Checked {
        match self.macro_result(list, it.row(), arguments, span) {
            Checked::Value(id) if self.depth == 0 && self.is_too_deep(id) => {
                let message = format!(
                    "these macros look at each other's charges more than {MACROS_MAX} deep"
                );
                self.error(span, message).help("each goes through the card's charges once more for each of the others: compare two charges at a time");
                Checked::Broken
            }
            checked => checked,
        }
    }

    fn is_too_deep(&mut self, id: Id) -> bool {
        let tree = &self.tree;
        let parts = |id, out: &mut Vec<Id>| tree.push_parts(id, out);
        let mut walk = Walk::new([id], parts).without(std::mem::take(&mut self.shallow));
        let is_too_deep = walk.by_ref().any(|id| match tree.op(id) {
            Op::Nested(aggregate, _) | Op::Result(aggregate, _) => {
                usize::from(tree.aggregate(aggregate).depth) >= MACROS_MAX
            }
            _ => false,
        });
        self.shallow = walk.into_seen();
        is_too_deep
    }

    fn macro_result(
        &mut self,
        list: Checked,
        row: &'static MacroRow,
        arguments: &[Node],
        span: Span,
    ) -> Checked {
        if let Checked::Broken = list {
            return Checked::Broken;
        }
        match row.kind {
            MacroKind::Plain(plain) if arguments.is_empty() => match plain {
                PlainMacro::Size => self.size(list, span),
                PlainMacro::First | PlainMacro::Latest => self.picked(list, plain, span),
            },
            MacroKind::Plain(_) => {
                self.error(span, format!("`{}` takes no arguments", row.name)).help(row.usage());
                Checked::Broken
            }
            MacroKind::Each(each) => self.each_macro(list, row, each, arguments, span),
        }
    }

    fn each_macro(
        &mut self,
        list: Checked,
        row: &'static MacroRow,
        each: EachMacro,
        arguments: &[Node],
        span: Span,
    ) -> Checked {
        let Some((gives, arguments)) = self.resolved(row, each, arguments, span) else {
            return Checked::Broken;
        };
        let call = EachCall { row, gives, span };
        match (arguments, gives) {
            ([], _) if row.form != CallForm::WithVariable => {
                self.macro_without_variable(list, call)
            }
            ([variable, condition, body], EachResult::List(ListMacro::Map)) => {
                let arguments = [variable.clone(), condition.clone()];
                let filtered = self.apply_macro(list, Macro::Filter, &arguments, span);
                let arguments = [variable.clone(), body.clone()];
                self.apply_macro(filtered, Macro::Map, &arguments, span)
            }
            ([variable, body], _) => match self.variable_name(variable) {
                Some(variable) => {
                    self.macro_with_variable(list, call, Body { variable, node: body })
                }
                None => Checked::Broken,
            },
            _ => {
                let example = row.call().replace("condition", "…").replace("value", "…");
                self.error(span, format!("`{}` takes a variable and an expression", row.name))
                    .help(format!("as in `{example}`"));
                Checked::Broken
            }
        }
    }

    /// What a macro computes, and its arguments without the one that this depends on.
    fn resolved<'n>(
        &mut self,
        row: &MacroRow,
        each: EachMacro,
        arguments: &'n [Node],
        span: Span,
    ) -> Option<(EachResult, &'n [Node])> {
        Some(match each {
            EachMacro::Quantifier(quantifier) => (EachResult::Quantifier(quantifier), arguments),
            EachMacro::List(list) => (EachResult::List(list), arguments),
            EachMacro::Statistic(it) => {
                let (statistic, arguments) = match it.choice {
                    StatisticChoice::Always(statistic) => (statistic, arguments),
                    StatisticChoice::AtPercent => {
                        let (percent, rest) = self.percent(row, arguments, span)?;
                        (Statistic::Percentile(percent), rest)
                    }
                };
                let excludes_reversed = it.excludes_reversed;
                (EachResult::Statistic { statistic, excludes_reversed }, arguments)
            }
        })
    }

    /// The percentage that is the last argument, and the arguments before it.
    fn percent<'n>(
        &mut self,
        row: &MacroRow,
        arguments: &'n [Node],
        span: Span,
    ) -> Option<(Percent, &'n [Node])> {
        let value = |node: &Node| match &node.kind {
            Kind::Int(value) => Percent::new(value.nearest_double()),
            Kind::Double(value, _) => Percent::new(*value),
            _ => None,
        };
        let last = arguments.split_last();
        if let Some((percent, rest)) = last.and_then(|(last, rest)| Some((value(last)?, rest))) {
            return Some((percent, rest));
        }
        let place = last.filter(|_| arguments.len() != 2).map_or(span, |(last, _)| last.span);
        self.error(place, format!("`{}` needs a number from 0 to 100, written out", row.name))
            .help(format!(
                "as in `{}`; on a list of values, `.{}(90)`",
                row.call().replace("value", "t.amount"),
                row.name
            ));
        None
    }

    fn unknown_macro(&mut self, list: Checked, name: &str, span: Span) -> Checked {
        if let Checked::Broken = list {
            return Checked::Broken;
        }
        let names = || Macro::ALL.iter().map(|it| it.row().name);
        let help = match (cel_equivalent(name, false), nearest(name, names())) {
            (Some(instead), _) => instead.to_owned(),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => names().collect::<Vec<_>>().join(", "),
        };
        self.error(span, format!("a list has no `{name}`")).label("unknown").help(help);
        Checked::Broken
    }

    fn variable_name<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let Kind::Name(name) = &node.kind else {
            self.error(node.span, "a macro's variable is a plain name")
                .help("as in `.exists(t, …)`");
            return None;
        };
        if fields::is_taken(name) || self.features.contains_key(name) {
            self.error(node.span, format!("this variable hides `{name}`"))
                .label("already a name")
                .help(if name == "t" { "call it `c`" } else { "call it `t`" });
            return None;
        }
        Some(name)
    }

    /// A macro without a variable, applied to the values themselves.
    fn macro_without_variable(&mut self, list: Checked, call: EachCall) -> Checked {
        match list {
            Checked::Broken => Checked::Broken,
            Checked::Mapped(list, value) => self.over_charges(list, call, value, call.span),
            Checked::Distinct(list, value) => self.over_distinct(list, call, value),
            Checked::Values(values) => self.fold_literal(values, call),
            _ => {
                let name = call.row.name;
                self.error(call.span, format!("`{name}` takes a variable and an expression"))
                    .help(format!("as in `{}`", call.row.call().replace("value", "t.amount")));
                Checked::Broken
            }
        }
    }

    fn macro_with_variable(&mut self, list: Checked, call: EachCall, body: Body<'_>) -> Checked {
        let (list, bound, elements) = match list {
            Checked::Broken => return Checked::Broken,
            Checked::Values(values) => return self.expand_macro(values, call, body),
            Checked::Charges(list) => {
                (list, Checked::Charge(Charge::Current(list.depth)), Elements::Charges)
            }
            Checked::Mapped(list, value) => {
                (self.with_value(list, value), Checked::Value(value), Elements::Values(value))
            }
            Checked::Distinct(list, value) => {
                (self.with_value(list, value), Checked::Value(value), Elements::Distinct(value))
            }
            Checked::Countries => {
                self.error(call.span, "`card.countries` has `size` and `in` only").help(
                    "for more, write out the window: `card.last(\"30d\").distinct(t, t.merchant.country)`",
                );
                return Checked::Broken;
            }
            checked => {
                let name = call.row.name;
                let needs = format!("`{name}` needs a list of charges or values");
                let error = self.error(call.span, needs);
                if matches!(checked, Checked::Named(_) | Checked::ValuesOf(..)) {
                    error.help(NAMED_LIST_HELP);
                }
                return Checked::Broken;
            }
        };
        if self.depth + 1 == Charges::DEPTHS {
            self.error(call.span, "these macros nest too deep");
            return Checked::Broken;
        }
        self.scope.push((body.variable.to_owned(), bound));
        self.depth += 1;
        let inner = self.check(body.node);
        self.depth -= 1;
        self.scope.pop();
        if let EachResult::List(ListMacro::Map) = call.gives
            && let Checked::Charge(Charge::Current(depth)) = inner
            && depth == list.depth
        {
            return Checked::Charges(list);
        }
        let Some(result) = self.as_value(inner, body.node.span) else { return Checked::Broken };
        if !self.fits(call.row, result, body.node.span) {
            return Checked::Broken;
        }
        match (elements, call.gives) {
            (Elements::Charges, _) => self.over_charges(list, call, result, call.span),
            (Elements::Values(value), EachResult::List(ListMacro::Filter)) => {
                Checked::Mapped(self.narrowed(list, result), value)
            }
            (
                Elements::Values(_),
                EachResult::Quantifier(_)
                | EachResult::Statistic { .. }
                | EachResult::List(ListMacro::Map | ListMacro::Distinct),
            ) => self.over_charges(list, call, result, call.span),
            (Elements::Distinct(value), EachResult::List(ListMacro::Filter)) => {
                Checked::Distinct(self.narrowed(list, result), value)
            }
            (
                Elements::Distinct(value),
                EachResult::Quantifier(it @ (Quantifier::Count | Quantifier::ExistsOne)),
            ) => {
                let list = self.narrowed(list, result);
                self.count_among_distinct(list, it, value)
            }
            (Elements::Distinct(_), _) => self.over_distinct(list, call, result),
        }
    }

    /// Whether a macro accepts a value of this type. If not, reports why.
    pub(super) fn fits(&mut self, row: &MacroRow, value: Id, span: Span) -> bool {
        let ty = self.tree.ty(value);
        let fits = row.accepts.allows(ty);
        if !fits {
            let needed = row.accepts.requirement(row.name);
            self.error(span, format!("{needed}, and this is {}", article(ty)))
                .label(format!("{ty}"));
        }
        fits
    }
}
