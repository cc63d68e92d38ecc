//! Estimates a share of declines from those that the control share let through.
//!
//! Cards are chosen week by week, so the declines of one card in one week are let through together or
//! not at all: they are a sample of clusters, and declines of one card are more alike than others. The
//! estimate is the ratio of two sums over clusters. Its variance comes from the differences between
//! clusters (Cochran, *Sampling Techniques*, 3rd edition, chapter 2.11), and its interval is Wilson's
//! with the sample size that a simple random sample of this variance would have, corrected for the
//! number of clusters, of which large ones count for more (Korn and Graubard, *Confidence intervals for proportions with small expected
//! number of positive counts estimated from survey data*, Survey Methodology 24, 1998).

use crate::number::NearestDouble;

/// The 97.5th percentile of the normal distribution.
pub const Z: f64 = 1.959_963_984_540_054;

/// Sums over the declines of a rule that were let through and have an outcome. Sums of different
/// partitions and instances can be added, as long as no card is in two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ControlSums {
    /// Pairs of card and calendar week.
    pub clusters: u64,
    /// Declines that were let through.
    pub declines: u64,
    /// Those that turned out to be fraud.
    pub fraud: u64,
    /// The sum over the clusters of the square of their declines.
    pub declines_squared: u64,
    /// The sum over the clusters of the square of their fraud.
    pub fraud_squared: u64,
    /// The sum over the clusters of the product of their fraud and their declines.
    pub fraud_by_declines: u64,
}

/// A share, with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ControlEstimate {
    /// The share of fraud among the declines that may be let through.
    pub precision: f64,
    pub low: f64,
    pub high: f64,
    /// How much larger the sample has to be than one of independent declines; at least 1.
    pub design_effect: f64,
}

impl ControlSums {
    /// Adds a cluster.
    pub fn add_cluster(&mut self, declines: u64, fraud: u64) {
        self.clusters += 1;
        self.declines += declines;
        self.fraud += fraud;
        self.declines_squared += declines * declines;
        self.fraud_squared += fraud * fraud;
        self.fraud_by_declines += fraud * declines;
    }

    /// Adds the clusters of another partition.
    pub fn add(&mut self, other: &Self) {
        self.clusters += other.clusters;
        self.declines += other.declines;
        self.fraud += other.fraud;
        self.declines_squared += other.declines_squared;
        self.fraud_squared += other.fraud_squared;
        self.fraud_by_declines += other.fraud_by_declines;
    }

    /// `None` with fewer than two clusters, which say nothing about the differences between clusters.
    pub fn estimate(&self) -> Option<ControlEstimate> {
        if self.clusters < 2 {
            return None;
        }
        let [declines, fraud] = [self.declines, self.fraud].map(NearestDouble::nearest_double);
        let precision = fraud / declines;
        let design_effect = self.design_effect(precision);
        // With few clusters, their variance is itself uncertain, as in Student's distribution.
        let widening = student(self.freedom()) / Z;
        let size = declines / (design_effect * widening * widening);
        let (low, high) = wilson(precision, size);
        Some(ControlEstimate { precision, low, high, design_effect })
    }

    /// How many declines it takes, each let through with probability `share`, until the interval
    /// reaches at most `margin` to either side: as an interval narrows with the square root of the
    /// sample. `None` if there is no interval yet.
    pub fn declines_needed(&self, margin: f64, share: f64) -> Option<f64> {
        let estimate = self.estimate()?;
        let half_width = (estimate.high - estimate.low) / 2.0;
        let let_through = self.declines.nearest_double() * (half_width / margin).powi(2);
        Some((let_through / share).ceil())
    }

    /// One less than the number of clusters of equal size that would vary as much.
    fn freedom(&self) -> f64 {
        let [declines, squared] =
            [self.declines, self.declines_squared].map(NearestDouble::nearest_double);
        declines * declines / squared - 1.0
    }

    fn design_effect(&self, precision: f64) -> f64 {
        let [declines, xx, xn, nn] =
            [self.declines, self.fraud_squared, self.fraud_by_declines, self.declines_squared]
                .map(NearestDouble::nearest_double);
        let independent = precision * (1.0 - precision) / declines;
        if independent <= 0.0 {
            // All are alike. This is the largest possible effect: as if the declines of a
            // cluster were always the same.
            return (nn / declines).max(1.0);
        }
        let differences = xx - 2.0 * precision * xn + precision * precision * nn;
        let freedom = self.freedom();
        let variance = differences * (freedom + 1.0) / freedom / (declines * declines);
        (variance / independent).max(1.0)
    }
}

/// Wilson's 95 % interval for a share of a sample (Wilson, *Probable inference, the law of succession,
/// and statistical inference*, JASA 22, 1927). `size` need not be whole.
pub fn wilson(share: f64, size: f64) -> (f64, f64) {
    let scale = 1.0 + Z * Z / size;
    let centre = (share + Z * Z / (2.0 * size)) / scale;
    let half = Z / scale * (share * (1.0 - share) / size + Z * Z / (4.0 * size * size)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

/// The 97.5th percentile of Student's distribution, by its expansion around the normal one
/// (Abramowitz and Stegun 26.7.5). Below 3 degrees of freedom it is too small: there are 12.7 and 4.3.
fn student(freedom: f64) -> f64 {
    match freedom {
        ..1.5 => return 12.706,
        ..2.5 => return 4.303,
        _ => {}
    }
    let z = [3, 5, 7].map(|power| Z.powi(power));
    let [z3, z5, z7] = z;
    let first = (z3 + Z) / 4.0;
    let second = (5.0 * z5 + 16.0 * z3 + 3.0 * Z) / 96.0;
    let third = (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * Z) / 384.0;
    Z + first / freedom + second / freedom.powi(2) + third / freedom.powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(clusters: &[(u64, u64)]) -> ControlSums {
        let mut sums = ControlSums::default();
        clusters.iter().for_each(|(declines, fraud)| sums.add_cluster(*declines, *fraud));
        sums
    }

    #[test]
    fn clusters_of_one_give_the_interval_of_a_simple_sample() {
        let ones: Vec<(u64, u64)> = (0..1000).map(|at| (1, u64::from(at % 4 == 0))).collect();
        let estimate = sums(&ones).estimate().unwrap();
        assert_eq!(estimate.precision, 0.25);
        // The variance of 1,000 clusters is estimated with 999 degrees of freedom.
        assert!((estimate.design_effect - 1000.0 / 999.0).abs() < 1e-12);
        let (low, high) = wilson(0.25, 1000.0);
        assert!((estimate.low - low).abs() < 1e-3 && (estimate.high - high).abs() < 1e-3);
    }

    /// By `statsmodels.stats.proportion.proportion_confint(25, 100, method="wilson")` of statsmodels 0.15.
    #[test]
    fn the_interval_is_wilsons() {
        let (low, high) = wilson(0.25, 100.0);
        assert!((low - 0.175_452_113_622_876_77).abs() < 1e-12, "{low}");
        assert!((high - 0.343_044_635_480_616_1).abs() < 1e-12, "{high}");
    }

    /// By `scipy.stats.t.ppf(0.975, df)` of scipy 1.17.
    #[test]
    fn the_percentile_is_students() {
        for (freedom, expected) in [
            (1.0, 12.706_204_736),
            (2.0, 4.302_652_73),
            (4.0, 2.776_445_105),
            (9.0, 2.262_157_163),
            (29.0, 2.045_229_642),
            (999.0, 1.962_341_461),
        ] {
            let error = (student(freedom) - expected).abs();
            assert!(error < 0.01, "{freedom}: {} instead of {expected}", student(freedom));
        }
    }

    #[test]
    fn declines_that_are_alike_count_as_fewer() {
        let alike = sums(&[(5, 5), (5, 0), (5, 0), (5, 5), (5, 0), (5, 0), (5, 5), (5, 0)]);
        let apart = sums(&[(5, 2), (5, 1), (5, 2), (5, 2), (5, 2), (5, 2), (5, 2), (5, 2)]);
        let [alike, apart] = [alike, apart].map(|sums| sums.estimate().unwrap());
        assert_eq!((alike.precision, apart.precision), (0.375, 0.375));
        assert!(alike.design_effect > 5.0, "{alike:?}");
        assert_eq!(apart.design_effect, 1.0);
        assert!(alike.high - alike.low > 1.5 * (apart.high - apart.low));
    }

    #[test]
    fn sums_of_partitions_are_added() {
        let mut sum = sums(&[(3, 1), (1, 0)]);
        sum.add(&sums(&[(2, 2)]));
        assert_eq!(sum, sums(&[(3, 1), (1, 0), (2, 2)]));
    }

    #[test]
    fn too_little_is_not_estimated_and_no_fraud_is_not_certainty() {
        assert_eq!(sums(&[]).estimate(), None);
        assert_eq!(sums(&[(7, 3)]).estimate(), None);
        let none = sums(&[(2, 0); 50]).estimate().unwrap();
        assert_eq!((none.precision, none.low), (0.0, 0.0));
        assert!(none.high > 0.03, "{none:?}");
        assert!(sums(&[(2, 0); 50]).declines_needed(0.05, 0.01).unwrap() > 1_000.0);
    }

    /// The same sums, and within rounding the same values, as in tests/prometheus/control.yml, which
    /// shows that the recorded series compute the same.
    #[test]
    fn estimates_of_the_recorded_series() {
        let sums = ControlSums {
            clusters: 120,
            declines: 200,
            fraud: 50,
            declines_squared: 500,
            fraud_squared: 130,
            fraud_by_declines: 160,
        };
        let estimate = sums.estimate().unwrap();
        let rounded = |value: f64| (value * 1_000.0).round() / 1_000.0;
        assert_eq!(rounded(estimate.precision), 0.25);
        assert_eq!(rounded(estimate.design_effect), 2.194);
        assert_eq!((rounded(estimate.low), rounded(estimate.high)), (0.171, 0.349));
        assert_eq!(sums.declines_needed(0.05, 0.01), Some(63_348.0));
        let none = ControlSums { fraud: 0, fraud_squared: 0, fraud_by_declines: 0, ..sums };
        let none = ControlSums { clusters: 50, declines: 100, declines_squared: 200, ..none };
        assert_eq!(rounded(none.estimate().unwrap().high), 0.075);
    }

    #[test]
    fn as_many_declines_as_needed_give_the_interval() {
        let ones: Vec<(u64, u64)> = (0..400).map(|at| (1, u64::from(at % 5 == 0))).collect();
        let needed = sums(&ones).declines_needed(0.05, 0.01).unwrap();
        let let_through = (needed * 0.01) as u64;
        let many: Vec<(u64, u64)> =
            (0..let_through).map(|at| (1, u64::from(at % 5 == 0))).collect();
        let estimate = sums(&many).estimate().unwrap();
        let margin = (estimate.high - estimate.low) / 2.0;
        assert!((0.049..=0.051).contains(&margin), "{margin}");
    }
}
