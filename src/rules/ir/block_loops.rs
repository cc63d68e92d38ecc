//! Compares a property of up to 64 remembered charges with one value. The results are bit masks.
//!
//! Each comparison is one tight loop over the block that does not branch on the data.

use super::comparison::Comparison;
use crate::memory::{Event, FlagField};

/// Which charges of a block match; bit `i` is the block's charge `i`. A bit beyond the block means
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matches {
    pub is_true: u64,
    /// The charges that have the property. The others neither match nor fail to.
    pub present: u64,
}

/// The charges for which a condition is true.
#[inline(always)]
pub fn bits(events: &[Event], holds: impl Fn(&Event) -> bool) -> u64 {
    let mut mask = 0;
    for (at, event) in events.iter().enumerate() {
        mask |= u64::from(holds(event)) << at;
    }
    mask
}

pub fn declined(events: &[Event]) -> u64 {
    bits(events, |event| packed(event, FlagField::APPROVED) == 1)
}

/// Where a flag is set that is never absent.
pub fn marked(events: &[Event], mark: FlagField) -> u64 {
    bits(events, |event| packed(event, mark) != 0)
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "a field is a few bits wide")]
fn packed(event: &Event, field: FlagField) -> u16 {
    ((event.flags() >> field.shift) & field.mask) as u16
}

/// Where a packed field has a value, which is stored as the value plus one.
#[expect(clippy::cast_possible_truncation, reason = "a bool or an enumeration's number")]
pub fn equal_packed(events: &[Event], field: FlagField, value: u64) -> Matches {
    equal(events, value as u16 + 1, 0, |event| packed(event, field))
}

/// Every charge has the property.
#[inline(always)]
pub fn equal_u64(events: &[Event], wanted: u64, read: impl Fn(&Event) -> u64) -> Matches {
    Matches { is_true: bits(events, |event| read(event) == wanted), present: u64::MAX }
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the value has the property's type")]
pub fn equal_u32(events: &[Event], wanted: u64, read: impl Fn(&Event) -> u32) -> Matches {
    equal(events, wanted as u32, 0, read)
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the value has the property's type")]
pub fn equal_u16(
    events: &[Event],
    wanted: u64,
    absent: u16,
    read: impl Fn(&Event) -> u16,
) -> Matches {
    equal(events, wanted as u16, absent, read)
}

#[inline(always)]
fn equal<T: PartialEq + Copy>(
    events: &[Event],
    wanted: T,
    absent: T,
    read: impl Fn(&Event) -> T,
) -> Matches {
    let (mut is_true, mut present) = (0, 0);
    for (at, event) in events.iter().enumerate() {
        let value = read(event);
        is_true |= u64::from(value == wanted) << at;
        present |= u64::from(value != absent) << at;
    }
    Matches { is_true: is_true & present, present }
}

#[inline(always)]
pub fn ordered(
    events: &[Event],
    comparison: Comparison,
    bound: i64,
    read: impl Fn(&Event) -> Option<i64> + Copy,
) -> Matches {
    const ABSENT: i64 = i64::MIN;
    let read = |event: &Event| read(event).unwrap_or(ABSENT);
    match comparison {
        Comparison::Equal => equal(events, bound, ABSENT, read),
        Comparison::NotEqual => {
            let Matches { is_true, present } = equal(events, bound, ABSENT, read);
            Matches { is_true: present & !is_true, present }
        }
        Comparison::Less => compare_ordered(events, read, |value| value < bound),
        Comparison::LessEqual => compare_ordered(events, read, |value| value <= bound),
        Comparison::Greater => compare_ordered(events, read, |value| value > bound),
        Comparison::GreaterEqual => compare_ordered(events, read, |value| value >= bound),
    }
}

#[inline(always)]
fn compare_ordered(
    events: &[Event],
    read: impl Fn(&Event) -> i64,
    holds: impl Fn(i64) -> bool,
) -> Matches {
    let (mut is_true, mut present) = (0, 0);
    for (at, event) in events.iter().enumerate() {
        let value = read(event);
        is_true |= u64::from(holds(value)) << at;
        present |= u64::from(value != i64::MIN) << at;
    }
    Matches { is_true: is_true & present, present }
}
