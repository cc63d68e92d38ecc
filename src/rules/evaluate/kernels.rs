//! Compares one column of up to 64 remembered charges with one value of this transaction. The
//! results are bit masks: where the comparison is true and where it is false (neither if the column
//! is absent).
//!
//! Each comparison is one tight loop over the block that does not branch on the data.

use super::super::ir::{Column, Comparison, Form};
use super::super::plan::Atom;
use super::partial_value::{Slot, compare};
use crate::memory::{Event, FlagField};

/// Where a predicate is true, where it is false and where it is open; bit `i` is the block's charge
/// `i`. It is absent where no bit is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Masks {
    pub is_true: u64,
    pub is_false: u64,
    pub is_open: u64,
}

impl Masks {
    pub fn settled(is_true: u64, is_false: u64) -> Self {
        Self { is_true, is_false, is_open: 0 }
    }

    pub fn not(self) -> Self {
        Self { is_true: self.is_false, is_false: self.is_true, ..self }
    }

    pub fn and(self, other: Self) -> Self {
        let is_false = self.is_false | other.is_false;
        Self {
            is_true: self.is_true & other.is_true,
            is_false,
            is_open: (self.is_open | other.is_open) & !is_false,
        }
    }

    pub fn or(self, other: Self) -> Self {
        let is_true = self.is_true | other.is_true;
        Self {
            is_true,
            is_false: self.is_false & other.is_false,
            is_open: (self.is_open | other.is_open) & !is_true,
        }
    }

    /// The same value for every charge.
    pub fn all(slot: Slot) -> Self {
        let everywhere = |is: bool| if is { u64::MAX } else { 0 };
        Self {
            is_true: everywhere(slot.is_true()),
            is_false: everywhere(slot.is_false()),
            is_open: everywhere(slot.is_open()),
        }
    }

    /// Evaluates a predicate charge by charge.
    pub fn each<'e>(events: &'e [Event], value: impl Fn(&'e Event) -> Slot) -> Self {
        let mut made = Self::default();
        events.iter().enumerate().for_each(|(at, event)| made.set(at, value(event)));
        made
    }

    /// Evaluates a predicate charge by charge, newest first, and stops after one for which it is
    /// true.
    pub fn newest<'e>(events: &'e [Event], value: impl Fn(&'e Event) -> Slot) -> Self {
        let mut made = Self::default();
        for (at, event) in events.iter().enumerate().rev() {
            made.set(at, value(event));
            if made.is_true != 0 {
                break;
            }
        }
        made
    }

    pub fn set(&mut self, at: usize, slot: Slot) {
        self.is_true |= u64::from(slot.is_true()) << at;
        self.is_false |= u64::from(slot.is_false()) << at;
        self.is_open |= u64::from(slot.is_open()) << at;
    }

    /// These masks in the places of `of`, and others in the places of `elsewhere`.
    pub fn or_elsewhere(self, of: u64, other: Self, elsewhere: u64) -> Self {
        let joined = |mine: u64, others: u64| (mine & of) | (others & elsewhere & !of);
        Self {
            is_true: joined(self.is_true, other.is_true),
            is_false: joined(self.is_false, other.is_false),
            is_open: joined(self.is_open, other.is_open),
        }
    }

    pub fn shifted(self, by: usize) -> Self {
        Self {
            is_true: self.is_true << by,
            is_false: self.is_false << by,
            is_open: self.is_open << by,
        }
    }
}

/// The masks over a block of at most 64 charges.
pub fn masks(atom: Atom, events: &[Event], value: Slot) -> Masks {
    match atom {
        Atom::Is(Column::Declined) => declined(events),
        Atom::Is(Column::Approved) => declined(events).not(),
        Atom::Is(Column::Reversed) => marked(events, FlagField::REVERSED),
        Atom::Is(Column::Alerted) => marked(events, FlagField::ALERTED),
        Atom::Is(column) => match flag(column) {
            Some(field) => flags(events, field, 2),
            None => Masks::each(events, |event| Slot::of(column.get(event))),
        },
        Atom::Has(column) => {
            let is_true = bits(events, |event| column.get(event).is_some());
            Masks::settled(is_true, !is_true)
        }
        Atom::Compared(..) if value.is_absent() => Masks::default(),
        Atom::Compared(column, comparison, _) => match value.known() {
            Some(known) => compare_column(events, column, comparison, known),
            None => compare_each(events, column, comparison, value),
        },
    }
}

/// Compares a column charge by charge, for columns and values that have no loop of their kind.
fn compare_each(events: &[Event], column: Column, comparison: Comparison, value: Slot) -> Masks {
    Masks::each(events, |event| {
        compare(Form::Whole, comparison, Slot::of(column.get(event)), value)
    })
}

/// Compares a column with a value that is known exactly.
fn compare_column(events: &[Event], column: Column, comparison: Comparison, value: u64) -> Masks {
    let bound = value.cast_signed();
    match (column, flag(column)) {
        (Column::Amount, _) => {
            let amount = |event: &Event| event.amount().unwrap_or(i64::MIN);
            ordered(events, comparison, bound, amount, i64::MIN)
        }
        (Column::Attempted, _) => {
            let attempted = |event: &Event| event.attempted().unwrap_or(i64::MIN);
            ordered(events, comparison, bound, attempted, i64::MIN)
        }
        (Column::Time, _) => {
            ordered(events, comparison, bound, |event| event.time().millis(), i64::MIN)
        }
        #[expect(clippy::cast_possible_truncation, reason = "a bool or an enumeration's number")]
        (_, Some(field)) => negate_if(flags(events, field, value as u16 + 1), comparison),
        (_, None) => match equal_id_or_code(events, column, value) {
            Some(equal) => negate_if(equal, comparison),
            None => compare_each(events, column, comparison, Slot::exact(value)),
        },
    }
}

fn declined(events: &[Event]) -> Masks {
    let is_true = bits(events, |event| packed(event, FlagField::APPROVED) == 1);
    Masks::settled(is_true, !is_true)
}

/// A flag that is never absent.
fn marked(events: &[Event], mark: FlagField) -> Masks {
    let is_true = bits(events, |event| packed(event, mark) != 0);
    Masks::settled(is_true, !is_true)
}

/// The position of a column in an event's flags, if it is stored there.
fn flag(column: Column) -> Option<FlagField> {
    match column {
        Column::CardPresent => Some(FlagField::CARD_PRESENT),
        Column::CardOnFile => Some(FlagField::CARD_ON_FILE),
        Column::Recurring => Some(FlagField::RECURRING),
        Column::Channel => Some(FlagField::CHANNEL),
        Column::Reason => Some(FlagField::REASON),
        Column::Time
        | Column::Amount
        | Column::Attempted
        | Column::Merchant
        | Column::Country
        | Column::Mcc
        | Column::Latitude
        | Column::Longitude
        | Column::Terminal
        | Column::Device
        | Column::Ip
        | Column::ShipTo
        | Column::ShipToCountry
        | Column::Approved
        | Column::Declined
        | Column::Reversed
        | Column::Alerted => None,
    }
}

fn negate_if(masks: Masks, comparison: Comparison) -> Masks {
    if comparison == Comparison::NotEqual { masks.not() } else { masks }
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
#[expect(clippy::cast_possible_truncation, reason = "a field is a few bits wide")]
fn packed(event: &Event, field: FlagField) -> u16 {
    ((event.flags() >> field.shift) & field.mask) as u16
}

fn flags(events: &[Event], field: FlagField, wanted: u16) -> Masks {
    let (mut is_true, mut present) = (0, 0);
    for (at, event) in events.iter().enumerate() {
        let value = packed(event, field);
        is_true |= u64::from(value == wanted) << at;
        present |= u64::from(value != 0) << at;
    }
    Masks::settled(is_true, present & !is_true)
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
    Masks::settled(is_true & present, present & !is_true)
}

/// Where an id or a code equals a value; `None` if the column is neither, or has no loop here.
fn equal_id_or_code(events: &[Event], column: Column, value: u64) -> Option<Masks> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the value has the column's type, and a column reads no more bits than its type has"
    )]
    let (short, half) = (value as u16, value as u32);
    Some(match column {
        Column::Merchant => {
            let is_true = bits(events, |event| event.merchant() == value);
            Masks::settled(is_true, !is_true)
        }
        Column::Terminal => equal(events, half, 0, Event::terminal),
        Column::Device => equal(events, half, 0, Event::device),
        Column::Ip => equal(events, half, 0, Event::ip),
        Column::ShipTo => equal(events, half, 0, Event::ship_to),
        Column::Country => equal(events, short, 0, Event::country_code),
        Column::ShipToCountry => equal(events, short, 0, Event::ship_to_country_code),
        Column::Mcc => equal(events, short, u16::MAX, |event| event.mcc().unwrap_or(u16::MAX)),
        Column::Time
        | Column::Amount
        | Column::Attempted
        | Column::Latitude
        | Column::Longitude
        | Column::Channel
        | Column::CardPresent
        | Column::CardOnFile
        | Column::Recurring
        | Column::Approved
        | Column::Declined
        | Column::Reason
        | Column::Reversed
        | Column::Alerted => return None,
    })
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
        Comparison::Less => compare_ordered(events, absent, read, |value| value < bound),
        Comparison::LessEqual => compare_ordered(events, absent, read, |value| value <= bound),
        Comparison::Greater => compare_ordered(events, absent, read, |value| value > bound),
        Comparison::GreaterEqual => compare_ordered(events, absent, read, |value| value >= bound),
    }
}

#[inline(always)]
fn compare_ordered(
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
    Masks::settled(is_true & present, present & !is_true)
}
