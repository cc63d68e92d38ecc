//! Intervals of confidence for a share. Wilson's interval treats cases as independent; the cases of
//! one card are not, and for them `bootstrap.rs` gives a wider interval.

use crate::number::NearestDouble;

/// The 97.5 % quantile of the standard normal distribution: 95 % of it is within this distance.
const Z_95: f64 = 1.959_963_984_540_054;

/// A range that contains the true value in 95 % of repetitions.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// Wilson's 95 % interval of a share, without a correction for continuity; `None` of none.
pub fn wilson(hits: u64, of: u64) -> Option<Interval> {
    if of == 0 {
        return None;
    }
    let (hits, of) = (hits.min(of).nearest_double(), of.nearest_double());
    let share = hits / of;
    let scale = 1.0 + Z_95 * Z_95 / of;
    let centre = (share + Z_95 * Z_95 / (2.0 * of)) / scale;
    let variance = share * (1.0 - share) / of + Z_95 * Z_95 / (4.0 * of * of);
    let half = Z_95 * variance.sqrt() / scale;
    // Rounding must not move an end past the share that it is about.
    let low = if hits == 0.0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if hits == of { 1.0 } else { (centre + half).min(1.0) };
    Some(Interval { low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_range_are_exact() {
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(0, 10).unwrap().low, 0.0);
        assert_eq!(wilson(10, 10).unwrap().high, 1.0);
    }

    #[test]
    fn an_interval_contains_its_share_and_narrows_with_more_cases() {
        let mut width = 1.0;
        for of in [1, 10, 100, 10_000, 1_000_000] {
            for tenths in 0..=10 {
                let hits = of * tenths / 10;
                let found = wilson(hits, of).unwrap();
                let share = hits.nearest_double() / of.nearest_double();
                assert!(found.low <= share && share <= found.high, "{hits} of {of}: {found:?}");
            }
            let middle = wilson(of / 2, of).unwrap();
            assert!(middle.high - middle.low < width);
            width = middle.high - middle.low;
        }
    }
}
