//! Runs the task of one target: sends what is due, retries until the target accepts it, and
//! confirms what was accepted.
//!
//! Each attempt reads the current state from the store. A target that was unreachable therefore
//! gets the present state, and nothing queues up for it.

use super::health::NotifyHealth;
use super::store::{PendingNotification, Store};
use super::target::{PushError, Target};
use crate::backoff::Backoff;
use crate::clock::{monotonic_now, wall_now};
use crate::metrics::NotifyMetrics;
use crate::transaction::Time;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often a target's task checks for something due.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);
/// The maximum number of causes in one request.
const NOTICES_PER_REQUEST_MAX: usize = 64;
/// The first failed request is logged immediately, later ones at most this often.
const FAILURE_LOG_INTERVAL_MS: i64 = 30_000;

/// A failed request is repeated after this delay, and after twice as long each further time.
const BACKOFF_FIRST: Duration = Duration::from_millis(500);
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// One target's task.
pub struct Dispatcher {
    /// Its index in the store.
    pub number: usize,
    pub target: Target,
    pub store: Arc<Store>,
    pub metrics: Arc<NotifyMetrics>,
    pub health: Arc<NotifyHealth>,
    /// For jitter in the delays between attempts.
    pub dice: ChaCha8Rng,
    /// Becomes true when no more alerts will be read.
    pub is_last: watch::Receiver<bool>,
}

/// What a dispatcher keeps between its rounds.
#[derive(Debug)]
struct RetryMemory {
    pushed: Option<Time>,
    backoff: Backoff,
    failure_logged: Option<Time>,
}

impl Dispatcher {
    /// Runs until everything is delivered after reading has stopped.
    pub async fn run(mut self) {
        let backoff = Backoff::new(BACKOFF_FIRST, BACKOFF_MAX);
        let mut memory = RetryMemory { pushed: None, backoff, failure_logged: None };
        loop {
            // The order matters: everything that counts as read here is also among what is due.
            let is_last = *self.is_last.borrow_and_update();
            let read = self.store.read();
            let due = self.store.due_notifications(self.number, memory.pushed, wall_now());
            let deliveries = self.deliver(&due.pending, &mut memory).await;
            let is_done = deliveries.is_ok() && due.is_complete;
            if is_done {
                self.store.confirm(self.number, read);
            }
            if is_done && is_last {
                return;
            }
            let pause = match deliveries {
                Ok(()) => LOOK_INTERVAL,
                Err(error) => self.failed(&error, &mut memory),
            };
            self.wait(pause).await;
        }
    }

    async fn deliver(
        &self,
        pending: &[PendingNotification],
        memory: &mut RetryMemory,
    ) -> Result<(), PushError> {
        for some in pending.chunks(NOTICES_PER_REQUEST_MAX) {
            let began = monotonic_now();
            let now = wall_now();
            let answer = self.target.push(some, now).await;
            let took = monotonic_now().saturating_duration_since(began);
            self.metrics.pushed(self.target.name(), answer.is_ok(), took, now);
            answer?;
            self.store.accept(self.number, some, now);
            memory.pushed = Some(now);
            if memory.failure_logged.take().is_some() {
                tracing::info!(target = self.target.name(), "the target recovered");
            }
            memory.backoff.reset();
            self.health.mark_healthy(self.target.name());
        }
        Ok(())
    }

    /// Logs the failure and returns how long to wait.
    fn failed(&mut self, error: &PushError, memory: &mut RetryMemory) -> Duration {
        let name = self.target.name();
        let pause = memory.backoff.delay_with_jitter(&mut self.dice);
        let now = wall_now();
        let quiet = |logged: Time| now.millis() - logged.millis() < FAILURE_LOG_INTERVAL_MS;
        if !memory.failure_logged.is_some_and(quiet) {
            let retry_ms = pause.as_millis();
            tracing::warn!(target = name, %error, retry_ms, "the target did not accept; trying again");
            memory.failure_logged = Some(now);
        }
        self.health.mark_failing(name, format!("does not accept: {error}"));
        pause
    }

    async fn wait(&mut self, pause: Duration) {
        if *self.is_last.borrow() {
            return tokio::time::sleep(pause).await;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            changed = self.is_last.changed() => if changed.is_err() {
                // The sender was dropped with the service, so no last round will be requested.
                tokio::time::sleep(pause).await;
            }
        }
    }
}
