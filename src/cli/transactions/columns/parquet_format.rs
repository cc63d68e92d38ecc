//! Writes values of a Parquet column as the text that CSV would have.
//!
//! No value is converted to another kind of number: integers and decimals are exact, and a double is
//! the shortest decimal that reads back as the same double, as Python and pandas write it.

use crate::decode::Times;
use crate::transaction::{DAY_MS, Time};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::schema::types::ColumnDescriptor;
use std::io::Write;

/// The bytes of a decimal that fit into 128 bits, enough for 38 digits.
const DECIMAL_BYTES_MAX: usize = 16;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Format {
    Bool,
    Integer,
    Unsigned,
    /// A float or a double.
    Double,
    Decimal {
        scale: u32,
    },
    Text,
    Uuid,
    /// Days since 1970.
    Date,
    /// A timestamp without a zone is in UTC.
    Timestamp {
        unit: TimestampUnit,
        times: Times,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TimestampUnit {
    Days,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl TimestampUnit {
    /// Rounded down to milliseconds.
    fn millis(self, value: i64) -> i64 {
        match self {
            Self::Days => value.saturating_mul(DAY_MS),
            Self::Milliseconds => value,
            Self::Microseconds => value.div_euclid(1_000),
            Self::Nanoseconds => value.div_euclid(1_000_000),
        }
    }
}

impl Format {
    /// The format of a column; what it has instead, if redcard does not read that. `times` is how
    /// timestamps are written.
    pub fn of(column: &ColumnDescriptor, times: Times) -> Result<Self, String> {
        if column.max_rep_level() > 0 {
            return Err("a list or a map".to_owned());
        }
        let format = match column.logical_type_ref() {
            Some(logical) => Self::logical(logical, times),
            None => Self::converted(column, times),
        };
        let is_too_long = matches!(format, Some(Self::Decimal { .. }))
            && column.physical_type() == Type::FIXED_LEN_BYTE_ARRAY
            && usize::try_from(column.type_length()).is_ok_and(|bytes| bytes > DECIMAL_BYTES_MAX);
        match format {
            Some(_) if is_too_long => Err("a decimal of more than 38 digits".to_owned()),
            Some(format) => Ok(format),
            None => Err(match column.logical_type_ref() {
                Some(logical) => format!("of type {logical:?}"),
                None => format!("of type {}", column.physical_type()),
            }),
        }
    }

    /// A day as a time: its first moment in UTC.
    pub fn midnight(times: Times) -> Self {
        Self::Timestamp { unit: TimestampUnit::Days, times }
    }

    fn logical(logical: &LogicalType, times: Times) -> Option<Self> {
        Some(match logical {
            LogicalType::String | LogicalType::Enum | LogicalType::Json => Self::Text,
            LogicalType::Decimal(decimal) => {
                Self::Decimal { scale: u32::try_from(decimal.scale).ok()? }
            }
            LogicalType::Date => Self::Date,
            LogicalType::Timestamp(timestamp) => {
                let unit = match timestamp.unit {
                    TimeUnit::MILLIS => TimestampUnit::Milliseconds,
                    TimeUnit::MICROS => TimestampUnit::Microseconds,
                    TimeUnit::NANOS => TimestampUnit::Nanoseconds,
                };
                Self::Timestamp { unit, times }
            }
            LogicalType::Integer(integer) if integer.is_signed => Self::Integer,
            LogicalType::Integer(_) => Self::Unsigned,
            LogicalType::Uuid => Self::Uuid,
            // A column in which every value is null.
            LogicalType::Unknown => Self::Integer,
            _ => return None,
        })
    }

    /// Of files written before there were logical types, and of columns that need none.
    fn converted(column: &ColumnDescriptor, times: Times) -> Option<Self> {
        Some(match (column.converted_type(), column.physical_type()) {
            (ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON, _) => Self::Text,
            (ConvertedType::DECIMAL, _) => {
                Self::Decimal { scale: u32::try_from(column.type_scale()).ok()? }
            }
            (ConvertedType::DATE, _) => Self::Date,
            (ConvertedType::TIMESTAMP_MILLIS, _) => {
                Self::Timestamp { unit: TimestampUnit::Milliseconds, times }
            }
            (ConvertedType::TIMESTAMP_MICROS, _) => {
                Self::Timestamp { unit: TimestampUnit::Microseconds, times }
            }
            (
                ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64,
                _,
            ) => Self::Unsigned,
            (
                ConvertedType::INT_8
                | ConvertedType::INT_16
                | ConvertedType::INT_32
                | ConvertedType::INT_64,
                _,
            ) => Self::Integer,
            (ConvertedType::NONE, physical) => match physical {
                Type::BOOLEAN => Self::Bool,
                Type::INT32 | Type::INT64 => Self::Integer,
                Type::FLOAT | Type::DOUBLE => Self::Double,
                // Some writers do not mark text.
                Type::BYTE_ARRAY => Self::Text,
                // The timestamps of Hive, Impala and older versions of Spark.
                Type::INT96 => Self::Timestamp { unit: TimestampUnit::Milliseconds, times },
                Type::FIXED_LEN_BYTE_ARRAY => return None,
            },
            _ => return None,
        })
    }

    /// Appends an integer, or what is stored as one.
    pub fn write_integer(self, value: i64, out: &mut Vec<u8>) {
        match self {
            Self::Decimal { scale } => write_decimal(value.into(), scale, out),
            Self::Unsigned => append(out, format_args!("{}", value.cast_unsigned())),
            Self::Timestamp { unit, times } => write_time(Time(unit.millis(value)), times, out),
            Self::Date => {
                let midnight = Time(value.saturating_mul(DAY_MS)).to_string();
                let date = midnight.split('T').next().unwrap_or_default();
                out.extend_from_slice(date.as_bytes());
            }
            Self::Bool | Self::Integer | Self::Double | Self::Text | Self::Uuid => {
                append(out, format_args!("{value}"));
            }
        }
    }

    /// Appends bytes, or what is stored as bytes.
    pub fn write_bytes(self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Decimal { scale } => match signed(bytes) {
                Some(value) => write_decimal(value, scale, out),
                None => out.extend_from_slice(b"a decimal of more than 38 digits"),
            },
            Self::Uuid => write_uuid(bytes, out),
            _ => out.extend_from_slice(bytes),
        }
    }
}

/// Writing to a vector cannot fail.
fn append(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

/// As the decoder reads times: it is configured for the feed, and a timestamp fits every format.
pub(super) fn write_time(time: Time, times: Times, out: &mut Vec<u8>) {
    match times {
        Times::Rfc3339 | Times::Rfc3339NoColon => time.write_rfc3339(out),
        Times::UnixMilliseconds => append(out, format_args!("{}", time.millis())),
        Times::UnixSeconds => write_decimal(time.millis().into(), 3, out),
    }
}

/// The big-endian two's complement number of these bytes.
fn signed(bytes: &[u8]) -> Option<i128> {
    let negative = bytes.first().is_some_and(|first| *first >= 0x80);
    let mut value = [if negative { 0xff } else { 0 }; DECIMAL_BYTES_MAX];
    let start = DECIMAL_BYTES_MAX.checked_sub(bytes.len())?;
    value.get_mut(start..)?.copy_from_slice(bytes);
    Some(i128::from_be_bytes(value))
}

/// With all of its decimal places: 2600 with scale 2 is `26.00`.
fn write_decimal(value: i128, scale: u32, out: &mut Vec<u8>) {
    let places = usize::try_from(scale).unwrap_or(usize::MAX).min(u16::MAX.into());
    let digits = format!("{:0>1$}", value.unsigned_abs(), places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let sign = if value < 0 { "-" } else { "" };
    let point = if places == 0 { "" } else { "." };
    append(out, format_args!("{sign}{whole}{point}{part}"));
}

/// `123e4567-e89b-12d3-a456-426614174000`
fn write_uuid(bytes: &[u8], out: &mut Vec<u8>) {
    for (at, byte) in bytes.iter().enumerate() {
        let hyphen = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
        append(out, format_args!("{hyphen}{byte:02x}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn decimals_keep_all_their_places() {
        for (value, scale, expected) in [
            (2600, 2, "26.00"),
            (5, 2, "0.05"),
            (-5, 3, "-0.005"),
            (0, 2, "0.00"),
            (2600, 0, "2600"),
            (i128::MAX, 4, "17014118346046923173168730371588410.5727"),
        ] {
            assert_eq!(written(|out| write_decimal(value, scale, out)), expected);
        }
    }

    #[test]
    fn bytes_of_a_decimal_are_a_signed_number() {
        for (bytes, expected) in [
            (&[0x01][..], Some(1)),
            (&[0xff], Some(-1)),
            (&[0x00, 0x80], Some(128)),
            (&[0xff; 16], Some(-1)),
            (&[], Some(0)),
            (&[0; 17], None),
        ] {
            assert_eq!(signed(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn timestamps_are_written_as_the_decoder_reads_times() {
        const AT: i64 = 1_767_608_130_123;
        let check = |unit, times, value, expected: &str| {
            let format = Format::Timestamp { unit, times };
            assert_eq!(written(|out| format.write_integer(value, out)), expected);
        };
        use TimestampUnit::{Microseconds, Milliseconds, Nanoseconds};
        check(Milliseconds, Times::Rfc3339, AT, "2026-01-05T10:15:30.123Z");
        check(Microseconds, Times::Rfc3339, AT * 1_000 + 999, "2026-01-05T10:15:30.123Z");
        check(Nanoseconds, Times::Rfc3339NoColon, AT * 1_000_000, "2026-01-05T10:15:30.123Z");
        check(Milliseconds, Times::UnixMilliseconds, AT, "1767608130123");
        check(Milliseconds, Times::UnixSeconds, AT, "1767608130.123");
        check(Milliseconds, Times::UnixSeconds, -1, "-0.001");
        assert_eq!(written(|out| Format::Date.write_integer(20_458, out)), "2026-01-05");
    }

    #[test]
    fn an_uuid_has_its_hyphens() {
        let bytes: Vec<u8> = (0..16).collect();
        let text = written(|out| Format::Uuid.write_bytes(&bytes, out));
        assert_eq!(text, "00010203-0405-0607-0809-0a0b0c0d0e0f");
    }
}
