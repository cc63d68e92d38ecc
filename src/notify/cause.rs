//! Groups alerts by cause while they keep arriving.

use super::aggregate::Aggregate;
use super::alert::Alert;
use crate::rules::Severity;
use crate::transaction::Time;
use std::sync::Arc;

/// What alerts are grouped by. The issuer is not part of it: one notifier has one issuer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// A rule fired.
    Rule { rule: Arc<str>, severity: Severity },
    /// More causes became active within a short time than are notified individually.
    Storm,
    /// Alerts that were old when they were read.
    Old,
}

/// A cause with recent alerts. It is active from its first alert until the quiet time after its
/// last one has passed.
#[derive(Debug, Clone, PartialEq)]
pub struct ActiveCause {
    /// The time of its first alert.
    pub start: Time,
    /// The time of its latest alert.
    pub last: Time,
    /// When the latest alert was read: about the same as `last`, unless it was read late.
    pub read_at: Time,
    pub aggregate: Aggregate,
}

impl Cause {
    pub fn of(alert: &Alert) -> Self {
        Self::Rule { rule: Arc::clone(&alert.rule), severity: alert.severity }
    }
}

impl ActiveCause {
    /// Starts with one alert of the time `at`, read at `read_at`.
    pub fn new(alert: &Alert, at: Time, read_at: Time, examples_max: usize) -> Self {
        let mut aggregate = Aggregate::default();
        aggregate.add(alert, examples_max);
        Self { start: at, last: at, read_at, aggregate }
    }

    /// Adds the counts of another one.
    pub fn merge(&mut self, other: &Self, examples_max: usize) {
        self.start = self.start.min(other.start);
        self.last = self.last.max(other.last);
        self.read_at = self.read_at.max(other.read_at);
        self.aggregate.merge(&other.aggregate, examples_max);
    }

    /// When the quiet time will have passed if no further alert arrives.
    pub fn quiet_at(&self, quiet_ms: i64) -> Time {
        Time(self.last.max(self.read_at).millis().saturating_add(quiet_ms))
    }
}
