//! Holds the active causes, shared between the reader of the topic, which counts alerts, and one
//! task per target, which reads what is due and records what was accepted.
//!
//! Each cause has its own lock, so no task waits for an alert of another cause, or for a target.
//! The order makes confirmed offsets safe: a task first reads how far the reader is, then what is
//! due. Everything read up to that offset has been counted by then.

use super::admission::{Admission, Disposition};
use super::alert::Alert;
use super::cause::{ActiveCause, Cause};
use super::delivery_state::{DeliveryState, Due, ResendPolicy};
use super::settings::Policy;
use crate::transaction::Time;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Causes that are tracked separately; alerts of further ones are notified only in the storm's
/// summary.
pub const CAUSES_MAX: usize = 1_000;

/// Next offsets by partition.
pub type Offsets = BTreeMap<i32, i64>;

/// The active causes and how far they were read and confirmed.
#[derive(Debug)]
pub struct Store {
    policy: Policy,
    /// One per target.
    resend_policies: Vec<ResendPolicy>,
    pub(super) groups: DashMap<Cause, Group>,
    serial: AtomicU64,
    /// The next offset of each partition after the counted alerts.
    read: Mutex<Offsets>,
    /// How far each target has accepted.
    confirmed: Mutex<Vec<Offsets>>,
    /// Whether new counts are notified immediately, because reading waits for their confirmation.
    is_urgent: AtomicBool,
}

/// An active cause, and what each target accepted for it.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// Distinguishes this active cause from earlier and later ones of the same cause.
    serial: u64,
    pub(super) active: ActiveCause,
    pub(super) state: CauseState,
    deliveries: Vec<DeliveryState>,
}

/// How an active cause is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CauseState {
    /// Not decided yet.
    Pending,
    Individual,
    /// Only in the storm's summary.
    InStormSummary,
}

/// What is due for a target about one cause.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingNotification {
    serial: u64,
    pub cause: Cause,
    pub active: ActiveCause,
    pub is_end: bool,
    /// When the active cause ended, or will end if no further alert arrives.
    pub ends: Time,
}

/// What is due for a target.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DueNotifications {
    pub pending: Vec<PendingNotification>,
    /// Whether everything is delivered once these are accepted.
    pub is_complete: bool,
}

impl Store {
    /// With a resend policy for each target.
    pub fn new(policy: Policy, resend_policies: Vec<ResendPolicy>) -> Self {
        let confirmed = Mutex::new(vec![Offsets::new(); resend_policies.len()]);
        Self {
            policy,
            resend_policies,
            groups: DashMap::new(),
            serial: AtomicU64::new(0),
            read: Mutex::default(),
            confirmed,
            is_urgent: AtomicBool::new(false),
        }
    }

    /// Counts an alert of the time `at`, read at `now`.
    pub fn count(
        &self,
        admission: &mut Admission,
        alert: &Alert,
        at: Time,
        now: Time,
    ) -> Disposition {
        let disposition = admission.disposition(&self.policy, alert, at, now);
        let active = || ActiveCause::new(alert, at, now, self.policy.examples);
        match disposition {
            Disposition::Counted => {
                if self.take(Cause::of(alert), active(), now) == CauseState::InStormSummary {
                    self.take(Cause::Storm, active(), now);
                }
            }
            Disposition::Old => {
                self.take(Cause::Old, active(), now);
            }
            Disposition::BelowFloor | Disposition::Repeated => {}
        }
        disposition
    }

    /// Decides which newly active causes are notified individually. This is not done per alert:
    /// alerts of the same moment arrive in any order, and a restart must decide the same.
    pub fn settle(&self, admission: &mut Admission, now: Time) {
        let is_pending = |group: &Group| group.state == CauseState::Pending;
        let pending = self.groups.iter().filter(|group| is_pending(group));
        let mut pending: Vec<(Time, Cause)> =
            pending.map(|group| (group.active.start, group.key().clone())).collect();
        pending.sort();
        for (_, cause) in pending {
            let is_individual = admission.admit(&self.policy, now);
            let Some(mut group) = self.groups.get_mut(&cause) else { continue };
            group.state =
                if is_individual { CauseState::Individual } else { CauseState::InStormSummary };
            let active = group.active.clone();
            drop(group);
            if !is_individual {
                self.take(Cause::Storm, active, now);
            }
        }
    }

    /// Adds the counts of an active cause to those of `cause`.
    fn take(&self, cause: Cause, active: ActiveCause, now: Time) -> CauseState {
        let is_rule = matches!(cause, Cause::Rule { .. });
        let is_full = is_rule && self.groups.len() >= CAUSES_MAX;
        let state = if is_rule { CauseState::Pending } else { CauseState::Individual };
        let begin = |active| {
            self.group(active, state, vec![DeliveryState::default(); self.resend_policies.len()])
        };
        match self.groups.entry(cause) {
            Entry::Occupied(mut known) if known.get().is_over(&self.policy, now) => {
                known.insert(begin(active));
                state
            }
            Entry::Occupied(mut known) => {
                let group = known.get_mut();
                group.active.merge(&active, self.policy.examples);
                group.state
            }
            Entry::Vacant(_) if is_full => CauseState::InStormSummary,
            Entry::Vacant(free) => free.insert(begin(active)).state,
        }
    }

    /// Adds an active cause that a previous run notified about.
    pub fn adopt(&self, cause: Cause, active: ActiveCause, state: CauseState) {
        let deliveries = vec![DeliveryState::earlier(&active); self.resend_policies.len()];
        self.groups.insert(cause, self.group(active, state, deliveries));
    }

    fn group(
        &self,
        active: ActiveCause,
        state: CauseState,
        deliveries: Vec<DeliveryState>,
    ) -> Group {
        Group { serial: self.serial.fetch_add(1, Ordering::Relaxed), active, state, deliveries }
    }

    /// What is due for a target that was last sent something at `pushed`.
    pub fn due_notifications(
        &self,
        target: usize,
        pushed: Option<Time>,
        now: Time,
    ) -> DueNotifications {
        let Some(resend_policy) = self.resend_policies.get(target) else {
            return DueNotifications::default();
        };
        let quiet_ms = self.policy.quiet_ms;
        let (mut pending, mut is_urgent) = (Vec::new(), self.is_urgent.load(Ordering::Relaxed));
        let mut is_complete = true;
        for group in &self.groups {
            is_complete &= group.state != CauseState::Pending;
            if group.state != CauseState::Individual {
                continue;
            }
            let Some(deliveries) = group.deliveries.get(target) else { continue };
            match deliveries.due(&group.active, resend_policy, quiet_ms, now) {
                Due::Nothing => continue,
                Due::Soon => {}
                Due::Now => is_urgent = true,
            }
            pending.push(PendingNotification::of(group.key(), &group, deliveries, (quiet_ms, now)));
        }
        let waited = pushed.is_none_or(|at| now.millis() - at.millis() >= resend_policy.update_ms);
        if pending.is_empty() || is_urgent || waited {
            pending.sort_by(|one, other| one.cause.cmp(&other.cause));
            return DueNotifications { pending, is_complete };
        }
        DueNotifications::default()
    }

    /// Records that a target accepted these.
    pub fn accept(&self, target: usize, pending: &[PendingNotification], now: Time) {
        for notice in pending {
            let Some(mut group) = self.groups.get_mut(&notice.cause) else { continue };
            if group.serial == notice.serial
                && let Some(deliveries) = group.deliveries.get_mut(target)
            {
                deliveries.accept(notice.active.aggregate.count, notice.is_end, now);
            }
        }
    }

    /// Drops causes that are over and fully delivered.
    pub fn sweep(&self, now: Time) {
        self.groups.retain(|_, group| !self.is_done(group, now));
    }

    fn is_done(&self, group: &Group, now: Time) -> bool {
        let deliveries = || group.deliveries.iter().zip(&self.resend_policies);
        let is_delivered = || {
            deliveries().all(|(deliveries, resend_policy)| deliveries.is_done(resend_policy, now))
        };
        group.is_over(&self.policy, now)
            && (group.state == CauseState::InStormSummary || is_delivered())
    }

    /// The number of active causes, and how many of them are only in the storm's summary.
    pub fn active(&self, now: Time) -> (usize, usize) {
        let is_active = |group: &Group| !group.is_over(&self.policy, now);
        let active = self.groups.iter().filter(|group| is_active(group));
        let is_in_summary = |group: &Group| group.state == CauseState::InStormSummary;
        active
            .fold((0, 0), |(all, held), group| (all + 1, held + usize::from(is_in_summary(&group))))
    }

    pub fn set_read(&self, partition: i32, next_offset: i64) {
        lock(&self.read).insert(partition, next_offset);
    }

    pub fn read(&self) -> Offsets {
        lock(&self.read).clone()
    }

    /// A target has accepted everything that the records before these offsets caused.
    pub fn confirm(&self, target: usize, offsets: Offsets) {
        if let Some(confirmed) = lock(&self.confirmed).get_mut(target) {
            *confirmed = offsets;
        }
    }

    /// How far every target has accepted.
    pub fn confirmed(&self) -> Offsets {
        let confirmed = lock(&self.confirmed);
        let Some((first, others)) = confirmed.split_first() else { return Offsets::new() };
        let least = |(partition, offset): (&i32, &i64)| {
            let theirs = others.iter().map(|other| other.get(partition).copied());
            let least = theirs.chain([Some(*offset)]).min().flatten()?;
            Some((*partition, least))
        };
        first.iter().filter_map(least).collect()
    }

    pub fn set_urgent(&self, is_urgent: bool) {
        self.is_urgent.store(is_urgent, Ordering::Relaxed);
    }
}

impl Group {
    /// Whether a further alert starts a new active cause: the quiet time has passed, and every
    /// target was notified.
    fn is_over(&self, policy: &Policy, now: Time) -> bool {
        let ended = |deliveries: &DeliveryState| {
            deliveries.has_ended() && !deliveries.has_undelivered(&self.active)
        };
        match self.state {
            CauseState::Pending => false,
            CauseState::Individual => self.deliveries.iter().all(ended),
            CauseState::InStormSummary => now >= self.active.quiet_at(policy.quiet_ms),
        }
    }
}

impl PendingNotification {
    fn of(
        cause: &Cause,
        group: &Group,
        deliveries: &DeliveryState,
        (quiet_ms, now): (i64, Time),
    ) -> Self {
        let is_end = deliveries.is_end(&group.active, quiet_ms, now);
        let until = deliveries.until(&group.active, quiet_ms, now);
        Self {
            serial: group.serial,
            cause: cause.clone(),
            active: group.active.clone(),
            is_end,
            ends: if is_end { deliveries.ended().unwrap_or(now) } else { until },
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
