//! Tests where days, weeks and months begin, in rules.

use super::super::ir::Column;
use super::super::plan::{Atom, MaskSource};
use super::support::*;
use crate::memory::{Event, Recall};
use crate::transaction::*;

fn time(text: &str) -> Time {
    Time::parse_rfc3339(text).unwrap_or_else(|| panic!("{text}"))
}

/// The outcome of a condition for a transaction at a time, of a card with these charges.
fn verdict_at(condition: &str, now: Time, events: &[Event]) -> Option<bool> {
    let past = Recall { now, ..recall(events, &[]) };
    verdict(&compiled(&source(condition)), &transaction(now), &past)
}

/// Charges of 10.00 at these times.
fn charges_at(times: &[&str]) -> Vec<Event> {
    let ago_ms = times.iter().map(|text| NOW.millis() - time(text).millis());
    ago_ms.map(|ago_ms| charge(ago_ms, |tx| tx.base_amount = Some(1_000))).collect()
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
        // From 23:00, or 23:30, to midnight: the day before is shorter.
        ("America/Scoresbysund", "2026-03-29T12:00:00Z", "2026-03-29T01:00:00Z"),
        ("America/Scoresbysund", "2026-03-29T00:59:59Z", "2026-03-28T02:00:00Z"),
        ("Asia/Pyongyang", "2018-05-05T03:00:00Z", "2018-05-04T15:00:00Z"),
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
        ("Africa/Cairo", "2026-10-30T12:00:00Z", "2026-10-29T22:00:00Z"),
        ("Africa/Cairo", "2026-10-29T21:30:00Z", "2026-10-28T21:00:00Z"),
        ("Asia/Beirut", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z"),
        ("Asia/Beirut", "2026-10-24T21:59:59Z", "2026-10-23T21:00:00Z"),
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
        // On 30 March 1919, clocks were put forward from 23:30 to 00:30.
        format!("{} == {}", ago(18_539, "startOfDay", "America/Toronto"), back(18_540 * 24 - 5)),
        format!(
            "{} == {} - duration(\"30m\")",
            ago(18_538, "startOfDay", "America/Toronto"),
            back(18_539 * 24 - 5)
        ),
        format!("has(tx.amount) && {} < now", start(719_000, "startOfDay")),
        "now + duration(\"2900000d\") > (now + duration(\"2900000d\")).startOfMonth()".to_owned(),
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
        ("(now + duration(\"2912437d\")).startOfDay() > now".to_owned(), Some(true)),
        ("(now + duration(\"2912438d\")).startOfDay() > now".to_owned(), None),
        ("(now + duration(\"3000000d\")).startOfDay() > now".to_owned(), None),
    ] {
        assert_eq!(verdict_at(&condition, NOW, &[]), expected, "{condition}");
    }
}

#[test]
fn a_calendar_window_has_the_charges_since_its_start() {
    let spent = |window: &str, start: &str, expected: i64| {
        format!(
            "card.last(\"{window}\").filter(t, t.time >= now.{start}).sum(t, t.amount) == {expected}"
        )
    };
    let autumn = charges_at(&[
        "2026-10-18T21:59:59Z",
        "2026-10-18T22:00:00Z",
        "2026-10-24T21:59:59Z",
        "2026-10-24T22:00:00Z",
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:30:00Z",
    ]);
    let (night, monday) = (time("2026-10-25T22:59:59Z"), time("2026-10-25T23:00:00Z"));
    for (condition, now) in [
        (spent("25h", "startOfDay(\"Europe/Paris\")", 30), night),
        (spent("25h", "startOfDay(\"Europe/Paris\")", 0), monday),
        // A window of 24 hours lacks the first of the 25 hours.
        (spent("24h", "startOfDay(\"Europe/Paris\")", 20), night),
        (spent("7d1h", "startOfWeek(\"Europe/Paris\")", 50), night),
        (spent("7d1h", "startOfWeek(\"Europe/Paris\")", 0), monday),
        (spent("30d", "startOfMonth(\"Europe/Paris\")", 60), night),
        ("card.last(\"30d\").distinct(t, t.time.startOfDay(\"Europe/Paris\")).size() == 4".into(), night),
        ("card.last(\"30d\").count(t, t.time.startOfWeek(\"Europe/Paris\") < now.startOfWeek(\"Europe/Paris\")) == 1".into(), night),
    ] {
        assert_eq!(verdict_at(&condition, now, &autumn), Some(true), "{condition}");
    }
    // From the first of a month to the 31st, the retention of 30 days ends before the month begins.
    let january = charges_at(&["2026-01-01T00:30:00Z", "2026-01-01T12:00:00Z"]);
    let condition = spent("30d", "startOfMonth()", 10);
    assert_eq!(verdict_at(&condition, time("2026-01-31T10:00:00Z"), &january), Some(true));
}

/// As for `t.time >= now - duration("1h")`, the window of the list determines whether it is complete.
#[test]
fn a_calendar_window_of_a_cut_list_gives_a_lower_bound() {
    let events = charges_at(&["2026-01-05T08:00:00Z", "2026-01-05T09:00:00Z"]);
    let verdict_if_cut = |condition: &str, cut: &str| {
        let past = Recall { cut: Some(time(cut)), ..recall(&events, &[]) };
        verdict(&compiled(&source(condition)), &transaction(NOW), &past)
    };
    for start in ["now.startOfDay()", "now - duration(\"10h\")"] {
        for (rest, cut, expected) in [
            (">= 2", "2026-01-05T07:00:00Z", Some(true)),
            ("> 2", "2026-01-05T07:00:00Z", None),
            ("< 2", "2026-01-05T07:00:00Z", Some(false)),
            ("> 2", "2026-01-04T12:00:00Z", None),
            ("> 2", "2026-01-04T10:00:00Z", Some(false)),
        ] {
            let condition = format!("card.last(\"24h\").count(t, t.time >= {start}) {rest}");
            assert_eq!(verdict_if_cut(&condition, cut), expected, "{condition}, cut at {cut}");
        }
    }
    // The start of the day of an unknown charge.
    let first = "card.last(\"24h\").min(t, t.time).startOfDay() <= now";
    assert_eq!(verdict_if_cut(first, "2026-01-05T07:00:00Z"), None);
    assert_eq!(verdict_if_cut(first, "2026-01-04T10:00:00Z"), Some(true));
}

#[test]
fn the_start_of_a_window_is_compared_with_the_times_of_charges_and_not_computed_for_each() {
    for start in [
        "now.startOfDay(\"Europe/Paris\")",
        "now.startOfWeek()",
        "(now - duration(\"1d\")).startOfMonth(\"+02:00\")",
        "card.previous.time.startOfDay(\"America/Havana\")",
    ] {
        for condition in [format!("t.time >= {start}"), format!("{start} < t.time")] {
            let ruleset =
                compiled(&source(&format!("card.last(\"30d\").count(t, {condition}) > 2")));
            let masks = ruleset.program.plan.scans.iter().flat_map(|scan| &scan.masks);
            let are_times: Vec<bool> = masks
                .map(|mask| {
                    matches!(mask.source, MaskSource::Atom(Atom::Compared(Column::Time, ..)))
                })
                .collect();
            assert_eq!(are_times, [true], "{condition}");
        }
    }
}
