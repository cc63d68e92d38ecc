//! Tracks what one target accepted for one active cause, and what is due next.

use super::cause::ActiveCause;
use crate::transaction::{MINUTE_MS, Time};

/// How long the end of an active cause is sent repeatedly, for a target that forgets its state on a
/// restart.
pub const END_REPEATED_MS: i64 = 5 * MINUTE_MS;

/// How often a target is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResendPolicy {
    /// The minimum interval between notifications of new counts.
    pub update_ms: i64,
    /// How often an active cause without new alerts is notified again; `None`: never.
    pub resend_ms: Option<i64>,
}

/// What a target accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeliveryState {
    /// When the target was first notified; `None`: not yet.
    begun: Option<Time>,
    /// How many alerts the active cause had when it was last notified.
    count: u64,
    /// When the target was last notified.
    sent: Option<Time>,
    ended: Option<Time>,
}

/// What is due for a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    Nothing,
    /// With the next update.
    Soon,
    /// Immediately: a start, an end, or a repeated notification.
    Now,
}

impl DeliveryState {
    /// The state of an active cause that a previous run notified about.
    pub fn earlier(active: &ActiveCause) -> Self {
        let begun = Some(active.start);
        Self { begun, count: active.aggregate.count, sent: None, ended: None }
    }

    pub fn due(
        &self,
        active: &ActiveCause,
        resend_policy: &ResendPolicy,
        quiet_ms: i64,
        now: Time,
    ) -> Due {
        let again = |sent: Option<Time>| {
            resend_policy.resend_ms.is_some_and(|every_ms| {
                sent.is_none_or(|sent| now.millis() - sent.millis() >= every_ms)
            })
        };
        let has_news = active.aggregate.count > self.count;
        match (self.begun, self.ended) {
            (None, _) => Due::Now,
            (_, Some(_)) if has_news => Due::Now,
            (_, Some(ended)) => {
                let is_repeated = now.millis() - ended.millis() < END_REPEATED_MS;
                if is_repeated && again(self.sent) { Due::Now } else { Due::Nothing }
            }
            _ if now >= self.until(active, quiet_ms, now) || again(self.sent) => Due::Now,
            _ if has_news => Due::Soon,
            _ => Due::Nothing,
        }
    }

    /// Whether the active cause has counted alerts that the target was not notified about.
    pub fn has_undelivered(&self, active: &ActiveCause) -> bool {
        self.begun.is_none() || active.aggregate.count > self.count
    }

    /// When the active cause ends for this target if no further alert arrives. The quiet time
    /// counts from the latest alert and from the first notification, whichever is later, so that no
    /// cause ends before the target has shown it.
    pub fn until(&self, active: &ActiveCause, quiet_ms: i64, now: Time) -> Time {
        let first = if self.is_active() { self.begun.unwrap_or(now) } else { now };
        active.quiet_at(quiet_ms).max(Time(first.millis().saturating_add(quiet_ms)))
    }

    /// Whether the notification that is due now is the end: nothing is undelivered, and the quiet
    /// time has passed.
    pub fn is_end(&self, active: &ActiveCause, quiet_ms: i64, now: Time) -> bool {
        let is_over = self.ended.is_some() || now >= self.until(active, quiet_ms, now);
        is_over && !self.has_undelivered(active)
    }

    /// Records that the target accepted `count` alerts, as firing or as ended.
    pub fn accept(&mut self, count: u64, is_end: bool, now: Time) {
        if !self.is_active() {
            self.begun = Some(now);
        }
        self.count = count;
        self.sent = Some(now);
        self.ended = is_end.then(|| self.ended.unwrap_or(now));
    }

    /// Whether nothing more will be sent about the active cause.
    pub fn is_done(&self, resend_policy: &ResendPolicy, now: Time) -> bool {
        let kept_ms = if resend_policy.resend_ms.is_some() { END_REPEATED_MS } else { 0 };
        self.ended.is_some_and(|ended| now.millis() - ended.millis() >= kept_ms)
    }

    pub fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// When the target was notified about the end.
    pub fn ended(&self) -> Option<Time> {
        self.ended
    }

    fn is_active(&self) -> bool {
        self.begun.is_some() && self.ended.is_none()
    }
}
