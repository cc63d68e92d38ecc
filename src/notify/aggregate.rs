//! Summarizes many alerts: their count, amounts and rules, and the latest examples.
//!
//! The aggregate does not depend on the order of the alerts, and does not grow with their number.

use super::alert::{Alert, Example};
use crate::rules::Severity;
use crate::transaction::Money;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Pairs of rule and severity that an aggregate lists; alerts of further ones are counted together.
pub const NAMED_MAX: usize = 200;

/// Counts of alerts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Aggregate {
    pub count: u64,
    /// By currency.
    pub amounts: BTreeMap<&'static str, AmountSum>,
    /// By rule and severity.
    pub named: BTreeMap<(Arc<str>, Severity), u64>,
    /// Alerts of rules beyond the first [`NAMED_MAX`].
    pub unnamed: u64,
    /// The latest alerts, newest first.
    pub examples: Vec<Example>,
}

/// The sum of the amounts in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmountSum {
    pub alerts: u64,
    pub amount: Money,
}

impl Aggregate {
    /// Counts an alert and keeps at most `examples_max` examples.
    pub fn add(&mut self, alert: &Alert, examples_max: usize) {
        self.count += 1;
        self.add_sum(AmountSum { alerts: 1, amount: alert.amount });
        self.add_named((Arc::clone(&alert.rule), alert.severity), 1);
        self.add_example(&alert.example, examples_max);
    }

    /// Adds the counts of another aggregate.
    pub fn merge(&mut self, other: &Self, examples_max: usize) {
        self.count += other.count;
        self.unnamed += other.unnamed;
        for sum in other.amounts.values() {
            self.add_sum(*sum);
        }
        for (name, count) in &other.named {
            self.add_named(name.clone(), *count);
        }
        for example in &other.examples {
            self.add_example(example, examples_max);
        }
    }

    /// Alerts that are not among the examples.
    pub fn not_shown(&self) -> u64 {
        self.count.saturating_sub(u64::try_from(self.examples.len()).unwrap_or(u64::MAX))
    }

    fn add_sum(&mut self, added: AmountSum) {
        let Money { currency, .. } = added.amount;
        let none = AmountSum { alerts: 0, amount: Money { minor: 0, currency } };
        let sum = self.amounts.entry(currency.code()).or_insert(none);
        sum.alerts += added.alerts;
        sum.amount.minor = sum.amount.minor.saturating_add(added.amount.minor);
    }

    fn add_named(&mut self, name: (Arc<str>, Severity), count: u64) {
        if let Some(known) = self.named.get_mut(&name) {
            *known += count;
        } else if self.named.len() < NAMED_MAX {
            self.named.insert(name, count);
        } else {
            self.unnamed += count;
        }
    }

    fn add_example(&mut self, example: &Example, examples_max: usize) {
        let order = |example: &Example| Reverse((example.at, example.alert_id));
        let at = self.examples.partition_point(|known| order(known) < order(example));
        if at < examples_max {
            self.examples.insert(at, example.clone());
            self.examples.truncate(examples_max);
        }
    }
}
