//! So many messages a second, evenly.

use crate::clock::{monotonic_now, wall_now};
use crate::transaction::Time;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The longest sleep without a look at whether to stop.
const SLEEP_MAX: Duration = Duration::from_millis(50);
/// Messages that are less than this ahead of their time may go.
const SLACK: Duration = Duration::from_millis(1);

/// Holds back whoever is too fast.
#[derive(Debug)]
pub struct Pace {
    /// Messages per second; without it, as fast as possible.
    rate: Option<f64>,
    began: Instant,
    passed: u64,
}

impl Pace {
    pub fn new(rate: Option<f64>) -> Self {
        Self { rate, began: monotonic_now(), passed: 0 }
    }

    /// Whether the next message has to wait for its time.
    pub fn would_wait(&self) -> bool {
        self.due().is_some_and(|due| due > monotonic_now() + SLACK)
    }

    /// Returns when the next message may go, or when `stop` is set. Time lost, by a slow receiver for
    /// instance, is not made up for by a burst of more than a second's messages.
    pub fn wait(&mut self, stop: &AtomicBool) {
        let Some(due) = self.due() else { return };
        let now = monotonic_now();
        if now.saturating_duration_since(due) > Duration::from_secs(1) {
            (self.began, self.passed) = (now, 0);
        }
        self.passed += 1;
        while !stop.load(Ordering::Relaxed) {
            let early = due.saturating_duration_since(monotonic_now());
            if early < SLACK {
                return;
            }
            std::thread::sleep(early.min(SLEEP_MAX));
        }
    }

    fn due(&self) -> Option<Instant> {
        let rate = self.rate?;
        Some(self.began + Duration::from_secs_f64(self.passed as f64 / rate))
    }
}

/// Returns when the wall clock has reached that time, or when `stop` is set.
pub fn wait_until(time: Time, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let early_ms = time.millis() - wall_now().millis();
        let Ok(early_ms @ 1..) = u64::try_from(early_ms) else { return };
        std::thread::sleep(Duration::from_millis(early_ms).min(SLEEP_MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_kept_to() {
        let stop = AtomicBool::new(false);
        let mut pace = Pace::new(Some(2_000.0));
        let began = monotonic_now();
        (0..400).for_each(|_| pace.wait(&stop));
        assert!(began.elapsed() >= Duration::from_millis(190));
    }

    #[test]
    fn whoever_is_stopped_does_not_wait() {
        let stop = AtomicBool::new(true);
        let mut pace = Pace::new(Some(0.001));
        let began = monotonic_now();
        (0..3).for_each(|_| pace.wait(&stop));
        wait_until(Time(i64::MAX / 2), &stop);
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}
