//! Checks the bootstrap: its weights, that it is deterministic, and that its intervals contain the
//! truth as often as they claim.

use crate::backtest::figures::{
    CardScores, ScoreCell, ScoreHistogram, average_precision, interval, resample, share, weights,
};
use crate::number::NearestDouble;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[test]
fn weights_have_a_poisson_distribution_of_mean_1() {
    let mut counts = [0_u32; 8];
    let drawn: u32 = 200_000;
    for weight in weights(3).take(drawn as usize) {
        counts[(weight as usize).min(7)] += 1;
    }
    let mut probability = (-1.0_f64).exp();
    for (weight, count) in counts.iter().enumerate().take(7) {
        let found = f64::from(*count) / f64::from(drawn);
        assert!((found - probability).abs() < 0.004, "{weight}: {found} and not {probability}");
        probability /= weight as f64 + 1.0;
    }
}

#[test]
fn replicates_differ_and_can_be_repeated() {
    let first: Vec<u32> = weights(0).take(100).collect();
    assert_eq!(first, weights(0).take(100).collect::<Vec<_>>());
    assert_ne!(first, weights(1).take(100).collect::<Vec<_>>());
    let cards = random_cards(&mut ChaCha8Rng::seed_from_u64(1), 50);
    assert_eq!(resample(&cards, 7), resample(&cards, 7));
    assert_ne!(resample(&cards, 7), resample(&cards, 8));
}

#[test]
fn quiet_cards_are_resampled_as_one_sum() {
    let cards = CardScores { quiet: [(3, 1_000)].into(), ..CardScores::default() };
    let sums: Vec<u64> = (0..500).map(|replicate| resample(&cards, replicate).genuine[0]).collect();
    assert!(sums.iter().all(|sum| sum % 3 == 0));
    let mean = sums.iter().sum::<u64>().nearest_double() / 500.0;
    let variance: f64 = sums.iter().map(|sum| (sum.nearest_double() - mean).powi(2)).sum();
    let deviation = (variance / 500.0).sqrt();
    assert!((mean - 3_000.0).abs() < 20.0, "{mean}");
    assert!((deviation - 3.0 * 1_000_f64.sqrt()).abs() < 10.0, "{deviation}");
}

#[test]
fn an_interval_needs_the_figure_in_nearly_all_replicates() {
    let figures = |defined: usize| (0..100).map(move |at| (at < defined).then_some(at as f64));
    assert_eq!(interval(std::iter::empty()), None);
    assert_eq!(interval(figures(94)), None);
    let found = interval(figures(100)).unwrap();
    assert!((found.low - 2.475).abs() < 1e-9 && (found.high - 96.525).abs() < 1e-9, "{found:?}");
}

/// Cards of which some have fraud on several of their cases, each with a score that often shows it.
fn random_cards(random: &mut ChaCha8Rng, cards: usize) -> CardScores {
    let mut found = CardScores::default();
    for _ in 0..cards {
        let is_fraud = random.random_bool(0.4);
        // What the cases of a card have in common.
        let shown = random.random_bool(0.7);
        for _ in 0..random.random_range(1..6) {
            let score = if is_fraud == shown { 600 } else { 300 };
            let (fraud, genuine) = (u32::from(is_fraud), u32::from(!is_fraud));
            found.cells.push(ScoreCell { score, fraud, genuine });
        }
        found.ends.push(found.cells.len());
    }
    found
}

/// Resampling cases as if they were independent would contain the truth less often.
#[test]
fn intervals_contain_the_truth_about_as_often_as_they_claim() {
    let precision = |cases: &ScoreHistogram| {
        let (fraud, genuine) = (cases.fraud[600], cases.genuine[600]);
        share(fraud, fraud + genuine)
    };
    // A share of 0.4 · 0.7 of the cards has score 600 and fraud, and 0.6 · 0.3 has it without fraud.
    let truth = 0.28 / (0.28 + 0.18);
    let mut hits = 0;
    for seed in 0..200 {
        let cards = random_cards(&mut ChaCha8Rng::seed_from_u64(seed), 120);
        let replicates = (0..150).map(|replicate| precision(&resample(&cards, replicate)));
        let found = interval(replicates).unwrap();
        hits += u32::from(found.low <= truth && truth <= found.high);
    }
    assert!((181..=197).contains(&hits), "{hits} of 200 intervals contain the truth");
}

#[test]
fn an_interval_contains_the_figure_of_the_cards_themselves() {
    let cards = random_cards(&mut ChaCha8Rng::seed_from_u64(5), 300);
    let mut all = ScoreHistogram::default();
    for cell in &cards.cells {
        all.add(cell.score, cell.fraud.into(), cell.genuine.into());
    }
    let figure = average_precision(&all).unwrap();
    let found = interval((0..400).map(|at| average_precision(&resample(&cards, at)))).unwrap();
    assert!(found.low < figure && figure < found.high, "{figure} and {found:?}");
    assert!(found.high - found.low < 0.2, "{found:?}");
}
