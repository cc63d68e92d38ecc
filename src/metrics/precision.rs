//! Exports how precise rules are, as measured with labels.

use super::service::Metrics;
use crate::precision::{OTHER_RULES, PrecisionReport, RULES_MAX};

impl Metrics {
    /// What labels show about the alerts of the partitions that this process reads. `exponent` is that
    /// of the base currency.
    pub fn set_outcomes(&self, report: &PrecisionReport, exponent: u8) {
        let mut report = report.clone();
        report.limit_rules(RULES_MAX, OTHER_RULES);
        self.precision.set(&report, exponent);
    }

    /// How many partitions of the topic of outcomes were read to their end, and how many not yet.
    pub fn set_outcome_partitions(&self, complete: usize, reading: usize) {
        self.precision.set_partitions(complete, reading);
    }
}
