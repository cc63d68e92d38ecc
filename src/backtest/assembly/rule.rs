//! What each rule of a ruleset did.

use super::card_hit_lists::CardHitLists;
use super::detection::Baseline;
use super::outcome_counts::OutcomeCounts;
use super::ruleset::{card_hits, examples};
use crate::backtest::examples::Shortlists;
use crate::backtest::report::{Alone, Fired, RuleKind, RuleReport};
use crate::backtest::tally::{CaseTally, DayTally, Maturity, RuleCounts};
use crate::backtest::truth::{FraudTally, KIND_NAMES};
use crate::rules::{Mode, RuleInfo, Ruleset};

/// What was counted under one ruleset.
#[derive(Debug, Clone, Copy)]
pub struct RuleFindings<'f> {
    /// Its place among the rulesets.
    pub place: usize,
    pub ruleset: &'f Ruleset,
    pub tally: &'f CaseTally,
    pub frauds: &'f FraudTally,
    pub shortlists: &'f Shortlists,
    pub hits: &'f CardHitLists,
    pub maturity: Maturity,
}

/// Live and shadow rules, in the order of the ruleset.
pub fn rules(findings: RuleFindings<'_>, baseline: &Baseline) -> Vec<RuleReport> {
    let rules = findings.ruleset.rules().iter().enumerate();
    let evaluated = rules.filter(|(_, rule)| rule.mode != Mode::Off);
    evaluated.map(|(at, rule)| report(findings, baseline, at, rule)).collect()
}

fn report(
    findings: RuleFindings<'_>,
    baseline: &Baseline,
    at: usize,
    rule: &RuleInfo,
) -> RuleReport {
    let RuleFindings { tally, frauds, maturity, .. } = findings;
    let sum = |count: fn(&RuleCounts) -> (u64, i128)| {
        OutcomeCounts::sum(tally.days.iter(), maturity, |day: &DayTally, class| {
            let counts = day.rules.get(at).and_then(|counts| counts.get(class.index()));
            counts.map(count).unwrap_or_default()
        })
    };
    let fired = sum(|counts| (counts.fired, 0));
    let alerts = sum(|counts| (counts.alerts, counts.alert_value));
    let alone = sum(|counts| (counts.alone, counts.alone_value));
    let is_live = rule.mode == Mode::Live;
    let scope = frauds.rules.get(at).cloned().unwrap_or_default();
    let idle = !tally.needed.get(at).copied().unwrap_or(false);
    let shortlist = findings.shortlists.rule(findings.place, at);
    RuleReport {
        id: rule.id.clone(),
        mode: if is_live { "live" } else { "shadow" }.to_owned(),
        points: tally.points.get(at).copied().flatten().map_or(0, i32::from),
        action: rule.action.map(|action| action.name().to_owned()),
        severity: rule.severity.name().to_owned(),
        fired: Fired {
            all: fired.all(),
            fraud: fired.fraud.0,
            genuine: fired.all_genuine(),
            not_yet_known: fired.not_yet_known.0,
            declined: fired.declined.0,
        },
        alerts: baseline.detection(&alerts, &scope),
        alone: Alone {
            true_alerts: alone.fraud.0,
            false_alerts: alone.all_genuine(),
            not_yet_known: alone.not_yet_known.0,
            declined: alone.declined.0,
            true_value: baseline.money.amount(alone.fraud.1),
        },
        kinds: kinds(frauds, at),
        undecided: tally.undecided.get(at).copied().unwrap_or(0),
        idle: is_live.then_some(idle),
        counterexamples: shortlist.map(|list| examples(list, maturity)).unwrap_or_default(),
        cards_hit: card_hits(findings.hits.rules.get(at).map(Vec::as_slice).unwrap_or_default()),
    }
}

fn kinds(frauds: &FraudTally, at: usize) -> Vec<RuleKind> {
    let of_rule = frauds.rule_kinds.iter().filter(|((rule, _), _)| usize::from(*rule) == at);
    let kind = |((_, kind), caught): (&(u16, usize), &u64)| RuleKind {
        kind: KIND_NAMES.get(*kind).copied().unwrap_or_default().to_owned(),
        caught: *caught,
    };
    of_rule.map(kind).collect()
}
