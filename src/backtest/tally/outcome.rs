//! What is known about a case in the end, and which days are mature.

use crate::transaction::{DAY_MS, Time};

/// How many classes there are.
pub const CLASSES: usize = 4;

/// What the labels say about a case. Whether one without a label counts as genuine depends on its day
/// ([`Maturity`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseClass {
    Fraud,
    /// Labelled as genuine.
    Genuine,
    Unlabelled,
    /// Without a label, and declined by the issuer: it has no outcome.
    Declined,
}

impl CaseClass {
    pub const ALL: [Self; CLASSES] = [Self::Fraud, Self::Genuine, Self::Unlabelled, Self::Declined];

    /// Of a case without a label.
    pub fn without_label(approved: Option<bool>) -> Self {
        if approved == Some(false) { Self::Declined } else { Self::Unlabelled }
    }

    pub fn index(self) -> usize {
        self as usize
    }
}

/// The day (UTC) of a time, counted from 1970-01-01.
pub fn day_of(time: Time) -> i32 {
    i32::try_from(time.millis().div_euclid(DAY_MS)).unwrap_or(i32::MAX)
}

/// Which cases without a label count as genuine: those of days that ended long enough before the end
/// of what is known. Whole days are counted, so that a day has one outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maturity {
    /// Days before this one are mature.
    pub until_day: i32,
}

impl Maturity {
    pub fn new(as_of: Time, mature_after_ms: i64) -> Self {
        Self { until_day: day_of(Time(as_of.millis().saturating_sub(mature_after_ms))) }
    }

    /// No case without a label ever counts.
    pub const NEVER: Self = Self { until_day: i32::MIN };

    pub fn is_mature(self, day: i32) -> bool {
        day < self.until_day
    }

    /// Whether a case has an outcome, and is in ratios.
    pub fn is_known(self, class: CaseClass, day: i32) -> bool {
        match class {
            CaseClass::Fraud | CaseClass::Genuine => true,
            CaseClass::Unlabelled => self.is_mature(day),
            CaseClass::Declined => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_mature_when_all_of_it_is_old_enough() {
        let last_ms = 10 * DAY_MS;
        let maturity = |as_of| Maturity::new(Time(as_of), 3 * DAY_MS);
        assert!(maturity(last_ms).is_mature(6));
        assert!(!maturity(last_ms).is_mature(7));
        assert!(!maturity(last_ms - 1).is_mature(6));
        assert!(maturity(last_ms + DAY_MS).is_mature(7));
    }
}
