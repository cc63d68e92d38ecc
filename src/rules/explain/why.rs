//! Why a value is not known: down the typed tree to what is missing.

use super::super::evaluate::{Lazy, Registers, State, text};
use super::super::fields::{COLUMNS, FIELDS};
use super::super::tree::{AggregateId, Id, Op, Output, children};
use super::super::types::Type;
use crate::transaction::Time;
use std::fmt;

/// What keeps a value from being known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The message lacks the field of that path.
    Missing(&'static str),
    /// No remembered charge is so.
    NoCharge,
    /// There are too few of them: a deviation needs two.
    TooFew,
    /// The charge is there, and lacks the field of that path.
    ChargeLacks(&'static str),
    /// A division by zero, an overflow, a text that is no number.
    NoResult,
    /// Charges up to that time are no longer remembered.
    Cut(Option<Time>),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Missing("amount") => {
                f.write_str("`amount` is absent: there is no rate for the currency")
            }
            Why::Missing(path) => write!(f, "the message has no `{path}`"),
            Why::NoCharge => f.write_str("no such charge is remembered"),
            Why::TooFew => f.write_str("fewer than two such charges are remembered"),
            Why::ChargeLacks(path) => write!(f, "that charge has no `{path}`"),
            Why::NoResult => f.write_str("the calculation has no result"),
            Why::Cut(Some(time)) => write!(f, "charges up to {time} are no longer remembered"),
            Why::Cut(None) => f.write_str("older charges are no longer remembered"),
        }
    }
}

/// Each reason once; none for a value that is known.
pub fn why(id: Id, registers: &Lazy<'_>) -> Vec<Why> {
    let mut found = Vec::new();
    look(id, registers, &mut found);
    found
}

fn look(id: Id, registers: &Lazy<'_>, found: &mut Vec<Why>) {
    if is_known(id, registers) {
        return;
    }
    let before = found.len();
    let op = registers.tree().op(id);
    match op {
        Op::Field(at) => add(found, Why::Missing(path_of_field(at))),
        Op::PickedColumn(pick, column) if is_known(pick, registers) => {
            let path = COLUMNS.iter().find(|(_, known, _)| *known == column);
            add(found, Why::ChargeLacks(path.map_or("", |(path, ..)| path)));
        }
        Op::Result(aggregate, output) => add(found, of_aggregate(aggregate, output, registers)),
        Op::FirstSeen if !registers.get(id).is_present() => add(found, Why::NoCharge),
        Op::FirstSeen | Op::CutCountry(_) => add(found, Why::Cut(registers.context.past.cut)),
        Op::Choose(condition, a, b) => {
            let deciding = match registers.get(condition).known() {
                Some(1) => a,
                Some(_) => b,
                None => condition,
            };
            look(deciding, registers, found);
        }
        _ => children(op).into_iter().flatten().for_each(|child| look(child, registers, found)),
    }
    if found.len() == before && found.is_empty() {
        found.push(Why::NoResult);
    }
}

fn add(found: &mut Vec<Why>, why: Why) {
    if !found.contains(&why) {
        found.push(why);
    }
}

fn is_known(id: Id, registers: &Lazy<'_>) -> bool {
    match registers.tree().ty(id) {
        Type::Text => text(id, registers).is_ok(),
        _ => registers.get(id).state == State::Exact,
    }
}

fn path_of_field(at: u16) -> &'static str {
    FIELDS.get(usize::from(at)).map_or("", |field| field.path)
}

fn of_aggregate(aggregate: AggregateId, output: Output, registers: &Lazy<'_>) -> Why {
    let result = registers.results.get(usize::from(aggregate.0));
    match result {
        Some(result) if result.is_cut() => Why::Cut(registers.context.past.cut),
        Some(result) if output == Output::Deviation && result.count == 1 => Why::TooFew,
        Some(result) if result.count > 0 => Why::NoResult,
        _ => Why::NoCharge,
    }
}
