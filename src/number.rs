//! Converts between whole numbers and doubles where the standard library has no `From`, because such
//! a conversion may round. Knows nothing of amounts, times or counts.

/// A whole number that a double may be unable to represent.
pub trait NearestDouble {
    /// The nearest double, or the even one of two: exact up to 2^53, and rounded above.
    fn nearest_double(self) -> f64;
}

macro_rules! nearest_double {
    ($($whole:ty),*) => {$(
        impl NearestDouble for $whole {
            #[inline]
            #[expect(clippy::cast_precision_loss, reason = "rounding is what the caller asks for")]
            fn nearest_double(self) -> f64 {
                self as f64
            }
        }
    )*};
}

nearest_double!(i64, i128, u64, u128, usize);

/// The double without its fraction. Beyond the range of the result it is the nearest end of that
/// range, and 0 for NaN.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "documented: the fraction is dropped")]
pub fn i64_toward_zero(value: f64) -> i64 {
    value as i64
}

/// The same without a sign: 0 for a negative double.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "documented: the fraction is dropped, and a negative double becomes 0"
)]
pub fn u64_toward_zero(value: f64) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_becomes_the_nearest_double() {
        for (whole, double) in [
            (0, 0.0),
            (-7, -7.0),
            ((1 << 53) - 1, 9_007_199_254_740_991.0),
            // Halfway between two doubles: the even one.
            ((1 << 53) + 1, 9_007_199_254_740_992.0),
            ((1 << 53) + 3, 9_007_199_254_740_996.0),
            (i64::MIN, -9_223_372_036_854_775_808.0),
            (i64::MAX, 9_223_372_036_854_775_808.0),
        ] {
            assert_eq!(whole.nearest_double(), double, "{whole}");
        }
        assert_eq!(u64::MAX.nearest_double(), 18_446_744_073_709_551_616.0);
    }

    #[test]
    fn a_double_loses_its_fraction_and_stays_within_the_range() {
        for (double, signed, unsigned) in [
            (0.0, 0, 0),
            (2.9, 2, 2),
            (-2.9, -2, 0),
            (1e19, i64::MAX, 10_000_000_000_000_000_000),
            (f64::INFINITY, i64::MAX, u64::MAX),
            (f64::NEG_INFINITY, i64::MIN, 0),
            (f64::NAN, 0, 0),
        ] {
            assert_eq!(i64_toward_zero(double), signed, "{double}");
            assert_eq!(u64_toward_zero(double), unsigned, "{double}");
        }
    }
}
