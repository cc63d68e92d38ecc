//! Comparisons of one column of up to 64 remembered charges with one value of this transaction, as
//! two bit masks: where it is true, and where it is false (neither where the column is absent).
//!
//! Each is one tight loop over the block, without a branch on the data.

use super::super::check::flipped;
use super::super::fields::Column;
use super::super::tree::{Comparison, Form, Id, Op, Tree};
use super::slot::{Slot, State};
use crate::memory::{Event, FlagField};

/// Where a predicate is true, and where it is false; bit `i` is the block's charge `i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Masks {
    pub is_true: u64,
    pub is_false: u64,
}

impl Masks {
    pub fn not(self) -> Self {
        Self { is_true: self.is_false, is_false: self.is_true }
    }

    pub fn and(self, other: Self) -> Self {
        Self { is_true: self.is_true & other.is_true, is_false: self.is_false | other.is_false }
    }

    pub fn or(self, other: Self) -> Self {
        Self { is_true: self.is_true | other.is_true, is_false: self.is_false & other.is_false }
    }

    /// The same for every charge.
    pub fn all(slot: Slot) -> Self {
        let everywhere = |is: bool| if is { u64::MAX } else { 0 };
        Self { is_true: everywhere(slot.is_true()), is_false: everywhere(slot.is_false()) }
    }

    pub fn shifted(self, by: usize) -> Self {
        Self { is_true: self.is_true << by, is_false: self.is_false << by }
    }
}

/// A predicate that has a loop of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Atom {
    /// A three-state boolean.
    Flag(FlagField),
    Declined,
    Approved,
    /// `column == value` or `!=`, on packed enumerations.
    Code(FlagField, bool, Id),
    /// `column == value` or `!=`, on ids, countries and category codes.
    Same(Column, bool, Id),
    Amount(Comparison, Id),
    Time(Comparison, Id),
    HasPlace,
}

impl Atom {
    /// The atom that a node is, if it is one.
    pub fn of(tree: &Tree, node: Id) -> Option<Self> {
        match tree.op(node) {
            Op::Column(Column::Declined) => Some(Atom::Declined),
            Op::Column(Column::Approved) => Some(Atom::Approved),
            Op::Column(column) => tristate(column).map(Atom::Flag),
            Op::Present(a) => match tree.op(a) {
                Op::Column(Column::Latitude | Column::Longitude) => Some(Atom::HasPlace),
                _ => None,
            },
            Op::Compare(Form::Whole, comparison, a, b) => {
                match (tree.op(a), tree.op(b), tree.node(b).per_charge, tree.node(a).per_charge) {
                    (Op::Column(column), _, false, _) => compared(column, comparison, b),
                    (_, Op::Column(column), _, false) => compared(column, flipped(comparison), a),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The node that the column is compared with.
    pub fn value(self) -> Option<Id> {
        match self {
            Atom::Flag(_) | Atom::Declined | Atom::Approved | Atom::HasPlace => None,
            Atom::Code(_, _, id)
            | Atom::Same(_, _, id)
            | Atom::Amount(_, id)
            | Atom::Time(_, id) => Some(id),
        }
    }

    /// The masks over a block of at most 64 charges.
    pub fn masks(self, events: &[Event], value: Slot) -> Masks {
        match self {
            Atom::Flag(field) => flags(events, field, 2),
            Atom::Declined => declined(events),
            Atom::Approved => declined(events).not(),
            Atom::HasPlace => {
                let is_true = bits(events, |event| event.place().is_some());
                Masks { is_true, is_false: !is_true }
            }
            _ if value.state != State::Exact => Masks::default(),
            Atom::Code(field, equal, _) => sign(flags(events, field, value.bits as u16 + 1), equal),
            Atom::Same(column, equal, _) => sign(same(events, column, value.bits), equal),
            Atom::Amount(comparison, _) => {
                let bound = value.bits as i64;
                ordered(
                    events,
                    comparison,
                    bound,
                    |event| event.amount().unwrap_or(i64::MIN),
                    i64::MIN,
                )
            }
            Atom::Time(comparison, _) => {
                let bound = value.bits as i64;
                ordered(events, comparison, bound, |event| event.time().millis(), i64::MIN)
            }
        }
    }
}

fn declined(events: &[Event]) -> Masks {
    let is_true = bits(events, |event| packed(event, FlagField::APPROVED) == 1);
    Masks { is_true, is_false: !is_true }
}

fn tristate(column: Column) -> Option<FlagField> {
    match column {
        Column::CardPresent => Some(FlagField::CARD_PRESENT),
        Column::CardOnFile => Some(FlagField::CARD_ON_FILE),
        Column::Recurring => Some(FlagField::RECURRING),
        _ => None,
    }
}

fn compared(column: Column, comparison: Comparison, value: Id) -> Option<Atom> {
    let equality = match comparison {
        Comparison::Equal => Some(true),
        Comparison::NotEqual => Some(false),
        _ => None,
    };
    match (column, equality) {
        (Column::Amount, _) => Some(Atom::Amount(comparison, value)),
        (Column::Time, _) => Some(Atom::Time(comparison, value)),
        (Column::Channel, Some(equal)) => Some(Atom::Code(FlagField::CHANNEL, equal, value)),
        (Column::Reason, Some(equal)) => Some(Atom::Code(FlagField::REASON, equal, value)),
        (
            Column::Merchant
            | Column::Terminal
            | Column::Device
            | Column::Ip
            | Column::ShipTo
            | Column::Country
            | Column::ShipToCountry
            | Column::Mcc,
            Some(equal),
        ) => Some(Atom::Same(column, equal, value)),
        _ => None,
    }
}

fn sign(masks: Masks, equal: bool) -> Masks {
    if equal { masks } else { masks.not() }
}

#[inline(always)]
fn bits(events: &[Event], holds: impl Fn(&Event) -> bool) -> u64 {
    let mut mask = 0;
    for (at, event) in events.iter().enumerate() {
        mask |= u64::from(holds(event)) << at;
    }
    mask
}

#[inline(always)]
fn packed(event: &Event, field: FlagField) -> u16 {
    (event.flags() >> field.shift) & field.mask
}

fn flags(events: &[Event], field: FlagField, wanted: u16) -> Masks {
    let (mut is_true, mut present) = (0, 0);
    for (at, event) in events.iter().enumerate() {
        let value = packed(event, field);
        is_true |= u64::from(value == wanted) << at;
        present |= u64::from(value != 0) << at;
    }
    Masks { is_true, is_false: present & !is_true }
}

#[inline(always)]
fn equal<T: PartialEq + Copy>(
    events: &[Event],
    wanted: T,
    absent: T,
    read: impl Fn(&Event) -> T,
) -> Masks {
    let (mut is_true, mut present) = (0, 0);
    for (at, event) in events.iter().enumerate() {
        let value = read(event);
        is_true |= u64::from(value == wanted) << at;
        present |= u64::from(value != absent) << at;
    }
    Masks { is_true: is_true & present, is_false: present & !is_true }
}

fn same(events: &[Event], column: Column, value: u64) -> Masks {
    let (short, half) = (value as u16, value as u32);
    match column {
        Column::Merchant => {
            let is_true = bits(events, |event| event.merchant() == value);
            Masks { is_true, is_false: !is_true }
        }
        Column::Terminal => equal(events, half, 0, Event::terminal),
        Column::Device => equal(events, half, 0, Event::device),
        Column::Ip => equal(events, half, 0, Event::ip),
        Column::ShipTo => equal(events, half, 0, Event::ship_to),
        Column::Country => equal(events, short, 0, Event::country_code),
        Column::ShipToCountry => equal(events, short, 0, Event::ship_to_country_code),
        Column::Mcc => equal(events, short, u16::MAX, |event| event.mcc().unwrap_or(u16::MAX)),
        _ => Masks::default(),
    }
}

fn ordered(
    events: &[Event],
    comparison: Comparison,
    bound: i64,
    read: impl Fn(&Event) -> i64 + Copy,
    absent: i64,
) -> Masks {
    match comparison {
        Comparison::Equal => equal(events, bound, absent, read),
        Comparison::NotEqual => equal(events, bound, absent, read).not(),
        Comparison::Less => below(events, absent, read, |value| value < bound),
        Comparison::LessEqual => below(events, absent, read, |value| value <= bound),
        Comparison::Greater => below(events, absent, read, |value| value > bound),
        Comparison::GreaterEqual => below(events, absent, read, |value| value >= bound),
    }
}

#[inline(always)]
fn below(
    events: &[Event],
    absent: i64,
    read: impl Fn(&Event) -> i64,
    holds: impl Fn(i64) -> bool,
) -> Masks {
    let (mut is_true, mut present) = (0, 0);
    for (at, event) in events.iter().enumerate() {
        let value = read(event);
        is_true |= u64::from(holds(value)) << at;
        present |= u64::from(value != absent) << at;
    }
    Masks { is_true: is_true & present, is_false: present & !is_true }
}
