//! What one target accepted of one active cause, and what is due next.

use super::cause::ActiveCause;
use crate::transaction::{MINUTE_MS, Time};

/// How long the end of an active cause is repeated where a target forgets when it restarts.
pub const END_REPEATED_MS: i64 = 5 * MINUTE_MS;

/// How often a target is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResendPolicy {
    /// How often at most new counts of an active cause are notified.
    pub update_ms: i64,
    /// How often an active cause is notified again of which there is nothing new; `None`: never.
    pub resend_ms: Option<i64>,
}

/// What a target accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeliveryState {
    /// When it was first notified; `None`: not yet.
    begun: Option<Time>,
    /// How many alerts the active cause had when it was last notified.
    count: u64,
    /// When that was.
    sent: Option<Time>,
    ended: Option<Time>,
}

/// What is due for a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    Nothing,
    /// At the next occasion.
    Soon,
    /// At once: a beginning, an end, or what is notified again.
    Now,
}

impl DeliveryState {
    /// Of an active cause that a previous run notified of.
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

    /// Whether it has not been notified of something that the active cause counted.
    pub fn has_undelivered(&self, active: &ActiveCause) -> bool {
        self.begun.is_none() || active.aggregate.count > self.count
    }

    /// When the active cause ends for this target if nothing more comes: a quiet time after its latest
    /// alert, and after it was first notified, so that nothing is over before somebody saw it.
    pub fn until(&self, active: &ActiveCause, quiet_ms: i64, now: Time) -> Time {
        let first = if self.is_active() { self.begun.unwrap_or(now) } else { now };
        active.quiet_at(quiet_ms).max(Time(first.millis().saturating_add(quiet_ms)))
    }

    /// Whether what is notified now is the end: there is no news and quiet has passed.
    pub fn is_end(&self, active: &ActiveCause, quiet_ms: i64, now: Time) -> bool {
        let is_over = self.ended.is_some() || now >= self.until(active, quiet_ms, now);
        is_over && !self.has_undelivered(active)
    }

    /// Takes in that the target accepted so many alerts as firing, or as ended.
    pub fn accept(&mut self, count: u64, is_end: bool, now: Time) {
        if !self.is_active() {
            self.begun = Some(now);
        }
        self.count = count;
        self.sent = Some(now);
        self.ended = is_end.then(|| self.ended.unwrap_or(now));
    }

    /// Whether nothing is to be said of the active cause any more.
    pub fn is_done(&self, resend_policy: &ResendPolicy, now: Time) -> bool {
        let kept_ms = if resend_policy.resend_ms.is_some() { END_REPEATED_MS } else { 0 };
        self.ended.is_some_and(|ended| now.millis() - ended.millis() >= kept_ms)
    }

    pub fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// When it was notified of the end.
    pub fn ended(&self) -> Option<Time> {
        self.ended
    }

    fn is_active(&self) -> bool {
        self.begun.is_some() && self.ended.is_none()
    }
}
