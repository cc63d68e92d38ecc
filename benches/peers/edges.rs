//! The first messages of the backlog: charges at the edges of each rule, with the rules that fire.
//! They show that all contenders draw the same line, and that each rule has alerts however little
//! traffic is generated.

use super::alerts::Alerts;
use super::traffic::Message;
use anyhow::ensure;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Three days before the generated traffic begins.
const DAY: &str = "2026-01-02T";

const CHARGES: &[&str] = &["charges-10m"];
const SPEND: &[&str] = &["spend-24h"];
const DECLINES: &[&str] = &["declines-1h"];
const COUNTRIES: &[&str] = &["countries-24h"];
const SPEED: &[&str] = &["impossible-speed"];
const PROBE: &[&str] = &["probe-then-spend"];

/// A time of that day, what differs from an ordinary charge of 10.00 dollars in the US, and the
/// rules that fire.
type Row = (&'static str, Value, &'static [&'static str]);

/// The messages of one card for each case.
fn cards() -> Vec<Vec<Row>> {
    let days_spending = |last: u32, fired| {
        vec![
            ("01:00:00.000", json!({"amount": 250_000}), &[] as &[_]),
            ("02:00:00.000", json!({"amount": 299_000, "response": {"approved": false}}), SPEND),
            ("03:00:00.000", json!({"amount": last}), fired),
        ]
    };
    vec![
        burst("10:09:59.999", CHARGES),
        // The first of the five is exactly ten minutes old, so it is not in the window.
        burst("10:10:00.000", &[]),
        simultaneous(),
        days_spending(50_000, SPEND),
        days_spending(49_999, &[]),
        // One yen is 0.6359 cents, which is rounded to one.
        vec![
            ("01:00:00.000", json!({"amount": 299_998}), &[]),
            ("01:01:00.000", json!({"amount": 1, "currency": "JPY"}), &[]),
            ("01:02:00.000", json!({"amount": 1, "currency": "EUR"}), SPEND),
        ],
        // A reversal, a clearing of a charge and a refund change neither counts nor attempts.
        vec![
            ("01:00:00.000", json!({"amount": 299_000}), &[]),
            ("02:00:00.000", json!({"type": "reversal", "amount": 299_000, "original": 0}), &[]),
            ("03:00:00.000", json!({"type": "clearing", "amount": 299_000, "original": 0}), &[]),
            ("03:30:00.000", json!({"type": "refund", "amount": 299_000}), &[]),
            ("04:00:00.000", json!({"amount": 999}), &[]),
            ("04:01:00.000", json!({"amount": 1}), SPEND),
        ],
        // A clearing that does not name its authorization is a charge, on which no rules run.
        vec![
            ("01:00:00.000", json!({"type": "clearing", "amount": 299_000}), &[]),
            ("04:00:00.000", json!({"amount": 1_000}), SPEND),
            ("05:00:00.000", json!({"type": "clearing", "amount": 1_000}), &[]),
        ],
        declines("10:59:59.999", DECLINES),
        declines("11:00:00.000", &[]),
        // A charge without a country is in none, and does not fire.
        vec![
            ("01:00:00.000", json!({"country": "US"}), &[]),
            ("02:00:00.000", json!({"country": "DK"}), &[]),
            ("03:00:00.000", json!({"country": null}), &[]),
            ("04:00:00.000", json!({"country": "DK"}), &[]),
            ("05:00:00.000", json!({"country": "JP", "currency": "JPY"}), COUNTRIES),
            ("06:00:00.000", json!({"country": null}), &[]),
            ("07:00:00.000", json!({"country": "US"}), COUNTRIES),
        ],
        // New York and Copenhagen; an order at a web shop is not a journey. The elapsed time is at
        // least a minute.
        vec![
            ("01:00:00.000", json!({"place": [40.71, -74.01], "card_present": true}), &[]),
            ("02:00:00.000", json!({"place": [55.68, 12.57], "card_present": false}), &[]),
            ("03:00:00.000", json!({"place": [40.71, -74.01]}), &[]),
            ("04:00:00.000", json!({"place": [55.68, 12.57], "card_present": true}), SPEED),
            ("04:00:00.000", json!({"place": [55.68, 15.57], "card_present": true}), &[]),
            ("04:00:00.000", json!({"place": [55.68, 19.57], "card_present": true}), SPEED),
            ("14:00:00.000", json!({"place": [40.71, -74.01], "card_present": true}), &[]),
        ],
        probe(200, PROBE),
        probe(201, &[]),
    ]
}

fn burst(sixth: &'static str, fired: &'static [&'static str]) -> Vec<Row> {
    let five = ["10:00:00.000", "10:01:00.000", "10:02:00.000", "10:03:00.000", "10:04:00.000"];
    let five = five.into_iter().map(|time| (time, json!({}), &[] as &[_]));
    five.chain([(sixth, json!({}), fired)]).collect()
}

/// Seven charges with the same time.
fn simultaneous() -> Vec<Row> {
    let fired = |number| if number < 5 { &[] } else { CHARGES };
    (0..7).map(|number| ("10:00:00.000", json!({}), fired(number))).collect()
}

/// Three declined attempts from ten o'clock on, and a charge.
fn declines(charge: &'static str, fired: &'static [&'static str]) -> Vec<Row> {
    let three = ["10:00:00.000", "10:20:00.000", "10:40:00.000"];
    let declined = json!({"response": {"approved": false, "reason": "cvv_mismatch"}});
    let declined = three.into_iter().map(|time| (time, declined.clone(), &[] as &[_]));
    declined.chain([(charge, json!({"response": {"approved": true}}), fired)]).collect()
}

/// A small charge, then one that is not large, one within the hour, and one just after it.
fn probe(cents: u32, fired: &'static [&'static str]) -> Vec<Row> {
    vec![
        ("10:00:00.000", json!({"amount": cents}), &[]),
        ("10:30:00.000", json!({"amount": 4_999}), &[]),
        ("10:59:59.999", json!({"amount": 5_000}), fired),
        ("11:00:00.000", json!({"amount": 5_000}), &[]),
    ]
}

pub fn messages() -> Vec<Message> {
    rows().map(|(card, number, row)| message(card, number, &row)).collect()
}

/// Fails unless exactly the rules of each row have fired.
pub fn check(alerts: &Alerts) -> anyhow::Result<()> {
    for (card, number, (time, _, expected)) in rows() {
        let fired = alerts.fired(&id(card, number));
        let expected: BTreeSet<&str> = expected.iter().copied().collect();
        ensure!(fired == expected, "card {card} at {time}: {fired:?}, expected {expected:?}");
    }
    Ok(())
}

/// All rows, with the numbers of their cards and their numbers on the card.
fn rows() -> impl Iterator<Item = (usize, usize, Row)> {
    let of_card = |(card, rows): (usize, Vec<Row>)| {
        rows.into_iter().enumerate().map(move |(number, row)| (card, number, row))
    };
    cards().into_iter().enumerate().flat_map(of_card)
}

fn id(card: usize, number: usize) -> String {
    format!("edge-{card}-{number}")
}

fn message(card: usize, number: usize, (time, differing, _): &Row) -> Message {
    let token = format!("c_edge_{card}");
    let or = |name: &str, usual: Value| differing.get(name).cloned().unwrap_or(usual);
    let original = differing.get("original").and_then(Value::as_u64);
    let place = &differing["place"];
    let value = json!({
        "id": id(card, number),
        "type": or("type", json!("authorization")),
        "time": format!("{DAY}{time}Z"),
        "card": {"token": token},
        "amount": or("amount", json!(1_000)),
        "currency": or("currency", json!("USD")),
        "merchant": {
            "id": "m_edge",
            "country": or("country", json!("US")),
            "latitude": place[0],
            "longitude": place[1],
        },
        "card_present": differing["card_present"],
        "response": differing["response"],
        "original_id": original.map(|original| id(card, original as usize)),
    });
    Message { key: token.into_bytes(), value: value.to_string().into_bytes() }
}
