//! Computes each operation of the typed tree from its children, the transaction and its card's
//! past.

use super::super::ir::{
    AggregateId, FIELDS, Get, Id, Op, Output, Source, Tree, logic_op, strict_op, text_op,
};
use super::context::Context;
use super::operation::{Registers, operation, text};
use super::partial_value::{Slot, State};
use crate::memory::{Event, Past, Recall};
use crate::transaction::Transaction;

/// Registers with everything that an operation may read.
pub trait PastRegisters<'k>: Registers + Copy {
    fn context(&self) -> &'k Context<'k>;
    /// The charge that the macro at a depth currently visits.
    fn charge(&self, depth: u8) -> Option<&'k Event>;
    /// The result of an aggregate that depends on no charge that a macro visits.
    fn result(&self, aggregate: AggregateId, output: Output) -> Slot;
    /// The result of an aggregate that depends on the charges that macros currently visit.
    fn nested(&self, aggregate: AggregateId, output: Output) -> Slot;
    /// The registers for a charge at a depth. `nodes` are those that change with the charge.
    fn at(self, depth: u8, charge: &'k Event, nodes: &[Id]) -> Self;
}

/// The value of an operation.
#[inline]
pub fn compute<'k>(op: Op, registers: &impl PastRegisters<'k>) -> Slot {
    let get = |id: Id| registers.get(id);
    let context = registers.context();
    match op {
        Op::Now => Slot::exact(context.past.now.millis().cast_unsigned()),
        Op::Field(at) => field(at, context.tx),
        Op::Column(depth, column) => {
            Slot::of(registers.charge(depth).and_then(|charge| column.get(charge)))
        }
        Op::PickedColumn(pick, column) => get(pick)
            .then(|age| Slot::of(picked(pick, age, context).and_then(|charge| column.get(charge)))),
        Op::FirstSeen => first_seen(context.past),
        Op::Result(aggregate, output) => registers.result(aggregate, output),
        Op::Nested(aggregate, output) => registers.nested(aggregate, output),
        Op::CutCountry(a) => get(a).then(|code| cut_country(code, context.past)),
        Op::IdInList(a, list) => get(a).then(|bits| {
            let list = context.lists.get(usize::from(list));
            list.map_or(Slot::ABSENT, |list| Slot::bool(list.has_hash(bits, context.past.now)))
        }),
        Op::TextInList(a, list) => match (text(a, registers), context.lists.get(usize::from(list)))
        {
            (Ok(text), Some(list)) => Slot::bool(list.has(&text, context.past.now)),
            (Err(nothing), _) => nothing,
            (_, None) => Slot::ABSENT,
        },
        Op::Absent | text_op!() | strict_op!() | logic_op!() => operation(op, registers),
    }
}

fn field(at: u16, tx: &Transaction<'_>) -> Slot {
    match FIELDS.get(usize::from(at)).map(|field| &field.get) {
        Some(Get::Bits(get)) => Slot::of(get(tx)),
        _ => Slot::ABSENT,
    }
}

/// The charge that `pick` picked, which has `age` newer ones.
pub fn picked<'c>(pick: Id, age: u64, context: &Context<'c>) -> Option<&'c Event> {
    picked_from(context.tree, pick, context.past).nth_newest(usize::try_from(age).ok()?)
}

/// The list from which `pick` picked its charge.
fn picked_from<'c>(tree: &Tree, pick: Id, past: &Recall<'c>) -> Past<'c> {
    match tree.op(pick) {
        Op::Result(id, _) | Op::Nested(id, _) if tree.aggregate(id).source == Source::Refunds => {
            past.refunds
        }
        _ => past.charges,
    }
}

fn first_seen(past: &Recall<'_>) -> Slot {
    let state = if past.is_cut(past.retention_ms) { State::AtMost } else { State::Exact };
    match past.charges.iter().next() {
        Some(oldest) => Slot { bits: oldest.time().millis().cast_unsigned(), state },
        None if state == State::Exact => Slot::ABSENT,
        None => Slot::OPEN,
    }
}

/// True if a charge that was cut was in this country. Open if charges were cut and not all of their
/// countries are known.
fn cut_country(code: u64, past: &Recall<'_>) -> Slot {
    let since = past.now.millis().saturating_sub(past.retention_ms);
    let mut kept = past.cut_countries.iter().filter(|(_, at)| at.millis() > since);
    if kept.any(|(known, _)| u64::from(known.code()) == code) {
        return Slot::bool(true);
    }
    Slot::settled(past.knows_countries().then_some(false))
}
