//! Sums counts over days, with the outcome that each case has in the end.

use crate::backtest::tally::{CaseClass, Maturity};

/// Cases and their amounts, by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutcomeCounts {
    pub fraud: (u64, i128),
    /// Labelled as genuine.
    pub genuine: (u64, i128),
    /// Without a label, and mature.
    pub assumed: (u64, i128),
    pub not_yet_known: (u64, i128),
    pub declined: (u64, i128),
}

impl OutcomeCounts {
    pub fn add(&mut self, class: CaseClass, is_mature: bool, (cases, value): (u64, i128)) {
        let sum = match class {
            CaseClass::Fraud => &mut self.fraud,
            CaseClass::Genuine => &mut self.genuine,
            CaseClass::Unlabelled if is_mature => &mut self.assumed,
            CaseClass::Unlabelled => &mut self.not_yet_known,
            CaseClass::Declined => &mut self.declined,
        };
        sum.0 += cases;
        sum.1 += value;
    }

    /// Sums over the days and classes.
    pub fn sum<'d, D: 'd>(
        days: impl Iterator<Item = (&'d i32, &'d D)>,
        maturity: Maturity,
        count: impl Fn(&D, CaseClass) -> (u64, i128),
    ) -> Self {
        let mut sums = Self::default();
        for (day, counts) in days {
            for class in CaseClass::ALL {
                sums.add(class, maturity.is_mature(*day), count(counts, class));
            }
        }
        sums
    }

    pub fn all(&self) -> u64 {
        self.known() + self.not_yet_known.0 + self.declined.0
    }

    /// Cases with an outcome.
    pub fn known(&self) -> u64 {
        self.fraud.0 + self.all_genuine()
    }

    /// Labelled or assumed.
    pub fn all_genuine(&self) -> u64 {
        self.genuine.0 + self.assumed.0
    }

    pub fn genuine_value(&self) -> i128 {
        self.genuine.1 + self.assumed.1
    }
}
