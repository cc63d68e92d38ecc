//! Computes each operation of the typed tree from its children, the transaction and its card's
//! past.

use super::super::ir::{
    AggregateId, FIELDS, Get, Id, Op, Output, Source, Tree, logic_op, strict_op, text_op,
};
use super::super::lists::{FormKind, WantedValue};
use super::super::types::{IdHash, Type};
use super::context::Context;
use super::operation::{Registers, Text, both, operation, text};
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
        Op::IdInList(a, list) | Op::TextInList(a, list) => in_list(a, list, registers),
        Op::InListValues(a, entry, list) => in_list_values(a, entry, list, registers),
        Op::Absent | text_op!() | strict_op!() | logic_op!() => operation(op, registers),
    }
}

/// Whether a named list has a text, or an id of a charge.
fn in_list<'k>(a: Id, list: u16, registers: &impl PastRegisters<'k>) -> Slot {
    let context = registers.context();
    let Some(list) = context.lists.get(usize::from(list)) else { return Slot::ABSENT };
    let has = |value: &WantedValue<'_>| list.has(value, context.past.now, context.topic_lists);
    match context.tree.ty(a) {
        Type::Id(hash) => {
            registers.get(a).then(|bits| Slot::bool(has(&WantedValue::Hash(hash, bits))))
        }
        _ => match text(a, registers) {
            Ok(text) => Slot::bool(has(&WantedValue::Text(&text, list.value))),
            Err(nothing) => nothing,
        },
    }
}

/// Whether an entry of a named list has a text, or an id of a charge, among its values.
fn in_list_values<'k>(a: Id, entry: Id, list: u16, registers: &impl PastRegisters<'k>) -> Slot {
    let context = registers.context();
    let Some(list) = context.lists.get(usize::from(list)) else { return Slot::ABSENT };
    let given = both(given(a, registers), given(entry, registers));
    let (value, entry) = match given {
        Ok(given) => given,
        Err(nothing) => return nothing,
    };
    let sought = (&entry.sought(list.entry), &value.sought(list.value));
    Slot::bool(list.has_value(sought, context.past.now, context.topic_lists))
}

/// A text, or the hash of an id, that is known.
enum Given<'k> {
    Text(Text<'k>),
    Hash(IdHash, u64),
}

impl Given<'_> {
    fn sought(&self, kind: FormKind) -> WantedValue<'_> {
        match self {
            Self::Text(text) => WantedValue::Text(text, kind),
            Self::Hash(hash, bits) => WantedValue::Hash(*hash, *bits),
        }
    }
}

fn given<'r, 'k>(id: Id, registers: &'r impl PastRegisters<'k>) -> Result<Given<'r>, Slot> {
    match registers.tree().ty(id) {
        Type::Id(hash) => match registers.get(id) {
            slot if slot.is_absent() => Err(Slot::ABSENT),
            slot => slot.known().map(|bits| Given::Hash(hash, bits)).ok_or(Slot::OPEN),
        },
        _ => text(id, registers).map(Given::Text),
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
