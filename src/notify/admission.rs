//! What becomes of an alert that was read: whether it is one to tell of, and whether one by one.

use super::alert::Alert;
use super::settings::Policy;
use crate::transaction::Time;
use std::collections::{HashSet, VecDeque};

/// Alert ids that are remembered so that a repeat counts once.
pub const RECENT_IDS_MAX: usize = 100_000;

/// What becomes of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It counts for its cause.
    Counted,
    /// It is older than the age limit: counted in a summary, and nobody is paged.
    Old,
    /// Less severe than the floor.
    BelowFloor,
    /// Seen before.
    Repeated,
}

/// Decides on each alert, in the order in which they are read.
#[derive(Debug)]
pub struct Admission {
    recent: Recent,
    rate: Rate,
}

/// The ids seen last.
#[derive(Debug, Default)]
struct Recent {
    known: HashSet<u128>,
    order: VecDeque<u128>,
}

/// When the latest active causes began that are notified one by one.
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

    /// Of an alert of the time `at`, read `now`.
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

    /// Whether an active cause that begins now is notified by itself; takes its place among those that are.
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
