//! Paces messages evenly at a rate per second.

use crate::clock::{monotonic_now, wall_now};
use crate::number::NearestDouble;
use crate::transaction::Time;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The longest sleep between two checks of `stop`.
const SLEEP_MAX: Duration = Duration::from_millis(50);
/// A message that is early by less than this may be sent.
const SLACK: Duration = Duration::from_millis(1);

/// Delays a sender that is too fast.
#[derive(Debug)]
pub struct Pace {
    /// Messages per second; `None`: as fast as possible.
    rate: Option<f64>,
    began: Instant,
    passed: u64,
}

impl Pace {
    pub fn new(rate: Option<f64>) -> Self {
        Self { rate, began: monotonic_now(), passed: 0 }
    }

    /// Whether the next message has to wait.
    pub fn would_wait(&self) -> bool {
        self.due().is_some_and(|due| due > monotonic_now() + SLACK)
    }

    /// Returns when the next message may be sent, or when `stop` is set. After a delay, for
    /// instance because of a slow receiver, at most a second's worth of messages is sent in a burst
    /// to catch up.
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
        Some(self.began + Duration::from_secs_f64(self.passed.nearest_double() / rate))
    }
}

/// Returns when the wall clock reaches `time`, or when `stop` is set.
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
    fn the_pace_holds_its_rate() {
        let stop = AtomicBool::new(false);
        let mut pace = Pace::new(Some(2_000.0));
        let began = monotonic_now();
        (0..400).for_each(|_| pace.wait(&stop));
        assert!(began.elapsed() >= Duration::from_millis(190));
    }

    #[test]
    fn a_stop_ends_a_wait() {
        let stop = AtomicBool::new(true);
        let mut pace = Pace::new(Some(0.001));
        let began = monotonic_now();
        (0..3).for_each(|_| pace.wait(&stop));
        wait_until(Time(i64::MAX / 2), &stop);
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}
