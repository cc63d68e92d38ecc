//! Finds out why a value is not known, by following the typed tree down to what is missing.

use super::super::evaluate::{Context, LazyRegisters, Registers, Scratch, State, text};
use super::super::ir::{
    AggregateId, COLUMNS, Column, FIELDS, Id, Op, Output, Tree, Walk, aggregate_children, children,
    logic_op, strict_op, text_op,
};
use super::super::types::Type;
use crate::memory::Event;
use crate::transaction::Time;
use std::fmt;

/// Why a value is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The message lacks the field at this path.
    Missing(&'static str),
    /// No remembered charge matches.
    NoCharge,
    /// Too few remembered charges match: a deviation needs two.
    TooFew,
    /// The charge lacks the field at this path.
    ChargeLacks(&'static str),
    /// Charges match, but all of them lack the field at this path.
    ChargesLack(&'static str),
    /// A division by zero, an overflow, or a text that is not a number.
    NoResult,
    /// Charges up to this time are no longer remembered.
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
            Why::ChargesLack(path) => write!(f, "these charges have no `{path}`"),
            Why::NoResult => f.write_str("the calculation has no result"),
            Why::Cut(Some(time)) => write!(f, "charges up to {time} are no longer remembered"),
            Why::Cut(None) => f.write_str("older charges are no longer remembered"),
        }
    }
}

/// The reasons, without repeats; none for a value that is known.
pub fn why(id: Id, scratch: &mut Scratch, context: &Context<'_>) -> Vec<Why> {
    let mut search = ReasonSearch::default();
    search.look(id, &scratch.registers(context));
    for aggregate in std::mem::take(&mut search.empty) {
        let charges = scratch.contributing_charges(&[aggregate], usize::MAX, context).all;
        search.add(of_empty(aggregate, &charges, &scratch.registers(context)));
    }
    search.found
}

#[derive(Default)]
struct ReasonSearch {
    found: Vec<Why>,
    /// Aggregates that got no value from any charge.
    empty: Vec<AggregateId>,
}

impl ReasonSearch {
    fn look(&mut self, root: Id, registers: &LazyRegisters<'_>) {
        let unknown = |id: &Id| !is_known(*id, registers);
        let parts = |id, out: &mut Vec<Id>| {
            out.extend(deciding_parts(id, registers).into_iter().flatten().filter(unknown));
        };
        for id in Walk::new(Some(root).filter(unknown), parts) {
            self.reason(id, registers);
            let is_explained = !self.found.is_empty() || !self.empty.is_empty();
            if !is_explained && !deciding_parts(id, registers).iter().flatten().any(unknown) {
                self.found.push(Why::NoResult);
            }
        }
    }

    /// Adds the reason that is in a node itself and not in its parts.
    fn reason(&mut self, id: Id, registers: &LazyRegisters<'_>) {
        match registers.tree().op(id) {
            Op::Field(at) => self.add(Why::Missing(path_of_field(at))),
            Op::PickedColumn(pick, column) if is_known(pick, registers) => {
                self.add(Why::ChargeLacks(path_of_column(column)));
            }
            Op::Result(aggregate, output) => self.aggregate(aggregate, output, registers),
            Op::FirstSeen if !registers.get(id).is_present() => self.add(Why::NoCharge),
            Op::FirstSeen | Op::CutCountry(_) => self.add(Why::Cut(registers.context.past.cut)),
            // The reason is in the operands, or there is no result.
            Op::PickedColumn(..)
            | Op::TextInList(..)
            | Op::IdInList(..)
            | Op::InListValues(..)
            | Op::Absent
            | strict_op!()
            | text_op!()
            | logic_op!() => {}
            // Known, or within the predicate of an aggregate, which gives its own reason.
            Op::Now | Op::Column(..) | Op::Nested(..) => {}
        }
    }

    fn add(&mut self, why: Why) {
        if !self.found.contains(&why) {
            self.found.push(why);
        }
    }

    fn aggregate(&mut self, aggregate: AggregateId, output: Output, registers: &LazyRegisters<'_>) {
        match registers.scratch.gathered(aggregate, registers.context) {
            Some(result) if result.is_cut() => self.add(Why::Cut(registers.context.past.cut)),
            Some(result) if (1..values_min(output)).contains(&result.count) => {
                self.add(Why::TooFew);
            }
            Some(result) if result.count > 0 => self.add(Why::NoResult),
            _ => self.empty.push(aggregate),
        }
    }
}

/// The parts of a node that can be the reason why it is not known.
fn deciding_parts(id: Id, registers: &LazyRegisters<'_>) -> [Option<Id>; 4] {
    match registers.tree().op(id) {
        Op::CutCountry(_) => [None; 4],
        Op::Choose(condition, a, b) => {
            let deciding = match registers.get(condition).known() {
                Some(1) => a,
                Some(_) => b,
                None => condition,
            };
            [Some(deciding), None, None, None]
        }
        op => children(op),
    }
}

/// How many values a result needs at least.
fn values_min(output: Output) -> u64 {
    match output {
        Output::Statistic(statistic) => statistic.values_min(),
        Output::Count
        | Output::Exists
        | Output::ExistsWithCut
        | Output::ExistsOne
        | Output::Distinct
        | Output::DistinctCountries
        | Output::Picked => 0,
    }
}

/// Why an aggregate gets no value from the charges that it selects.
fn of_empty(aggregate: AggregateId, charges: &[Event], registers: &LazyRegisters<'_>) -> Why {
    let aggregate = registers.tree().aggregate(aggregate);
    let [select, value] = aggregate_children(aggregate);
    if charges.is_empty() {
        let missing = select.and_then(|id| missing_field(id, registers));
        return missing.map_or(Why::NoCharge, Why::Missing);
    }
    let columns = value.map(|id| columns_of(id, aggregate.depth, registers.tree()));
    let all_lack = |column: &Column| charges.iter().all(|charge| column.get(charge).is_none());
    let lacking = columns.into_iter().flatten().find(all_lack);
    let missing = || value.and_then(|id| missing_field(id, registers)).map(Why::Missing);
    let lacking = lacking.map(|column| Why::ChargesLack(path_of_column(column)));
    lacking.or_else(missing).unwrap_or(Why::NoResult)
}

/// The columns of the charge that a value reads.
fn columns_of(id: Id, depth: u8, tree: &Tree) -> Vec<Column> {
    let columns = tree.operands_below(id).filter_map(|id| match tree.op(id) {
        Op::Column(own, column) if own == depth => Some(column),
        _ => None,
    });
    columns.collect()
}

/// A field that a predicate or value reads from the message, and that the message lacks.
fn missing_field(id: Id, registers: &LazyRegisters<'_>) -> Option<&'static str> {
    let tree = registers.tree();
    let may_lack = |id: &Id| !tree.node(*id).charges.is_none() || !is_known(*id, registers);
    let mut walk = Walk::new(Some(id).filter(may_lack), |id, out: &mut Vec<Id>| {
        out.extend(children(tree.op(id)).into_iter().flatten().filter(may_lack));
    });
    walk.find_map(|id| match tree.op(id) {
        Op::Field(at) => Some(path_of_field(at)),
        _ => None,
    })
}

fn is_known(id: Id, registers: &LazyRegisters<'_>) -> bool {
    match registers.tree().ty(id) {
        Type::Text => text(id, registers).is_ok(),
        _ => registers.get(id).state == State::Exact,
    }
}

fn path_of_field(at: u16) -> &'static str {
    FIELDS.get(usize::from(at)).map_or("", |field| field.path)
}

fn path_of_column(column: Column) -> &'static str {
    COLUMNS.iter().find(|(_, known, _)| *known == column).map_or("", |(path, ..)| path)
}
