//! Checks calls: windows, functions, and methods of optional values. Methods of strings and times are
//! in [`super::methods`], macros over lists in [`super::macros`].

use super::super::diagnostics::{Span, nearest};
use super::super::duration;
use super::super::syntax::{Kind, Node};
use super::super::tree::{Arithmetic, Conversion, Id, Op, Source};
use super::super::types::Type;
use super::foreign_calls::cel_equivalent_call;
use super::foreign_names::cel_equivalent;
use super::methods::is_method;
use super::{Checked, Checker, List, article};
use crate::transaction::{Time, TimeError};

const FUNCTIONS: [&str; 9] =
    ["has", "size", "int", "double", "string", "duration", "timestamp", "distance_km", "list"];
const ENTITIES: [&str; 6] = ["merchant", "terminal", "device", "ip", "bin", "ship_to"];
/// CEL functions that the language leaves out, each with what it would create.
const LEFT_OUT: [(&str, &str); 4] = [
    ("bytes", "bytes"),
    ("uint", "unsigned integers"),
    ("type", "types as values"),
    ("dyn", "dynamic types"),
];
impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        node: &Node,
        target: Option<&Node>,
        name: &str,
        arguments: &[Node],
    ) -> Checked {
        let Some(target) = target else { return self.function(name, arguments, node.span) };
        if let Kind::Name(root) = &target.kind
            && !self.scope.iter().any(|(bound, _)| bound == root)
        {
            match (root.as_str(), name) {
                ("card", "last") => return self.window(Source::Charges, arguments, node.span),
                ("card", "refunds") => return self.window(Source::Refunds, arguments, node.span),
                ("math", "greatest" | "least") => {
                    return self.extreme(name, arguments, node.span);
                }
                ("math", _) => {
                    let near = if name.contains("min") { "least" } else { "greatest" };
                    self.error(node.span, format!("there is no `math.{name}`"))
                        .help(format!("did you mean `math.{near}`?"));
                    return Checked::Broken;
                }
                ("card", _) => {
                    let near = if name.starts_with('r') { "refunds" } else { "last" };
                    self.error(node.span, format!("there is no `card.{name}`"))
                        .help(format!("did you mean `card.{near}`?"));
                    return Checked::Broken;
                }
                (entity, "last") if ENTITIES.contains(&entity) => {
                    self.error(node.span, format!("`{entity}.last` is not supported yet: memory of merchants, devices and the like comes with a later version"));
                    return Checked::Broken;
                }
                _ => {}
            }
        }
        let checked = self.check(target);
        match checked {
            Checked::Broken => Checked::Broken,
            Checked::Optional(id) => self.optional_call(id, name, arguments, node.span),
            Checked::Value(id) if !is_method(name) => {
                let operands: Vec<&Node> = std::iter::once(target).chain(arguments).collect();
                match cel_equivalent_call(name, &operands) {
                    Some(instead) => {
                        let what = article(self.tree.ty(id));
                        self.error(node.span, format!("{what} has no `{name}`")).help(instead);
                    }
                    None => {
                        self.method(id, name, arguments, node.span);
                    }
                }
                Checked::Broken
            }
            Checked::Value(id) => {
                let value = self.method(id, name, arguments, node.span);
                value.map_or(Checked::Broken, Checked::Value)
            }
            list => self.list_call(list, name, arguments, node.span),
        }
    }

    fn window(&mut self, source: Source, arguments: &[Node], span: Span) -> Checked {
        let [argument] = arguments else {
            self.error(span, "a window takes one duration").help("as in `card.last(\"10m\")`");
            return Checked::Broken;
        };
        let Some(window_ms) = self.duration(argument) else { return Checked::Broken };
        let retention_ms = self.environment.retention_ms;
        if window_ms == 0 {
            self.error(argument.span, "a window of no length holds no charge")
                .help("write how far back it reaches, as in \"10m\"");
            return Checked::Broken;
        }
        if window_ms > retention_ms {
            let kept = duration::show(retention_ms);
            let message = format!(
                "a card is remembered for {kept}, and this window is {}",
                duration::show(window_ms)
            );
            self.error(argument.span, message).help(format!(
                "use at most \"{kept}\", or raise the retention in the configuration"
            ));
            return Checked::Broken;
        }
        Checked::Charges(List {
            source,
            depth: self.depth,
            window_ms,
            select: None,
            is_explicit: true,
        })
    }

    fn optional_call(&mut self, id: Id, name: &str, arguments: &[Node], span: Span) -> Checked {
        match (name, arguments) {
            ("orValue", [default]) => {
                let Some(other) = self.value(default) else { return Checked::Broken };
                match self.unify(id, other, span) {
                    Some((id, other, ty)) => {
                        let value = self.tree.intern(Op::OrElse(id, other), ty);
                        Checked::Value(self.unless_no_charge(id, value))
                    }
                    None => Checked::Broken,
                }
            }
            ("hasValue", []) => Checked::Value(self.presence(id)),
            _ => {
                self.error(span, format!("an optional value has no `{name}`"))
                    .help("give it a default first: `.orValue(…)`");
                Checked::Broken
            }
        }
    }

    fn function(&mut self, name: &str, arguments: &[Node], span: Span) -> Checked {
        let value = match (name, arguments) {
            ("has", [argument]) => self.has(argument),
            ("size", [argument]) => {
                return match self.check(argument) {
                    Checked::Broken => Checked::Broken,
                    Checked::Value(id) => {
                        self.method(id, "size", &[], span).map_or(Checked::Broken, Checked::Value)
                    }
                    list => self.list_call(list, "size", &[], span),
                };
            }
            ("int" | "double" | "string", [argument]) => self.convert(name, argument),
            ("duration", [argument]) => {
                let ms = self.duration(argument);
                ms.map(|ms| self.tree.constant(ms as u64, Type::Duration))
            }
            ("timestamp", [argument]) => self.timestamp(argument),
            ("distance_km", [_, _, _, _]) => self.distance(arguments),
            ("list", [argument]) => return self.named_list(argument),
            (known, _) if FUNCTIONS.contains(&known) => {
                self.error(span, format!("`{known}` does not take {} arguments", arguments.len()));
                None
            }
            (left_out, _) if LEFT_OUT.iter().any(|(function, _)| *function == left_out) => {
                let what = LEFT_OUT.iter().find(|(function, _)| *function == name);
                let what = what.map_or(name, |(_, what)| what);
                self.error(span, format!("the language has no {what}")).label("left out of CEL");
                None
            }
            _ => {
                let operands: Vec<&Node> = arguments.iter().collect();
                let plain = || cel_equivalent(name, true).or_else(|| cel_equivalent(name, false));
                let instead =
                    cel_equivalent_call(name, &operands).or_else(|| plain().map(str::to_owned));
                let entry = self.error(span, format!("there is no function `{name}`"));
                if let Some(instead) = instead {
                    entry.help(instead);
                } else if let Some(near) = nearest(name, FUNCTIONS) {
                    entry.help(format!("did you mean `{near}`?"));
                }
                None
            }
        };
        value.map_or(Checked::Broken, Checked::Value)
    }

    fn has(&mut self, argument: &Node) -> Option<Id> {
        if !matches!(argument.kind, Kind::Select { .. }) {
            self.error(argument.span, "`has` needs a dotted path")
                .help("fields without a dot are also under `tx.`, as in `has(tx.channel)`");
            return None;
        }
        match self.check(argument) {
            Checked::Value(id) | Checked::Optional(id) => Some(self.presence(id)),
            Checked::Charge(super::Charge::Picked(id)) => {
                Some(self.tree.intern(Op::Present(id), Type::Bool))
            }
            checked => self.as_value(checked, argument.span),
        }
    }

    fn presence(&mut self, id: Id) -> Id {
        let present = self.tree.intern(Op::Present(id), Type::Bool);
        self.unless_no_charge(id, present)
    }

    /// Makes `value` absent if `field` belongs to a charge that does not exist. Whether such a field is
    /// present is unknown, and not false.
    fn unless_no_charge(&mut self, field: Id, value: Id) -> Id {
        match self.tree.op(field) {
            Op::PickedColumn(pick, _) => self.absent_unless_present(pick, value),
            Op::CodeText(_, code) => self.unless_no_charge(code, value),
            _ => value,
        }
    }

    fn convert(&mut self, name: &str, argument: &Node) -> Option<Id> {
        let id = self.value(argument)?;
        let id = self.as_text(id);
        let ty = self.tree.ty(id);
        let (op, to) = match (name, ty) {
            ("int", Type::Int) | ("double", Type::Double) | ("string", Type::Text) => {
                return Some(id);
            }
            ("int", Type::Double) => (Conversion::DoubleToInt, Type::Int),
            ("int", Type::Money) => (Conversion::MoneyToInt, Type::Int),
            ("int", Type::Text) => (Conversion::TextToInt, Type::Int),
            ("int", Type::Time) => (Conversion::MillisToSeconds, Type::Int),
            ("double", Type::Int) => (Conversion::IntToDouble, Type::Double),
            ("double", Type::Money) => (Conversion::MoneyToDouble, Type::Double),
            ("double", Type::Text) => (Conversion::TextToDouble, Type::Double),
            (
                "string",
                Type::Int | Type::Double | Type::Money | Type::Bool | Type::Time | Type::Duration,
            ) => {
                return Some(self.tree.intern(Op::NumberText(ty, id), Type::Text));
            }
            _ => {
                self.error(argument.span, format!("`{name}` cannot be made of {}", article(ty)));
                return None;
            }
        };
        Some(self.tree.intern(Op::Convert(op, id), to))
    }

    fn timestamp(&mut self, argument: &Node) -> Option<Id> {
        let text = self.literal(argument, "\"2026-01-05T10:00:00Z\"")?;
        match Time::parse(text) {
            Ok(time) => Some(self.tree.constant(time.millis() as u64, Type::Time)),
            Err(reason @ (TimeError::OutOfRange | TimeError::NoSuchTime)) => {
                self.error(argument.span, format!("`{text}`: {reason}"));
                None
            }
            Err(TimeError::Malformed | TimeError::NoColon) => {
                self.error(argument.span, format!("`{text}` is not a timestamp with a UTC offset"))
                    .help("write it as in \"2026-01-05T10:00:00Z\" (RFC 3339)");
                None
            }
        }
    }

    fn distance(&mut self, arguments: &[Node]) -> Option<Id> {
        let mut parts = Vec::new();
        for argument in arguments {
            let id = self.value(argument)?;
            let Some(id) = self.as_double(id) else {
                self.error(argument.span, "a latitude or longitude is a decimal");
                return None;
            };
            parts.push(id);
        }
        let parts: [Id; 4] = parts.try_into().ok()?;
        let id = self.tree.intern(Op::Distance(parts), Type::Double);
        self.units.insert(id, super::Unit::Kilometres);
        Some(id)
    }

    fn named_list(&mut self, argument: &Node) -> Checked {
        if let Kind::Name(name) = &argument.kind {
            self.error(argument.span, "the name of a list must be in quotes")
                .help(format!("write `list(\"{name}\")`"));
            return Checked::Broken;
        }
        let Some(name) = self.literal(argument, "list(\"watched_merchants\")") else {
            return Checked::Broken;
        };
        if let Some(at) = self.lists.iter().position(|known| known == name) {
            self.used_lists.insert(at as u16);
            return Checked::Named(at as u16);
        }
        let near = nearest(name, self.lists.iter().map(String::as_str)).map(str::to_owned);
        let entry = self.out.error(argument.span, format!("there is no list `{name}`"));
        entry.help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name it under [lists]".to_owned(),
        });
        Checked::Broken
    }

    /// `math.greatest` or `math.least` of several numbers, or of one list of numbers.
    fn extreme(&mut self, name: &str, arguments: &[Node], span: Span) -> Checked {
        let op = if name == "greatest" { Arithmetic::Greatest } else { Arithmetic::Least };
        if let [argument] = arguments {
            let checked = self.check(argument);
            if let Checked::Values(_) | Checked::Mapped(..) | Checked::Distinct(..) = checked {
                let of_list = if op == Arithmetic::Greatest { "max" } else { "min" };
                return self.list_call(checked, of_list, &[], span);
            }
            let value = self.as_value(checked, argument.span);
            let value = value.filter(|value| self.fits("max", *value, argument.span));
            return value.map_or(Checked::Broken, Checked::Value);
        }
        let Some((first, rest)) = arguments.split_first() else {
            self.error(span, format!("`math.{name}` takes numbers, or a list of them"));
            return Checked::Broken;
        };
        let mut result = self.value(first);
        for argument in rest {
            let next = self.value(argument);
            result = match (result, next) {
                (Some(a), Some(b)) => {
                    self.arithmetic(op, (a, first.span), (b, argument.span), span)
                }
                _ => None,
            };
        }
        result.map_or(Checked::Broken, Checked::Value)
    }
}
