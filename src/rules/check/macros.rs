//! Checks macros over lists of charges. Such a list is a window and a selection, and is never built.

use super::super::diagnostics::{Span, nearest};
use super::super::fields;
use super::super::syntax::{Kind, Node};
use super::super::tree::{Charges, Fold, Id, MACROS_MAX, Op, Output, aggregate_children, children};
use super::super::types::{Code, IdHash, Type};
use super::foreign_names::cel_equivalent;
use super::{Charge, Checked, Checker, List, article};

/// Macros that take a variable and an expression.
const MACROS: [&str; 12] = [
    "exists",
    "all",
    "exists_one",
    "filter",
    "map",
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "stddev",
    "distinct",
];
/// Other methods of a list.
const PLAIN: [&str; 3] = ["size", "first", "latest"];
/// Macros that a list of numbers also has without arguments.
const NUMERIC: [&str; 5] = ["sum", "avg", "min", "max", "stddev"];

/// A macro as written: `list.name(variable, body)`.
#[derive(Clone, Copy)]
pub(super) struct Macro<'n> {
    pub name: &'n str,
    pub variable: &'n str,
    pub body: &'n Node,
    pub span: Span,
}

/// What a macro iterates over.
enum Of {
    Charges,
    Values(Id),
    /// Each distinct value once.
    Different(Id),
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
        match self.list_macro(list, name, arguments, span) {
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
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if !self.shallow.insert(id) {
                continue;
            }
            let op = self.tree.op(id);
            if let Op::Nested(aggregate, _) | Op::Result(aggregate, _) = op {
                let aggregate = *self.tree.aggregate(aggregate);
                if usize::from(aggregate.depth) >= MACROS_MAX {
                    return true;
                }
                open.extend(aggregate_children(&aggregate).into_iter().flatten());
            }
            open.extend(children(op).into_iter().flatten());
        }
        false
    }

    fn list_macro(&mut self, list: Checked, name: &str, arguments: &[Node], span: Span) -> Checked {
        match (name, arguments) {
            ("size", []) => self.size(list, span),
            ("first" | "latest", []) => self.picked(list, name, span),
            ("map", [variable, condition, body]) => {
                let arguments = [variable.clone(), condition.clone()];
                let filtered = self.list_call(list, "filter", &arguments, span);
                self.list_call(filtered, "map", &[variable.clone(), body.clone()], span)
            }
            ("distinct", []) => self.alone(list, name, span),
            (name, []) if NUMERIC.contains(&name) => self.alone(list, name, span),
            (name, [variable, body]) if MACROS.contains(&name) => {
                match self.variable_name(variable) {
                    Some(variable) => {
                        self.with_variable(list, Macro { name, variable, body, span })
                    }
                    None => Checked::Broken,
                }
            }
            (name, _) if MACROS.contains(&name) => {
                self.error(span, format!("`{name}` takes a variable and an expression"))
                    .help(format!("as in `.{name}(t, …)`"));
                Checked::Broken
            }
            _ => self.no_macro(list, name, span),
        }
    }

    fn no_macro(&mut self, list: Checked, name: &str, span: Span) -> Checked {
        if let Checked::Broken = list {
            return Checked::Broken;
        }
        let known = || PLAIN.iter().chain(&MACROS).copied();
        let help = match (cel_equivalent(name, false), nearest(name, known())) {
            (Some(instead), _) => instead.to_owned(),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => known().collect::<Vec<_>>().join(", "),
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

    fn size(&mut self, list: Checked, span: Span) -> Checked {
        Checked::Value(match list {
            Checked::Charges(list) => self.count(list),
            Checked::Mapped(list, value) => {
                let list = self.with_value(list, value);
                self.count(list)
            }
            Checked::Distinct(list, value) => self.count_distinct(list, value),
            Checked::Values(values) => self.literal_size(&values),
            Checked::Countries => {
                let column = self.country_column();
                let list = self.whole_past(None);
                self.result(list, Fold::Distinct(column), Output::DistinctCountries, Type::Int)
            }
            Checked::Broken => return Checked::Broken,
            _ => {
                self.error(span, "this has no size")
                    .help("a named list is used with `in`: `merchant.id in list(\"name\")`");
                return Checked::Broken;
            }
        })
    }

    /// The country of the charges that a macro at the current depth iterates over.
    pub(super) fn country_column(&mut self) -> Id {
        let op = Op::Column(self.depth, fields::Column::Country);
        self.tree.intern(op, Type::Code(Code::Country))
    }

    fn count_distinct(&mut self, list: List, value: Id) -> Id {
        let key = match (self.tree.op(value), self.tree.ty(value)) {
            // The text of a remembered charge is stored as a code: count distinct codes.
            (Op::CodeText(_, code), _) => code,
            (_, Type::Text) => {
                self.tree.intern(Op::HashOf(IdHash::Bits64, value), Type::Id(IdHash::Bits64))
            }
            _ => value,
        };
        self.result(list, Fold::Distinct(key), Output::Distinct, Type::Int)
    }

    pub(super) fn picked(&mut self, list: Checked, name: &str, span: Span) -> Checked {
        let fold = if name == "first" { Fold::First } else { Fold::Latest };
        match list {
            Checked::Broken => Checked::Broken,
            Checked::Charges(list) => Checked::Charge(Charge::Picked(self.pick(list, fold))),
            Checked::Mapped(list, value) => {
                let with_value = self.with_value(list, value);
                let pick = self.pick(with_value, fold);
                Checked::Value(self.tree.of_picked(value, list.depth, pick))
            }
            Checked::Values(values) => self.literal_end(&values, name, span),
            _ => {
                self.error(span, format!("`{name}` is for charges and what they are mapped to"));
                Checked::Broken
            }
        }
    }

    /// A macro without a variable, applied to the values themselves.
    fn alone(&mut self, list: Checked, name: &str, span: Span) -> Checked {
        match list {
            Checked::Broken => Checked::Broken,
            Checked::Mapped(list, value) => self.over_charges(list, name, value, span),
            Checked::Distinct(list, value) => self.over_distinct(list, name, value, span),
            Checked::Values(values) => self.fold_literal(values, name, span),
            _ => {
                self.error(span, format!("`{name}` takes a variable and an expression"))
                    .help(format!("as in `.{name}(t, t.amount)`"));
                Checked::Broken
            }
        }
    }

    fn with_variable(&mut self, list: Checked, it: Macro<'_>) -> Checked {
        let (list, bound, of) = match list {
            Checked::Broken => return Checked::Broken,
            Checked::Values(values) => return self.expand_macro(values, it),
            Checked::Charges(list) => {
                (list, Checked::Charge(Charge::Current(list.depth)), Of::Charges)
            }
            Checked::Mapped(list, value) => {
                (self.with_value(list, value), Checked::Value(value), Of::Values(value))
            }
            Checked::Distinct(list, value) => {
                (self.with_value(list, value), Checked::Value(value), Of::Different(value))
            }
            Checked::Countries => {
                self.error(it.span, "`card.countries` has `size` and `in` only").help(
                    "for more, write out the window: `card.last(\"30d\").distinct(t, t.merchant.country)`",
                );
                return Checked::Broken;
            }
            _ => {
                self.error(it.span, format!("`{}` needs a list of charges or values", it.name));
                return Checked::Broken;
            }
        };
        if self.depth + 1 == Charges::DEPTHS {
            self.error(it.span, "these macros nest too deep");
            return Checked::Broken;
        }
        self.scope.push((it.variable.to_owned(), bound));
        self.depth += 1;
        let inner = self.check(it.body);
        self.depth -= 1;
        self.scope.pop();
        if it.name == "map"
            && let Checked::Charge(Charge::Current(depth)) = inner
            && depth == list.depth
        {
            return Checked::Charges(list);
        }
        let Some(result) = self.as_value(inner, it.body.span) else { return Checked::Broken };
        if !self.fits(it.name, result, it.body.span) {
            return Checked::Broken;
        }
        match (of, it.name) {
            (Of::Values(value), "filter") => Checked::Mapped(self.narrowed(list, result), value),
            (Of::Different(value), "filter" | "count" | "exists_one") => {
                let list = self.narrowed(list, result);
                self.among_distinct(list, it.name, value)
            }
            (Of::Different(_), _) => self.over_distinct(list, it.name, result, it.span),
            _ => self.over_charges(list, it.name, result, it.span),
        }
    }

    /// Whether a macro accepts a value of this type. If not, reports why.
    pub(super) fn fits(&mut self, name: &str, value: Id, span: Span) -> bool {
        let ty = self.tree.ty(value);
        let fits = match name {
            "exists" | "all" | "exists_one" | "filter" | "count" => ty == Type::Bool,
            "min" | "max" => ty.is_number() || matches!(ty, Type::Time | Type::Duration),
            "sum" => ty.is_number() || ty == Type::Duration,
            "avg" | "stddev" => ty.is_number(),
            _ => true,
        };
        if !fits {
            let needed = match name {
                "min" | "max" | "sum" | "avg" | "stddev" => format!("`{name}` is for numbers"),
                _ => "true or false is needed here".to_owned(),
            };
            self.error(span, format!("{needed}, and this is {}", article(ty)))
                .label(format!("{ty}"));
        }
        fits
    }

    fn over_charges(&mut self, list: List, name: &str, value: Id, span: Span) -> Checked {
        if !self.fits(name, value, span) {
            return Checked::Broken;
        }
        Checked::Value(match name {
            "exists" => self.exists(list, value),
            "all" => {
                let fails = self.not(value);
                let fails = self.exists(list, fails);
                self.not(fails)
            }
            "exists_one" => {
                let list = self.narrowed(list, value);
                self.result(list, Fold::Count, Output::ExistsOne, Type::Bool)
            }
            "count" => {
                let list = self.narrowed(list, value);
                self.count(list)
            }
            "filter" => return Checked::Charges(self.narrowed(list, value)),
            "map" => return Checked::Mapped(list, value),
            "distinct" => return Checked::Distinct(list, value),
            "sum" => self.numeric_fold(list, name, value),
            _ => {
                let is_of_amounts = self.is_amount(value, list.depth);
                let list = if is_of_amounts { self.without_reversed(list) } else { list };
                self.numeric_fold(list, name, value)
            }
        })
    }

    /// Macros over distinct values. Those supported give the same result however often a value occurs, so
    /// they are computed over all values.
    fn over_distinct(&mut self, list: List, name: &str, value: Id, span: Span) -> Checked {
        match name {
            "exists" | "all" => self.over_charges(list, name, value, span),
            // `distinct` keeps reversed charges, so `min` and `max` of its values keep them too.
            "min" | "max" if !self.fits(name, value, span) => Checked::Broken,
            "min" | "max" => Checked::Value(self.numeric_fold(list, name, value)),
            "distinct" => Checked::Distinct(list, value),
            _ => {
                self.error(span, format!("`{name}` over different values is not known"))
                    .help("a list of different values has size, in, exists, all, exists_one, count, filter, min and max");
                Checked::Broken
            }
        }
    }

    fn among_distinct(&mut self, list: List, name: &str, value: Id) -> Checked {
        if name == "filter" {
            return Checked::Distinct(list, value);
        }
        let count = self.count_distinct(list, value);
        if name == "count" {
            return Checked::Value(count);
        }
        let one = self.tree.constant(1, Type::Int);
        Checked::Value(self.same_whole(count, one))
    }

    fn numeric_fold(&mut self, list: List, name: &str, value: Id) -> Id {
        let ty = self.tree.ty(value);
        let (fold, output, ty_out) = match name {
            "sum" => (Fold::Sum(value), Output::Sum, ty),
            "min" => (Fold::Extremes(value), Output::Least, ty),
            "max" => (Fold::Extremes(value), Output::Greatest, ty),
            "avg" => (Fold::Moments(value), Output::Mean, Type::Double),
            _ => (Fold::Moments(value), Output::Deviation, Type::Double),
        };
        let id = self.result(list, fold, output, ty_out);
        let unit = self.unit(value).filter(|_| ty_out == Type::Double);
        self.units.extend(unit.map(|unit| (id, unit)));
        id
    }
}
