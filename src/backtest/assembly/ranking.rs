//! How well a ruleset's score ranks cases, and what a budget of alerts would contain.

use super::money::{Money, with_interval};
use super::settle::SettledRun;
use crate::backtest::figures::{
    CardScores, DayScores, Interval, SCORES, ScoreHistogram, Selection, average_precision,
    budget_of_share, card_precision, interval, resample, roc_area, select, select_per_day,
    share_of_score_0, thresholds,
};
use crate::backtest::report::{Budget, CardPrecision, CurvePoint, Ranking};
use crate::backtest::run::share;
use crate::backtest::tally::{CaseClass, DayTally};
use std::collections::BTreeMap;

/// How many cases can be looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BudgetRequest {
    /// From 0 to 1.
    Share(f64),
    /// On each day.
    PerDay(u64),
}

/// What is asked about a ranking.
#[derive(Debug, Clone, Copy)]
pub struct RankingRequest<'r> {
    pub budgets: &'r [BudgetRequest],
    /// How many replicates intervals come from.
    pub replicates: u64,
    pub threads: usize,
}

/// The scores of cases with an outcome.
#[derive(Debug)]
pub struct Scores<'s> {
    days: Vec<DayScores>,
    all: ScoreHistogram,
    cards: &'s CardScores,
}

/// The figures of one replicate.
#[derive(Debug, Clone)]
struct Replicate {
    number: u64,
    average_precision: Option<f64>,
    roc_area: Option<f64>,
    budgets: Vec<BudgetFigures>,
}

/// What a budget contains in a replicate; nothing for a number a day.
#[derive(Debug, Clone, Copy, Default)]
struct BudgetFigures {
    precision: Option<f64>,
    recall: Option<f64>,
}

impl<'s> Scores<'s> {
    /// Of a reported ruleset.
    pub fn of(run: &'s SettledRun, place: usize) -> Option<Self> {
        let tally = run.totals.tallies.get(place)?;
        let mut days: BTreeMap<i32, DayScores> = BTreeMap::new();
        for (day, counted) in &tally.days {
            let of_day = days.entry(*day).or_insert_with(|| empty(*day));
            for class in CaseClass::ALL {
                if run.maturity.is_known(class, *day) {
                    add_cases(&mut of_day.cases, counted, class);
                }
            }
        }
        let genuine = run.totals.day_cards.get(place)?;
        let with_fraud = run.fraud_day_cards.get(place)?;
        for (day, cards) in &genuine.days {
            let of_day = days.entry(*day).or_insert_with(|| empty(*day));
            add_counts(&mut of_day.cards.genuine, cards);
        }
        for (day, cards) in &with_fraud.days {
            let of_day = days.entry(*day).or_insert_with(|| empty(*day));
            add_counts(&mut of_day.cards.fraud, cards);
        }
        let days: Vec<DayScores> = days.into_values().collect();
        let mut all = ScoreHistogram::default();
        for day in &days {
            add_counts(&mut all.fraud, &day.cases.fraud);
            add_counts(&mut all.genuine, &day.cases.genuine);
            add_counts(&mut all.fraud_value, &day.cases.fraud_value);
        }
        Some(Self { days, all, cards: run.card_scores.get(place)? })
    }

    /// All figures of the ranking, and those of the budgets.
    pub fn figures(&self, request: &RankingRequest<'_>, money: Money) -> (Ranking, Vec<Budget>) {
        let (replicates, budgets) = (self.replicates(request), request.budgets);
        let of = |figure: fn(&Replicate) -> Option<f64>| interval(replicates.iter().map(figure));
        let per_day = budgets.iter().filter_map(|budget| match budget {
            BudgetRequest::PerDay(cases) => Some(*cases),
            BudgetRequest::Share(_) => None,
        });
        let ranking = Ranking {
            average_precision: average_precision(&self.all)
                .map(|value| with_interval(value, of(|one| one.average_precision))),
            roc_area: roc_area(&self.all).map(|value| with_interval(value, of(|one| one.roc_area))),
            card_precision: per_day
                .map(|cards| self.card_precision(cards, request.replicates))
                .collect(),
            share_of_score_0: share_of_score_0(&self.all),
            curve: self.curve(),
            replicates: request.replicates,
        };
        let reports = budgets.iter().enumerate().map(|(at, budget)| {
            let of_budget = |pick: fn(&BudgetFigures) -> Option<f64>| {
                interval(replicates.iter().map(|one| one.budgets.get(at).and_then(pick)))
            };
            let intervals =
                (of_budget(|figures| figures.precision), of_budget(|figures| figures.recall));
            self.budget(*budget, intervals, money)
        });
        (ranking, reports.collect())
    }

    fn budget(
        &self,
        budget: BudgetRequest,
        (precision, recall): (Option<Interval>, Option<Interval>),
        money: Money,
    ) -> Budget {
        let (selection, share, per_day) = match budget {
            BudgetRequest::Share(share) => {
                (select(&self.all, budget_of_share(&self.all, share)), Some(share), None)
            }
            BudgetRequest::PerDay(cases) => (select_per_day(&self.days, cases), None, Some(cases)),
        };
        let all = self.all.totals();
        let estimate = |value: Option<f64>, ends| value.map(|value| with_interval(value, ends));
        Budget {
            share,
            per_day,
            cases: selection.cases,
            score: selection.score.map(i32::from),
            tied: selection.tied,
            tied_taken: selection.tied_taken,
            fraud: selection.fraud,
            fraud_value: money.amount_of(selection.fraud_value),
            precision: estimate(selection.precision(), precision),
            recall: estimate(selection.recall(all.fraud), recall),
            recall_by_value: selection.recall_by_value(all.fraud_value),
        }
    }

    fn card_precision(&self, cards_per_day: u64, replicates: u64) -> CardPrecision {
        let found = card_precision(&self.days, cards_per_day, replicates);
        CardPrecision {
            cards_per_day,
            precision: found.map(|found| with_interval(found.precision, found.interval)),
            days: found.map_or(0, |found| found.days),
        }
    }

    fn curve(&self) -> Vec<CurvePoint> {
        let point = |threshold: crate::backtest::figures::Threshold| {
            Some(CurvePoint {
                score: i32::from(threshold.score),
                cases: threshold.fraud + threshold.genuine,
                precision: threshold.precision?,
                recall: threshold.recall?,
                recall_by_value: threshold.recall_by_value.unwrap_or(0.0),
                false_positive_rate: threshold.false_positive_rate?,
            })
        };
        thresholds(&self.all).into_iter().filter_map(point).collect()
    }

    /// The figures of all replicates, in order.
    fn replicates(&self, request: &RankingRequest<'_>) -> Vec<Replicate> {
        let count = usize::try_from(request.replicates).unwrap_or(0);
        let mut workers: Vec<Vec<Replicate>> = vec![Vec::new(); request.threads.max(1)];
        let work = |found: &mut Vec<Replicate>, job: usize| {
            found.push(self.replicate(job as u64, request.budgets));
        };
        share(&mut workers, count, work, || ());
        let mut all = workers.concat();
        all.sort_unstable_by_key(|one| one.number);
        all
    }

    fn replicate(&self, number: u64, budgets: &[BudgetRequest]) -> Replicate {
        let cases = resample(self.cards, number);
        let fraud = cases.totals().fraud;
        let figures = |budget: &BudgetRequest| match budget {
            BudgetRequest::Share(share) => {
                let selection: Selection = select(&cases, budget_of_share(&cases, *share));
                BudgetFigures { precision: selection.precision(), recall: selection.recall(fraud) }
            }
            BudgetRequest::PerDay(_) => BudgetFigures::default(),
        };
        Replicate {
            number,
            average_precision: average_precision(&cases),
            roc_area: roc_area(&cases),
            budgets: budgets.iter().map(figures).collect(),
        }
    }
}

fn empty(day: i32) -> DayScores {
    DayScores { day: i64::from(day), ..DayScores::default() }
}

fn add_cases(cases: &mut ScoreHistogram, day: &DayTally, class: CaseClass) {
    let counts = day.class(class);
    match class {
        CaseClass::Fraud => {
            add_counts(&mut cases.fraud, &counts.scores);
            add_counts(&mut cases.fraud_value, &counts.score_values);
        }
        _ => add_counts(&mut cases.genuine, &counts.scores),
    }
}

fn add_counts<N: Copy + std::ops::AddAssign>(sums: &mut [N], counts: &[N]) {
    debug_assert!(counts.is_empty() || counts.len() == SCORES);
    sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += *count);
}
