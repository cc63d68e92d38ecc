//! Card precision: the precision that an analyst sees who looks at whole cards.
//!
//! It is the *Card Precision top-k* of Le Borgne, Siblini, Lebichot and Bontempi, *Reproducible
//! Machine Learning for Credit Card Fraud Detection* (2022, section 4.4): on each day, the cards are
//! ordered by the highest score among their transactions of the day, and the figure of the day is how
//! many of the first k cards had fraud on that day, divided by k, even if there were fewer cards. The
//! figure of a period is the mean over its days. A card that was found on one day remains among the
//! cards of later days (`remove_detected_compromised_cards=False` in the book's code).
//!
//! Of cards with the same score at the cut, the expected figure of drawing at random is used.

use super::bootstrap::{interval, weights};
use super::budget::select;
use super::histogram::DayScores;
use super::interval::Interval;
use crate::number::NearestDouble;

/// The mean over the days, and how certain it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CardPrecisionFigures {
    pub precision: f64,
    /// From resampling the days.
    pub interval: Option<Interval>,
    /// What a perfect score would reach: days have fewer cards with fraud than are looked at.
    pub best_possible: f64,
    pub days: u64,
}

/// Card precision among `cards_per_day` cards; `None` without days, or if no card is looked at.
pub fn card_precision(
    days: &[DayScores],
    cards_per_day: u64,
    replicates: u64,
) -> Option<CardPrecisionFigures> {
    if days.is_empty() || cards_per_day == 0 {
        return None;
    }
    let found = |day: &DayScores| {
        let found = select(&day.cards, cards_per_day).fraud;
        found / cards_per_day.nearest_double()
    };
    let each: Vec<f64> = days.iter().map(found).collect();
    let best = |day: &DayScores| {
        let compromised = day.cards.totals().fraud.min(cards_per_day);
        compromised.nearest_double() / cards_per_day.nearest_double()
    };
    let count = days.len().nearest_double();
    let means = (0..replicates).map(|replicate| {
        let (mut sum, mut weight_sum) = (0.0, 0.0);
        for (weight, value) in weights(replicate).zip(&each) {
            let weight = u64::from(weight).nearest_double();
            sum += weight * value;
            weight_sum += weight;
        }
        (weight_sum > 0.0).then(|| sum / weight_sum)
    });
    Some(CardPrecisionFigures {
        precision: each.iter().sum::<f64>() / count,
        interval: interval(means),
        best_possible: days.iter().map(best).sum::<f64>() / count,
        days: u64::try_from(days.len()).unwrap_or(u64::MAX),
    })
}
