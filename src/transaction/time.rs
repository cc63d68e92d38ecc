//! Represents a point in time in milliseconds, and converts it to and from RFC 3339.
//!
//! Parsing and formatting are written by hand, since every message needs them: they use digits at
//! fixed positions and integer calendar arithmetic. The tests compare them with jiff.

use std::fmt;

/// One second. Times and durations are in milliseconds everywhere.
pub const SECOND_MS: i64 = 1_000;
/// 60 seconds: [`Time`] counts no leap seconds.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// 60 minutes, each of 60 seconds.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// 24 hours: a day of UTC. A day of a time zone may have 23 or 25.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// Times at or after 2200-01-01 are out of range.
const END_DAYS: i64 = days_of(2200, 1, 1);

/// Length of `2026-01-05T10:15:30.123Z`.
const RFC_3339_BYTES: usize = 24;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

/// Why a string is not a valid time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not the syntax of RFC 3339, section 5.6. A space instead of the `T` is accepted.
    #[error("not RFC 3339 with an offset, as in `2026-01-05T10:15:30.123Z`")]
    Malformed,
    /// Valid except for the offset. [`Time::parse_without_colon`] accepts it.
    #[error("no colon in the offset: RFC 3339 writes `+00:00`, not `+0000`")]
    NoColon,
    /// The syntax is valid, but not the date, the time of day or the offset: 30 February, hour 24,
    /// or second 60 other than at the end of a UTC day.
    #[error("no such date or time of day")]
    NoSuchTime,
    /// Before 1970-01-01T00:00:00Z, or at or after 2200-01-01T00:00:00Z.
    #[error("outside the years 1970 to 2199")]
    OutOfRange,
}

impl Time {
    /// Parses RFC 3339 with an offset, dropping digits beyond milliseconds. `None` if the string is
    /// malformed, is not an existing date, or is outside the years 1970 to 2199.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }

    /// Like [`Time::parse_rfc3339`], with the reason. A leap second (`23:59:60` UTC) is read as the
    /// second before it.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        Self::read(text, Colon::Required)
    }

    /// Like [`Time::parse`], but the offset may lack its colon: `+0000` (ISO 8601 basic format).
    pub fn parse_without_colon(text: &str) -> Result<Self, TimeError> {
        Self::read(text, Colon::Optional)
    }

    /// A time from milliseconds since the epoch, if it is within the years 1970 to 2199.
    pub fn from_millis(millis: i64) -> Result<Self, TimeError> {
        let is_inside = (0..END_DAYS * DAY_MS).contains(&millis);
        if is_inside { Ok(Self(millis)) } else { Err(TimeError::OutOfRange) }
    }

    fn read(text: &str, colon: Colon) -> Result<Self, TimeError> {
        let (stamp, rest) = text.as_bytes().split_first_chunk().ok_or(TimeError::Malformed)?;
        let local = Civil::read(stamp)?;
        let (fraction_ms, rest) = fraction_ms(rest)?;
        let offset_minutes = offset_minutes(rest, colon)?;
        Self::from_millis(local.at_offset(offset_minutes)? + fraction_ms)
    }

    /// Since 1970-01-01T00:00:00Z; negative before it.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The number of its calendar week, which begins on Monday at 00:00 UTC (ISO 8601). Week 0 has
    /// 1970-01-01.
    pub fn week(self) -> i64 {
        const DAYS_PER_WEEK: i64 = 7;
        // 1970-01-01 was a Thursday: three days after the beginning of its week.
        const EPOCH_WEEKDAY: i64 = 3;
        (self.0.div_euclid(DAY_MS) + EPOCH_WEEKDAY).div_euclid(DAYS_PER_WEEK)
    }

    /// Appends `2026-01-05T10:15:30.123Z`: UTC, always three decimals.
    pub fn write_rfc3339(self, out: &mut Vec<u8>) {
        match self.rfc3339() {
            Some(text) => out.extend_from_slice(&text),
            None => out.extend_from_slice(format!("{}ms", self.0).as_bytes()),
        }
    }

    /// `None` outside the years 0 to 9999, which RFC 3339 cannot write.
    fn rfc3339(self) -> Option<[u8; RFC_3339_BYTES]> {
        let days = self.0.div_euclid(DAY_MS);
        let of_day = self.0.rem_euclid(DAY_MS);
        let (year, month, day) = civil_of(days)?;
        let mut text = *b"0000-00-00T00:00:00.000Z";
        put(&mut text, 0..4, year);
        put(&mut text, 5..7, month);
        put(&mut text, 8..10, day);
        put(&mut text, 11..13, of_day / HOUR_MS);
        put(&mut text, 14..16, of_day / MINUTE_MS % 60);
        put(&mut text, 17..19, of_day / SECOND_MS % 60);
        put(&mut text, 20..23, of_day % SECOND_MS);
        Some(text)
    }
}

/// `2026-01-05T10:15:30.123Z`: UTC, always three decimals.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rfc3339() {
            Some(text) => f.write_str(std::str::from_utf8(&text).unwrap_or_default()),
            None => write!(f, "{}ms", self.0),
        }
    }
}

/// A date and a time of day, each field within its calendar range.
struct Civil {
    days: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

/// Length of `2026-01-05T10:15:30`.
const STAMP_BYTES: usize = 19;

impl Civil {
    fn read(text: &[u8; STAMP_BYTES]) -> Result<Self, TimeError> {
        let [
            y1,
            y2,
            y3,
            y4,
            b'-',
            mo1,
            mo2,
            b'-',
            d1,
            d2,
            between,
            h1,
            h2,
            b':',
            mi1,
            mi2,
            b':',
            s1,
            s2,
        ] = *text
        else {
            return Err(TimeError::Malformed);
        };
        if !matches!(between, b'T' | b't' | b' ') {
            return Err(TimeError::Malformed);
        }
        let year = two(y1, y2)? * 100 + two(y3, y4)?;
        let (month, day) = (two(mo1, mo2)?, two(d1, d2)?);
        let (hour, minute, second) = (two(h1, h2)?, two(mi1, mi2)?, two(s1, s2)?);
        let date_exists = (1..=12).contains(&month) && (1..=month_days(year, month)).contains(&day);
        if !date_exists || hour > 23 || minute > 59 || second > 60 {
            return Err(TimeError::NoSuchTime);
        }
        Ok(Self { days: days_of(year, month, day), hour, minute, second })
    }

    /// Milliseconds since the epoch, if this is local time `minutes_ahead` of UTC.
    fn at_offset(&self, minutes_ahead: i64) -> Result<i64, TimeError> {
        let minutes = (self.days * 24 + self.hour) * 60 + self.minute - minutes_ahead;
        let is_leap = self.second == 60;
        if is_leap && minutes.rem_euclid(24 * 60) != 24 * 60 - 1 {
            return Err(TimeError::NoSuchTime);
        }
        Ok(minutes * MINUTE_MS + self.second.min(59) * SECOND_MS)
    }
}

fn two(tens: u8, ones: u8) -> Result<i64, TimeError> {
    Ok(digit(tens)? * 10 + digit(ones)?)
}

fn digit(byte: u8) -> Result<i64, TimeError> {
    if byte.is_ascii_digit() { Ok(i64::from(byte - b'0')) } else { Err(TimeError::Malformed) }
}

/// The milliseconds of an optional fraction, and the rest of the text.
fn fraction_ms(text: &[u8]) -> Result<(i64, &[u8]), TimeError> {
    let Some((b'.', fraction)) = text.split_first() else { return Ok((0, text)) };
    let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, rest) = fraction.split_at(digits);
    if fraction.is_empty() {
        return Err(TimeError::Malformed);
    }
    let place = |index: usize| fraction.get(index).map_or(Ok(0), |byte| digit(*byte));
    Ok((place(0)? * 100 + place(1)? * 10 + place(2)?, rest))
}

/// Whether an offset must have a colon.
#[derive(Clone, Copy, PartialEq)]
enum Colon {
    Required,
    Optional,
}

/// `Z` or `±HH:MM`, in minutes ahead of UTC.
fn offset_minutes(text: &[u8], colon: Colon) -> Result<i64, TimeError> {
    let (sign, rest) = match text {
        b"Z" | b"z" => return Ok(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return Err(TimeError::Malformed),
    };
    let (hours, minutes) = match *rest {
        [h1, h2, b':', m1, m2] => (two(h1, h2)?, two(m1, m2)?),
        [h1, h2, m1, m2] => {
            let offset = (two(h1, h2)?, two(m1, m2)?);
            if colon == Colon::Required {
                return Err(TimeError::NoColon);
            }
            offset
        }
        _ => return Err(TimeError::Malformed),
    };
    if hours > 23 || minutes > 59 {
        return Err(TimeError::NoSuchTime);
    }
    Ok(sign * (hours * 60 + minutes))
}

/// Writes a non-negative number at `place`, with leading zeros.
fn put(text: &mut [u8; RFC_3339_BYTES], place: std::ops::Range<usize>, number: i64) {
    let mut number = number.unsigned_abs();
    for digit in text.get_mut(place).into_iter().flatten().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

fn month_days(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March,
/// so that the leap day comes last (Howard Hinnant, "chrono-compatible low-level date algorithms").
const fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days_of`]: year, month, day; `None` outside the years 0 to 9999.
fn civil_of(days: i64) -> Option<(i64, i64, i64)> {
    if !(days_of(0, 1, 1)..days_of(10_000, 1, 1)).contains(&days) {
        return None;
    }
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Some((year, month, day))
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
