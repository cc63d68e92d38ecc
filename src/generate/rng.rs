//! Generates seeded random values. Each card has its own stream, so what a card does depends only on the seed
//! and not on what other cards do.

use crate::transaction::Time;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, StandardNormal};
use std::ops::RangeInclusive;

/// A stream of random values.
#[derive(Debug, Clone)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The same seed and stream give the same values, however other streams are used.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut source = ChaCha8Rng::seed_from_u64(seed);
        source.set_stream(stream);
        Self(source)
    }

    /// True with this probability, 0 to 1.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.0.random::<f64>() < probability
    }

    pub fn between<T>(&mut self, range: RangeInclusive<T>) -> T
    where
        T: rand::distr::uniform::SampleUniform + PartialOrd,
    {
        self.0.random_range(range)
    }

    /// A time within this range after `from`, in milliseconds.
    pub fn later(&mut self, from: Time, after_ms: RangeInclusive<i64>) -> Time {
        Time(from.millis() + self.between(after_ms))
    }

    /// Exponentially distributed with mean 1: the interval between two events of a Poisson process.
    pub fn gap(&mut self) -> f64 {
        Exp1.sample(&mut self.0)
    }

    /// Log-normally distributed; `spread` is the standard deviation of the logarithm.
    pub fn log_normal(&mut self, median: f64, spread: f64) -> f64 {
        let normal: f64 = StandardNormal.sample(&mut self.0);
        median * (spread * normal).exp()
    }

    pub fn bits(&mut self) -> u64 {
        self.0.random()
    }

    /// One of a table's entries, all equally likely.
    #[expect(clippy::indexing_slicing, reason = "the range is that of the table")]
    pub fn one_of<'t, T, const N: usize>(&mut self, table: &'t [T; N]) -> &'t T {
        const { assert!(N > 0) };
        &table[self.0.random_range(0..N)]
    }

    /// The index of one of a table's entries, with probabilities proportional to the weights.
    pub fn by_weight<T, const N: usize>(&mut self, table: &[T; N], weight: fn(&T) -> u32) -> usize {
        const { assert!(N > 0) };
        let total: u32 = table.iter().map(weight).sum();
        let mut left = self.0.random_range(0..total.max(1));
        for (index, entry) in table.iter().enumerate() {
            match left.checked_sub(weight(entry)) {
                Some(rest) => left = rest,
                None => return index,
            }
        }
        0
    }
}
