//! Decides whether an alert is notified, and whether its cause is notified individually.

use super::alert::Alert;
use super::settings::Policy;
use crate::transaction::Time;
use std::collections::{HashSet, VecDeque};

/// Alert ids that are remembered so that a repeated alert counts once.
pub const RECENT_IDS_MAX: usize = 100_000;

/// How an alert is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It counts towards its cause.
    Counted,
    /// It is older than the age limit: it is counted in a summary that pages no one.
    Old,
    /// It is less severe than the floor.
    BelowFloor,
    /// Its id was seen before.
    Repeated,
}

/// Determines how each alert is notified, in the order in which they are read.
#[derive(Debug)]
pub struct Admission {
    recent: Recent,
    rate: Rate,
}

/// The most recently seen ids.
#[derive(Debug, Default)]
struct Recent {
    known: HashSet<u128>,
    order: VecDeque<u128>,
}

/// When the latest individually notified causes became active.
#[derive(Debug, Default)]
struct Rate {
    begun: VecDeque<Time>,
}

impl Disposition {
    pub const NAMES: [&'static str; 4] = ["counted", "old", "below_floor", "repeated"];

    pub fn name(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Old => "old",
            Self::BelowFloor => "below_floor",
            Self::Repeated => "repeated",
        }
    }
}

impl Admission {
    pub fn new() -> Self {
        Self { recent: Recent::default(), rate: Rate::default() }
    }

    /// Classifies an alert of the time `at` that is read at `now`.
    pub fn disposition(
        &mut self,
        policy: &Policy,
        alert: &Alert,
        at: Time,
        now: Time,
    ) -> Disposition {
        if !self.recent.is_new(alert.id) {
            Disposition::Repeated
        } else if alert.severity < policy.severity_floor {
            Disposition::BelowFloor
        } else if now.millis().saturating_sub(at.millis()) > policy.age_limit_ms {
            Disposition::Old
        } else {
            Disposition::Counted
        }
    }

    /// Whether a cause that becomes active now is notified individually. If so, it uses up one
    /// place of the rate limit.
    pub fn admit(&mut self, policy: &Policy, now: Time) -> bool {
        let window_start = now.millis().saturating_sub(policy.rate_window_ms);
        while self.rate.begun.front().is_some_and(|begun| begun.millis() <= window_start) {
            self.rate.begun.pop_front();
        }
        let has_room = self.rate.begun.len() < policy.rate_cap;
        if has_room {
            self.rate.begun.push_back(now);
        }
        has_room
    }
}

impl Recent {
    fn is_new(&mut self, id: u128) -> bool {
        if !self.known.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > RECENT_IDS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}
