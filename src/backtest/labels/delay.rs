//! The distribution of the delay with which labels become known, for those that do not say when.
//!
//! The delay of a label is drawn by a hash of its card and transaction, so each run draws the same
//! one, whatever else the files contain.

use crate::number::{NearestDouble, i64_toward_zero};
use crate::rules::{parse_duration_ms, show_duration};
use crate::transaction::DAY_MS;
use std::str::FromStr;
use xxhash_rust::xxh3::Xxh3;

/// Quantiles of delays, linear between two of them.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelDelay {
    /// Shares from 0 to 1 and milliseconds, neither ever smaller than in the row before.
    quantiles: Vec<(f64, i64)>,
}

/// A text that is not a distribution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelDelayError {
    #[error(
        "`{part}` is not a share of labels and their longest delay: write `50%=3d12h`, several separated by commas"
    )]
    Malformed { part: String },
    #[error("`{part}` does not come after the part before it: shares and delays must increase")]
    Decreasing { part: String },
    #[error("the last part must be `100%=…`, the longest delay of all")]
    NoEnd,
}

/// Half of all labels are known within 3.5 days, nine in ten within 30, and all within 95.
impl Default for LabelDelay {
    fn default() -> Self {
        let days = |share, tenths: i64| (share, tenths * DAY_MS / 10);
        Self { quantiles: vec![days(0.0, 0), days(0.5, 35), days(0.9, 300), days(1.0, 950)] }
    }
}

impl LabelDelay {
    /// The delay of the label of a transaction, in milliseconds.
    pub fn draw_ms(&self, card_token: &str, transaction_id: &str) -> i64 {
        let mut hash = Xxh3::new();
        hash.update(&(card_token.len() as u64).to_le_bytes());
        hash.update(card_token.as_bytes());
        hash.update(transaction_id.as_bytes());
        self.at_ms(hash.digest().nearest_double() / u64::MAX.nearest_double())
    }

    /// Shares from 0 to 1, and milliseconds.
    pub fn quantiles(&self) -> &[(f64, i64)] {
        &self.quantiles
    }

    /// The delay that this share of labels does not exceed.
    fn at_ms(&self, share: f64) -> i64 {
        let (mut from, mut from_ms) = (0.0, 0);
        for &(to, to_ms) in &self.quantiles {
            if share <= to {
                let width = to - from;
                let part = if width > 0.0 { (share - from) / width } else { 1.0 };
                return from_ms + i64_toward_zero(part * (to_ms - from_ms).nearest_double());
            }
            (from, from_ms) = (to, to_ms);
        }
        from_ms
    }
}

/// `0%=0s,50%=3d12h,90%=30d,100%=95d`
impl FromStr for LabelDelay {
    type Err = LabelDelayError;

    fn from_str(text: &str) -> Result<Self, LabelDelayError> {
        let mut quantiles = vec![(0.0, 0)];
        for part in text.split(',').map(str::trim) {
            let malformed = || LabelDelayError::Malformed { part: part.to_owned() };
            let (share, delay) = part.split_once('=').ok_or_else(malformed)?;
            let share = share.trim().strip_suffix('%').ok_or_else(malformed)?.trim();
            let share: f64 = share.parse().map_err(|_| malformed())?;
            let delay_ms = match delay.trim() {
                "0" => 0,
                delay => parse_duration_ms(delay).ok_or_else(malformed)?,
            };
            if !(0.0..=100.0).contains(&share) {
                return Err(malformed());
            }
            let (before, before_ms) = quantiles.last().copied().unwrap_or_default();
            if share / 100.0 < before || delay_ms < before_ms {
                return Err(LabelDelayError::Decreasing { part: part.to_owned() });
            }
            quantiles.push((share / 100.0, delay_ms));
        }
        match quantiles.last() {
            Some((share, _)) if *share >= 1.0 => Ok(Self { quantiles }),
            _ => Err(LabelDelayError::NoEnd),
        }
    }
}

impl std::fmt::Display for LabelDelay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = |&(share, ms): &(f64, i64)| {
            let delay = if ms == 0 { "0".to_owned() } else { show_duration(ms) };
            format!("{}%={delay}", share * 100.0)
        };
        f.write_str(&self.quantiles.iter().map(part).collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::HOUR_MS;

    #[test]
    fn delays_follow_the_quantiles() {
        let delay = LabelDelay::default();
        for (share, days) in [(0.0, 0.0), (0.25, 1.75), (0.5, 3.5), (0.7, 16.75), (0.9, 30.0)] {
            let ms = delay.at_ms(share) as f64;
            assert!((ms / DAY_MS as f64 - days).abs() < 1e-6, "{share}: {ms}");
        }
        assert_eq!(delay.at_ms(1.0), 95 * DAY_MS);
        let drawn = |n: i32| delay.draw_ms("c_1", &n.to_string());
        let within = (0..10_000).filter(|n| drawn(*n) <= 35 * DAY_MS / 10).count();
        assert!((4_850..5_150).contains(&within), "{within}");
        assert_eq!(drawn(1), drawn(1));
    }

    #[test]
    fn a_distribution_is_written_as_quantiles() {
        let default = LabelDelay::default();
        assert_eq!(default.to_string(), "0%=0,50%=3d12h,90%=30d,100%=95d");
        assert_eq!("50%=3d12h, 90%=30d, 100%=95d".parse(), Ok(default));
        assert_eq!("100%=1h".parse::<LabelDelay>().unwrap().at_ms(0.5), HOUR_MS / 2);
        let constant: LabelDelay = "0%=2h,100%=2h".parse().unwrap();
        assert_eq!(constant.at_ms(0.3), 2 * HOUR_MS);
    }

    #[test]
    fn a_text_that_is_no_distribution_is_an_error() {
        for text in ["", "50=3d", "50%", "x%=3d", "50%=soon", "101%=3d"] {
            let error = text.parse::<LabelDelay>().unwrap_err();
            assert!(matches!(error, LabelDelayError::Malformed { .. }), "{text}: {error}");
        }
        assert_eq!("50%=3d".parse::<LabelDelay>(), Err(LabelDelayError::NoEnd));
        for text in ["50%=3d,40%=4d,100%=5d", "50%=3d,100%=2d"] {
            let error = text.parse::<LabelDelay>().unwrap_err();
            assert!(matches!(error, LabelDelayError::Decreasing { .. }), "{text}: {error}");
        }
    }
}
