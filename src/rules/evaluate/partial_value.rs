//! Represents what is known about a value: it is exact, absent, open, or only a bound because the
//! cap has cut the window.
//!
//! Absent corresponds to an error in CEL. It is as certain as a value: with the whole past, it
//! would be absent as well. Open means that the charges that were cut would decide. Both leave a
//! rule undecided, but a macro treats them differently: it does not select a charge whose predicate
//! is absent, and may or may not have selected one whose predicate is open.

use super::super::ir::{Arithmetic, Comparison, Form};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum State {
    #[default]
    Absent,
    /// With the whole past, it could be anything.
    Open,
    Exact,
    /// The value is this or more.
    AtLeast,
    /// The value is this or less.
    AtMost,
}

/// A value as 64 bits, encoded by type, and what is known about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slot {
    pub bits: u64,
    pub state: State,
}

impl Slot {
    pub const ABSENT: Slot = Slot { bits: 0, state: State::Absent };
    pub const OPEN: Slot = Slot { bits: 0, state: State::Open };

    pub fn exact(bits: u64) -> Self {
        Self { bits, state: State::Exact }
    }

    pub fn of(bits: Option<u64>) -> Self {
        bits.map_or(Self::ABSENT, Self::exact)
    }

    pub fn bool(value: bool) -> Self {
        Self::exact(u64::from(value))
    }

    /// Open if the value is not settled.
    pub fn settled(value: Option<bool>) -> Self {
        value.map_or(Self::OPEN, Self::bool)
    }

    /// A number that is not finite is absent, or open if it is a bound.
    pub fn float(value: f64, state: State) -> Self {
        match state {
            _ if value.is_finite() => Self { bits: value.to_bits(), state },
            State::Exact => Self::ABSENT,
            _ => Self::OPEN,
        }
    }

    /// Computes a value from one that is known exactly. For a bound, the result is open.
    #[inline]
    pub fn then(self, value: impl FnOnce(u64) -> Slot) -> Slot {
        match self.state {
            State::Exact => value(self.bits),
            State::Absent => Self::ABSENT,
            _ => Self::OPEN,
        }
    }

    pub fn is_absent(self) -> bool {
        self.state == State::Absent
    }

    pub fn is_open(self) -> bool {
        self.state == State::Open
    }

    /// Whether there is a value, or a bound of one.
    pub fn is_present(self) -> bool {
        !matches!(self.state, State::Absent | State::Open)
    }

    /// The result of CEL's `has`; open if presence is not settled.
    pub fn presence(self) -> Slot {
        Self::settled((!self.is_open()).then_some(self.is_present()))
    }

    pub fn is_true(self) -> bool {
        self.state == State::Exact && self.bits == 1
    }

    pub fn is_false(self) -> bool {
        self.state == State::Exact && self.bits == 0
    }

    /// The bits of a value that is known exactly.
    pub fn known(self) -> Option<u64> {
        (self.state == State::Exact).then_some(self.bits)
    }

    fn has_lower(self) -> bool {
        matches!(self.state, State::Exact | State::AtLeast)
    }

    fn has_upper(self) -> bool {
        matches!(self.state, State::Exact | State::AtMost)
    }
}

/// AND: false if either operand is false, whatever the other is.
pub fn and(a: Slot, b: Slot) -> Slot {
    if a.is_false() || b.is_false() {
        Slot::bool(false)
    } else if a.is_true() && b.is_true() {
        Slot::bool(true)
    } else {
        neither(a, b)
    }
}

/// The result of a logical operation that its operands do not settle: open if one of them is open,
/// else absent.
fn neither(a: Slot, b: Slot) -> Slot {
    if a.is_open() || b.is_open() { Slot::OPEN } else { Slot::ABSENT }
}

/// OR: true if either operand is true, whatever the other is.
pub fn or(a: Slot, b: Slot) -> Slot {
    if a.is_true() || b.is_true() {
        Slot::bool(true)
    } else if a.is_false() && b.is_false() {
        Slot::bool(false)
    } else {
        neither(a, b)
    }
}

fn holds<T: PartialOrd>(comparison: Comparison, a: T, b: T) -> bool {
    match comparison {
        Comparison::Equal => a == b,
        Comparison::NotEqual => a != b,
        Comparison::Less => a < b,
        Comparison::LessEqual => a <= b,
        Comparison::Greater => a > b,
        Comparison::GreaterEqual => a >= b,
    }
}

/// Compares two values that are known exactly.
pub fn by_form(form: Form, comparison: Comparison, a: u64, b: u64) -> bool {
    match form {
        Form::Whole => holds(comparison, a.cast_signed(), b.cast_signed()),
        Form::Float => holds(comparison, f64::from_bits(a), f64::from_bits(b)),
    }
}

/// Compares two values. With bounds, the result is open unless the bounds settle it.
#[inline]
pub fn compare(form: Form, comparison: Comparison, a: Slot, b: Slot) -> Slot {
    if a.state == State::Exact && b.state == State::Exact {
        return Slot::bool(by_form(form, comparison, a.bits, b.bits));
    }
    compare_bounds(form, comparison, a, b)
}

/// Compares two values that are not both known exactly.
fn compare_bounds(form: Form, comparison: Comparison, a: Slot, b: Slot) -> Slot {
    if !a.is_present() || !b.is_present() {
        return strict(a, b);
    }
    let is = |comparison| by_form(form, comparison, a.bits, b.bits);
    let below = a.has_upper() && b.has_lower();
    let above = a.has_lower() && b.has_upper();
    Slot::settled(match comparison {
        Comparison::Less => {
            decided(below && is(Comparison::Less), above && is(Comparison::GreaterEqual))
        }
        Comparison::LessEqual => {
            decided(below && is(Comparison::LessEqual), above && is(Comparison::Greater))
        }
        Comparison::Greater => {
            decided(above && is(Comparison::Greater), below && is(Comparison::LessEqual))
        }
        Comparison::GreaterEqual => {
            decided(above && is(Comparison::GreaterEqual), below && is(Comparison::Less))
        }
        Comparison::Equal => decided(false, apart(below, above, is)),
        Comparison::NotEqual => decided(apart(below, above, is), false),
    })
}

/// The result of an operation when one of its operands has no value.
fn strict(a: Slot, b: Slot) -> Slot {
    if a.is_absent() || b.is_absent() { Slot::ABSENT } else { Slot::OPEN }
}

fn apart(below: bool, above: bool, is: impl Fn(Comparison) -> bool) -> bool {
    (below && is(Comparison::Less)) || (above && is(Comparison::Greater))
}

fn decided(yes: bool, no: bool) -> Option<bool> {
    (yes || no).then_some(yes)
}

pub fn calculate(form: Form, op: Arithmetic, a: Slot, b: Slot) -> Slot {
    if !a.is_present() || !b.is_present() {
        return strict(a, b);
    }
    let state = if a.state == State::Exact && b.state == State::Exact {
        State::Exact
    } else {
        match bound(form, op, a, b) {
            State::Open => return Slot::OPEN,
            state => state,
        }
    };
    match form {
        Form::Whole => match whole(op, a.bits.cast_signed(), b.bits.cast_signed()) {
            Some(value) => Slot { bits: value.cast_unsigned(), state },
            None if state == State::Exact => Slot::ABSENT,
            None => Slot::OPEN,
        },
        Form::Float => {
            Slot::float(float(op, f64::from_bits(a.bits), f64::from_bits(b.bits)), state)
        }
    }
}

fn whole(op: Arithmetic, a: i64, b: i64) -> Option<i64> {
    match op {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Remainder => a.checked_rem(b),
        Arithmetic::Greatest => Some(a.max(b)),
        Arithmetic::Least => Some(a.min(b)),
    }
}

fn float(op: Arithmetic, a: f64, b: f64) -> f64 {
    match op {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide => a / b,
        Arithmetic::Remainder => a % b,
        Arithmetic::Greatest => a.max(b),
        Arithmetic::Least => a.min(b),
    }
}

fn flip(state: State) -> State {
    match state {
        State::AtLeast => State::AtMost,
        State::AtMost => State::AtLeast,
        same => same,
    }
}

fn both(a: State, b: State) -> State {
    match (a, b) {
        (State::Exact, state) | (state, State::Exact) => state,
        (a, b) if a == b => a,
        _ => State::Open,
    }
}

/// What is known about a result when an operand is a bound; `Open` if nothing is.
fn bound(form: Form, op: Arithmetic, a: Slot, b: Slot) -> State {
    let zero = Slot::exact(0);
    let sign = |slot: Slot| {
        if by_form(form, Comparison::Greater, slot.bits, zero.bits) {
            1
        } else {
            -i32::from(by_form(form, Comparison::Less, slot.bits, zero.bits))
        }
    };
    match op {
        Arithmetic::Add => both(a.state, b.state),
        Arithmetic::Subtract => both(a.state, flip(b.state)),
        Arithmetic::Multiply => match (a.state, b.state) {
            (state, State::Exact) => scaled(state, sign(b)),
            (State::Exact, state) => scaled(state, sign(a)),
            (State::AtLeast, State::AtLeast) if sign(a) >= 0 && sign(b) >= 0 => State::AtLeast,
            _ => State::Open,
        },
        Arithmetic::Divide if b.state == State::Exact => scaled(a.state, sign(b)),
        Arithmetic::Divide | Arithmetic::Remainder => State::Open,
        Arithmetic::Greatest => extreme(form, a, b, State::AtLeast, Comparison::GreaterEqual),
        Arithmetic::Least => extreme(form, a, b, State::AtMost, Comparison::LessEqual),
    }
}

fn scaled(state: State, sign: i32) -> State {
    match sign {
        1 => state,
        -1 => flip(state),
        _ => State::Open,
    }
}

/// What is known about `greatest` when a value is a bound (or about `least`, mirrored).
fn extreme(form: Form, a: Slot, b: Slot, toward: State, beyond: Comparison) -> State {
    let settles = |exact: Slot, bound: Slot| {
        exact.state == State::Exact
            && bound.state == flip(toward)
            && by_form(form, beyond, exact.bits, bound.bits)
    };
    if settles(a, b) || settles(b, a) { State::Exact } else { both(a.state, b.state) }
}

pub fn negate(form: Form, a: Slot) -> Slot {
    if !a.is_present() {
        return a;
    }
    let state = flip(a.state);
    match form {
        Form::Whole => match a.bits.cast_signed().checked_neg() {
            Some(value) => Slot { bits: value.cast_unsigned(), state },
            None if state == State::Exact => Slot::ABSENT,
            None => Slot::OPEN,
        },
        Form::Float => Slot { bits: (-f64::from_bits(a.bits)).to_bits(), state },
    }
}
