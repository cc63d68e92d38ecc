//! What the cases with the highest scores contain, if only some cases can be looked at: a share of
//! them, or a number on each day.
//!
//! Several cases may have the score at which the budget ends. Then nothing says which of them are
//! looked at, so the figures are those to expect if they are drawn at random, and how many are tied is
//! reported.

use super::histogram::{DayScores, ScoreHistogram};
use super::ranking::share_of_value;
use crate::number::{NearestDouble, u64_toward_zero};

/// The cases that are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Selection {
    /// How many: the budget, or all cases if there are fewer.
    pub cases: u64,
    /// The lowest score among them. For a number a day: the lowest of all days.
    pub score: Option<u16>,
    /// If not all cases with that score are looked at: how many have it, and how many of those are
    /// looked at. Otherwise 0. For a number a day: the sums over the days.
    pub tied: u64,
    pub tied_taken: u64,
    /// The expected number of fraud cases, and their value in minor units.
    pub fraud: f64,
    pub fraud_value: f64,
}

impl Selection {
    /// The expected share of fraud among the cases that are looked at.
    pub fn precision(&self) -> Option<f64> {
        (self.cases > 0).then(|| self.fraud / self.cases.nearest_double())
    }

    /// The expected share of all fraud that is looked at.
    pub fn recall(&self, all_fraud: u64) -> Option<f64> {
        (all_fraud > 0).then(|| self.fraud / all_fraud.nearest_double())
    }

    /// The same by value, in minor units.
    pub fn recall_by_value(&self, all_fraud_value: i128) -> Option<f64> {
        (all_fraud_value > 0).then(|| self.fraud_value / all_fraud_value.nearest_double())
    }

    fn add(&mut self, day: &Self) {
        self.cases += day.cases;
        self.score = self.score.into_iter().chain(day.score).min();
        self.tied += day.tied;
        self.tied_taken += day.tied_taken;
        self.fraud += day.fraud;
        self.fraud_value += day.fraud_value;
    }
}

/// The cases with the highest scores, at most `budget`.
pub fn select(cases: &ScoreHistogram, budget: u64) -> Selection {
    let mut selection = Selection::default();
    for row in cases.by_decreasing_score().filter(|row| row.cases() > 0) {
        let taken = row.cases().min(budget - selection.cases);
        if taken == 0 {
            break;
        }
        let drawn = taken.nearest_double() / row.cases().nearest_double();
        selection.cases += taken;
        selection.score = Some(row.score);
        selection.fraud += row.fraud.nearest_double() * drawn;
        selection.fraud_value += row.fraud_value.nearest_double() * drawn;
        if taken < row.cases() {
            (selection.tied, selection.tied_taken) = (row.cases(), taken);
        }
    }
    selection
}

/// How many cases a share of all cases is: the nearest number, and at least one.
pub fn budget_of_share(cases: &ScoreHistogram, share: f64) -> u64 {
    let wanted = share * cases.totals().cases().nearest_double();
    u64_toward_zero(wanted.round()).max(1)
}

/// The cases with the highest scores of each day, at most `budget` a day.
pub fn select_per_day(days: &[DayScores], budget: u64) -> Selection {
    let mut sum = Selection::default();
    days.iter().for_each(|day| sum.add(&select(&day.cases, budget)));
    sum
}

/// The share of cases with an outcome whose score is 0, which no budget can rank; `None` of no cases.
pub fn share_of_score_0(cases: &ScoreHistogram) -> Option<f64> {
    let at_0 = cases.by_decreasing_score().last()?.cases();
    share_of_value(i128::from(at_0), i128::from(cases.totals().cases()))
}
