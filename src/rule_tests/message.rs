//! Converts a transaction or a label of a test case to the JSON message that a source would send.
//!
//! Required fields that a case leaves out get a default: a unique id, one card, one merchant, type
//! `authorization`. Times are `"10:00:00"` on the first day, `"3 10:00:00"` on the third, or RFC
//! 3339.

use crate::transaction::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Time};
use serde_json::{Map, Value};

/// Midnight (UTC) of a case's first day, 2026-01-05, a Monday.
const FIRST_DAY: Time = Time(1_767_571_200_000);

const DAY_NUMBER_MAX: i64 = 10_000;

/// The message, `later_ms` after the time as written. The default id contains `number`.
pub(super) fn json(fields: &toml::Table, number: usize, later_ms: i64) -> Result<String, String> {
    let Value::Object(mut message) = value(toml::Value::Table(fields.clone())) else {
        return Err("is not a table".to_owned());
    };
    let time = time_in(&message, "time")?.ok_or("lacks `time`, a string")?;
    let later = Time(time.millis().saturating_add(later_ms));
    message.insert("time".to_owned(), later.to_string().into());
    message.entry("id").or_insert_with(|| format!("test-{number}").into());
    message.entry("type").or_insert_with(|| "authorization".into());
    default_card(&mut message);
    default_within(&mut message, "merchant", "id", "merchant-1");
    Ok(Value::Object(message).to_string())
}

pub(super) fn label_json(fields: &toml::Table) -> Result<String, String> {
    let Value::Object(mut message) = value(toml::Value::Table(fields.clone())) else {
        return Err("is not a table".to_owned());
    };
    let known_at = time_in(&message, "known_at")?.ok_or("lacks `known_at`, a string")?;
    message.insert("known_at".to_owned(), known_at.to_string().into());
    if let Some(time) = time_in(&message, "time")? {
        message.insert("time".to_owned(), time.to_string().into());
    }
    default_card(&mut message);
    Ok(Value::Object(message).to_string())
}

/// A field that is a time, if it is text.
fn time_in(message: &Map<String, Value>, name: &str) -> Result<Option<Time>, String> {
    let Some(time) = message.get(name).and_then(Value::as_str) else { return Ok(None) };
    let parsed = parse_time(time).ok_or_else(|| {
        format!(
            "`{time}` is not a time; write \"10:00:00\", \"3 10:00:00\" for the third day, or RFC \
             3339"
        )
    });
    parsed.map(Some)
}

fn default_card(message: &mut Map<String, Value>) {
    if !has(message, "card", "number") {
        default_within(message, "card", "token", "card-1");
    }
}

/// An entry of a list as the lists topic has it. Its times may be written as those of transactions.
pub(super) fn list_entry(fields: &toml::Table) -> Result<String, String> {
    let Value::Object(mut entry) = value(toml::Value::Table(fields.clone())) else {
        return Err("is not a table".to_owned());
    };
    for name in ["from", "until"] {
        let Some(text) = entry.get(name).and_then(Value::as_str) else { continue };
        // Another text is left for the decoder to reject.
        if let Some(time) = parse_time(text) {
            entry.insert(name.to_owned(), time.to_string().into());
        }
    }
    Ok(Value::Object(entry).to_string())
}

/// Sets a default within an object. A value that is not an object is left for the decoder to
/// reject.
fn default_within(message: &mut Map<String, Value>, section: &str, key: &str, text: &str) {
    let section = message.entry(section).or_insert_with(|| Value::Object(Map::new()));
    if let Some(section) = section.as_object_mut() {
        section.entry(key).or_insert_with(|| text.into());
    }
}

fn has(message: &Map<String, Value>, section: &str, key: &str) -> bool {
    message.get(section).is_some_and(|section| section.get(key).is_some())
}

fn value(written: toml::Value) -> Value {
    match written {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(truth) => truth.into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(value).collect(),
        toml::Value::Table(table) => {
            table.into_iter().map(|(key, item)| (key, value(item))).collect()
        }
    }
}

fn parse_time(text: &str) -> Option<Time> {
    if let Some(time) = Time::parse_rfc3339(text) {
        return Some(time);
    }
    let (day, clock) = match text.split_once(' ') {
        Some((day, clock)) => (day.parse::<i64>().ok()?, clock),
        None => (1, text),
    };
    let in_range = (1..=DAY_NUMBER_MAX).contains(&day);
    let since_midnight = parse_clock(clock).filter(|_| in_range)?;
    Some(Time(FIRST_DAY.millis() + (day - 1) * DAY_MS + since_midnight))
}

/// `10:00:00` → milliseconds since midnight.
fn parse_clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(two_digits);
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let valid = parts.next().is_none() && hours < 24 && minutes < 60 && seconds < 60;
    valid.then_some(hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS)
}

fn two_digits(text: &str) -> Option<i64> {
    let valid = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| valid)
}
