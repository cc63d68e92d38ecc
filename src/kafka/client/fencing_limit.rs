//! Counts how often this instance is fenced, to tell an accident from two instances with one name.
//!
//! An instance may fence itself once or twice: if the broker's answer is lost, the client repeats
//! the request, and the broker treats the repetition as a second member. Two instances that share a
//! name fence each other over and over.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// More fences than this within a window mean that two instances share a name.
const FENCED_MAX: usize = 5;

/// The fences of one client.
#[derive(Debug)]
pub struct FencingLimit {
    window: Duration,
    times: VecDeque<Instant>,
}

impl FencingLimit {
    pub fn new(window: Duration) -> Self {
        Self { window, times: VecDeque::new() }
    }

    /// Records one more; returns whether there are too many for an accident.
    pub fn is_exceeded_by(&mut self, now: Instant) -> bool {
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
            let mut fencing_limit = FencingLimit::new(Duration::from_secs(60));
            let last = (0..20)
                .map(|n| fencing_limit.is_exceeded_by(start + Duration::from_secs(n * apart_s)));
            assert_eq!(last.last(), Some(expected), "{apart_s} s apart");
        }
    }
}
