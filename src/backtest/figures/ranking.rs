//! How well the score separates fraud from genuine cases, whatever the thresholds. The figures equal
//! scikit-learn's, ties included.

use super::histogram::ScoreHistogram;
use crate::number::NearestDouble;

/// What is alerted if every case with this score or more is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    pub score: u16,
    pub fraud: u64,
    pub genuine: u64,
    /// What the fraud amounts to, in minor units.
    pub fraud_value: i128,
    /// `None` if there is nothing to divide by: no case, no fraud, no fraud with a value, or no
    /// genuine case.
    pub precision: Option<f64>,
    pub recall: Option<f64>,
    pub recall_by_value: Option<f64>,
    pub false_positive_rate: Option<f64>,
}

/// One threshold per score that a case has, from the highest: scikit-learn's
/// `precision_recall_curve` without its last point, at which nothing is alerted.
pub fn thresholds(cases: &ScoreHistogram) -> Vec<Threshold> {
    let all = cases.totals();
    let (mut fraud, mut genuine, mut fraud_value) = (0, 0, 0);
    let mut found = Vec::new();
    for row in cases.by_decreasing_score().filter(|row| row.cases() > 0) {
        fraud += row.fraud;
        genuine += row.genuine;
        fraud_value += row.fraud_value;
        found.push(Threshold {
            score: row.score,
            fraud,
            genuine,
            fraud_value,
            precision: share(fraud, fraud + genuine),
            recall: share(fraud, all.fraud),
            recall_by_value: share_of_value(fraud_value, all.fraud_value),
            false_positive_rate: share(genuine, all.genuine),
        });
    }
    found
}

/// The mean of the precisions at each threshold, each weighted with what the threshold adds to
/// recall: scikit-learn's `average_precision_score`. `None` without fraud.
pub fn average_precision(cases: &ScoreHistogram) -> Option<f64> {
    let all = cases.totals();
    let (mut fraud, mut seen, mut sum) = (0, 0, 0.0);
    for row in cases.by_decreasing_score().filter(|row| row.cases() > 0) {
        fraud += row.fraud;
        seen += row.cases();
        sum += row.fraud.nearest_double() * fraud.nearest_double() / seen.nearest_double();
    }
    (all.fraud > 0).then(|| sum / all.fraud.nearest_double())
}

/// The probability that a fraud case has a higher score than a genuine one, where equal scores count
/// half: scikit-learn's `roc_auc_score`. `None` without fraud or without genuine cases.
pub fn roc_area(cases: &ScoreHistogram) -> Option<f64> {
    let all = cases.totals();
    let mut below = u128::from(all.genuine);
    // Counts pairs twice, so that a half is a whole number.
    let mut pairs: u128 = 0;
    for row in cases.by_decreasing_score() {
        below -= u128::from(row.genuine);
        pairs += u128::from(row.fraud) * (2 * below + u128::from(row.genuine));
    }
    let possible = 2 * u128::from(all.fraud) * u128::from(all.genuine);
    (possible > 0).then(|| pairs.nearest_double() / possible.nearest_double())
}

/// `None` of none.
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part.nearest_double() / whole.nearest_double())
}

/// `None` if the whole is nothing.
pub fn share_of_value(part: i128, whole: i128) -> Option<f64> {
    (whole > 0).then(|| part.nearest_double() / whole.nearest_double())
}
