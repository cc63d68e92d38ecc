//! What was notified before this start, from the records before the committed offsets.
//!
//! Partitions are read side by side, so that alerts come in any order: those of one cause whose times
//! lie within a quiet time of each other are joined, which gives the same active causes in whatever order.

use super::admission::{Admission, Disposition};
use super::alert::Alert;
use super::cause::{ActiveCause, Cause};
use super::settings::Policy;
use super::store::{CAUSES_MAX, CauseState, Store};
use crate::transaction::Time;
use std::collections::HashMap;

/// Episodes of one cause that are kept apart meanwhile; the oldest go first.
const EPISODES_MAX: usize = 256;

/// Episodes as they come together.
#[derive(Debug)]
pub struct Recovery {
    policy: Policy,
    /// In the order of their time, each a quiet time apart from the next.
    active_causes: HashMap<Cause, Vec<ActiveCause>>,
}

impl Recovery {
    pub fn new(policy: Policy) -> Self {
        Self { policy, active_causes: HashMap::new() }
    }

    /// Takes in an alert that was notified of.
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

    /// Hands what is still active over.
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
            let is_alone = !is_overflow && admission.admit(&self.policy, active.start);
            if !is_alone {
                join(&mut storm, active.clone(), &self.policy);
            }
            if !is_overflow && now < active.quiet_at(quiet_ms) {
                let state = if is_alone { CauseState::Alone } else { CauseState::Held };
                store.adopt(cause, active, state);
            }
        }
        if let Some(last) = storm.pop().filter(|last| now < last.quiet_at(quiet_ms)) {
            store.adopt(Cause::Storm, last, CauseState::Alone);
        }
    }
}

/// Puts an active cause in its place, joined with those that it touches.
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
    if active_causes.len() > EPISODES_MAX {
        active_causes.remove(0);
    }
}
