//! The families of what labels show about alerts.

use super::control_families::ControlFamilies;
use super::families as f;
use super::register::{amount_gauges, child, gauges};
use crate::number::NearestDouble;
use crate::precision::{AlertLabel, PrecisionReport, Tally};
use prometheus::{GaugeVec, IntGaugeVec, Registry};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The families that are filled from a [`PrecisionReport`]. They have no series until there is one.
#[derive(Debug)]
pub(super) struct PrecisionFamilies {
    rule_outcomes: IntGaugeVec,
    rule_outcome_amount: GaugeVec,
    rule_recent_outcomes: IntGaugeVec,
    outcomes: IntGaugeVec,
    outcome_amount: GaugeVec,
    missed_fraud: IntGaugeVec,
    missed_fraud_amount: GaugeVec,
    control: ControlFamilies,
    held: IntGaugeVec,
    partitions: IntGaugeVec,
    /// The rules that have series.
    rules: Mutex<BTreeSet<String>>,
}

impl PrecisionFamilies {
    pub(super) fn new(registry: &Registry) -> Self {
        Self {
            rule_outcomes: gauges(registry, &f::RULE_OUTCOMES),
            rule_outcome_amount: amount_gauges(registry, &f::RULE_OUTCOME_AMOUNT),
            rule_recent_outcomes: gauges(registry, &f::RULE_RECENT_OUTCOMES),
            outcomes: gauges(registry, &f::OUTCOMES),
            outcome_amount: amount_gauges(registry, &f::OUTCOME_AMOUNT),
            missed_fraud: gauges(registry, &f::MISSED_FRAUD),
            missed_fraud_amount: amount_gauges(registry, &f::MISSED_FRAUD_AMOUNT),
            control: ControlFamilies::new(registry),
            held: gauges(registry, &f::OUTCOMES_HELD),
            partitions: gauges(registry, &f::OUTCOME_PARTITIONS),
            rules: Mutex::default(),
        }
    }

    /// Sets every series of the report. `exponent` is that of the base currency.
    pub(super) fn set(&self, report: &PrecisionReport, exponent: u8) {
        self.set_rules(report, exponent);
        for label in AlertLabel::ALL {
            let all = (&self.outcomes, &self.outcome_amount);
            set(all, &[label.name()], report.alerted.get(label), exponent);
        }
        self.control.set(report);
        set((&self.missed_fraud, &self.missed_fraud_amount), &[], report.missed, exponent);
        let PrecisionReport { alerts_held, labels_held, links_held, .. } = *report;
        for (kind, held) in [("alert", alerts_held), ("label", labels_held), ("link", links_held)] {
            child(&self.held, &[kind]).set(whole(held));
        }
    }

    pub(super) fn set_partitions(&self, complete: usize, reading: usize) {
        for (state, count) in [("complete", complete), ("reading", reading)] {
            child(&self.partitions, &[state]).set(whole(count));
        }
    }

    fn set_rules(&self, report: &PrecisionReport, exponent: u8) {
        let mut shown = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        for (rule, counts) in &report.rules {
            for label in AlertLabel::ALL {
                let labels = [rule.as_str(), label.name()];
                let families = (&self.rule_outcomes, &self.rule_outcome_amount);
                set(families, &labels, counts.all.get(label), exponent);
                set_count(&self.rule_recent_outcomes, &labels, counts.recent.get(label));
            }
        }
        let rules: BTreeSet<String> = report.rules.keys().cloned().collect();
        for gone in shown.difference(&rules) {
            for label in AlertLabel::ALL {
                let labels = [gone.as_str(), label.name()];
                // An error means that the series does not exist, which is the goal.
                let _ = self.rule_outcomes.remove_label_values(&labels);
                let _ = self.rule_outcome_amount.remove_label_values(&labels);
                let _ = self.rule_recent_outcomes.remove_label_values(&labels);
            }
        }
        *shown = rules;
    }
}

/// Sets a number of transactions and their amount.
fn set((counts, amounts): (&IntGaugeVec, &GaugeVec), labels: &[&str], tally: Tally, exponent: u8) {
    set_count(counts, labels, tally);
    let major = tally.amount.nearest_double() / 10f64.powi(i32::from(exponent));
    child(amounts, labels).set(major);
}

fn set_count(counts: &IntGaugeVec, labels: &[&str], tally: Tally) {
    child(counts, labels).set(i64::try_from(tally.count).unwrap_or(i64::MAX));
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
