//! Rebuilds what was notified before this start from the records before the committed offsets.
//!
//! Partitions are read in parallel, so alerts arrive in any order. Alerts of one cause that are
//! less than a quiet time apart are joined, which gives the same active causes in every order.

use super::admission::{Admission, Disposition};
use super::alert::Alert;
use super::cause::{ActiveCause, Cause};
use super::settings::Policy;
use super::store::{CAUSES_MAX, CauseState, Store};
use crate::transaction::Time;
use std::collections::HashMap;

/// The active periods of one cause that are tracked separately; the oldest are dropped first.
const ACTIVE_PERIODS_MAX: usize = 256;

/// The active periods that have been found so far.
#[derive(Debug)]
pub struct Recovery {
    policy: Policy,
    /// In order of time, each at least a quiet time apart from the next.
    active_causes: HashMap<Cause, Vec<ActiveCause>>,
}

impl Recovery {
    pub fn new(policy: Policy) -> Self {
        Self { policy, active_causes: HashMap::new() }
    }

    /// Adds an alert that was notified before.
    pub fn take(&mut self, admission: &mut Admission, alert: &Alert, at: Time) {
        if admission.disposition(&self.policy, alert, at, at) != Disposition::Counted {
            return;
        }
        let own = Cause::of(alert);
        let is_full =
            self.active_causes.len() >= CAUSES_MAX && !self.active_causes.contains_key(&own);
        let cause = if is_full { Cause::Storm } else { own };
        let active = ActiveCause::new(alert, at, at, self.policy.examples);
        join(self.active_causes.entry(cause).or_default(), active, &self.policy);
    }

    /// Hands over what is still active to the store.
    pub fn finish(self, admission: &mut Admission, store: &Store, now: Time) {
        let quiet_ms = self.policy.quiet_ms;
        let mut all: Vec<(Cause, ActiveCause)> = Vec::new();
        for (cause, active_causes) in self.active_causes {
            all.extend(active_causes.into_iter().map(|active| (cause.clone(), active)));
        }
        all.sort_by(|(cause, one), (other_cause, other)| {
            (one.start, cause).cmp(&(other.start, other_cause))
        });
        let mut storm = Vec::new();
        for (cause, active) in all {
            let is_overflow = cause == Cause::Storm;
            let is_individual = !is_overflow && admission.admit(&self.policy, active.start);
            if !is_individual {
                join(&mut storm, active.clone(), &self.policy);
            }
            if !is_overflow && now < active.quiet_at(quiet_ms) {
                let state =
                    if is_individual { CauseState::Individual } else { CauseState::InStormSummary };
                store.adopt(cause, active, state);
            }
        }
        if let Some(last) = storm.pop().filter(|last| now < last.quiet_at(quiet_ms)) {
            store.adopt(Cause::Storm, last, CauseState::Individual);
        }
    }
}

/// Inserts an active cause in order, joined with those that it touches.
fn join(active_causes: &mut Vec<ActiveCause>, mut new: ActiveCause, policy: &Policy) {
    let first = active_causes.partition_point(|e| e.quiet_at(policy.quiet_ms) <= new.start);
    let end = first
        + active_causes
            .iter()
            .skip(first)
            .take_while(|e| e.start < new.quiet_at(policy.quiet_ms))
            .count();
    for touched in active_causes.drain(first..end) {
        new.merge(&touched, policy.examples);
    }
    active_causes.insert(first, new);
    if active_causes.len() > ACTIVE_PERIODS_MAX {
        active_causes.remove(0);
    }
}
