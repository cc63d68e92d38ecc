//! Warns about a window that is shorter than the calendar period that a macro selects from it:
//! `card.last("24h").filter(t, t.time >= now.startOfDay("Europe/Paris"))` lacks the first hour of a day
//! of 25 hours.

use super::super::super::diagnostics::{Diagnostics, Span};
use super::super::super::duration;
use super::super::super::ir::{Column, Comparison, Form, Id, Op, flipped};
use super::super::super::language::{CardFunction, Macro, PeriodStart};
use super::super::super::syntax::{Kind, Node, Operator};
use super::input::{Input, Rule};
use crate::transaction::{DAY_MS, SECOND_MS};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How many changes of a zone's clock are considered. There are two a year, or four where summer time is
/// interrupted.
const CHANGES_MAX: usize = 8;

pub fn lint(input: &Input<'_>, out: &mut Diagnostics) {
    let features = input.features.iter().map(|(_, node)| *node);
    let mut open: Vec<&Node> = features.chain(input.rules.iter().flat_map(expressions)).collect();
    while let Some(node) = open.pop() {
        if let Kind::Call { target: Some(list), name, arguments } = &node.kind
            && let (Some(selects), [_, condition]) = (Macro::named(name), arguments.as_slice())
            && matches!(selects, Macro::Filter | Macro::Count | Macro::Exists | Macro::ExistsOne)
            && let Some(window) = window(list)
        {
            for part in condition.chain(Operator::And) {
                compare(input, part, window, out);
            }
        }
        open.extend(node.parts());
    }
}

fn expressions<'f>(rule: &Rule<'f>) -> impl Iterator<Item = &'f Node> + use<'f> {
    rule.when.into_iter().chain(rule.points).chain(rule.message.clone())
}

/// The window of `card.last("24h")`, or of a list that macros narrowed: its place and its length.
fn window(list: &Node) -> Option<(Span, i64)> {
    let Kind::Call { target: Some(target), name, arguments } = &list.kind else { return None };
    let is_card = matches!(&target.kind, Kind::Name(name) if name == "card");
    match arguments.as_slice() {
        [argument] if is_card && CardFunction::named(name).is_some() => {
            let Kind::Text(text) = &argument.kind else { return None };
            Some((argument.span, duration::parse(text)?))
        }
        _ => window(target),
    }
}

/// Warns if a condition selects the charges of a period that is longer than the window.
fn compare(
    input: &Input<'_>,
    condition: &Node,
    (window, window_ms): (Span, i64),
    out: &mut Diagnostics,
) {
    let Some((period, zone)) = input.places.id(condition).and_then(|id| selected(input, id)) else {
        return;
    };
    let (name, days) = match period {
        PeriodStart::Day => ("day", 1),
        PeriodStart::Week => ("week", 7),
        PeriodStart::Month => ("month", 31),
    };
    let longest_ms = days * DAY_MS + put_back_ms(zone, input);
    if window_ms >= longest_ms {
        return;
    }
    let other = (out.place(condition.span), format!("up to {}", duration::show(longest_ms)));
    let message = format!("this window does not always reach back to the start of the {name}");
    let entry = out.warning("short-window", window, message).label("too short");
    entry.help(format!("write \"{}\"", duration::show(longest_ms)));
    entry.related.push(other);
}

/// The period and zone of `t.time >= now.startOfDay(…)`.
fn selected<'i>(input: &Input<'i>, id: Id) -> Option<(PeriodStart, &'i TimeZone)> {
    let tree = input.tree;
    let Op::Compare(Form::Whole, comparison, a, b) = tree.op(id) else { return None };
    let (comparison, time, start) = match tree.op(a) {
        Op::Column(..) => (comparison, a, b),
        _ => (flipped(comparison), b, a),
    };
    let is_since = matches!(comparison, Comparison::Greater | Comparison::GreaterEqual);
    match (tree.op(time), tree.op(start)) {
        (Op::Column(_, Column::Time), Op::PeriodStart(period, now, zone))
            if is_since && tree.op(now) == Op::Now =>
        {
            Some((period, tree.zones.get(zone as usize)?))
        }
        _ => None,
    }
}

/// How far a zone's clock is put back, at most, in the next years; 0 if the current date is not known.
fn put_back_ms(zone: &TimeZone, input: &Input<'_>) -> i64 {
    let today = input.today.and_then(|it| Timestamp::from_millisecond(it.millis()).ok());
    let Some(today) = today else { return 0 };
    let mut offset = zone.to_offset(today);
    let mut most = 0;
    for change in zone.following(today).take(CHANGES_MAX) {
        most = most.max(offset.seconds() - change.offset().seconds());
        offset = change.offset();
    }
    i64::from(most) * SECOND_MS
}
