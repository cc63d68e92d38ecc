//! What a backtest is run with.

use crate::backtest::labels::LabelBook;
use crate::backtest::tally::{Maturity, day_of};
use crate::decode::Decoder;
use crate::memory::Limits;
use crate::rules::{Ruleset, ScheduledLists};
use crate::transaction::Time;
use std::sync::Arc;

/// A message is hardly ever later than this.
const LATE_MAX_DAYS: i32 = 7;

/// What a mature case without a label counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unlabelled {
    #[default]
    Genuine,
    Unknown,
}

/// What a backtest is run with.
#[derive(Debug)]
pub struct BacktestSettings {
    pub decoder: Arc<Decoder>,
    /// The limits of the memory of each shard.
    pub limits: Limits,
    /// The first one is the one that is asked about. The others run beside it.
    pub rulesets: Vec<Arc<Ruleset>>,
    /// How many of the rulesets are reported in full, from the first. For the others, only what
    /// they detect is counted.
    pub reported: usize,
    pub labels: LabelBook,
    pub lists: ScheduledLists,
    /// Whether the decisions of the first ruleset are wanted.
    pub writes_decisions: bool,
    pub threads: usize,
    /// The end of what is known; `None`: the newest of the last transaction and the last label.
    pub as_of: Option<Time>,
    pub mature_after_ms: i64,
    pub unlabelled: Unlabelled,
    /// Only transactions of this time and later ones are counted; the earlier ones are remembered.
    pub count_from: Option<Time>,
    /// Only transactions before this time are counted.
    pub count_until: Option<Time>,
}

impl BacktestSettings {
    /// Whether transactions of this time are counted.
    pub fn counts(&self, time: Time) -> bool {
        self.count_from.is_none_or(|from| from <= time)
            && self.count_until.is_none_or(|until| time < until)
    }

    /// The end of what is known, if no transaction is newer than `newest`.
    pub fn as_of(&self, newest: Option<Time>) -> Option<Time> {
        self.as_of.or(newest.max(self.labels.newest()))
    }

    /// The days whose cases cards can add up by now: they are mature, and messages of them are hardly
    /// ever that late. If one is, its card counts twice for that day in the card precision.
    pub fn settled_days(&self, newest: Option<Time>) -> Maturity {
        let Some(newest) = newest else { return Maturity::NEVER };
        let over = day_of(newest).saturating_sub(LATE_MAX_DAYS);
        Maturity { until_day: self.maturity(Some(newest)).until_day.min(over) }
    }

    /// Which days are mature at least, if no transaction is newer than `newest`. It only grows.
    pub fn maturity(&self, newest: Option<Time>) -> Maturity {
        match (self.unlabelled, self.as_of(newest)) {
            (Unlabelled::Genuine, Some(as_of)) => Maturity::new(as_of, self.mature_after_ms),
            _ => Maturity::NEVER,
        }
    }
}
