//! Serializes values and answers as JSON: exact money, times in RFC 3339, durations as the rule
//! language writes them.

use crate::memory::Event;
use crate::rules::{Answer, Value, decimal, show_duration};
use crate::transaction::{Currency, Money, WireName};
use serde::ser::{Error, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// An answer; an unknown one is an object with `error`.
pub struct AnswerJson<'a>(pub &'a Answer, pub Currency);

/// A value; amounts of charges are in the given currency.
pub struct ValueJson<'a>(pub &'a Value, pub Currency);

/// A remembered charge.
pub struct ChargeJson<'a> {
    pub event: &'a Event,
    /// The id of its message, if known.
    pub id: Option<&'a str>,
    pub currency: Currency,
}

impl Serialize for AnswerJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (error, bound) = match self.0 {
            Answer::Is(value) => return ValueJson(value, self.1).serialize(serializer),
            Answer::Absent => ("absent", None),
            Answer::Saturated => ("saturated", None),
            Answer::AtLeast(value) => ("saturated", Some(("at_least", value))),
            Answer::AtMost(value) => ("saturated", Some(("at_most", value))),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("error", error)?;
        if let Some((name, value)) = bound {
            map.serialize_entry(name, &ValueJson(value, self.1))?;
        }
        map.end()
    }
}

impl Serialize for ValueJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::Double(value) => serializer.serialize_f64(*value),
            Value::Money(money) => MoneyJson(*money).serialize(serializer),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Time(time) => serializer.collect_str(time),
            Value::Duration(ms) => serializer.serialize_str(&show_duration(*ms)),
            Value::List(values) => {
                serializer.collect_seq(values.iter().map(|value| ValueJson(value, self.1)))
            }
            Value::Charge(event) => {
                ChargeJson { event, id: None, currency: self.1 }.serialize(serializer)
            }
        }
    }
}

impl Serialize for ChargeJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = self.event;
        let amount = event.amount().map(|minor| Money { minor, currency: self.currency });
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("time", &event.time().to_string())?;
        if let Some(id) = self.id {
            map.serialize_entry("id", id)?;
        }
        let attempted = event.attempted().map(|minor| Money { minor, currency: self.currency });
        map.serialize_entry("amount", &amount.map(MoneyJson))?;
        map.serialize_entry("attempted", &attempted.map(MoneyJson))?;
        map.serialize_entry("country", &event.country().map(|country| country.to_string()))?;
        map.serialize_entry("mcc", &event.mcc().map(|mcc| format!("{mcc:04}")))?;
        map.serialize_entry("channel", &event.channel().map(WireName::name))?;
        map.serialize_entry("reversed", &event.reversed())?;
        map.serialize_entry("alerted", &event.alerted())?;
        if let (Some(fraud), Some(genuine)) = (event.fraud(), event.genuine()) {
            map.serialize_entry("fraud", &fraud)?;
            map.serialize_entry("genuine", &genuine)?;
        }
        map.serialize_entry("declined", &event.declined())?;
        if event.declined() {
            map.serialize_entry("reason", &event.reason().map(WireName::name))?;
        }
        map.end()
    }
}

/// `USD 60.00 of 100.00`: the current amount, and the attempted amount if it differs.
pub fn amount_of(event: &Event, currency: Currency) -> Option<String> {
    let shown = |minor| decimal(Money { minor, currency });
    let amount = event.amount()?;
    let attempted = event.attempted().filter(|attempted| *attempted != amount);
    let of = attempted.map_or(String::new(), |attempted| format!(" of {}", shown(attempted)));
    Some(format!("{currency} {}{of}", shown(amount)))
}

/// A JSON number with the currency's decimal places, never converted to binary floating point.
struct MoneyJson(Money);

impl Serialize for MoneyJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(decimal(self.0)).map_err(S::Error::custom)?.serialize(serializer)
    }
}
