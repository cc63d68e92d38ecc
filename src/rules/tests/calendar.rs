//! Tests where days, weeks and months begin, in rules.

use super::support::*;
use crate::memory::Recall;
use crate::rules::{Evaluation, Value};
use crate::transaction::*;

fn time(text: &str) -> Time {
    Time::parse_rfc3339(text).unwrap_or_else(|| panic!("{text}"))
}

/// The outcome of a condition for a transaction at a time, of a card with these charges.
fn verdict_at(condition: &str, now: Time, charges: &[Time]) -> Option<bool> {
    let events: Vec<_> = charges
        .iter()
        .map(|time| charge(NOW.millis() - time.millis(), |tx| tx.base_amount = Some(1_000)))
        .collect();
    let past = Recall { now, ..recall(&events, &[]) };
    verdict(&compiled(&source(condition)), &transaction(now), &past)
}

/// Checks the start of a period, of the transaction's time and of the same constant.
#[track_caller]
fn check(start: &str, zone: &str, now: &str, expected: &str) {
    let condition = format!("now.{start}(\"{zone}\") == timestamp(\"{expected}\")");
    let constant = condition.replace("now", &format!("timestamp(\"{now}\")"));
    for condition in [condition, constant] {
        assert_eq!(verdict_at(&condition, time(now), &[]), Some(true), "{condition} at {now}");
    }
}

#[test]
fn a_day_begins_at_midnight_of_the_zone() {
    for (zone, now, expected) in [
        ("UTC", "2026-01-05T10:30:00Z", "2026-01-05T00:00:00Z"),
        ("UTC", "2026-01-05T00:00:00Z", "2026-01-05T00:00:00Z"),
        ("UTC", "2026-01-04T23:59:59.999Z", "2026-01-04T00:00:00Z"),
        ("Europe/Paris", "2026-01-05T22:59:59.999Z", "2026-01-04T23:00:00Z"),
        ("Europe/Paris", "2026-01-05T23:00:00Z", "2026-01-05T23:00:00Z"),
        ("+02:30", "2026-01-05T21:29:59Z", "2026-01-04T21:30:00Z"),
        ("-05:45", "2026-01-05T05:45:00Z", "2026-01-05T05:45:00Z"),
        ("Asia/Kathmandu", "2026-01-05T10:00:00Z", "2026-01-04T18:15:00Z"),
        ("Pacific/Kiritimati", "2026-01-05T09:59:59Z", "2026-01-04T10:00:00Z"),
        ("America/New_York", "2026-01-05T04:59:59Z", "2026-01-04T05:00:00Z"),
    ] {
        check("startOfDay", zone, now, expected);
    }
    let condition = "now.startOfDay() == now.startOfDay(\"UTC\")";
    assert_eq!(verdict_at(condition, NOW, &[]), Some(true));
}

#[test]
fn a_day_has_23_hours_in_spring_and_25_in_autumn() {
    for (now, expected) in [
        ("2026-03-29T21:59:59Z", "2026-03-28T23:00:00Z"),
        ("2026-03-29T22:00:00Z", "2026-03-29T22:00:00Z"),
        ("2026-10-25T22:59:59Z", "2026-10-24T22:00:00Z"),
        ("2026-10-25T23:00:00Z", "2026-10-25T23:00:00Z"),
    ] {
        check("startOfDay", "Europe/Paris", now, expected);
    }
}

#[test]
fn a_day_without_a_midnight_begins_when_the_clock_is_put_forward() {
    for (zone, now, expected) in [
        // From 00:00 to 01:00.
        ("America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z"),
        ("America/Sao_Paulo", "2018-11-04T02:59:59Z", "2018-11-03T03:00:00Z"),
        ("Africa/Cairo", "2026-04-24T12:00:00Z", "2026-04-23T22:00:00Z"),
        ("Asia/Beirut", "2026-03-29T12:00:00Z", "2026-03-28T22:00:00Z"),
        ("America/Havana", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z"),
        // From 00:01 to 01:01: the day has a midnight, and an hour less after it.
        ("America/St_Johns", "2010-03-14T12:00:00Z", "2010-03-14T03:30:00Z"),
        // The whole of Friday is left out.
        ("Pacific/Apia", "2011-12-31T00:00:00Z", "2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z"),
    ] {
        check("startOfDay", zone, now, expected);
    }
}

#[test]
fn a_day_with_two_midnights_begins_with_the_first() {
    for (zone, now, expected) in [
        // From 01:00 to 00:00.
        ("America/Havana", "2026-11-01T04:30:00Z", "2026-11-01T04:00:00Z"),
        ("America/Havana", "2026-11-01T05:30:00Z", "2026-11-01T04:00:00Z"),
        ("America/Havana", "2026-11-01T23:00:00Z", "2026-11-01T04:00:00Z"),
        // From 00:01 to 23:01 of the day before.
        ("America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-07T02:30:00Z"),
        ("America/St_Johns", "2010-11-07T02:45:00Z", "2010-11-06T02:30:00Z"),
        ("America/St_Johns", "2010-11-07T12:00:00Z", "2010-11-07T02:30:00Z"),
        // From 24:00 to 23:00: one midnight, and an hour more before it.
        ("America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-17T02:00:00Z"),
        ("America/Sao_Paulo", "2018-02-18T12:00:00Z", "2018-02-18T03:00:00Z"),
    ] {
        check("startOfDay", zone, now, expected);
    }
}

#[test]
fn a_week_begins_on_monday() {
    for (zone, now, expected) in [
        ("UTC", "2026-01-05T00:00:00Z", "2026-01-05T00:00:00Z"),
        ("UTC", "2026-01-04T23:59:59Z", "2025-12-29T00:00:00Z"),
        ("UTC", "2026-01-11T23:59:59Z", "2026-01-05T00:00:00Z"),
        ("Europe/Paris", "2026-01-04T22:59:59Z", "2025-12-28T23:00:00Z"),
        ("Europe/Paris", "2026-01-04T23:00:00Z", "2026-01-04T23:00:00Z"),
        // The clock was changed on the Sunday.
        ("Europe/Paris", "2026-03-29T21:59:59Z", "2026-03-22T23:00:00Z"),
        ("Europe/Paris", "2026-03-29T22:00:00Z", "2026-03-29T22:00:00Z"),
        ("Europe/Paris", "2026-10-25T22:59:59Z", "2026-10-18T22:00:00Z"),
        ("Europe/Paris", "2026-10-28T12:00:00Z", "2026-10-25T23:00:00Z"),
        ("America/New_York", "2026-03-09T03:59:59Z", "2026-03-02T05:00:00Z"),
        ("America/New_York", "2026-03-09T04:00:00Z", "2026-03-09T04:00:00Z"),
    ] {
        check("startOfWeek", zone, now, expected);
    }
}

#[test]
fn a_month_begins_on_its_first() {
    for (zone, now, expected) in [
        ("UTC", "2026-01-31T23:59:59Z", "2026-01-01T00:00:00Z"),
        ("UTC", "2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z"),
        ("UTC", "2028-03-01T00:00:00Z", "2028-03-01T00:00:00Z"),
        ("UTC", "2100-02-28T23:59:59Z", "2100-02-01T00:00:00Z"),
        ("Europe/Paris", "2025-12-31T22:59:59Z", "2025-11-30T23:00:00Z"),
        ("Europe/Paris", "2025-12-31T23:00:00Z", "2025-12-31T23:00:00Z"),
        // The clock was changed within the month.
        ("Europe/Paris", "2026-03-31T21:59:59Z", "2026-02-28T23:00:00Z"),
        ("Europe/Paris", "2026-10-31T22:59:59Z", "2026-09-30T22:00:00Z"),
        ("America/New_York", "2026-11-30T23:00:00Z", "2026-11-01T04:00:00Z"),
        // The first of the month is the day of the change.
        ("America/Havana", "2026-11-15T00:00:00Z", "2026-11-01T04:00:00Z"),
        ("America/Asuncion", "2023-10-15T00:00:00Z", "2023-10-01T04:00:00Z"),
    ] {
        check("startOfMonth", zone, now, expected);
    }
}

#[test]
fn times_outside_the_years_of_transactions_have_starts_too() {
    let ago = |days: i64, start: &str, zone: &str| {
        format!("(timestamp(\"1970-01-01T00:00:00Z\") - duration(\"{days}d\")).{start}(\"{zone}\")")
    };
    let start = |days, start: &str| ago(days, start, "Europe/Paris");
    let back = |hours: i64| format!("timestamp(\"1970-01-01T00:00:00Z\") - duration(\"{hours}h\")");
    for condition in [
        format!("{} == {}", start(0, "startOfDay"), back(1)),
        format!("{} == {}", start(1, "startOfDay"), back(25)),
        // A Thursday.
        format!("{} == {}", start(0, "startOfWeek"), back(73)),
        format!("{} == {}", start(1, "startOfMonth"), back(31 * 24 + 1)),
        // 16 June 1940, two days after a change to summer time: from then on, two hours before UTC.
        format!("{} == {}", start(10_791, "startOfDay"), back(10_791 * 24 + 2)),
        format!("has(tx.amount) && {} < now", start(719_000, "startOfDay")),
        format!("now + duration(\"2900000d\") > (now + duration(\"2900000d\")).startOfMonth()"),
    ] {
        assert_eq!(verdict_at(&condition, NOW, &[]), Some(true), "{condition}");
    }
    // The year 1 began earlier in Paris than in UTC, and the last hours of 9999 are too late for calendars.
    let first = |start: &str, zone: &str| format!("{} <= now", ago(719_162, start, zone));
    for (condition, expected) in [
        (first("startOfDay", "UTC"), Some(true)),
        (first("startOfMonth", "UTC"), Some(true)),
        (first("startOfWeek", "UTC"), Some(true)),
        (first("startOfDay", "Europe/Paris"), None),
        (first("startOfMonth", "Europe/Paris"), None),
        (first("startOfDay", "America/New_York"), None),
        ("(now + duration(\"2912507d\")).startOfDay() > now".to_owned(), Some(true)),
        ("(now + duration(\"2912508d\")).startOfDay() > now".to_owned(), None),
        ("(now + duration(\"3000000d\")).startOfDay() > now".to_owned(), None),
    ] {
        assert_eq!(verdict_at(&condition, NOW, &[]), expected, "{condition}");
    }
}
