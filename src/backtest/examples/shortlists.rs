//! The lists of cases that are not known to be fraud and were alerted: of each ruleset, of each rule, and
//! of each ruleset where the other one did not alert.

use super::super::report::Example;
use super::super::tally::{CaseClass, day_of};
use super::super::verdict::{RuleVerdict, Verdict};
use super::shortlist::Shortlist;
use crate::decision::Decision;
use std::sync::Arc;

/// One list for each purpose.
#[derive(Debug, Clone, Default)]
pub struct Shortlists {
    /// By ruleset.
    rulesets: Vec<OfRuleset>,
}

#[derive(Debug, Clone, Default)]
struct OfRuleset {
    alerts: Shortlist,
    /// Alerts that the other ruleset did not raise.
    alone: Option<Shortlist>,
    /// By the index of the rule.
    rules: Vec<Shortlist>,
}

/// A case that may be an example.
#[derive(Debug)]
pub struct Candidate {
    pub ruleset: usize,
    pub value: i128,
    pub day: i32,
    pub class: CaseClass,
    pub is_alerted: bool,
    /// Whether the other of two rulesets does not alert.
    pub is_alone: bool,
    /// The rules that alert.
    pub rules: Vec<u16>,
    pub example: Arc<Example>,
}

impl Shortlists {
    /// For one ruleset or two, with these numbers of rules.
    pub fn new(rules: &[usize]) -> Self {
        let alone = (rules.len() > 1).then(Shortlist::default);
        let of_ruleset = |rules: &usize| OfRuleset {
            alerts: Shortlist::default(),
            alone: alone.clone(),
            rules: vec![Shortlist::default(); *rules],
        };
        Self { rulesets: rules.iter().map(of_ruleset).collect() }
    }

    /// Whether a case would be in any list.
    pub fn want(
        &self,
        ruleset: usize,
        decision: &Decision<'_>,
        (verdict, rules): (&Verdict, &[RuleVerdict]),
    ) -> bool {
        let Some(lists) = self.rulesets.get(ruleset) else { return false };
        let tx = decision.transaction;
        if CaseClass::without_label(tx.response.approved) == CaseClass::Declined {
            return false;
        }
        let (value, day) = (i128::from(tx.base_amount.unwrap_or(0)), day_of(tx.time));
        let has_room = |list: &Shortlist| list.has_room(value, day);
        let is_alerted = verdict.is_alerted();
        let alerting = rules.iter().filter(|rule| rule.alerts);
        is_alerted && (has_room(&lists.alerts) || lists.alone.as_ref().is_some_and(has_room))
            || alerting.filter_map(|rule| lists.rules.get(usize::from(rule.rule))).any(has_room)
    }

    pub fn add(&mut self, candidate: &Candidate) {
        let Some(lists) = self.rulesets.get_mut(candidate.ruleset) else { return };
        let add = |list: &mut Shortlist| {
            if list.has_room(candidate.value, candidate.day) {
                list.add(candidate.value, candidate.day, candidate.class, &candidate.example);
            }
        };
        if candidate.is_alerted {
            add(&mut lists.alerts);
        }
        if candidate.is_alone {
            lists.alone.iter_mut().for_each(add);
        }
        for rule in &candidate.rules {
            lists.rules.get_mut(usize::from(*rule)).into_iter().for_each(add);
        }
    }

    /// Alerts of a ruleset.
    pub fn alerts(&self, ruleset: usize) -> Option<&Shortlist> {
        self.rulesets.get(ruleset).map(|lists| &lists.alerts)
    }

    /// Alerts of a ruleset that the other one did not raise.
    pub fn alone(&self, ruleset: usize) -> Option<&Shortlist> {
        self.rulesets.get(ruleset)?.alone.as_ref()
    }

    /// Alerts on which a rule fired.
    pub fn rule(&self, ruleset: usize, rule: usize) -> Option<&Shortlist> {
        self.rulesets.get(ruleset)?.rules.get(rule)
    }
}
