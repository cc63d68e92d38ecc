//! What one ruleset did, in full.

use super::control;
use super::detection::Baseline;
use super::outcome_counts::OutcomeCounts;
use super::ranking::{RankingRequest, Scores};
use super::rule::{RuleFindings, rules};
use super::settle::SettledRun;
use super::shown::{card_hits, examples};
use crate::backtest::examples::EXAMPLES_MAX;
use crate::backtest::figures::share;
use crate::backtest::report::{Day, Detection, Examples, Overlap, RulesetReport, ScoreCount};
use crate::backtest::tally::{CaseClass, CaseTally, DayTally, Maturity};
use crate::backtest::truth::FraudTally;
use crate::rules::{Mode, Ruleset};
use crate::transaction::{DAY_MS, Time};
use std::collections::BTreeMap;

/// How many pairs of rules are reported.
const PAIRS_MAX: usize = 100;

/// Reports on one of the rulesets that were run; `None` if there is no such ruleset.
pub fn report(
    run: &SettledRun,
    place: usize,
    path: Option<&str>,
    baseline: &Baseline,
    request: &RankingRequest<'_>,
) -> Option<RulesetReport> {
    let (ruleset, maturity) = (run.settings.rulesets.get(place)?, run.maturity);
    let (tally, frauds) = (run.totals.tallies.get(place)?, run.frauds.get(place)?);
    let findings = RuleFindings {
        place,
        ruleset,
        tally,
        frauds,
        shortlists: &run.shortlists,
        hits: run.hits.get(place)?,
        maturity,
    };
    let rules = rules(findings, baseline);
    let idle = rules.iter().filter(|rule| rule.idle == Some(true));
    let scores = Scores::of(run, place)?;
    let (ranking, budgets) = scores.figures(request, baseline.money);
    Some(RulesetReport {
        name: ruleset.id.name.clone(),
        version: ruleset.id.version.clone(),
        hash: ruleset.id.hash.clone(),
        path: path.map(str::to_owned),
        review: ruleset.review,
        decline: ruleset.decline,
        alerts: alerts(tally, frauds, maturity, baseline),
        declines: declines(tally, frauds, maturity, baseline),
        published: tally.days.values().map(|day| day.published).sum(),
        kinds: baseline.kinds(frauds),
        overlap: overlap(tally, ruleset),
        idle_rules: idle.map(|rule| rule.id.clone()).collect(),
        rules,
        ranking,
        budgets,
        scores: score_counts(tally, maturity),
        days: days(tally, frauds, maturity, baseline),
        control: control::report(
            ruleset,
            run.totals.controls.get(place)?,
            maturity,
            baseline.money,
        ),
        examples: all_examples(run, place),
    })
}

/// Cases that were not approved.
pub fn alerts(
    tally: &CaseTally,
    frauds: &FraudTally,
    maturity: Maturity,
    baseline: &Baseline,
) -> Detection {
    let count = |day: &DayTally, class| {
        let counts = day.class(class);
        (counts.alerts, counts.alert_value)
    };
    let counts = OutcomeCounts::sum(tally.days.iter(), maturity, count);
    baseline.detection(&counts, &frauds.alerts)
}

fn declines(
    tally: &CaseTally,
    frauds: &FraudTally,
    maturity: Maturity,
    baseline: &Baseline,
) -> Detection {
    let count = |day: &DayTally, class| {
        let counts = day.class(class);
        (counts.declines, counts.decline_value)
    };
    let counts = OutcomeCounts::sum(tally.days.iter(), maturity, count);
    baseline.detection(&counts, &frauds.declines)
}

fn all_examples(run: &SettledRun, place: usize) -> Examples {
    let frauds = run.fraud_examples.get(place);
    let shown = |list: &[super::fraud_examples::FraudExample]| {
        list.iter().take(EXAMPLES_MAX).map(super::fraud_examples::FraudExample::shown).collect()
    };
    let false_alerts = run.shortlists.alerts(place);
    Examples {
        true_alerts: frauds.map(|lists| shown(&lists.caught)).unwrap_or_default(),
        false_alerts: false_alerts.map(|list| examples(list, run.maturity)).unwrap_or_default(),
        missed_fraud: frauds.map(|lists| shown(&lists.missed)).unwrap_or_default(),
        cards_hit: card_hits(run.hits.get(place).map(|hits| &*hits.alerts).unwrap_or_default()),
    }
}

fn overlap(tally: &CaseTally, ruleset: &Ruleset) -> Vec<Overlap> {
    let is_live = |rule: u16| {
        let info = ruleset.rules().get(usize::from(rule));
        info.filter(|info| info.mode == Mode::Live).map(|info| info.id.clone())
    };
    let alerts = |rule: u16| -> u64 {
        let of_day = |day: &DayTally| -> u64 {
            let counts = day.rules.get(usize::from(rule));
            counts.into_iter().flatten().map(|counts| counts.alerts).sum()
        };
        tally.days.values().map(of_day).sum()
    };
    let mut pairs: Vec<_> = tally.pairs.iter().collect();
    pairs.sort_unstable_by_key(|(pair, (both, _))| (std::cmp::Reverse(*both), **pair));
    let report = |((first, second), (both, on_fraud)): (&(u16, u16), &(u64, u64))| {
        let either = (alerts(*first) + alerts(*second)).saturating_sub(*both);
        Some(Overlap {
            rules: [is_live(*first)?, is_live(*second)?],
            alerts: *both,
            true_alerts: *on_fraud,
            jaccard: share(*both, either)?,
        })
    };
    pairs.into_iter().filter_map(report).take(PAIRS_MAX).collect()
}

fn score_counts(tally: &CaseTally, maturity: Maturity) -> Vec<ScoreCount> {
    let mut counts: BTreeMap<i32, OutcomeCounts> = BTreeMap::new();
    for (day, of_day) in &tally.days {
        for class in CaseClass::ALL {
            for (score, cases) in (0..).zip(&of_day.class(class).scores) {
                if *cases > 0 {
                    let counts = counts.entry(score).or_default();
                    counts.add(class, maturity.is_mature(*day), (*cases, 0));
                }
            }
        }
    }
    let count = |(score, counts): (i32, OutcomeCounts)| ScoreCount {
        score,
        fraud: counts.fraud.0,
        genuine: counts.all_genuine(),
        not_yet_known: counts.not_yet_known.0,
        declined: counts.declined.0,
    };
    counts.into_iter().map(count).collect()
}

fn days(
    tally: &CaseTally,
    frauds: &FraudTally,
    maturity: Maturity,
    baseline: &Baseline,
) -> Vec<Day> {
    let (Some(first), Some(last)) = (tally.days.keys().next(), tally.days.keys().next_back())
    else {
        return Vec::new();
    };
    let money = baseline.money;
    let of_day = |day: i32| {
        let counted = tally.days.get(&day);
        let mut alerts = OutcomeCounts::default();
        for class in CaseClass::ALL {
            let cases = counted.map_or(0, |counted| counted.class(class).alerts);
            alerts.add(class, maturity.is_mature(day), (cases, 0));
        }
        let amount =
            |on: &BTreeMap<i32, i128>| money.amount(on.get(&day).copied().unwrap_or_default());
        Day {
            day: date(day),
            cases: counted.map_or(0, DayTally::cases),
            fraud: counted.map_or(0, |counted| counted.class(CaseClass::Fraud).cases),
            approved_fraud_value: amount(&frauds.approved_on),
            alerts: alerts.all(),
            true_alerts: alerts.fraud.0,
            false_alerts: alerts.all_genuine(),
            not_yet_known: alerts.not_yet_known.0,
            declined: alerts.declined.0,
            published: counted.map_or(0, |counted| counted.published),
            value_saved: amount(&frauds.saved_on),
        }
    };
    (*first..=*last).map(of_day).collect()
}

/// `2026-01-31`
fn date(day: i32) -> String {
    let text = Time(i64::from(day) * DAY_MS).to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}
