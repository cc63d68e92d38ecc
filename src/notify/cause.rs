//! A time for which alerts of one cause keep coming, and what is counted in it.

use super::aggregate::Aggregate;
use super::alert::Alert;
use crate::rules::Severity;
use crate::transaction::Time;
use std::sync::Arc;

/// What alerts have in common. The issuer is the same for all: it is configured.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// A rule fired.
    Rule { rule: Arc<str>, severity: Severity },
    /// More causes began within a short time than are notified one by one.
    Storm,
    /// They were old when they were read.
    Old,
}

/// It begins with its first alert, and is over once a quiet time has passed since the last.
#[derive(Debug, Clone, PartialEq)]
pub struct ActiveCause {
    /// The time of its first alert.
    pub start: Time,
    /// The time of its latest alert.
    pub last: Time,
    /// When the latest was read; as good as `last`, unless it was read late.
    pub read_at: Time,
    pub aggregate: Aggregate,
}

impl Cause {
    pub fn of(alert: &Alert) -> Self {
        Self::Rule { rule: Arc::clone(&alert.rule), severity: alert.severity }
    }
}

impl ActiveCause {
    /// Of one alert, of `at`, read at `read_at`.
    pub fn new(alert: &Alert, at: Time, read_at: Time, examples_max: usize) -> Self {
        let mut aggregate = Aggregate::default();
        aggregate.add(alert, examples_max);
        Self { start: at, last: at, read_at, aggregate }
    }

    /// Counts what another one has.
    pub fn merge(&mut self, other: &Self, examples_max: usize) {
        self.start = self.start.min(other.start);
        self.last = self.last.max(other.last);
        self.read_at = self.read_at.max(other.read_at);
        self.aggregate.merge(&other.aggregate, examples_max);
    }

    /// When it will have been quiet for so long, if nothing more comes.
    pub fn quiet_at(&self, quiet_ms: i64) -> Time {
        Time(self.last.max(self.read_at).millis().saturating_add(quiet_ms))
    }
}
