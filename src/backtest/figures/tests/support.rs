//! Histograms for tests.

use crate::backtest::figures::{ScoreHistogram, ScoreRow};

/// Makes a histogram of cases: the score of each, whether it is fraud, and what it amounts to.
pub fn histogram(cases: impl IntoIterator<Item = (u16, bool, i128)>) -> ScoreHistogram {
    let mut histogram = ScoreHistogram::default();
    for (score, fraud, value) in cases {
        histogram.add(score, u64::from(fraud), u64::from(!fraud));
        if fraud {
            histogram.fraud_value[usize::from(score)] += value;
        }
    }
    histogram
}

#[track_caller]
pub fn check_close(found: Option<f64>, expected: Option<f64>, what: &str) {
    match (found, expected) {
        (None, None) => {}
        (Some(found), Some(expected)) => {
            assert!((found - expected).abs() <= 1e-12, "{what}: {found} and not {expected}");
        }
        _ => panic!("{what}: {found:?} and not {expected:?}"),
    }
}

#[test]
fn a_histogram_is_walked_from_the_highest_score() {
    let mut histogram = histogram([(0, false, 0), (1000, true, 7), (0, true, 5)]);
    histogram.add(1001, 1, 1);
    let rows: Vec<ScoreRow> =
        histogram.by_decreasing_score().filter(|row| row.cases() > 0).collect();
    let row = |score, fraud, genuine, fraud_value| ScoreRow { score, fraud, genuine, fraud_value };
    assert_eq!(rows, [row(1000, 1, 0, 7), row(0, 1, 1, 5)]);
    assert_eq!(histogram.totals(), row(0, 2, 1, 12));
}
