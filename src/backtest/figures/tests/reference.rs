//! Compares the figures with those of scikit-learn, scipy and numpy. `tests/fixtures/backtest/figures.py`
//! made the examples; its first lines say how to make them again.

use super::support::{check_close, histogram};
use crate::backtest::figures::{
    DayScores, average_precision, card_precision, counted_quantile, interpolated_quantile,
    roc_area, thresholds, wilson,
};
use serde::Deserialize;
use std::collections::BTreeMap;

const FIGURES: &str = include_str!("../../../../tests/fixtures/backtest/figures.json");

#[derive(Deserialize)]
struct Fixture {
    examples: Vec<Ranked>,
    /// Hits, of how many, and the ends of the interval.
    wilson: Vec<(u64, u64, f64, f64)>,
    values: Vec<u32>,
    /// A share, numpy's `inverted_cdf` and its default.
    quantiles: Vec<(f64, u64, f64)>,
    /// By day, the card of each case, its score, and whether it is fraud.
    card_days: Vec<Vec<(u64, u16, u8)>>,
    /// A number of cards, and their precision.
    card_precision: Vec<(u64, f64)>,
}

#[derive(Deserialize)]
struct Ranked {
    name: String,
    scores: Vec<u16>,
    fraud: Vec<u8>,
    average_precision: f64,
    roc_area: f64,
    /// Score, precision, recall and false-positive rate, from the highest score.
    curve: Vec<(u16, f64, f64, f64)>,
}

fn fixture() -> Fixture {
    serde_json::from_str(FIGURES).unwrap()
}

#[test]
fn ranking_figures_equal_those_of_scikit_learn() {
    let examples = fixture().examples;
    assert!(examples.len() >= 8);
    for example in examples {
        let name = &example.name;
        let cases = example.scores.iter().zip(&example.fraud);
        let cases = histogram(cases.map(|(score, fraud)| (*score, *fraud == 1, 100)));
        check_close(average_precision(&cases), Some(example.average_precision), name);
        check_close(roc_area(&cases), Some(example.roc_area), name);
        let found = thresholds(&cases);
        assert_eq!(found.len(), example.curve.len(), "{name}");
        for (found, (score, precision, recall, rate)) in found.iter().zip(example.curve) {
            assert_eq!(found.score, score, "{name}");
            check_close(found.precision, Some(precision), name);
            check_close(found.recall, Some(recall), name);
            check_close(found.recall_by_value, Some(recall), name);
            check_close(found.false_positive_rate, Some(rate), name);
        }
    }
}

#[test]
fn wilson_intervals_equal_those_of_scipy() {
    for (hits, of, low, high) in fixture().wilson {
        let found = wilson(hits, of).unwrap();
        check_close(Some(found.low), Some(low), &format!("{hits} of {of}"));
        check_close(Some(found.high), Some(high), &format!("{hits} of {of}"));
    }
}

#[test]
fn quantiles_equal_those_of_numpy() {
    let fixture = fixture();
    let mut counts = BTreeMap::new();
    fixture.values.iter().for_each(|value| *counts.entry(u64::from(*value)).or_insert(0) += 1);
    let mut sorted: Vec<f64> = fixture.values.iter().map(|value| f64::from(*value)).collect();
    sorted.sort_by(f64::total_cmp);
    for (share, counted, interpolated) in fixture.quantiles {
        assert_eq!(counted_quantile(&counts, share), Some(counted), "{share}");
        let found = interpolated_quantile(&sorted, share).unwrap();
        assert!((found - interpolated).abs() < 1e-9, "{share}: {found} and not {interpolated}");
    }
}

#[test]
fn card_precision_equals_that_of_the_book() {
    let fixture = fixture();
    let days: Vec<DayScores> = fixture.card_days.iter().map(|cases| day(cases)).collect();
    for (cards, precision) in fixture.card_precision {
        let found = card_precision(&days, cards, 100).unwrap();
        check_close(Some(found.precision), Some(precision), &format!("{cards} cards"));
        assert!(found.precision <= found.best_possible);
        let interval = found.interval.unwrap();
        assert!(interval.low <= precision && precision <= interval.high);
    }
    assert_eq!(card_precision(&days, 0, 100), None);
    assert_eq!(card_precision(&[], 5, 100), None);
}

fn day(cases: &[(u64, u16, u8)]) -> DayScores {
    let mut cards: BTreeMap<u64, (u16, bool)> = BTreeMap::new();
    for (card, score, fraud) in cases {
        let (highest, compromised) = cards.entry(*card).or_default();
        (*highest, *compromised) = ((*highest).max(*score), *compromised || *fraud == 1);
    }
    let cards = cards.into_values().map(|(score, fraud)| (score, fraud, 0));
    DayScores { cards: histogram(cards), ..DayScores::default() }
}
