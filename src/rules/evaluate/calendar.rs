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
