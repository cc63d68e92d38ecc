//! How often this instance was taken for another's predecessor.
//!
//! One that is fenced once or twice may have been fenced by itself: an answer that was lost with its
//! broker makes the client ask again, and the broker takes that for a second member. Two instances
//! of one name do it to each other again and again.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// More within a window are two that share a name.
const FENCED_MAX: usize = 5;

/// The fences of one client.
#[derive(Debug)]
pub(super) struct Fences {
    window: Duration,
    times: VecDeque<Instant>,
}

impl Fences {
    pub(super) fn new(window: Duration) -> Self {
        Self { window, times: VecDeque::new() }
    }

    /// Notes one more; whether there are too many for it to be an accident.
    pub(super) fn note(&mut self, now: Instant) -> bool {
        self.times.push_back(now);
        while self.times.front().is_some_and(|at| now.duration_since(*at) > self.window) {
            self.times.pop_front();
        }
        self.times.len() > FENCED_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::monotonic_now;

    #[test]
    fn only_many_in_a_short_time_are_too_many() {
        let start = monotonic_now();
        for (apart_s, expected) in [(1, true), (11, true), (13, false), (600, false)] {
            let mut fences = Fences::new(Duration::from_secs(60));
            let last = (0..20).map(|n| fences.note(start + Duration::from_secs(n * apart_s)));
            assert_eq!(last.last(), Some(expected), "{apart_s} s apart");
        }
    }
}
