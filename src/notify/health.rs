//! Tracks whether the notifier is alive and working, for `/livez` and `/readyz`.

use crate::clock::monotonic_now;
use crate::status::{Health, HealthCheck};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A reader that has not moved for this long counts as dead. When healthy, it waits longest for the
/// response to a metadata request.
const STILL_BOUND: Duration = Duration::from_secs(60);

/// What can fail besides targets.
pub(super) const BROKERS: &str = "brokers";
pub(super) const OFFSETS: &str = "offsets";

/// Written by the reader and the targets' tasks, read by HTTP.
#[derive(Debug)]
pub struct NotifyHealth {
    origin: Instant,
    /// Milliseconds since the origin.
    heartbeat_ms: AtomicU64,
    is_reading: AtomicBool,
    is_stopping: AtomicBool,
    /// What is wrong with brokers, offsets and targets, by name.
    failures: Mutex<BTreeMap<&'static str, String>>,
}

impl Default for NotifyHealth {
    fn default() -> Self {
        Self {
            origin: monotonic_now(),
            heartbeat_ms: AtomicU64::new(0),
            is_reading: AtomicBool::new(false),
            is_stopping: AtomicBool::new(false),
            failures: Mutex::new(BTreeMap::from([(
                BROKERS,
                "have not been reached yet".to_owned(),
            )])),
        }
    }
}

impl NotifyHealth {
    pub(super) fn record_heartbeat(&self) {
        self.heartbeat_ms.store(self.now_ms(), Ordering::Relaxed);
    }

    /// Marks that everything notified before is recovered and new alerts are being read.
    pub(super) fn reads(&self) {
        self.is_reading.store(true, Ordering::Relaxed);
    }

    pub(super) fn stops(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Marks it as working; returns whether it was failing before.
    pub(super) fn mark_healthy(&self, name: &'static str) -> bool {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(name).is_some()
    }

    /// Marks it as failing; returns whether it was working before.
    pub(super) fn mark_failing(&self, name: &'static str, reason: String) -> bool {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.insert(name, reason).is_none()
    }

    fn now_ms(&self) -> u64 {
        let since = monotonic_now().saturating_duration_since(self.origin);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

impl HealthCheck for NotifyHealth {
    fn alive(&self) -> Health {
        let idle_ms = self.now_ms().saturating_sub(self.heartbeat_ms.load(Ordering::Relaxed));
        let mut reasons = BTreeMap::new();
        if Duration::from_millis(idle_ms) > STILL_BOUND {
            reasons.insert("reader".to_owned(), format!("has not moved for {idle_ms} ms"));
        }
        Health::of(reasons)
    }

    fn ready(&self) -> Health {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reasons: BTreeMap<String, String> =
            failures.iter().map(|(name, reason)| ((*name).to_owned(), reason.clone())).collect();
        if !self.is_reading.load(Ordering::Relaxed) {
            let text = "has not yet read again what was notified before";
            reasons.insert("reader".to_owned(), text.to_owned());
        }
        if self.is_stopping.load(Ordering::Relaxed) {
            reasons.insert("service".to_owned(), "is stopping".to_owned());
        }
        Health::of(reasons)
    }
}
