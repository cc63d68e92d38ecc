//! Parses and renders message templates: text with `{expression}` parts, whose values (money,
//! distances, times) get a readable form.

use super::check::{Checker, Unit};
use super::diagnostics::Diagnostics;
use super::evaluate::{LazyRegisters, Registers, State, text};
use super::ir::Id;
use super::source::SourceText;
use super::syntax::Node;
use super::types::Type;
use super::{duration, syntax};
use crate::number::{i64_toward_zero, u64_toward_zero};
use crate::printable::Printable;
use crate::transaction::{Currency, DAY_MS, SECOND_MS};
use std::ops::Range;

/// Replaces a part of a message that is absent.
const UNKNOWN: &str = "unknown";

/// A template as written.
#[derive(Debug)]
pub struct Template {
    parts: Vec<WrittenSegment>,
}

#[derive(Debug)]
enum WrittenSegment {
    Text(String),
    Expression(Node),
}

/// A template with typed expressions.
#[derive(Debug, Default)]
pub struct Message {
    parts: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    Text(String),
    Value(Id, Option<Unit>),
}

impl Template {
    /// Splits at `{…}`; `{{` and `}}` are literal braces.
    pub fn parse(source: &SourceText, out: &mut Diagnostics) -> Self {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = source.value.char_indices().peekable();
        while let Some((at, c)) = rest.next() {
            let doubled = rest.peek().is_some_and(|(_, next)| *next == c);
            match c {
                '{' | '}' if doubled => {
                    rest.next();
                    plain.push(c);
                }
                '{' => {
                    let end = closing(&source.value, at + 1);
                    let Some(end) = end else {
                        out.error(source.span(at..at + 1), "this `{` is never closed")
                            .help("write `{{` for a literal brace");
                        break;
                    };
                    parts.push(WrittenSegment::Text(std::mem::take(&mut plain)));
                    parts.extend(expression(source, at + 1..end, out));
                    while rest.next_if(|(next, _)| *next <= end).is_some() {}
                }
                '}' => {
                    out.error(source.span(at..at + 1), "this `}` closes nothing")
                        .help("write `}}` for a literal brace");
                }
                _ => plain.push(c),
            }
        }
        parts.push(WrittenSegment::Text(plain));
        Self { parts }
    }

    /// The expressions of the template, as written.
    pub fn expressions(&self) -> impl Iterator<Item = &Node> {
        self.parts.iter().filter_map(|part| match part {
            WrittenSegment::Expression(node) => Some(node),
            WrittenSegment::Text(_) => None,
        })
    }

    pub fn check(&self, checker: &mut Checker<'_>) -> Message {
        let mut parts = Vec::new();
        for part in &self.parts {
            match part {
                WrittenSegment::Text(text) => parts.push(Segment::Text(text.clone())),
                WrittenSegment::Expression(node) => {
                    if let Some(named) = checker.named(node) {
                        let unit = checker.units.get(&named.id).copied();
                        parts.push(Segment::Value(named.id, unit));
                    }
                }
            }
        }
        Message { parts }
    }
}

fn expression(
    source: &SourceText,
    range: Range<usize>,
    out: &mut Diagnostics,
) -> Option<WrittenSegment> {
    syntax::parse(&source.part(range), out).map(WrittenSegment::Expression)
}

/// The position of the `}` that closes an expression. Braces in its strings do not count.
fn closing(text: &str, from: usize) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.get(from..)?.char_indices() {
        match (quote, c) {
            (None, '}') => return Some(from + at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

impl Message {
    /// The same message with other nodes.
    pub fn with(self, mut of: impl FnMut(Id) -> Id) -> Self {
        let parts = self.parts.into_iter().map(|part| match part {
            Segment::Value(id, unit) => Segment::Value(of(id), unit),
            text => text,
        });
        Self { parts: parts.collect() }
    }

    /// The nodes that the message shows.
    pub fn nodes(&self) -> impl Iterator<Item = Id> {
        self.parts.iter().filter_map(|part| match part {
            Segment::Value(id, _) => Some(*id),
            Segment::Text(_) => None,
        })
    }

    pub fn show(&self, registers: &LazyRegisters<'_>, currency: Currency) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Segment::Text(text) => out.push_str(text),
                Segment::Value(id, unit) => out.push_str(&value(*id, *unit, registers, currency)),
            }
        }
        out
    }
}

fn value(id: Id, unit: Option<Unit>, registers: &LazyRegisters<'_>, currency: Currency) -> String {
    let ty = registers.tree().ty(id);
    if ty == Type::Text {
        // The text is shown in unknown consoles, so control characters are escaped.
        let text = text(id, registers);
        return text.map_or_else(|_| UNKNOWN.to_owned(), |text| Printable(&text).to_string());
    }
    let slot = registers.get(id);
    let shown = match (ty, unit) {
        _ if !slot.is_present() => return UNKNOWN.to_owned(),
        (Type::Money, _) => money(slot.bits.cast_signed(), currency),
        (Type::Double, Some(Unit::MoneyAsCharged)) => {
            in_units(f64::from_bits(slot.bits), registers.context.tx.amount.currency)
        }
        (Type::Double, Some(unit)) => with_unit(f64::from_bits(slot.bits), unit, currency),
        (Type::Double, None) => decimal(f64::from_bits(slot.bits)),
        (Type::Int, _) => slot.bits.cast_signed().to_string(),
        (Type::Bool, _) => if slot.bits == 1 { "yes" } else { "no" }.to_owned(),
        (Type::Code(code), _) => code.text(slot.bits).to_string(),
        (Type::Time, _) => moment(slot.bits.cast_signed()),
        (Type::Duration, _) => period(slot.bits.cast_signed()),
        (Type::Id(_), _) | (Type::Text, _) => return UNKNOWN.to_owned(),
    };
    match slot.state {
        State::AtLeast => format!("at least {shown}"),
        State::AtMost => format!("at most {shown}"),
        State::Exact | State::Absent | State::Open => shown,
    }
}

/// Such as `USD 2,600.00`.
pub fn money(minor: i64, currency: Currency) -> String {
    let places = usize::from(currency.exponent());
    let unit = 10u64.pow(u32::from(currency.exponent()));
    let (whole, part) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    let sign = if minor < 0 { "-" } else { "" };
    let whole = grouped(whole);
    match places {
        0 => format!("{currency} {sign}{whole}"),
        _ => format!("{currency} {sign}{whole}.{part:0places$}"),
    }
}

/// Such as `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn with_unit(value: f64, unit: Unit, currency: Currency) -> String {
    match unit {
        Unit::Money | Unit::MoneyAsCharged => in_units(value, currency),
        Unit::Kilometres => format!("{} km", grouped(u64_toward_zero(value.abs().round()))),
        Unit::KilometresPerHour => {
            format!("{} km/h", grouped(u64_toward_zero(value.abs().round())))
        }
    }
}

fn in_units(value: f64, currency: Currency) -> String {
    let scale = 10f64.powi(i32::from(currency.exponent()));
    money(i64_toward_zero((value * scale).round()), currency)
}

/// At most two places, without trailing zeros.
fn decimal(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `2026-01-05 10:15:30 UTC`
fn moment(ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => UNKNOWN.to_owned(),
    }
}

/// Truncated to seconds, or to minutes from one day on.
fn period(ms: i64) -> String {
    let step = if ms.abs() >= DAY_MS { 60 * SECOND_MS } else { SECOND_MS };
    duration::show(ms / step * step)
}
