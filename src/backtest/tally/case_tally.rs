//! Counts all cases under one ruleset.

use super::day_tally::{DayTally, RuleCounts};
use super::outcome::CaseClass;
use crate::backtest::verdict::{RuleVerdict, Verdict};
use crate::rules::Action;
use std::collections::{BTreeMap, HashMap};

/// All cases under one ruleset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseTally {
    pub days: BTreeMap<i32, DayTally>,
    /// By the index of the rule: how often it was undecided.
    pub undecided: Vec<u64>,
    /// By the index of the rule: whether leaving it out changes an action.
    pub needed: Vec<bool>,
    /// By the index of the rule: the most points that it gave.
    pub points: Vec<Option<i16>>,
    /// Pairs of live rules, the first in the ruleset first: alerts with both, and how many of them
    /// are on fraud.
    pub pairs: HashMap<(u16, u16), (u64, u64)>,
    /// Whether scores are counted.
    has_scores: bool,
}

/// A case as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedCase {
    pub day: i32,
    pub class: CaseClass,
    /// In minor units of the base currency; 0 without a rate.
    pub value: i128,
}

impl CaseTally {
    /// Under a ruleset with this number of rules.
    pub fn new(rules: usize, has_scores: bool) -> Self {
        Self {
            days: BTreeMap::new(),
            undecided: vec![0; rules],
            needed: vec![false; rules],
            points: vec![None; rules],
            pairs: HashMap::new(),
            has_scores,
        }
    }

    pub fn count(&mut self, case: CountedCase, verdict: &Verdict, rules: &[RuleVerdict]) {
        let CountedCase { day, class, value } = case;
        let count = self.undecided.len();
        let day = self.days.entry(day).or_insert_with(|| DayTally::new(count));
        day.published += u64::from(verdict.is_published);
        let of_class = day.class_mut(class);
        of_class.cases += 1;
        of_class.value += value;
        if verdict.is_alerted() {
            of_class.alerts += 1;
            of_class.alert_value += value;
        }
        if verdict.action == Action::Decline {
            of_class.declines += 1;
            of_class.decline_value += value;
        }
        if self.has_scores {
            of_class.add_score(verdict.score, verdict.is_demanded);
            if class == CaseClass::Fraud {
                of_class.add_score_value(verdict.score, value);
            }
        }
        for rule in rules {
            let counts = day.rules.get_mut(usize::from(rule.rule));
            let Some(counts) = counts.and_then(|counts| counts.get_mut(class.index())) else {
                continue;
            };
            counts.add(&RuleCounts::of(rule, value));
        }
        if verdict.is_alerted() {
            self.count_pairs(rules, class == CaseClass::Fraud);
        }
        for rule in rules {
            let at = usize::from(rule.rule);
            if let Some(needed) = self.needed.get_mut(at) {
                *needed |= rule.is_needed;
            }
            if let Some(points) = self.points.get_mut(at) {
                *points = (*points).max(Some(rule.points));
            }
        }
    }

    pub fn count_undecided(&mut self, rule: usize) {
        if let Some(count) = self.undecided.get_mut(rule) {
            *count += 1;
        }
    }

    fn count_pairs(&mut self, rules: &[RuleVerdict], is_fraud: bool) {
        let live = || rules.iter().filter(|rule| !rule.is_shadow).map(|rule| rule.rule);
        for (at, first) in live().enumerate() {
            for second in live().skip(at + 1) {
                let (alerts, on_fraud) =
                    self.pairs.entry((first.min(second), first.max(second))).or_default();
                *alerts += 1;
                *on_fraud += u64::from(is_fraud);
            }
        }
    }

    /// Adds the cases of another tally under the same ruleset.
    pub fn add(&mut self, other: &Self) {
        let count = self.undecided.len();
        for (day, others) in &other.days {
            self.days.entry(*day).or_insert_with(|| DayTally::new(count)).add(others);
        }
        self.undecided.iter_mut().zip(&other.undecided).for_each(|(sum, other)| *sum += other);
        self.needed.iter_mut().zip(&other.needed).for_each(|(any, other)| *any |= other);
        let points = self.points.iter_mut().zip(&other.points);
        points.for_each(|(most, other)| *most = (*most).max(*other));
        for (pair, (alerts, on_fraud)) in &other.pairs {
            let sums = self.pairs.entry(*pair).or_default();
            sums.0 += alerts;
            sums.1 += on_fraud;
        }
    }
}

impl RuleCounts {
    fn of(rule: &RuleVerdict, value: i128) -> Self {
        let when = |is: bool| if is { (1, value) } else { (0, 0) };
        let ((alerts, alert_value), (alone, alone_value)) = (when(rule.alerts), when(rule.alone));
        Self { fired: 1, alerts, alert_value, alone, alone_value }
    }
}
