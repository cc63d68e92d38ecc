//! Computes how long to wait before a request is retried: twice as long each time up to a maximum,
//! with jitter, so that many clients do not retry at the same moment.

use rand::{Rng, RngExt};
use std::time::Duration;

pub const BACKOFF_FIRST: Duration = Duration::from_millis(500);
pub const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// Counts consecutive failures.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The delay after a failure: between half and all of 0.5 s, 1 s, 2 s, …, 30 s.
    pub fn next(&mut self, dice: &mut impl Rng) -> Duration {
        let doubled = BACKOFF_FIRST.saturating_mul(2_u32.saturating_pow(self.failures));
        self.failures = self.failures.saturating_add(1);
        doubled.min(BACKOFF_MAX).mul_f64(dice.random_range(0.5..=1.0))
    }

    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn waits_double_up_to_a_bound_and_begin_anew_after_a_success() {
        let mut dice = ChaCha8Rng::seed_from_u64(1);
        let mut backoff = Backoff::default();
        for expected_ms in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000] {
            let wait = backoff.next(&mut dice);
            let all = Duration::from_millis(expected_ms);
            assert!(wait >= all / 2 && wait <= all, "{wait:?} of {all:?}");
        }
        let long = (0..100).map(|_| backoff.next(&mut dice)).max().unwrap();
        assert!(long <= BACKOFF_MAX);
        backoff.reset();
        assert!(backoff.next(&mut dice) <= BACKOFF_FIRST);
    }
}
