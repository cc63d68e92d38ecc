//! Checks methods of strings, times and durations.

use super::super::diagnostics::{Span, nearest};
use super::super::syntax::Node;
use super::super::tree::{Id, Op, Part, TextTest};
use super::super::types::Type;
use super::foreign_names::cel_equivalent;
use super::{Checker, article};

const PARTS: [(&str, Part); 10] = [
    ("getFullYear", Part::FullYear),
    ("getMonth", Part::Month),
    ("getDate", Part::Date),
    ("getDayOfMonth", Part::DayOfMonth),
    ("getDayOfWeek", Part::DayOfWeek),
    ("getDayOfYear", Part::DayOfYear),
    ("getHours", Part::Hours),
    ("getMinutes", Part::Minutes),
    ("getSeconds", Part::Seconds),
    ("getMilliseconds", Part::Milliseconds),
];

const OF_TEXT: [&str; 5] = ["size", "matches", "startsWith", "endsWith", "contains"];

/// Whether values of any type have a method of this name.
pub(super) fn is_method(name: &str) -> bool {
    OF_TEXT.contains(&name) || PARTS.iter().any(|(known, _)| *known == name)
}

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
        if let (Type::Time | Type::Duration, Some((_, part))) =
            (ty, PARTS.iter().find(|(known, _)| *known == name))
        {
            return self.part(id, *part, arguments, span);
        }
        let what = article(ty);
        let near = nearest(name, PARTS.iter().map(|(known, _)| *known));
        let entry = self.error(span, format!("{what} has no `{name}`"));
        if name == "orValue" {
            entry.help("`orValue` follows `.?`, as in `ship_to.?country.orValue(\"US\")`");
        } else if matches!(ty, Type::Id(_)) {
            entry.help("ids of remembered charges are compared, not read");
        } else if let (Type::Time | Type::Duration, Some(near)) = (ty, near) {
            entry.help(format!("did you mean `{near}`?"));
        }
        None
    }

    fn text_method(&mut self, id: Id, name: &str, arguments: &[Node], span: Span) -> Option<Id> {
        let text = self.as_text(id);
        let test = match (name, arguments) {
            ("size", []) => return Some(self.tree.intern(Op::TextSize(text), Type::Int)),
            ("matches", [pattern]) => return self.matches(text, pattern),
            ("startsWith", [_]) => TextTest::StartsWith,
            ("endsWith", [_]) => TextTest::EndsWith,
            ("contains", [_]) => TextTest::Contains,
            _ => {
                let entry = self.error(span, format!("a string has no `{name}`"));
                if name == "orValue" {
                    entry.help("`orValue` follows `.?`, as in `ship_to.?country.orValue(\"US\")`");
                } else if let Some(instead) = cel_equivalent(name, true) {
                    entry.help(instead);
                } else if let Some(near) = nearest(name, OF_TEXT) {
                    entry.help(format!("did you mean `{near}`?"));
                } else {
                    entry.help(format!("it has: {}", OF_TEXT.join(", ")));
                }
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

    fn matches(&mut self, text: Id, pattern: &Node) -> Option<Id> {
        let source = self.literal(pattern, "`.matches(\"^ACME\")`")?;
        match regex::Regex::new(source) {
            Ok(regex) => {
                let known = self.tree.patterns.iter().position(|known| known.as_str() == source);
                let at = known.unwrap_or_else(|| {
                    self.tree.patterns.push(regex);
                    self.tree.patterns.len() - 1
                });
                Some(self.tree.intern(Op::Matches(text, at as u16), Type::Bool))
            }
            Err(error) => {
                let message = error.to_string().lines().last().unwrap_or("").to_owned();
                self.error(pattern.span, format!("this is not a regular expression: {message}"));
                None
            }
        }
    }

    fn part(&mut self, id: Id, part: Part, arguments: &[Node], span: Span) -> Option<Id> {
        if self.tree.ty(id) == Type::Duration {
            if !matches!(part, Part::Hours | Part::Minutes | Part::Seconds | Part::Milliseconds) {
                self.error(span, "a duration has hours, minutes, seconds and milliseconds only");
                return None;
            }
            return Some(self.tree.intern(Op::DurationPart(part, id), Type::Int));
        }
        let zone = match arguments.first() {
            None => jiff::tz::TimeZone::UTC,
            Some(argument) => {
                let name = self.literal(argument, "\"Europe/Paris\"")?;
                match zone(name) {
                    Some(zone) => zone,
                    None => {
                        self.error(argument.span, format!("there is no time zone `{name}`")).help(
                            "IANA names such as \"Europe/Paris\", or offsets such as \"+02:00\"",
                        );
                        return None;
                    }
                }
            }
        };
        let known = self.tree.zones.iter().position(|known| *known == zone);
        let at = known.unwrap_or_else(|| {
            self.tree.zones.push(zone);
            self.tree.zones.len() - 1
        });
        Some(self.tree.intern(Op::TimePart(part, id, at as u16), Type::Int))
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
