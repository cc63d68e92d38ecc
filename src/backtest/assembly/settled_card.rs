//! The cases of a card with labels, with the truth about each.

use crate::backtest::tally::{CaseClass, day_of};
use crate::backtest::truth::{
    CaseRow, CaseTruth, FraudCase, LabelledCard, ResolvedCard, kind_index,
};

/// The cases of a card with labels, with the truth about each.
pub struct SettledCard<'c> {
    pub cases: Vec<(&'c CaseRow, CaseTruth)>,
}

impl<'c> SettledCard<'c> {
    pub fn of(card: &'c LabelledCard, resolved: &ResolvedCard) -> Self {
        let rows = card.rows.iter().zip(&resolved.truths);
        Self {
            cases: rows.filter_map(|(row, truth)| Some((row.case.as_ref()?, (*truth)?))).collect(),
        }
    }

    /// The cases that are not fraud.
    pub fn others(&self) -> impl Iterator<Item = &(&'c CaseRow, CaseTruth)> {
        self.cases.iter().filter(|(_, truth)| truth.class != CaseClass::Fraud)
    }

    pub fn frauds(&self, ruleset: usize) -> Vec<FraudCase<'c>> {
        let frauds = self.cases.iter().filter(|(_, truth)| truth.class == CaseClass::Fraud);
        let fraud = |(case, truth): &(&'c CaseRow, CaseTruth)| {
            Some(FraudCase {
                day: day_of(case.time),
                time: case.time,
                value: i128::from(case.value.unwrap_or(0)),
                is_approved: case.approved != Some(false),
                kind: kind_index(truth.kind),
                verdict: case.verdicts.get(ruleset)?,
            })
        };
        frauds.filter_map(fraud).collect()
    }
}
