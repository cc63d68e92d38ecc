//! Computes when a day, week or month of a time zone began.
//!
//! A period begins with the first instant of its first date. That is usually midnight, but not where
//! the clock is put forward over midnight, and midnight comes twice where the clock is put back over
//! it.

use super::super::language::PeriodStart;
use crate::transaction::Time;
use jiff::civil::{Date, DateTime, Time as TimeOfDay};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};

/// When the period that a time is in began. `None` outside the years -9999 to 9999.
pub fn start_of_period(period: PeriodStart, time: Time, zone: &TimeZone) -> Option<Time> {
    let date = zone.to_datetime(Timestamp::from_millisecond(time.millis()).ok()?).date();
    let first = match period {
        PeriodStart::Day => date,
        PeriodStart::Week => monday(date)?,
        PeriodStart::Month => date.first_of_month(),
    };
    let midnight = first.to_datetime(TimeOfDay::midnight());
    Some(Time(first_instant(midnight, zone)?.as_millisecond()))
}

fn monday(date: Date) -> Option<Date> {
    let days = date.weekday().to_monday_zero_offset();
    date.checked_sub(Span::new().days(days)).ok()
}

/// The first instant at which a clock in the zone shows this time or a later one.
fn first_instant(shown: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(shown).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(shown).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(shown).ok(),
        // No clock shows this time. With the later offset, it is an instant just before the gap.
        AmbiguousOffset::Gap { after, .. } => {
            let before_gap = after.to_timestamp(shown).ok()?;
            zone.following(before_gap).next().map(|transition| transition.timestamp())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const SEEDS: u64 = 400;

    /// Searches all seconds near the first quarter of an hour that is in the period.
    fn searched_start(period: PeriodStart, time: Time, zone: &TimeZone) -> Time {
        let date = |ms: i64| zone.to_datetime(Timestamp::from_millisecond(ms).unwrap()).date();
        let (mut first, last) = (date(time.millis()), date(time.millis()));
        let is_first = |date: Date| match period {
            PeriodStart::Day => date == last,
            PeriodStart::Week => date.weekday() == jiff::civil::Weekday::Monday,
            PeriodStart::Month => date.day() == 1,
        };
        while !is_first(first) {
            first = first.yesterday().unwrap();
        }
        let is_in = |ms: &i64| (first..=last).contains(&date(*ms));
        let steps = |from: i64, by: i64| (0..).map(move |step| from + step * by);
        let quarter = steps(time.millis() - 34 * DAY_MS, 15 * MINUTE_MS).find(is_in).unwrap();
        let second = steps(quarter.div_euclid(SECOND_MS) * SECOND_MS - 2 * HOUR_MS, SECOND_MS);
        Time(second.into_iter().find(is_in).unwrap())
    }

    /// Any time from 1840 to 2100, or one within two days of a change of the zone's clock, often of
    /// one near midnight.
    fn random_time(random: &mut ChaCha8Rng, zone: &TimeZone) -> Time {
        let any = random.random_range(-47_500 * DAY_MS..47_500 * DAY_MS);
        let mut changes = zone.following(Timestamp::from_millisecond(any).unwrap()).take(300);
        let is_near_midnight = |at: Timestamp| [0, 23].contains(&zone.to_datetime(at).hour());
        let change = match random.random_range(0..4) {
            0 => None,
            1 => changes.next(),
            _ => changes.find(|change| is_near_midnight(change.timestamp())),
        };
        match change.map(|change| change.timestamp().as_millisecond()) {
            Some(change) => Time(change + random.random_range(-2 * DAY_MS..2 * DAY_MS)),
            None => Time(any),
        }
    }

    #[test]
    fn a_search_through_all_instants_finds_the_same_starts() {
        let names: Vec<String> =
            jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
        assert!(names.len() > 400, "{}", names.len());
        for seed in 0..SEEDS {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let name = &names[random.random_range(0..names.len())];
            let zone = TimeZone::get(name).unwrap();
            let time = random_time(&mut random, &zone);
            for period in PeriodStart::ALL {
                assert_eq!(
                    start_of_period(*period, time, &zone),
                    Some(searched_start(*period, time, &zone)),
                    "seed {seed}: {period:?} of {time} in {name}"
                );
            }
        }
    }
}
