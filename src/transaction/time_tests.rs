//! Checks times against fixed cases, and against jiff on random ones.

use super::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn jiff_millis(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond())
}

#[test]
fn rfc_3339_is_read_to_the_millisecond() {
    for (text, millis) in [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-01-05T10:15:30.123Z", 1_767_608_130_123),
        ("2026-01-05T10:15:30.1239999Z", 1_767_608_130_123),
        ("2026-01-05T10:15:30.1Z", 1_767_608_130_100),
        ("2026-01-05T12:15:30.123+02:00", 1_767_608_130_123),
        ("2026-01-05T04:45:30.123-05:30", 1_767_608_130_123),
        ("2026-01-05t10:15:30.123z", 1_767_608_130_123),
        ("2026-01-05 10:15:30.123-00:00", 1_767_608_130_123),
        ("2016-12-31T23:59:60Z", 1_483_228_799_000),
        ("2017-01-01T01:59:60.500+02:00", 1_483_228_799_500),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
    ] {
        assert_eq!(Time::parse(text), Ok(Time(millis)), "{text}");
    }
}

#[test]
fn the_offset_may_lack_its_colon_if_allowed() {
    for (text, expected) in [
        ("2026-01-05T10:15:30+0000", Ok(1_767_608_130_000)),
        ("2026-01-05T12:15:30.123+0200", Ok(1_767_608_130_123)),
        ("2026-01-05T12:15:30.123+02:00", Ok(1_767_608_130_123)),
        ("2026-01-05T10:15:30Z", Ok(1_767_608_130_000)),
        ("2026-01-05T10:15:30+2400", Err(TimeError::NoSuchTime)),
        ("2026-01-05T10:15:30", Err(TimeError::Malformed)),
        ("2026-01-05T10:15:30+00", Err(TimeError::Malformed)),
    ] {
        assert_eq!(Time::parse_without_colon(text), expected.map(Time), "{text}");
    }
}

#[test]
fn an_invalid_time_is_rejected_with_the_reason() {
    use TimeError::{Malformed, NoColon, NoSuchTime, OutOfRange};
    for (text, error) in [
        ("", Malformed),
        ("2026-01-05", Malformed),
        ("2026-01-05T10:15:30", Malformed),
        ("2026-01-05T10:15Z", Malformed),
        ("2026-01-05T10:15:30.Z", Malformed),
        ("2026-01-05T10:15:30,5Z", Malformed),
        ("2026-01-05T10:15:30+0200", NoColon),
        ("2026-01-05T10:15:30.5-0000", NoColon),
        ("2026-01-05T10:15:30+02", Malformed),
        ("2026-01-05T10:15:30+020", Malformed),
        ("2026-01-05T10:15:30+02x0", Malformed),
        ("2026-01-05T10:15:30+02:00 ", Malformed),
        (" 2026-01-05T10:15:30Z", Malformed),
        ("20260105T101530Z", Malformed),
        ("1767608130", Malformed),
        ("2026-1a-05T10:15:30Z", Malformed),
        ("２026-01-05T10:15:30Z", Malformed),
        ("2026-02-30T10:15:30Z", NoSuchTime),
        ("2025-02-29T10:15:30Z", NoSuchTime),
        ("2026-00-05T10:15:30Z", NoSuchTime),
        ("2026-13-05T10:15:30Z", NoSuchTime),
        ("2026-01-00T10:15:30Z", NoSuchTime),
        ("2026-01-05T24:00:00Z", NoSuchTime),
        ("2026-01-05T10:60:00Z", NoSuchTime),
        ("2026-01-05T10:15:61Z", NoSuchTime),
        ("2026-01-05T10:15:60Z", NoSuchTime),
        ("2026-01-05T10:15:30+24:00", NoSuchTime),
        ("1969-12-31T23:59:59.999Z", OutOfRange),
        ("2200-01-01T00:00:00Z", OutOfRange),
        ("9999-12-31T23:59:59Z", OutOfRange),
    ] {
        assert_eq!(Time::parse(text), Err(error), "{text}");
    }
}

#[test]
fn random_times_are_read_and_written_as_jiff_does() {
    for seed in 0..20 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..500 {
            let millis = random.random_range(0..END_DAYS * DAY_MS);
            let at = jiff::Timestamp::from_millisecond(millis).unwrap();
            let text = Time(millis).to_string();
            assert_eq!(text, format!("{at:.3}"), "seed {seed}");
            let offset =
                jiff::tz::Offset::from_seconds(60 * random.random_range(-720..=840)).unwrap();
            let elsewhere = at.display_with_offset(offset).to_string();
            for text in [text, elsewhere] {
                assert_eq!(Time::parse(&text), Ok(Time(millis)), "seed {seed}: {text}");
            }
        }
    }
}

#[test]
fn random_fields_are_accepted_where_jiff_accepts_them() {
    for seed in 0..20 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..500 {
            let mut below = |end: u32| random.random_range(0..end);
            let text = format!(
                "{}-{:02}-{:02}T{:02}:{:02}:{:02}.{}+{:02}:{:02}",
                1971 + below(228),
                below(14),
                below(33),
                below(25),
                below(61),
                below(60),
                below(1_000_000),
                below(24),
                below(61),
            );
            assert_eq!(
                Time::parse_rfc3339(&text).map(Time::millis),
                jiff_millis(&text),
                "seed {seed}: {text}"
            );
        }
    }
}

#[test]
fn a_time_beyond_rfc_3339_is_still_shown() {
    assert_eq!(Time(i64::MAX).to_string(), "9223372036854775807ms");
    assert_eq!(Time(-1).to_string(), "1969-12-31T23:59:59.999Z");
    let mut out = b"at ".to_vec();
    Time(0).write_rfc3339(&mut out);
    assert_eq!(out, b"at 1970-01-01T00:00:00.000Z");
}
