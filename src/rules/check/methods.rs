//! Checks methods of strings, times and durations.

use super::super::diagnostics::{Span, nearest};
use super::super::ir::{Id, Op, TextTest};
use super::super::language::functions::FunctionRow;
use super::super::language::{PeriodStart, TextMethod, TimePart};
use super::super::syntax::Node;
use super::super::types::Type;
use super::checker::{Checker, article};
use super::foreign_names::cel_equivalent;

impl Checker<'_> {
    pub(super) fn method(
        &mut self,
        id: Id,
        name: &str,
        arguments: &[Node],
        span: Span,
    ) -> Option<Id> {
        let ty = self.tree.ty(id);
        if ty.is_text() {
            return self.text_method(id, name, arguments, span);
        }
        if let (Type::Time | Type::Duration, Some(part)) = (ty, TimePart::named(name)) {
            return self.part(id, part, arguments, span);
        }
        let start = PeriodStart::named(name);
        if let (Type::Time, Some(period)) = (ty, start) {
            let zone = self.zone(period.row(), arguments, span)?;
            return Some(self.tree.intern(Op::PeriodStart(period, id, zone), Type::Time));
        }
        let what = article(ty);
        let parts = TimePart::ALL.iter().map(|it| it.row().name);
        let starts = PeriodStart::ALL.iter().filter(|_| ty == Type::Time);
        let near = nearest(name, parts.chain(starts.map(|it| it.row().name)));
        let entry = self.error(span, format!("{what} has no `{name}`"));
        if name == "orValue" {
            entry.help("`orValue` follows `.?`, as in `ship_to.?country.orValue(\"US\")`");
        } else if let Some(period) = start {
            entry.help(period.row().usage());
        } else if matches!(ty, Type::Id(_)) {
            entry.help("ids of remembered charges are compared, not read");
        } else if let (Type::Time | Type::Duration, Some(near)) = (ty, near) {
            entry.help(format!("did you mean `{near}`?"));
        }
        None
    }

    fn text_method(&mut self, id: Id, name: &str, arguments: &[Node], span: Span) -> Option<Id> {
        let text = self.as_text(id);
        let method = TextMethod::named(name).filter(|it| it.row().takes(arguments.len()));
        let test = match method {
            Some(TextMethod::Size) => {
                return Some(self.tree.intern(Op::TextSize(text), Type::Int));
            }
            Some(TextMethod::Matches) => return self.matches(text, arguments.first()?),
            Some(TextMethod::StartsWith) => TextTest::StartsWith,
            Some(TextMethod::EndsWith) => TextTest::EndsWith,
            Some(TextMethod::Contains) => TextTest::Contains,
            None => {
                self.unknown_text_method(name, arguments, span);
                return None;
            }
        };
        let argument = arguments.first()?;
        let other = self.value(argument)?;
        if !self.tree.ty(other).is_text() {
            self.error(argument.span, format!("`{name}` takes a string"));
            return None;
        }
        let other = self.as_text(other);
        Some(self.tree.intern(Op::Test(test, text, other), Type::Bool))
    }

    fn unknown_text_method(&mut self, name: &str, arguments: &[Node], span: Span) {
        if let Some(method) = TextMethod::named(name) {
            let message = format!("`{name}` does not take {} arguments", arguments.len());
            self.error(span, message).help(method.row().usage());
            return;
        }
        let names = || TextMethod::ALL.iter().map(|it| it.row().name);
        let entry = self.error(span, format!("a string has no `{name}`"));
        if name == "orValue" {
            entry.help("`orValue` follows `.?`, as in `ship_to.?country.orValue(\"US\")`");
        } else if let Some(instead) = cel_equivalent(name, true) {
            entry.help(instead);
        } else if let Some(near) = nearest(name, names()) {
            entry.help(format!("did you mean `{near}`?"));
        } else {
            entry.help(format!("it has: {}", names().collect::<Vec<_>>().join(", ")));
        }
    }

    fn matches(&mut self, text: Id, pattern: &Node) -> Option<Id> {
        let source = self.literal(pattern, "`.matches(\"^ACME\")`")?;
        match regex::Regex::new(source) {
            Ok(regex) => {
                let at = self.tree.pattern(regex);
                Some(self.tree.intern(Op::Matches(text, at), Type::Bool))
            }
            Err(error) => {
                let message = error.to_string().lines().last().unwrap_or("").to_owned();
                self.error(pattern.span, format!("this is not a regular expression: {message}"));
                None
            }
        }
    }

    fn part(&mut self, id: Id, part: TimePart, arguments: &[Node], span: Span) -> Option<Id> {
        if self.tree.ty(id) == Type::Duration {
            if !matches!(
                part,
                TimePart::Hours | TimePart::Minutes | TimePart::Seconds | TimePart::Milliseconds
            ) {
                self.error(span, "a duration has hours, minutes, seconds and milliseconds only");
                return None;
            }
            return Some(self.tree.intern(Op::DurationPart(part, id), Type::Int));
        }
        let zone = self.zone(part.row(), arguments, span)?;
        Some(self.tree.intern(Op::TimePart(part, id, zone), Type::Int))
    }

    /// The time zone that the argument of a method names, as an index into `Tree::zones`. Without an
    /// argument, it is UTC.
    fn zone(&mut self, row: &FunctionRow, arguments: &[Node], span: Span) -> Option<u32> {
        if !row.takes(arguments.len()) {
            let message = format!("`{}` does not take {} arguments", row.name, arguments.len());
            self.error(span, message).help(row.usage());
            return None;
        }
        let Some(argument) = arguments.first() else {
            return Some(self.tree.zone(jiff::tz::TimeZone::UTC));
        };
        let name = self.literal(argument, "\"Europe/Paris\"")?;
        let Some(zone) = zone(name) else {
            self.error(argument.span, format!("there is no time zone `{name}`"))
                .help("IANA names such as \"Europe/Paris\", or offsets such as \"+02:00\"");
            return None;
        };
        Some(self.tree.zone(zone))
    }
}

fn zone(name: &str) -> Option<jiff::tz::TimeZone> {
    if let Some((hours, minutes)) = name.split_once(':') {
        let sign = if hours.starts_with('-') { -1 } else { 1 };
        let hours: i32 = hours.parse().ok()?;
        let minutes: i32 = minutes.parse().ok()?;
        let seconds = hours * 3600 + sign * minutes * 60;
        return jiff::tz::Offset::from_seconds(seconds).ok().map(jiff::tz::TimeZone::fixed);
    }
    jiff::tz::TimeZone::get(name).ok()
}
