//! Computes how long to wait before something that failed is tried again: twice as long each time,
//! up to a maximum.

use rand::{Rng, RngExt};
use std::time::Duration;

/// Counts consecutive failures.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    max: Duration,
    failures: u32,
}

impl Backoff {
    pub const fn new(first: Duration, max: Duration) -> Self {
        Self { first, max, failures: 0 }
    }

    /// The delay after a failure.
    pub fn delay(&mut self) -> Duration {
        let all = self.first.saturating_mul(2_u32.saturating_pow(self.failures)).min(self.max);
        self.failures = self.failures.saturating_add(1);
        all
    }

    /// Between half of that delay and all of it, so that many clients do not retry at the same
    /// moment.
    pub fn delay_with_jitter(&mut self, dice: &mut impl Rng) -> Duration {
        self.delay().mul_f64(dice.random_range(0.5..=1.0))
    }

    pub fn failures(&self) -> u32 {
        self.failures
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

    const FIRST: Duration = Duration::from_millis(500);
    const MAX: Duration = Duration::from_secs(30);
    const DELAYS_MS: [u64; 9] = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000];

    #[test]
    fn delays_double_up_to_a_maximum_and_start_again_after_a_success() {
        let mut backoff = Backoff::new(FIRST, MAX);
        for expected_ms in DELAYS_MS {
            assert_eq!(backoff.delay(), Duration::from_millis(expected_ms));
        }
        for _ in 0..100 {
            assert_eq!(backoff.delay(), MAX);
        }
        assert_eq!(backoff.failures(), 109);
        backoff.reset();
        assert_eq!((backoff.delay(), backoff.failures()), (FIRST, 1));
    }

    #[test]
    fn with_jitter_a_delay_is_between_half_and_all() {
        let mut dice = ChaCha8Rng::seed_from_u64(1);
        let mut backoff = Backoff::new(FIRST, MAX);
        for expected_ms in DELAYS_MS {
            let (delay, all) =
                (backoff.delay_with_jitter(&mut dice), Duration::from_millis(expected_ms));
            assert!(delay >= all / 2 && delay <= all, "{delay:?} of {all:?}");
        }
    }
}
