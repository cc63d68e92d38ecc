//! Quantiles: one of values that are counted, which is always a value that occurred, and one of
//! replicates, which interpolates.

use crate::number::{NearestDouble, u64_toward_zero};
use std::collections::BTreeMap;

/// The smallest value for which at least this share of all values is as small (the definition that
/// numpy calls `inverted_cdf`); `None` of no values.
pub fn counted_quantile(counts: &BTreeMap<u64, u64>, share: f64) -> Option<u64> {
    let total: u64 = counts.values().sum();
    let wanted = u64_toward_zero((share * total.nearest_double()).ceil()).clamp(1, total.max(1));
    let mut seen = 0;
    counts.iter().find_map(|(value, count)| {
        seen += count;
        (seen >= wanted).then_some(*value)
    })
}

/// The quantile of sorted values, interpolated between the two nearest (numpy's default, `linear`);
/// `None` of no values.
pub fn interpolated_quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let position = share * sorted.len().checked_sub(1)?.nearest_double();
    let below = usize::try_from(u64_toward_zero(position)).ok()?;
    let low = sorted.get(below)?;
    let high = sorted.get(below + 1).unwrap_or(low);
    Some(low + (high - low) * (position - below.nearest_double()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_quantile_is_a_value_that_occurred() {
        let check = |values: &[u64], share, expected| {
            let mut counts = BTreeMap::new();
            values.iter().for_each(|value| *counts.entry(*value).or_insert(0) += 1);
            assert_eq!(counted_quantile(&counts, share), expected, "{share} of {values:?}");
        };
        check(&[], 0.5, None);
        check(&[7], 0.0, Some(7));
        check(&[7], 1.0, Some(7));
        check(&[1, 2, 3, 4], 0.5, Some(2));
        check(&[1, 2, 3, 4], 0.51, Some(3));
        check(&[1, 1, 1, 9], 0.75, Some(1));
        check(&[1, 1, 1, 9], 0.9, Some(9));
    }

    #[test]
    fn an_interpolated_quantile_is_between_two_values() {
        let check = |values: &[f64], share, expected| {
            assert_eq!(interpolated_quantile(values, share), expected, "{share} of {values:?}");
        };
        check(&[], 0.5, None);
        check(&[7.0], 0.9, Some(7.0));
        check(&[1.0, 2.0], 0.5, Some(1.5));
        check(&[1.0, 2.0, 4.0], 0.75, Some(3.0));
        check(&[1.0, 2.0, 4.0], 1.0, Some(4.0));
    }
}
