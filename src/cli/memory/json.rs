//! Serializes what memory holds about a card as one JSON object; docs/reference/command-line.md lists the
//! fields.

use super::report::CardReport;
use crate::cli::answer::ChargeJson;
use crate::memory::{Past, PublishedAlert};
use crate::rules::Severity;
use crate::transaction::{Country, Currency, Time};
use serde::Serialize;
use serde_json::json;

#[derive(Serialize)]
struct CardJson<'s> {
    card: &'s str,
    partition: i32,
    history: serde_json::Value,
    input: serde_json::Value,
    currency: &'s str,
    as_of: String,
    cut: Option<String>,
    last_alert: Option<serde_json::Value>,
    cut_countries: Vec<serde_json::Value>,
    charges: Vec<ChargeJson<'s>>,
    refunds: Vec<ChargeJson<'s>>,
}

pub fn of(shown: &CardReport<'_>) -> serde_json::Result<String> {
    let past = &shown.past;
    let country = |(country, last): &(Country, Time)| json!({"country": country.to_string(), "last": last.to_string()});
    let card = CardJson {
        card: shown.card,
        partition: shown.partition,
        history: json!({"topic": shown.history, "next_offset": shown.history_end}),
        input: json!({"topic": shown.input, "next_offset": shown.next_offset}),
        currency: shown.currency.code(),
        as_of: past.now.to_string(),
        cut: past.cut.map(|time| time.to_string()),
        last_alert: shown.last_alert.map(alert),
        cut_countries: past.cut_countries.iter().map(country).collect(),
        charges: newest_first(past.charges, shown.currency),
        refunds: newest_first(past.refunds, shown.currency),
    };
    Ok(serde_json::to_string(&card)? + "\n")
}

fn newest_first(past: Past<'_>, currency: Currency) -> Vec<ChargeJson<'_>> {
    past.iter().rev().map(|event| ChargeJson { event, id: None, currency }).collect()
}

fn alert(alert: PublishedAlert) -> serde_json::Value {
    let severity = Severity::ALL.get(usize::from(alert.severity)).map(|severity| severity.name());
    json!({"time": alert.time.to_string(), "severity": severity})
}
