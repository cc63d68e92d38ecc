//! What has been counted so far, as numbers, for code that runs the engine in the same process.

use super::service::Metrics;
use crate::number::NearestDouble;
use prometheus::core::Metric;
use prometheus::{Histogram, IntCounter};

/// Counts since the start.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Totals {
    pub records_read: u64,
    /// In the order of [`Action::ALL`](crate::rules::Action::ALL).
    pub decisions: Vec<u64>,
    pub dead_letters: u64,
    pub duplicates: u64,
    pub tombstones: u64,
    pub alerts: u64,
    /// `redcard_decision_duration_seconds`.
    pub decision_duration: Buckets,
}

impl Metrics {
    /// As [`Totals::records_read`], but cheap enough to poll.
    pub fn records_read(&self) -> u64 {
        self.records_read.get()
    }

    pub fn totals(&self) -> Totals {
        let sum = |counters: &[IntCounter]| counters.iter().map(IntCounter::get).sum();
        Totals {
            records_read: self.records_read.get(),
            decisions: self.decisions.iter().map(IntCounter::get).collect(),
            dead_letters: sum(&self.dead_letters),
            duplicates: self.duplicates.get(),
            tombstones: self.tombstones.get(),
            alerts: sum(&self.alerts),
            decision_duration: Buckets::of(&self.decision_duration),
        }
    }
}

/// A histogram: how many values were at or below each bound.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Buckets {
    /// Upper bounds in ascending order, with the count at or below each.
    pub cumulative: Vec<(f64, u64)>,
    /// All values, including those above the last bound.
    pub count: u64,
}

impl Buckets {
    fn of(histogram: &Histogram) -> Self {
        let metric = histogram.metric();
        let counted = metric.get_histogram();
        let pairs = counted.get_bucket().iter();
        Self {
            cumulative: pairs.map(|b| (b.upper_bound(), b.cumulative_count())).collect(),
            count: counted.get_sample_count(),
        }
    }

    /// What was counted since `earlier`.
    pub fn since(&self, earlier: &Buckets) -> Buckets {
        let pairs = self.cumulative.iter().zip(&earlier.cumulative);
        Buckets {
            cumulative: pairs.map(|((bound, now), (_, then))| (*bound, now - then)).collect(),
            count: self.count - earlier.count,
        }
    }

    /// The quantile `q` (0 to 1), assuming that values are spread evenly within a bucket. If it is
    /// above the last bound, that bound. `None` if nothing was counted.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        let rank = q * self.count.nearest_double();
        let (mut below, mut lower) = (0_u64, 0.0);
        for (upper, count) in &self.cumulative {
            if count.nearest_double() >= rank {
                let within =
                    (rank - below.nearest_double()) / (*count - below).max(1).nearest_double();
                return Some(lower + (upper - lower) * within.max(0.0));
            }
            (below, lower) = (*count, *upper);
        }
        Some(lower)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_lies_within_its_bucket() {
        let buckets = Buckets { cumulative: vec![(1.0, 50), (2.0, 90), (4.0, 98)], count: 100 };
        for (q, expected) in [(0.25, 0.5), (0.5, 1.0), (0.7, 1.5), (0.94, 3.0), (0.999, 4.0)] {
            let found = buckets.quantile(q).unwrap();
            assert!((found - expected).abs() < 1e-9, "{q}: {found}");
        }
        assert_eq!(Buckets::default().quantile(0.5), None);
    }

    #[test]
    fn earlier_counts_are_excluded() {
        let then = Buckets { cumulative: vec![(1.0, 5), (2.0, 5)], count: 5 };
        let now = Buckets { cumulative: vec![(1.0, 5), (2.0, 15)], count: 15 };
        assert_eq!(now.since(&then).quantile(0.5), Some(1.5));
    }
}
