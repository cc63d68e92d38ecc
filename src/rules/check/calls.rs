//! Checks calls: windows, functions, and methods of optional values. Methods of strings and times are
//! in [`super::methods`], macros over lists in [`super::macros`].

use super::super::diagnostics::{Span, nearest};
use super::super::duration;
use super::super::ir::{Arithmetic, Conversion, Id, Op, Source};
use super::super::language::{
    CardFunction, GlobalFunction, Macro, MathFunction, OptionalMethod, PeriodStart, TextMethod,
    TimePart,
};
use super::super::syntax::{Kind, Node};
use super::super::types::Type;
use super::checked_types::{Checked, List};
use super::checker::{Checker, article};
use super::foreign_calls::cel_equivalent_call;
use super::foreign_names::cel_equivalent;
use crate::transaction::{Time, TimeError};

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
            match root.as_str() {
                "card" => return self.card_function(name, arguments, node.span),
                "math" => return self.math_function(name, arguments, node.span),
                entity if name == "last" && ENTITIES.contains(&entity) => {
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
            Checked::Value(id)
                if TextMethod::named(name).is_none()
                    && TimePart::named(name).is_none()
                    && PeriodStart::named(name).is_none() =>
            {
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

    fn card_function(&mut self, name: &str, arguments: &[Node], span: Span) -> Checked {
        match CardFunction::named(name) {
            Some(CardFunction::Last) => self.window(Source::Charges, arguments, span),
            Some(CardFunction::Refunds) => self.window(Source::Refunds, arguments, span),
            None => {
                let near = if name.starts_with('r') { "refunds" } else { "last" };
                self.error(span, format!("there is no `card.{name}`"))
                    .help(format!("did you mean `card.{near}`?"));
                Checked::Broken
            }
        }
    }

    fn math_function(&mut self, name: &str, arguments: &[Node], span: Span) -> Checked {
        if let Some(function) = MathFunction::named(name) {
            return self.extreme(function, arguments, span);
        }
        let near = if name.contains("min") { "least" } else { "greatest" };
        self.error(span, format!("there is no `math.{name}`"))
            .help(format!("did you mean `math.{near}`?"));
        Checked::Broken
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
                "charges are remembered for {kept}, and this window is {}",
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
        match (OptionalMethod::named(name), arguments) {
            (Some(OptionalMethod::OrValue), [default]) => {
                let Some(other) = self.value(default) else { return Checked::Broken };
                match self.unify(id, other, span) {
                    Some((id, other, ty)) => {
                        let value = self.tree.intern(Op::OrElse(id, other), ty);
                        Checked::Value(self.unless_no_charge(id, value))
                    }
                    None => Checked::Broken,
                }
            }
            (Some(OptionalMethod::HasValue), []) => Checked::Value(self.presence(id)),
            (Some(OptionalMethod::OrValue | OptionalMethod::HasValue) | None, _) => {
                self.error(span, format!("an optional value has no `{name}`"))
                    .help("give it a default first: `.orValue(…)`");
                Checked::Broken
            }
        }
    }

    fn function(&mut self, name: &str, arguments: &[Node], span: Span) -> Checked {
        let Some(function) = GlobalFunction::named(name) else {
            self.unknown_function(name, arguments, span);
            return Checked::Broken;
        };
        let (true, [argument, ..]) = (function.row().takes(arguments.len()), arguments) else {
            self.error(span, format!("`{name}` does not take {} arguments", arguments.len()))
                .help(function.row().usage());
            return Checked::Broken;
        };
        let value = match function {
            GlobalFunction::Has => self.has(argument),
            GlobalFunction::Size => {
                return match self.check(argument) {
                    Checked::Broken => Checked::Broken,
                    Checked::Value(id) => {
                        self.method(id, name, &[], span).map_or(Checked::Broken, Checked::Value)
                    }
                    list => self.apply_macro(list, Macro::Size, &[], span),
                };
            }
            GlobalFunction::Int => self.convert_to_int(argument),
            GlobalFunction::Double => self.convert_to_double(argument),
            GlobalFunction::String => self.convert_to_text(argument),
            GlobalFunction::Duration => {
                let ms = self.duration(argument);
                ms.map(|ms| self.tree.constant(ms.cast_unsigned(), Type::Duration))
            }
            GlobalFunction::Timestamp => self.timestamp(argument),
            GlobalFunction::DistanceKm => self.distance(arguments),
            GlobalFunction::List => return self.named_list(argument, arguments.get(1)),
        };
        value.map_or(Checked::Broken, Checked::Value)
    }

    fn unknown_function(&mut self, name: &str, arguments: &[Node], span: Span) {
        if let Some((_, what)) = LEFT_OUT.iter().find(|(function, _)| *function == name) {
            self.error(span, format!("the language has no {what}")).label("left out of CEL");
            return;
        }
        let operands: Vec<&Node> = arguments.iter().collect();
        let plain = || cel_equivalent(name, true).or_else(|| cel_equivalent(name, false));
        let instead = cel_equivalent_call(name, &operands).or_else(|| plain().map(str::to_owned));
        let entry = self.error(span, format!("there is no function `{name}`"));
        if let Some(instead) = instead {
            entry.help(instead);
        } else if let Some(near) = nearest(name, GlobalFunction::ALL.iter().map(|it| it.row().name))
        {
            entry.help(format!("did you mean `{near}`?"));
        }
    }

    fn has(&mut self, argument: &Node) -> Option<Id> {
        if !matches!(argument.kind, Kind::Select { .. }) {
            self.error(argument.span, "`has` needs a dotted path")
                .help("fields without a dot are also under `tx.`, as in `has(tx.channel)`");
            return None;
        }
        match self.check(argument) {
            Checked::Value(id) | Checked::Optional(id) => Some(self.presence(id)),
            Checked::Charge(super::checked_types::Charge::Picked(id)) => {
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

    fn convert_to_int(&mut self, argument: &Node) -> Option<Id> {
        let id = self.operand(argument)?;
        let conversion = match self.tree.ty(id) {
            Type::Int => return Some(id),
            Type::Double => Conversion::DoubleToInt,
            Type::Money => Conversion::MoneyToInt,
            Type::Text => Conversion::TextToInt,
            Type::Time => Conversion::MillisToSeconds,
            ty @ (Type::Bool | Type::Code(_) | Type::Id(_) | Type::Duration) => {
                return self.not_convertible(GlobalFunction::Int, argument, ty);
            }
        };
        Some(self.tree.intern(Op::Convert(conversion, id), Type::Int))
    }

    fn convert_to_double(&mut self, argument: &Node) -> Option<Id> {
        let id = self.operand(argument)?;
        let conversion = match self.tree.ty(id) {
            Type::Double => return Some(id),
            Type::Int => Conversion::IntToDouble,
            Type::Money => Conversion::MoneyToDouble,
            Type::Text => Conversion::TextToDouble,
            ty @ (Type::Bool | Type::Code(_) | Type::Id(_) | Type::Time | Type::Duration) => {
                return self.not_convertible(GlobalFunction::Double, argument, ty);
            }
        };
        Some(self.tree.intern(Op::Convert(conversion, id), Type::Double))
    }

    fn convert_to_text(&mut self, argument: &Node) -> Option<Id> {
        let id = self.operand(argument)?;
        match self.tree.ty(id) {
            Type::Text => Some(id),
            ty @ (Type::Int
            | Type::Double
            | Type::Money
            | Type::Bool
            | Type::Time
            | Type::Duration) => Some(self.tree.intern(Op::NumberText(ty, id), Type::Text)),
            ty @ (Type::Code(_) | Type::Id(_)) => {
                self.not_convertible(GlobalFunction::String, argument, ty)
            }
        }
    }

    /// The value to convert. A code is converted as its text.
    fn operand(&mut self, argument: &Node) -> Option<Id> {
        let id = self.value(argument)?;
        Some(self.as_text(id))
    }

    fn not_convertible(&mut self, to: GlobalFunction, argument: &Node, ty: Type) -> Option<Id> {
        let name = to.row().name;
        self.error(argument.span, format!("`{name}` cannot be made of {}", article(ty)));
        None
    }

    fn timestamp(&mut self, argument: &Node) -> Option<Id> {
        let text = self.literal(argument, "\"2026-01-05T10:00:00Z\"")?;
        match Time::parse(text) {
            Ok(time) => Some(self.tree.constant(time.millis().cast_unsigned(), Type::Time)),
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
        self.units.insert(id, super::checked_types::Unit::Kilometres);
        Some(id)
    }

    /// `math.greatest` or `math.least` of several numbers, or of one list of numbers.
    fn extreme(&mut self, function: MathFunction, arguments: &[Node], span: Span) -> Checked {
        let (op, of_list) = match function {
            MathFunction::Greatest => (Arithmetic::Greatest, Macro::Max),
            MathFunction::Least => (Arithmetic::Least, Macro::Min),
        };
        if let [argument] = arguments {
            let checked = self.check(argument);
            if let Checked::Values(_) | Checked::Mapped(..) | Checked::Distinct(..) = checked {
                return self.apply_macro(checked, of_list, &[], span);
            }
            let value = self.as_value(checked, argument.span);
            let value = value.filter(|value| self.fits(Macro::Max.row(), *value, argument.span));
            return value.map_or(Checked::Broken, Checked::Value);
        }
        let Some((first, rest)) = arguments.split_first() else {
            let name = function.row().name;
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
