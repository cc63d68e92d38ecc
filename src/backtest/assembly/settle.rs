//! Finds the truth about cards with labels, and counts their cases like those of other cards.

use super::card_hit_lists::CardHitLists;
use super::fraud_examples::FraudExamples;
use super::shard_truth::{SettleContext, ShardTruth};
use crate::backtest::examples::Shortlists;
use crate::backtest::figures::CardScores;
use crate::backtest::run::{BacktestSettings, FinishedRun, ShardCards, Totals, share};
use crate::backtest::tally::{DayCards, Maturity};
use crate::backtest::truth::{FraudScope, FraudTally};
use crate::pipeline::Pipeline;
use crate::transaction::Time;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Everything that was counted, with the truth about every case.
#[derive(Debug)]
pub struct SettledRun {
    pub settings: BacktestSettings,
    pub as_of: Option<Time>,
    pub maturity: Maturity,
    pub totals: Totals,
    pub frauds: Vec<FraudTally>,
    /// One per reported ruleset.
    pub card_scores: Vec<CardScores>,
    /// Cards by their highest score of the day, if they had fraud on that day. One per reported
    /// ruleset.
    pub fraud_day_cards: Vec<DayCards>,
    pub shortlists: Shortlists,
    /// One per reported ruleset.
    pub fraud_examples: Vec<FraudExamples>,
    /// One per reported ruleset.
    pub hits: Vec<CardHitLists>,
    /// Cases of fraud by what two rulesets do: by whether the first alerts, and the second.
    pub fraud_cards_by_side: [[u64; 2]; 2],
    pub cards: u64,
    pub unmatched_labels: u64,
    /// What each threshold of a sweep would have caught.
    pub thresholds: Vec<FraudScope>,
}

/// Settles all shards, on all threads. `thresholds` are those of a sweep over the first ruleset's
/// review.
pub fn settle(run: FinishedRun, thresholds: &[i32]) -> SettledRun {
    let FinishedRun { settings, mut totals, cards, mut shortlists, known_at, newest } = run;
    let as_of = settings.as_of(newest);
    let maturity = settings.maturity(newest);
    let context = SettleContext {
        settings: &settings,
        known_at: &known_at,
        as_of: as_of.unwrap_or(Time(i64::MAX)),
        maturity,
        thresholds,
    };
    let jobs: Vec<Mutex<(Option<ShardCards>, Option<ShardTruth>)>> =
        cards.into_iter().map(|cards| Mutex::new((Some(cards), None))).collect();
    let mut workers: Vec<Pipeline> = (0..settings.threads.max(1))
        .filter_map(|_| {
            let ruleset = settings.rulesets.first()?;
            Some(Pipeline::new(Arc::clone(&settings.decoder), Arc::clone(ruleset)))
        })
        .collect();
    let work = |pipeline: &mut Pipeline, job: usize| {
        let Some(job) = jobs.get(job) else { return };
        let mut job = job.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cards) = job.0.take() {
            job.1 = Some(ShardTruth::of(cards, pipeline, &context));
        }
    };
    share(&mut workers, jobs.len(), work, || ());
    let mut sum = ShardTruth::empty(&context);
    for job in jobs {
        let job = job.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(truth) = job.1 {
            truth.candidates.iter().for_each(|candidate| shortlists.add(candidate));
            sum.add(truth);
        }
    }
    totals.add(&sum.totals);
    let matched: HashSet<usize> = sum.matched.into_iter().collect();
    let known = |label: &usize| context.time_of(*label).is_none_or(|time| time <= context.as_of);
    let considered = (0..settings.labels.labels().len()).filter(known);
    let unmatched_labels = considered.filter(|label| !matched.contains(label)).count() as u64;
    SettledRun {
        as_of,
        maturity,
        totals,
        frauds: sum.frauds,
        card_scores: sum.card_scores,
        fraud_day_cards: sum.fraud_day_cards,
        shortlists,
        fraud_examples: sum.fraud_examples,
        hits: sum.hits,
        fraud_cards_by_side: sum.fraud_cards_by_side,
        cards: sum.cards,
        unmatched_labels,
        thresholds: sum.thresholds,
        settings,
    }
}
