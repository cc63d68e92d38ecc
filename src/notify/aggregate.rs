//! What is known of many alerts together: how many, amounts, which rules, the latest examples.
//!
//! Whatever order alerts come in, the aggregate is the same. It does not grow with their number.

use super::alert::{Alert, Example};
use crate::rules::Severity;
use crate::transaction::Money;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rules with their severities that an aggregate names; further ones are counted together.
pub const NAMED_MAX: usize = 200;

/// Counts of alerts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Aggregate {
    pub count: u64,
    /// By currency.
    pub amounts: BTreeMap<&'static str, AmountSum>,
    /// By rule and severity.
    pub named: BTreeMap<(Arc<str>, Severity), u64>,
    /// Alerts of rules beyond [`NAMED_MAX`].
    pub unnamed: u64,
    /// The latest, newest first.
    pub examples: Vec<Example>,
}

/// Amounts of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmountSum {
    pub alerts: u64,
    pub amount: Money,
}

impl Aggregate {
    /// Counts an alert; keeps so many examples.
    pub fn add(&mut self, alert: &Alert, examples_max: usize) {
        self.count += 1;
        self.add_sum(AmountSum { alerts: 1, amount: alert.amount });
        self.add_named((Arc::clone(&alert.rule), alert.severity), 1);
        self.add_example(&alert.example, examples_max);
    }

    /// Counts what another one has counted.
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

    /// Alerts that no example shows.
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
