//! Compares one column of up to 64 remembered charges with one value of this transaction. The
//! results are bit masks: where the comparison is true and where it is false (neither if the column
//! is absent).

use super::super::ir::{BlockLoop, Column, Comparison, Form, Matches, Tree, equal_packed};
use super::super::plan::Atom;
use super::chunks::BLOCK;
use super::partial_value::{Slot, compare};
use crate::memory::Event;

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

    fn of(matches: Matches) -> Self {
        Self::settled(matches.is_true, matches.present & !matches.is_true)
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

    /// The others where these are absent.
    pub fn or_else(self, other: Self) -> Self {
        let absent = !(self.is_true | self.is_false | self.is_open);
        Self {
            is_true: self.is_true | other.is_true & absent,
            is_false: self.is_false | other.is_false & absent,
            is_open: self.is_open | other.is_open & absent,
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

/// The masks over a block of at most 64 charges. `value` is what the column is compared with.
pub fn masks(atom: Atom, events: &[Event], value: Slot, tree: &Tree) -> Masks {
    match atom {
        Atom::Is(column) => match column.block_loop() {
            BlockLoop::Marked(marked) => {
                let is_true = marked(events);
                Masks::settled(is_true, !is_true)
            }
            BlockLoop::Packed(field) => Masks::of(equal_packed(events, field, 1)),
            BlockLoop::Ordered(_) | BlockLoop::Equal(_) | BlockLoop::None => {
                Masks::each(events, |event| Slot::of(column.get(event)))
            }
        },
        Atom::Has(column) => {
            let is_true = column.present(events);
            Masks::settled(is_true, !is_true)
        }
        Atom::Among(column, set) => {
            let members = tree.sets.get(set as usize).map(Vec::as_slice).unwrap_or_default();
            let each =
                members.iter().map(|m| compare_column(events, column, Comparison::Equal, *m));
            each.reduce(Masks::or).unwrap_or_else(|| Masks::settled(0, column.present(events)))
        }
        Atom::Compared(..) if value.is_absent() => Masks::default(),
        Atom::Compared(column, comparison, _) => match value.known() {
            Some(known) if column == Column::Time => compare_times(events, comparison, known),
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

/// Compares the times of charges, which are ascending.
fn compare_times(events: &[Event], comparison: Comparison, value: u64) -> Masks {
    let value = value.cast_signed();
    let until = |is_before: &dyn Fn(i64) -> bool| {
        let count = events.partition_point(|event| is_before(event.time().millis()));
        // The bits of the first `count` charges.
        if count >= BLOCK { u64::MAX } else { (1 << count) - 1 }
    };
    let (before, not_after) = (until(&|time| time < value), until(&|time| time <= value));
    let is_true = match comparison {
        Comparison::Less => before,
        Comparison::LessEqual => not_after,
        Comparison::Greater => !not_after,
        Comparison::GreaterEqual => !before,
        Comparison::Equal => not_after & !before,
        Comparison::NotEqual => !(not_after & !before),
    };
    Masks::settled(is_true, !is_true)
}

/// Compares a column with a value that is known exactly.
fn compare_column(events: &[Event], column: Column, comparison: Comparison, value: u64) -> Masks {
    match column.block_loop() {
        BlockLoop::Ordered(ordered) => Masks::of(ordered(events, comparison, value.cast_signed())),
        BlockLoop::Packed(field) => {
            negate_if(Masks::of(equal_packed(events, field, value)), comparison)
        }
        BlockLoop::Equal(equal) => negate_if(Masks::of(equal(events, value)), comparison),
        BlockLoop::Marked(_) | BlockLoop::None => {
            compare_each(events, column, comparison, Slot::exact(value))
        }
    }
}

fn negate_if(masks: Masks, comparison: Comparison) -> Masks {
    if comparison == Comparison::NotEqual { masks.not() } else { masks }
}
