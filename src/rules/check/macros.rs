//! Lists and their macros. A list of charges is a window and a selection; it is never built.

use super::super::diagnostics::Span;
use super::super::fields;
use super::super::syntax::{Kind, Node};
use super::super::tree::{Fold, Id, Op, Output};
use super::super::types::{Code, Type};
use super::{Charge, Checked, Checker, List, Unit, article};

impl Checker<'_> {
    /// `list.name(arguments)`; `None` when `name` is no macro.
    pub(super) fn list_call(
        &mut self,
        list: Checked,
        name: &str,
        arguments: &[Node],
        span: Span,
    ) -> Checked {
        match (name, arguments) {
            ("size", []) => self.size(list, span),
            ("first" | "latest", []) => self.picked(list, name, span),
            (
                "exists" | "all" | "exists_one" | "filter" | "map" | "count" | "sum" | "avg"
                | "min" | "max" | "stddev" | "distinct",
                [variable, body],
            ) => self.with_variable(list, name, variable, body, span),
            (
                "exists" | "all" | "exists_one" | "filter" | "map" | "count" | "sum" | "avg"
                | "min" | "max" | "stddev" | "distinct",
                _,
            ) => {
                self.error(span, format!("`{name}` takes a variable and an expression"))
                    .help(format!("as in `.{name}(t, …)`"));
                Checked::Broken
            }
            _ => {
                let known = [
                    "size",
                    "first",
                    "latest",
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
                let near = super::super::diagnostics::nearest(name, known);
                let help = near.map_or(known.join(", "), |near| format!("did you mean `{near}`?"));
                self.error(span, format!("a list has no `{name}`")).label("unknown").help(help);
                Checked::Broken
            }
        }
    }

    fn size(&mut self, list: Checked, span: Span) -> Checked {
        Checked::Value(match list {
            Checked::Charges(list) => self.count(list, None),
            Checked::Mapped(list, value) => {
                let present = self.tree.intern(Op::Present(value), Type::Bool);
                self.count(list, Some(present))
            }
            Checked::Distinct(list, value) => {
                self.result(list, Fold::Distinct(value), Output::Distinct, Type::Int)
            }
            Checked::Values(values) => self.tree.constant(values.len() as u64, Type::Int),
            Checked::Countries => {
                let ty = Type::Code(Code::Country);
                let column = self.tree.intern(Op::Column(fields::Column::Country), ty);
                let list = self.whole_past(None);
                self.result(list, Fold::Distinct(column), Output::DistinctCountries, Type::Int)
            }
            _ => {
                self.error(span, "this has no size");
                return Checked::Broken;
            }
        })
    }

    fn picked(&mut self, list: Checked, name: &str, span: Span) -> Checked {
        let fold = if name == "first" { Fold::First } else { Fold::Latest };
        match list {
            Checked::Charges(list) => Checked::Charge(Charge::Picked(self.pick(list, fold))),
            _ => {
                self.error(span, format!("`{name}` of anything but charges is not supported yet"));
                Checked::Broken
            }
        }
    }

    fn with_variable(
        &mut self,
        list: Checked,
        name: &str,
        variable: &Node,
        body: &Node,
        span: Span,
    ) -> Checked {
        let Some(variable) = self.variable_name(variable) else { return Checked::Broken };
        if let Checked::Values(values) = list {
            return self.unrolled(&values, name, &variable, body, span);
        }
        let (list, bound) = match list {
            Checked::Charges(list) => (list, Checked::Charge(Charge::Current)),
            Checked::Mapped(list, value) => (list, Checked::Value(value)),
            // Whether one or all of them are so does not depend on how often each stands there.
            Checked::Distinct(list, value) if matches!(name, "exists" | "all") => {
                (list, Checked::Value(value))
            }
            _ => {
                self.error(span, format!("`{name}` over this list is not supported yet"));
                return Checked::Broken;
            }
        };
        if self.looks_at_a_charge() {
            let outer = self.scope.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
            if outer.iter().any(|outer| mentions(body, outer)) {
                self.error(
                    body.span,
                    "a macro within a macro that uses the outer variable is not supported yet",
                );
                return Checked::Broken;
            }
        }
        let outer = std::mem::take(&mut self.scope);
        self.scope.push((variable, bound));
        let inner = self.check(body);
        self.scope = outer;
        if name == "map"
            && let Checked::Charge(Charge::Current) = inner
        {
            return Checked::Charges(list);
        }
        let Some(value) = self.as_value(inner, body.span) else { return Checked::Broken };
        self.macro_over_charges(list, name, value, body.span)
    }

    fn looks_at_a_charge(&self) -> bool {
        self.scope.iter().any(|(_, bound)| !matches!(bound, Checked::Broken))
    }

    fn variable_name(&mut self, node: &Node) -> Option<String> {
        let Kind::Name(name) = &node.kind else {
            self.error(node.span, "a macro's variable is a plain name")
                .help("as in `.exists(t, …)`");
            return None;
        };
        if fields::is_taken(name) || self.features.contains_key(name) {
            self.error(node.span, format!("this variable hides `{name}`"))
                .label("already a name")
                .help("call it `t`");
            return None;
        }
        Some(name.clone())
    }

    fn macro_over_charges(&mut self, list: List, name: &str, value: Id, span: Span) -> Checked {
        let ty = self.tree.ty(value);
        if matches!(name, "exists" | "all" | "exists_one" | "filter" | "count") && ty != Type::Bool
        {
            self.error(span, format!("true or false is needed here, and this is {}", article(ty)));
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
            "count" => self.count(list, Some(value)),
            "filter" => return Checked::Charges(self.narrowed(list, value)),
            "map" => return Checked::Mapped(list, value),
            "distinct" => return self.distinct(list, value, span),
            _ => return self.numeric_fold(list, name, value, span),
        })
    }

    /// Texts of a remembered charge are codes: what stands behind them is told apart.
    fn distinct(&mut self, list: List, value: Id, span: Span) -> Checked {
        match (self.tree.op(value), self.tree.ty(value)) {
            (Op::CodeText(_, code), _) => Checked::Distinct(list, code),
            (_, Type::Text) => {
                self.error(span, "`distinct` of a text that is put together is not supported yet");
                Checked::Broken
            }
            _ => Checked::Distinct(list, value),
        }
    }

    fn numeric_fold(&mut self, list: List, name: &str, value: Id, span: Span) -> Checked {
        let ty = self.tree.ty(value);
        let orderable = ty.is_number() || matches!(ty, Type::Time | Type::Duration);
        let summable = ty.is_number() || ty == Type::Duration;
        let fits = if matches!(name, "min" | "max") { orderable } else { summable };
        if !fits {
            self.error(span, format!("`{name}` is for numbers, and this is {}", article(ty)));
            return Checked::Broken;
        }
        let (fold, output, ty_out) = match name {
            "sum" => (Fold::Sum(value), Output::Sum, ty),
            "min" => (Fold::Extremes(value), Output::Least, ty),
            "max" => (Fold::Extremes(value), Output::Greatest, ty),
            "avg" => (Fold::Moments(value), Output::Mean, Type::Double),
            _ => (Fold::Moments(value), Output::Deviation, Type::Double),
        };
        let id = self.result(list, fold, output, ty_out);
        if ty == Type::Money && ty_out == Type::Double {
            self.units.insert(id, Unit::Money);
        }
        Checked::Value(id)
    }

    fn narrowed(&mut self, list: List, condition: Id) -> List {
        let select = match list.select {
            Some(select) => self.logic(true, select, condition),
            None => condition,
        };
        List { select: Some(select), written: true, ..list }
    }

    pub(super) fn count(&mut self, list: List, condition: Option<Id>) -> Id {
        let list = condition.map_or(list, |condition| self.narrowed(list, condition));
        self.result(list, Fold::Count, Output::Count, Type::Int)
    }

    pub(super) fn exists(&mut self, list: List, condition: Id) -> Id {
        let list = self.narrowed(list, condition);
        self.result(list, Fold::Count, Output::Exists, Type::Bool)
    }

    /// A macro over a list that is written out: once for each of its values.
    fn unrolled(
        &mut self,
        values: &[Id],
        name: &str,
        variable: &str,
        body: &Node,
        span: Span,
    ) -> Checked {
        let mut results = Vec::new();
        for value in values {
            self.scope.push((variable.to_owned(), Checked::Value(*value)));
            let result = self.value(body);
            self.scope.pop();
            let Some(result) = result else { return Checked::Broken };
            results.push(result);
        }
        if name == "map" {
            return Checked::Values(results);
        }
        if !matches!(name, "exists" | "all") {
            self.error(span, format!("`{name}` over a written-out list is not supported yet"));
            return Checked::Broken;
        }
        if let Some(wrong) = results.iter().find(|id| self.tree.ty(**id) != Type::Bool) {
            let ty = self.tree.ty(*wrong);
            self.error(
                body.span,
                format!("true or false is needed here, and this is {}", article(ty)),
            );
            return Checked::Broken;
        }
        let all = name == "all";
        let start = self.tree.constant(u64::from(all), Type::Bool);
        Checked::Value(results.into_iter().reduce(|a, b| self.logic(all, a, b)).unwrap_or(start))
    }
}

/// Whether a name stands anywhere in an expression.
fn mentions(node: &Node, name: &str) -> bool {
    matches!(&node.kind, Kind::Name(known) if known == name)
        || node.parts().into_iter().any(|part| mentions(part, name))
}
