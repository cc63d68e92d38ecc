//! How often the interval of the control share contains the truth, in simulated months.

use crate::fixtures;
use crate::precision::ControlSums;
use crate::transaction::{DAY_MS, Time};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const MONTHS: i64 = 2_000;
const CARDS: usize = 2_500;
const WEEKS: i64 = 4;
/// Weeks with a decline, of all weeks of a card.
const ACTIVE: f64 = 0.8;

/// Declines of a card in a week: mostly one, sometimes a burst.
fn declines(rng: &mut impl Rng) -> u64 {
    [1, 1, 1, 1, 2, 2, 3, 6][rng.random_range(0..8_usize)]
}

/// One month: the precision over all declines, and what the control share sees of it.
fn month(number: i64, cards: &[String], share: f64) -> (f64, ControlSums) {
    let rules = fixtures::HIGH_AMOUNT_RULES.replace(
        "decline = 600",
        &format!("decline = 600\ncontrol = {{ share = {share}, max_amount = 500 }}"),
    );
    let control = fixtures::ruleset_of(&rules).control.unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(number.unsigned_abs());
    let (mut all, mut all_fraud, mut sums) = (0_u64, 0_u64, ControlSums::default());
    for card in cards {
        // Most declined cards are not stolen; of those that are, nearly every decline is fraud.
        let fraud_share = if rng.random_bool(0.3) { 0.95 } else { 0.05 };
        for week in 0..WEEKS {
            if !rng.random_bool(ACTIVE) {
                continue;
            }
            let declines = declines(&mut rng);
            let fraud = (0..declines).map(|_| u64::from(rng.random_bool(fraud_share))).sum();
            all += declines;
            all_fraud += fraud;
            if control.chooses(card, Time((number * WEEKS + week) * 7 * DAY_MS)) {
                sums.add_cluster(declines, fraud);
            }
        }
    }
    (all_fraud as f64 / all as f64, sums)
}

/// Of 2,000 months, the interval contains the precision of the month in 94 to 96 %. If it is right in
/// 95 %, chance alone gives less than 94 % or more than 96 % in one of 25 tries; the months are always
/// the same, so the result is too.
#[test]
fn the_interval_contains_the_truth_as_often_as_it_says() {
    let cards: Vec<String> = (0..CARDS).map(|at| format!("card {at}")).collect();
    let mut covered = 0;
    for number in 0..MONTHS {
        let (truth, sums) = month(number, &cards, 0.02);
        let estimate = sums.estimate().unwrap();
        covered += u32::from((estimate.low..=estimate.high).contains(&truth));
    }
    let share = f64::from(covered) / MONTHS as f64;
    println!("the interval contains the truth in {:.1} % of {MONTHS} months", 100.0 * share);
    assert!((0.94..=0.96).contains(&share), "{share}");
}
