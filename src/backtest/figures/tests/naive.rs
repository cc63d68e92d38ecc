//! Compares the figures with their definitions, written as naively as possible, on random cases.

use super::support::{check_close, histogram};
use crate::backtest::figures::{
    DayScores, average_precision, budget_of_share, roc_area, select, select_per_day,
    share_of_score_0, thresholds,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// To run one case alone, set this to `seed..seed + 1`.
const SEEDS: std::ops::Range<u64> = 0..300;
const CASES_MAX: usize = 60;

#[derive(Debug, Clone, Copy)]
struct Case {
    score: u16,
    fraud: bool,
    value: i128,
}

fn random_cases(random: &mut ChaCha8Rng) -> Vec<Case> {
    // From all scores equal to nearly all different.
    let scores = [1, 2, 5, 20, 1001][random.random_range(0..5)];
    let fraud = [0.0, 0.05, 0.3, 1.0][random.random_range(0..4)];
    let case = |random: &mut ChaCha8Rng| Case {
        score: random.random_range(0..scores) * (1000 / scores.max(2)).max(1),
        fraud: random.random_bool(fraud),
        value: random.random_range(0..100_000),
    };
    (0..random.random_range(0..CASES_MAX)).map(|_| case(random)).collect()
}

fn check_random(check: impl Fn(&mut ChaCha8Rng)) {
    for seed in SEEDS {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        if let Err(cause) = catch_unwind(AssertUnwindSafe(|| check(&mut random))) {
            eprintln!("seed {seed} fails; to reproduce it: SEEDS = {seed}..{}", seed + 1);
            resume_unwind(cause);
        }
    }
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[test]
fn thresholds_and_average_precision_follow_their_definitions() {
    check_random(|random| {
        let cases = random_cases(random);
        let histogram = histogram(cases.iter().map(|case| (case.score, case.fraud, case.value)));
        let found = thresholds(&histogram);
        let mut scores: Vec<u16> = cases.iter().map(|case| case.score).collect();
        scores.sort_unstable_by(|a, b| b.cmp(a));
        scores.dedup();
        assert_eq!(found.iter().map(|at| at.score).collect::<Vec<_>>(), scores);
        let count = |wanted: &dyn Fn(&Case) -> bool| cases.iter().filter(|c| wanted(c)).count();
        let (fraud, mut former_recall, mut average) = (count(&|c| c.fraud), 0.0, 0.0);
        for at in found {
            let hits = count(&|c| c.fraud && c.score >= at.score);
            let alerts = count(&|c| c.score >= at.score);
            check_close(at.precision, ratio(hits, alerts), "precision");
            check_close(at.recall, ratio(hits, fraud), "recall");
            check_close(
                at.false_positive_rate,
                ratio(alerts - hits, cases.len() - fraud),
                "false-positive rate",
            );
            let recall = ratio(hits, fraud).unwrap_or(0.0);
            average += (recall - former_recall) * ratio(hits, alerts).unwrap_or(0.0);
            former_recall = recall;
        }
        check_close(average_precision(&histogram), (fraud > 0).then_some(average), "average");
    });
}

#[test]
fn the_roc_area_is_the_share_of_pairs_in_the_right_order() {
    check_random(|random| {
        let cases = random_cases(random);
        let histogram = histogram(cases.iter().map(|case| (case.score, case.fraud, case.value)));
        let (mut right, mut pairs) = (0.0, 0);
        for fraud in cases.iter().filter(|case| case.fraud) {
            for genuine in cases.iter().filter(|case| !case.fraud) {
                pairs += 1;
                right += match fraud.score.cmp(&genuine.score) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                };
            }
        }
        let expected = (pairs > 0).then(|| right / f64::from(pairs));
        check_close(roc_area(&histogram), expected, "area");
        let zeros = cases.iter().filter(|case| case.score == 0).count();
        check_close(share_of_score_0(&histogram), ratio(zeros, cases.len()), "score 0");
    });
}

/// The expected figures of a budget: the average over every rotation of the cases in front of a stable
/// sort. In the rotations of the tied cases alone, each is taken equally often.
fn expected(cases: &[Case], budget: usize) -> (f64, f64) {
    let mut sorted = cases.to_vec();
    sorted.sort_by_key(|case| std::cmp::Reverse(case.score));
    let taken = budget.min(sorted.len());
    let Some(cut) = taken.checked_sub(1).map(|last| sorted[last].score) else { return (0.0, 0.0) };
    let above: Vec<Case> = sorted.iter().filter(|case| case.score > cut).copied().collect();
    let tied: Vec<Case> = sorted.iter().filter(|case| case.score == cut).copied().collect();
    let (mut fraud, mut value) = (0, 0);
    for rotation in 0..tied.len() {
        let mut order = tied.clone();
        order.rotate_left(rotation);
        for case in above.iter().chain(&order).take(taken).filter(|case| case.fraud) {
            fraud += 1;
            value += case.value;
        }
    }
    (f64::from(fraud) / tied.len() as f64, value as f64 / tied.len() as f64)
}

#[test]
fn a_budget_with_ties_gives_the_figures_of_drawing_at_random() {
    check_random(|random| {
        let cases = random_cases(random);
        let histogram = histogram(cases.iter().map(|case| (case.score, case.fraud, case.value)));
        let budget = random.random_range(0..CASES_MAX + 5);
        let found = select(&histogram, budget as u64);
        let taken = budget.min(cases.len());
        let (fraud, value) = expected(&cases, budget);
        assert_eq!(found.cases, taken as u64);
        assert!((found.fraud - fraud).abs() < 1e-9, "{} and not {fraud}", found.fraud);
        assert!((found.fraud_value - value).abs() < 1e-6, "{} and not {value}", found.fraud_value);
        let Some(cut) = found.score else { return assert_eq!(taken, 0) };
        let at_cut = cases.iter().filter(|case| case.score == cut).count();
        let above = cases.iter().filter(|case| case.score > cut).count();
        assert!(above < taken && taken <= above + at_cut);
        let tied = if taken < above + at_cut { (at_cut, taken - above) } else { (0, 0) };
        assert_eq!((found.tied, found.tied_taken), (tied.0 as u64, tied.1 as u64));
    });
}

#[test]
fn a_budget_a_day_is_the_sum_of_the_days() {
    check_random(|random| {
        let days: Vec<Vec<Case>> =
            (0..random.random_range(0..5)).map(|_| random_cases(random)).collect();
        let scores: Vec<DayScores> = days
            .iter()
            .zip(0..)
            .map(|(cases, day)| DayScores {
                day,
                cases: histogram(cases.iter().map(|case| (case.score, case.fraud, case.value))),
                ..DayScores::default()
            })
            .collect();
        let budget = random.random_range(0..CASES_MAX);
        let found = select_per_day(&scores, budget as u64);
        let fraud: f64 = days.iter().map(|cases| expected(cases, budget).0).sum();
        assert!((found.fraud - fraud).abs() < 1e-9, "{} and not {fraud}", found.fraud);
        let taken: usize = days.iter().map(|cases| cases.len().min(budget)).sum();
        assert_eq!(found.cases, taken as u64);
        let lowest = scores.iter().filter_map(|day| select(&day.cases, budget as u64).score).min();
        assert_eq!(found.score, lowest);
    });
}

#[test]
fn a_share_of_cases_is_at_least_one_case() {
    let cases = |count: usize| histogram((0..count).map(|at| (0, at == 0, 1)));
    for (count, share, expected) in
        [(0, 0.01, 1), (10, 0.001, 1), (1_000, 0.001, 1), (1_600, 0.001, 2), (1_000, 0.5, 500)]
    {
        assert_eq!(budget_of_share(&cases(count), share), expected, "{share} of {count}");
    }
}
