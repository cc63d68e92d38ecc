//! The first messages of the backlog: charges at the edges of each rule. They show that all
//! contenders draw the same line, and that each rule has alerts however little traffic is generated.

use super::traffic::Message;
use serde_json::{Value, json};

/// Three days before the generated traffic begins.
const DAY: &str = "2026-01-02T";

/// Each row is a card with its messages: a time of that day, and what differs from an ordinary
/// charge of 10.00 dollars in the US.
pub fn messages() -> Vec<Message> {
    let cards: [Vec<(&str, Value)>; 14] = [
        burst("10:09:59.999"),
        // The first of five is exactly ten minutes old, and so is in no window.
        burst("10:10:00.000"),
        // All charges have the same time.
        vec![("10:00:00.000", json!({})); 7],
        // A day's spending: 3,000.00 with a declined charge beside it, then one cent less.
        vec![
            ("01:00:00.000", json!({"amount": 250_000})),
            ("02:00:00.000", json!({"amount": 900_000, "response": {"approved": false}})),
            ("03:00:00.000", json!({"amount": 50_000})),
        ],
        vec![
            ("01:00:00.000", json!({"amount": 250_000})),
            ("03:00:00.000", json!({"amount": 49_999})),
        ],
        // Amounts whose conversion is rounded: 3,000.00 is reached only with the right rounding.
        vec![
            ("01:00:00.000", json!({"amount": 299_999})),
            ("01:01:00.000", json!({"amount": 1, "currency": "JPY"})),
            ("01:02:00.000", json!({"amount": 1, "currency": "EUR"})),
        ],
        // A reversal, a clearing and a refund change neither counts nor attempted amounts.
        vec![
            ("01:00:00.000", json!({"amount": 299_000})),
            ("02:00:00.000", json!({"type": "reversal", "amount": 299_000, "original": 0})),
            ("03:00:00.000", json!({"type": "clearing", "amount": 299_000, "original": 0})),
            ("03:30:00.000", json!({"type": "refund", "amount": 299_000})),
            ("04:00:00.000", json!({"amount": 1_000})),
        ],
        // A clearing that does not name its authorization is a charge, on which no rules run.
        vec![
            ("01:00:00.000", json!({"type": "clearing", "amount": 299_000})),
            ("04:00:00.000", json!({"amount": 1_000})),
            ("05:00:00.000", json!({"type": "clearing", "amount": 1_000})),
        ],
        declines("10:59:59.999"),
        declines("11:00:00.000"),
        // Three countries; a charge without a country is in none, and starts no alert.
        vec![
            ("01:00:00.000", json!({"country": "US"})),
            ("02:00:00.000", json!({"country": "DK"})),
            ("03:00:00.000", json!({"country": null})),
            ("04:00:00.000", json!({"country": "DK"})),
            ("05:00:00.000", json!({"country": "JP", "currency": "JPY"})),
            ("06:00:00.000", json!({"country": "US"})),
        ],
        // New York and Copenhagen; a web shop between them is not a journey.
        vec![
            ("01:00:00.000", json!({"place": [40.71, -74.01], "card_present": true})),
            ("02:00:00.000", json!({"place": [55.68, 12.57], "card_present": false})),
            ("03:00:00.000", json!({"place": [40.71, -74.01]})),
            ("04:00:00.000", json!({"place": [55.68, 12.57], "card_present": true})),
            ("04:00:00.000", json!({"place": [55.69, 16.57], "card_present": true})),
            ("14:00:00.000", json!({"place": [40.71, -74.01], "card_present": true})),
        ],
        probe(200),
        probe(201),
    ];
    let cards = cards.iter().enumerate();
    cards.flat_map(|(card, charges)| of_card(card, charges)).collect()
}

/// Five charges from ten o'clock on, and a sixth.
fn burst(sixth: &str) -> Vec<(&str, Value)> {
    let five = ["10:00:00.000", "10:01:00.000", "10:02:00.000", "10:03:00.000", "10:04:00.000"];
    five.into_iter().chain([sixth]).map(|time| (time, json!({}))).collect()
}

/// Three declined attempts from ten o'clock on, and a charge.
fn declines(charge: &str) -> Vec<(&str, Value)> {
    let three = ["10:00:00.000", "10:20:00.000", "10:40:00.000"];
    let declined = json!({"response": {"approved": false, "reason": "cvv_mismatch"}});
    let declined = three.into_iter().map(|time| (time, declined.clone()));
    declined.chain([(charge, json!({"response": {"approved": true}}))]).collect()
}

/// A small charge and two large ones, just within an hour and just after it.
fn probe(cents: u32) -> Vec<(&'static str, Value)> {
    vec![
        ("10:00:00.000", json!({"amount": cents})),
        ("10:30:00.000", json!({"amount": 4_999})),
        ("10:59:59.999", json!({"amount": 5_000})),
        ("11:00:00.000", json!({"amount": 5_000})),
    ]
}

fn of_card(card: usize, charges: &[(&str, Value)]) -> Vec<Message> {
    let id = |number| format!("edge-{card}-{number}");
    let token = format!("c_edge_{card}");
    let message = |(number, (time, differing)): (usize, &(&str, Value))| {
        let or = |name: &str, usual: Value| differing.get(name).cloned().unwrap_or(usual);
        let original = differing.get("original").and_then(Value::as_u64).map(&id);
        let place = &differing["place"];
        let value = json!({
            "id": id(number as u64),
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
            "original_id": original,
        });
        Message { key: token.clone().into_bytes(), value: value.to_string().into_bytes() }
    };
    charges.iter().enumerate().map(message).collect()
}
