//! Reads times in a source's format: RFC 3339, or a number of seconds or milliseconds since 1970.

use super::reason::Reason;
use crate::transaction::{DAY_MS, Time, TimeError};

/// The format of `time` in messages. It is configured, never guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Times {
    /// `2026-01-05T10:15:30.123Z`
    #[default]
    Rfc3339,
    /// RFC 3339 with or without the colon in the offset: `2026-01-05T10:15:30.123+0000`.
    Rfc3339NoColon,
    /// `1767608130`, as a JSON number or text. A fraction is read to the millisecond.
    UnixSeconds,
    /// `1767608130123`, as a JSON number or text.
    UnixMilliseconds,
}

/// The most digits of milliseconds since the epoch that cannot overflow 64 bits.
const MILLIS_DIGITS_MAX: usize = 18;

/// Read as milliseconds, seconds since 1970 are in the first weeks of 1970 until the year 2969.
const YEAR_1971: Time = Time(365 * DAY_MS);

impl Times {
    /// Whether the format allows a JSON number.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Times::UnixSeconds | Times::UnixMilliseconds)
    }

    /// What a value looks like, as the end of "it should be …".
    pub(super) fn description(self) -> &'static str {
        match self {
            Times::Rfc3339 => {
                "RFC 3339 with an offset, as in `2026-01-05T10:15:30.123Z` (`source.time` is \"rfc3339\")"
            }
            Times::Rfc3339NoColon => {
                "RFC 3339 with an offset, with or without its colon, as in \
                 `2026-01-05T10:15:30.123+0000` (`source.time` is \"rfc3339_no_colon\")"
            }
            Times::UnixSeconds => {
                "seconds since 1970, as in `1767608130` or `1767608130.123` (`source.time` is \
                 \"unix_seconds\")"
            }
            Times::UnixMilliseconds => {
                "milliseconds since 1970, as in `1767608130123` (`source.time` is \
                 \"unix_milliseconds\")"
            }
        }
    }

    /// What is probably wrong with the format if it gives this time, and what to do.
    pub fn doubt(self, time: Time) -> Option<&'static str> {
        (self == Times::UnixMilliseconds && time < YEAR_1971).then_some(
            "`source.time` is unix_milliseconds, and these look like seconds: the times are in \
             January 1970; set `source.time = \"unix_seconds\"`",
        )
    }

    pub(super) fn read(self, text: &str) -> Result<Time, Reason> {
        match self {
            Times::Rfc3339 => Time::parse(text).map_err(reason),
            Times::Rfc3339NoColon => Time::parse_without_colon(text).map_err(reason),
            Times::UnixSeconds => since_epoch(text, 3),
            Times::UnixMilliseconds => since_epoch(text, 0),
        }
    }
}

fn reason(error: TimeError) -> Reason {
    match error {
        TimeError::Malformed => Reason::BadTime,
        TimeError::NoColon => Reason::TimeWithoutColon,
        TimeError::NoSuchTime => Reason::NoSuchTime,
        TimeError::OutOfRange => Reason::TimeOutOfRange,
    }
}

/// A decimal times 10^`places`, truncated to whole milliseconds. This is exact and uses no floating
/// point. Accepts an exponent, because some serializers write large decimals with one.
fn since_epoch(text: &str, places: i64) -> Result<Time, Reason> {
    let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (decimal, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return Err(Reason::BadTime);
    }
    let exponent: i64 = exponent.parse().map_err(|_| Reason::BadTime)?;
    let digits = whole.bytes().chain(fraction.bytes()).skip_while(|digit| *digit == b'0');
    let leading_zeros = whole.len() + fraction.len() - digits.clone().count();
    let length = i64::try_from(whole.len()).unwrap_or(i64::MAX).saturating_add(places);
    let leading_zeros = i64::try_from(leading_zeros).unwrap_or(i64::MAX);
    let length = length.saturating_add(exponent).saturating_sub(leading_zeros);
    let length = usize::try_from(length).unwrap_or(0);
    if negative || (length > MILLIS_DIGITS_MAX && digits.clone().next().is_some()) {
        return Err(Reason::TimeOutOfRange);
    }
    let digits = digits.chain(std::iter::repeat(b'0')).take(length.min(MILLIS_DIGITS_MAX));
    let millis = digits.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Time::from_millis(millis).map_err(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Reason::{BadTime, TimeOutOfRange, TimeWithoutColon};

    #[test]
    fn seconds_that_are_read_as_milliseconds_are_doubted() {
        let doubt = |times: Times, text| times.doubt(times.read(text).unwrap()).is_some();
        for (times, text, expected) in [
            (Times::UnixMilliseconds, "1767608130", true),
            (Times::UnixMilliseconds, "31535999999", true),
            (Times::UnixMilliseconds, "31536000000", false),
            (Times::UnixMilliseconds, "1767608130123", false),
            (Times::UnixSeconds, "0", false),
            (Times::Rfc3339, "1970-01-21T00:00:00Z", false),
        ] {
            assert_eq!(doubt(times, text), expected, "{text} as {times:?}");
        }
    }

    #[test]
    fn each_format_reads_its_own_form_and_no_other() {
        const AT: i64 = 1_767_608_130_123;
        for (times, text, expected) in [
            (Times::Rfc3339, "2026-01-05T10:15:30.123Z", Ok(AT)),
            (Times::Rfc3339, "2026-01-05T10:15:30.123+0000", Err(TimeWithoutColon)),
            (Times::Rfc3339, "1767608130", Err(BadTime)),
            (Times::Rfc3339NoColon, "2026-01-05T10:15:30.123+0000", Ok(AT)),
            (Times::Rfc3339NoColon, "2026-01-05T11:15:30.123+01:00", Ok(AT)),
            (Times::Rfc3339NoColon, "2026-01-05T10:15:30.123Z", Ok(AT)),
            (Times::UnixSeconds, "1767608130", Ok(AT - 123)),
            (Times::UnixSeconds, "1767608130.123", Ok(AT)),
            (Times::UnixSeconds, "1767608130.1239999", Ok(AT)),
            (Times::UnixSeconds, "1767608130.1", Ok(AT - 23)),
            (Times::UnixSeconds, "1.767608130123E9", Ok(AT)),
            (Times::UnixSeconds, "0", Ok(0)),
            (Times::UnixSeconds, "0.001", Ok(1)),
            (Times::UnixSeconds, "0.0001", Ok(0)),
            (Times::UnixSeconds, "00000000000000000000001", Ok(1000)),
            (Times::UnixSeconds, "1767608130123", Err(TimeOutOfRange)),
            (Times::UnixSeconds, "2026-01-05T10:15:30.123Z", Err(BadTime)),
            (Times::UnixMilliseconds, "1767608130123", Ok(AT)),
            (Times::UnixMilliseconds, "1767608130123.9", Ok(AT)),
            (Times::UnixMilliseconds, "1.767608130123e+12", Ok(AT)),
            (Times::UnixMilliseconds, "7258118399999", Ok(7_258_118_399_999)),
            (Times::UnixMilliseconds, "7258118400000", Err(TimeOutOfRange)),
            (Times::UnixMilliseconds, "99999999999999999999", Err(TimeOutOfRange)),
            (Times::UnixMilliseconds, "1e999999999999999999", Err(TimeOutOfRange)),
            (Times::UnixMilliseconds, "1e-999999999999999999", Ok(0)),
            (Times::UnixMilliseconds, "0e999", Ok(0)),
            (Times::UnixMilliseconds, "-1", Err(TimeOutOfRange)),
            (Times::UnixMilliseconds, "", Err(BadTime)),
            (Times::UnixMilliseconds, "12 ", Err(BadTime)),
            (Times::UnixMilliseconds, "1.", Err(BadTime)),
            (Times::UnixMilliseconds, "١٢", Err(BadTime)),
            (Times::UnixMilliseconds, "1e9999999999999999999999", Err(BadTime)),
        ] {
            assert_eq!(times.read(text), expected.map(Time), "{text} as {times:?}");
        }
    }
}
