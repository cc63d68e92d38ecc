//! Computes what is left of a charge from four sums that messages only ever add to.
//!
//! The attempt and its increments authorize, and reversals of those release. Clearings capture, and
//! reversals of clearings give back. Addition is commutative, so the order of arrival does not
//! matter.

use crate::memory::card::message::event::Event;
use crate::transaction::Time;

/// If at least this percentage of a charge was taken back, nothing is left of it.
const REVERSED_PERCENT: i128 = 99;

/// A sum of non-negative amounts in minor units of the base currency; `None` once a part has no
/// rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::memory) struct Sum(pub Option<i64>);

impl Default for Sum {
    fn default() -> Self {
        Self(Some(0))
    }
}

impl Sum {
    pub(in crate::memory) fn add(&mut self, more: Option<i64>) {
        self.0 = self.0.zip(more).map(|(sum, more)| sum.saturating_add(more));
    }

    pub(in crate::memory) fn is_nothing(self) -> bool {
        self.0 == Some(0)
    }
}

/// The sums of a charge, or what some of its messages added to them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::memory) struct Sums {
    pub authorized: Sum,
    pub released: Sum,
    pub captured: Sum,
    pub given_back: Sum,
    /// The time of the earliest clearing.
    pub first_capture: Option<Time>,
    /// Whether an alert was published about any of the messages.
    pub alerted: bool,
}

/// Which sum a message adds to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::memory) enum SumKind {
    Authorized,
    Released,
    Captured,
    GivenBack,
}

impl SumKind {
    /// The sum that the charge itself adds to.
    pub(in crate::memory) fn of_charge(charge: &Event) -> Self {
        if charge.is_clearing() { Self::Captured } else { Self::Authorized }
    }
}

/// What is left of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::memory) struct Balance {
    /// Minor units of the base currency; `None` if a sum that counts is unknown.
    pub amount: Option<i64>,
    /// Whether at least 99 % was taken back.
    pub reversed: bool,
}

impl Balance {
    /// Nothing is left of the charge, in any currency.
    pub(in crate::memory) const REVERSED: Self = Self { amount: Some(0), reversed: true };
}

impl Sums {
    /// The sums of a charge before anything refers to it.
    pub(in crate::memory) fn of(charge: &Event) -> Self {
        let mut sums = Self { alerted: charge.alert().is_some(), ..Self::default() };
        sums.add(SumKind::of_charge(charge), charge.attempted());
        sums
    }

    pub(in crate::memory) fn add(&mut self, sum_kind: SumKind, amount: Option<i64>) {
        match sum_kind {
            SumKind::Authorized => self.authorized.add(amount),
            SumKind::Released => self.released.add(amount),
            SumKind::Captured => self.captured.add(amount),
            SumKind::GivenBack => self.given_back.add(amount),
        }
    }

    /// Notes a clearing at this time.
    pub(in crate::memory) fn note_capture(&mut self, time: Time) {
        self.first_capture = Some(self.first_capture.map_or(time, |first| first.min(time)));
    }

    pub(in crate::memory) fn add_all(&mut self, other: &Self) {
        self.authorized.add(other.authorized.0);
        self.released.add(other.released.0);
        self.captured.add(other.captured.0);
        self.given_back.add(other.given_back.0);
        other.first_capture.into_iter().for_each(|time| self.note_capture(time));
        self.alerted |= other.alerted;
    }

    /// What is left of `charge`, given its sums. A declined attempt keeps the amount that it asked
    /// for.
    pub(in crate::memory) fn balance(&self, charge: &Event) -> Balance {
        if charge.declined() {
            return Balance { amount: charge.attempted(), reversed: false };
        }
        let (had, taken_back) = self.that_count();
        let Some((had, taken_back)) = self.sum(had).0.zip(self.sum(taken_back).0) else {
            return Balance { amount: None, reversed: false };
        };
        if is_reversed(had, taken_back) {
            return Balance::REVERSED;
        }
        Balance { amount: Some(had.saturating_sub(taken_back).max(0)), reversed: false }
    }

    /// The sum that the charge had, and the sum that was taken back of it.
    pub(in crate::memory) fn that_count(&self) -> (SumKind, SumKind) {
        if self.captured.is_nothing() {
            (SumKind::Authorized, SumKind::Released)
        } else {
            (SumKind::Captured, SumKind::GivenBack)
        }
    }

    pub(in crate::memory) fn sum(&self, sum_kind: SumKind) -> Sum {
        match sum_kind {
            SumKind::Authorized => self.authorized,
            SumKind::Released => self.released,
            SumKind::Captured => self.captured,
            SumKind::GivenBack => self.given_back,
        }
    }
}

/// Whether at least 99 % of a sum was taken back.
pub(in crate::memory) fn is_reversed(had: i64, taken_back: i64) -> bool {
    had > 0 && i128::from(taken_back) * 100 >= i128::from(had) * REVERSED_PERCENT
}
