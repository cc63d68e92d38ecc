//! Parses and formats a length of time in the format that users write: `"30d"`, `"50ms"`, `"1d12h"`.

use crate::rules::parse_duration_ms;
use crate::transaction::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A length of time in whole milliseconds, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigDuration(i64);

/// Every unit with its milliseconds, largest first.
const UNITS: [(&str, i64); 5] =
    [("d", DAY_MS), ("h", HOUR_MS), ("m", MINUTE_MS), ("s", SECOND_MS), ("ms", 1)];

/// Text that is not a valid length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a length of time such as \"30d\", \"50ms\" or \"1d12h\"")]
pub struct ParseDurationError;

impl ConfigDuration {
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * SECOND_MS)
    }

    pub const fn from_minutes(minutes: i64) -> Self {
        Self(minutes * MINUTE_MS)
    }

    pub const fn from_days(days: i64) -> Self {
        Self(days * DAY_MS)
    }

    pub const fn as_ms(self) -> i64 {
        self.0
    }

    pub fn as_duration(self) -> Duration {
        Duration::from_millis(self.0.unsigned_abs())
    }
}

/// The same format as in rules.
impl FromStr for ConfigDuration {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, ParseDurationError> {
        parse_duration_ms(text).map(Self).ok_or(ParseDurationError)
    }
}

/// The shortest form that parses to the same value: `1d12h`; zero is `0s`.
impl fmt::Display for ConfigDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest_ms = self.0;
        for (unit, unit_ms) in UNITS {
            if rest_ms >= unit_ms {
                write!(f, "{}{unit}", rest_ms / unit_ms)?;
                rest_ms %= unit_ms;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(
            text.parse::<ConfigDuration>().ok().map(ConfigDuration::as_ms),
            expected,
            "{text:?}"
        );
    }

    #[test]
    fn a_span_is_a_sum_of_numbers_with_units() {
        check("30d", Some(30 * DAY_MS));
        check("50ms", Some(50));
        check("1d12h", Some(36 * HOUR_MS));
        check("1h30m5s250ms", Some(HOUR_MS + 30 * MINUTE_MS + 5 * SECOND_MS + 250));
        check("0s", Some(0));
        check("90m", Some(90 * MINUTE_MS));
    }

    #[test]
    fn an_invalid_duration_is_rejected() {
        for text in ["", "5", "d", "5 m", "-5m", "1.5h", "5w", "5M", "1dx", "٣d"] {
            check(text, None);
        }
        check("9223372036854775807d", None);
        check("106751991167d999999999999999h", None);
    }

    #[test]
    fn a_span_reads_back_as_it_is_written() {
        for ms in [0, 1, 50, 999, 1_000, 61_001, HOUR_MS, 36 * HOUR_MS, 30 * DAY_MS + 7] {
            assert_eq!(
                ConfigDuration::from_ms(ms).to_string().parse(),
                Ok(ConfigDuration::from_ms(ms))
            );
        }
        assert_eq!(ConfigDuration::from_ms(36 * HOUR_MS).to_string(), "1d12h");
    }
}
