//! A curve over the values of one number, and the best value for each budget.

use super::detection::Baseline;
use super::money::estimate;
use super::outcome_counts::OutcomeCounts;
use super::ranking::BudgetRequest;
use super::settle::SettledRun;
use crate::backtest::figures::{share, share_of_value};
use crate::backtest::report::{Sweep, SweepBest, SweepPoint};
use crate::backtest::tally::DayTally;
use crate::backtest::truth::FraudScope;
use crate::number::{NearestDouble, u64_toward_zero};

/// What is varied.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepRequest {
    /// As given.
    pub target: String,
    /// The value in the ruleset.
    pub current: f64,
    pub source: SweepSource,
}

/// Where the points of a curve come from.
#[derive(Debug, Clone, PartialEq)]
pub enum SweepSource {
    /// Thresholds of the first ruleset's review, ascending: from the scores of its cases.
    Review(Vec<i32>),
    /// Variants of the ruleset, each with its value, ascending, and its place among the rulesets.
    Variants(Vec<(f64, usize)>),
}

impl SweepRequest {
    /// The thresholds whose effect on each card has to be counted.
    pub fn thresholds(&self) -> &[i32] {
        match &self.source {
            SweepSource::Review(thresholds) => thresholds,
            SweepSource::Variants(_) => &[],
        }
    }
}

/// The curve.
pub fn sweep(
    run: &SettledRun,
    request: &SweepRequest,
    baseline: &Baseline,
    budgets: &[BudgetRequest],
) -> Sweep {
    let points: Vec<SweepPoint> = match &request.source {
        SweepSource::Review(thresholds) => {
            let scopes = thresholds.iter().zip(&run.thresholds);
            let point = |(threshold, scope): (&i32, &FraudScope)| {
                let alerts = alerts_at(run, *threshold);
                point(run, f64::from(*threshold), &alerts, scope, baseline)
            };
            scopes.map(point).collect()
        }
        SweepSource::Variants(variants) => {
            let point = |(value, place): &(f64, usize)| {
                let tally = run.totals.tallies.get(*place)?;
                let scope = &run.frauds.get(*place)?.alerts;
                let count = |day: &DayTally, class| {
                    let counts = day.class(class);
                    (counts.alerts, counts.alert_value)
                };
                let alerts = OutcomeCounts::sum(tally.days.iter(), run.maturity, count);
                Some(point(run, *value, &alerts, scope, baseline))
            };
            variants.iter().filter_map(point).collect()
        }
    };
    let best = budgets.iter().map(|budget| best(*budget, &points, run, baseline)).collect();
    Sweep { target: request.target.clone(), points, current: request.current, best }
}

/// Alerts if a review began at this score: cases with this score or more, and those in which a rule
/// demands an action.
fn alerts_at(run: &SettledRun, threshold: i32) -> OutcomeCounts {
    let decline = run.settings.rulesets.first().map_or(0, |ruleset| ruleset.decline);
    let least = usize::try_from(threshold.min(decline)).unwrap_or(0);
    let Some(tally) = run.totals.tallies.first() else { return OutcomeCounts::default() };
    OutcomeCounts::sum(tally.days.iter(), run.maturity, |day: &DayTally, class| {
        let counts = day.class(class);
        let from = counts.scores.iter().skip(least).sum::<u64>();
        (from + counts.demanded.iter().take(least).sum::<u64>(), 0)
    })
}

fn point(
    run: &SettledRun,
    value: f64,
    alerts: &OutcomeCounts,
    scope: &FraudScope,
    baseline: &Baseline,
) -> SweepPoint {
    let days = day_count(run).nearest_double();
    SweepPoint {
        value,
        alerts: alerts.all(),
        alerts_per_day: if days > 0.0 { alerts.all().nearest_double() / days } else { 0.0 },
        true_alerts: alerts.fraud.0,
        false_alerts: alerts.all_genuine(),
        not_yet_known: alerts.not_yet_known.0,
        declined: alerts.declined.0,
        precision: estimate(alerts.fraud.0, alerts.known()),
        recall: estimate(alerts.fraud.0, baseline.cases.fraud.0),
        recall_by_value: share_of_value(scope.hit_value, baseline.cases.fraud.1),
        recall_by_card: share(scope.caught_cards, baseline.fraud_cards),
        false_positive_rate: share(alerts.all_genuine(), baseline.cases.all_genuine()),
        value_saved: baseline.money.amount(scope.saved),
    }
}

/// The point with the most fraud by value among those that raise few enough alerts.
fn best(
    budget: BudgetRequest,
    points: &[SweepPoint],
    run: &SettledRun,
    baseline: &Baseline,
) -> SweepBest {
    let (share, per_day, alerts_max) = match budget {
        BudgetRequest::Share(share) => {
            let cases = baseline.cases.all().nearest_double();
            (Some(share), None, u64_toward_zero((share * cases).round()))
        }
        BudgetRequest::PerDay(alerts) => (None, Some(alerts), alerts * day_count(run)),
    };
    let fitting = points.iter().enumerate().filter(|(_, point)| point.alerts <= alerts_max);
    let rank = |point: &SweepPoint| {
        (point.recall_by_value.unwrap_or(0.0), point.true_alerts, std::cmp::Reverse(point.alerts))
    };
    let best = fitting.max_by(|(_, one), (_, other)| {
        let (one, other) = (rank(one), rank(other));
        one.0.total_cmp(&other.0).then((one.1, one.2).cmp(&(other.1, other.2)))
    });
    SweepBest { share, per_day, alerts_max, point: best.map(|(at, _)| at) }
}

/// Days from the first case to the last, as the report lists them.
fn day_count(run: &SettledRun) -> u64 {
    let days = run.totals.tallies.first().map(|tally| &tally.days);
    let ends = days.and_then(|days| Some((days.keys().next()?, days.keys().next_back()?)));
    ends.map_or(0, |(first, last)| u64::from(last.abs_diff(*first)) + 1)
}
