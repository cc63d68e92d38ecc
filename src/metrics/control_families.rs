//! The families of the outcomes of declines that the control share lets through.
//!
//! Precision and its interval are computed by the query, because sums of several instances can be
//! added and intervals cannot.

use super::families as f;
use super::register::{child, gauges};
use crate::precision::{AlertLabel, PrecisionReport, RuleControl};
use prometheus::{IntGaugeVec, Registry};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The name that all declines have instead of a rule's. No rule can have it.
const ALL_RULES: &str = "(all)";
const DECLINES: &str = "declines";
const FRAUD: &str = "fraud";
const BOTH: &str = "both";

/// The families that are filled from a [`PrecisionReport`]. Rules without declines that were let
/// through have no series.
#[derive(Debug)]
pub(super) struct ControlFamilies {
    outcomes: IntGaugeVec,
    clusters: IntGaugeVec,
    squares: IntGaugeVec,
    /// The rules that have series.
    rules: Mutex<BTreeSet<String>>,
}

impl ControlFamilies {
    pub(super) fn new(registry: &Registry) -> Self {
        Self {
            outcomes: gauges(registry, &f::CONTROL_OUTCOMES),
            clusters: gauges(registry, &f::CONTROL_CLUSTERS),
            squares: gauges(registry, &f::CONTROL_SQUARES),
            rules: Mutex::default(),
        }
    }

    pub(super) fn set(&self, report: &PrecisionReport) {
        let mut shown = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let all = (report.control.sums.declines > 0).then_some((ALL_RULES, &report.control));
        let by_rule = report.controls.iter().map(|(rule, control)| (rule.as_str(), control));
        let counted: Vec<_> = by_rule.chain(all).collect();
        counted.iter().for_each(|(rule, control)| self.set_rule(rule, control));
        let rules: BTreeSet<String> = counted.iter().map(|(rule, _)| (*rule).to_owned()).collect();
        shown.difference(&rules).for_each(|gone| self.remove(gone));
        *shown = rules;
    }

    fn set_rule(&self, rule: &str, control: &RuleControl) {
        for label in AlertLabel::ALL {
            let count = control.outcomes.get(label).count;
            child(&self.outcomes, &[rule, label.name()]).set(whole(count));
        }
        let sums = &control.sums;
        child(&self.clusters, &[rule]).set(whole(sums.clusters));
        child(&self.squares, &[rule, DECLINES]).set(whole(sums.declines_squared));
        child(&self.squares, &[rule, FRAUD]).set(whole(sums.fraud_squared));
        child(&self.squares, &[rule, BOTH]).set(whole(sums.fraud_by_declines));
    }

    /// An error means that the series does not exist, which is the goal.
    fn remove(&self, rule: &str) {
        for label in AlertLabel::ALL {
            let _ = self.outcomes.remove_label_values(&[rule, label.name()]);
        }
        let _ = self.clusters.remove_label_values(&[rule]);
        for kind in [DECLINES, FRAUD, BOTH] {
            let _ = self.squares.remove_label_values(&[rule, kind]);
        }
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
