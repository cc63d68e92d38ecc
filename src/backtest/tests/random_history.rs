//! Random histories: messages of a few cards that refer to each other, and labels about them.

use crate::transaction::{DAY_MS, HOUR_MS, MINUTE_MS, Time};
use serde_json::{Value, json};

/// 2026-01-05, a Monday.
const START_MS: i64 = 1_767_571_200_000;
const CARDS: usize = 12;

/// Numbers from a seed (Knuth's generator).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// A message, and what the naive implementation needs to know of it.
#[derive(Debug, Clone)]
pub struct Sent {
    pub id: String,
    pub card: usize,
    pub kind: &'static str,
    pub original: Option<String>,
    pub time: Time,
    pub json: Value,
}

/// A label, and what the naive implementation needs to know of it.
#[derive(Debug, Clone)]
pub struct Told {
    pub of: String,
    pub card: usize,
    pub label: &'static str,
    pub kind: Option<&'static str>,
    pub known_at: Time,
    pub json: Value,
}

pub struct History {
    pub messages: Vec<Sent>,
    pub labels: Vec<Told>,
}

pub fn random_history(random: &mut Random, count: usize) -> History {
    let mut messages: Vec<Sent> = Vec::new();
    let mut now = START_MS;
    for n in 0..count {
        now += random.below(3 * MINUTE_MS as usize * 60) as i64;
        let sent = message(random, n, now, &messages);
        messages.push(sent);
        if random.below(25) == 0 {
            // Delivered again.
            let again = random.pick(&messages);
            messages.push(again);
        }
    }
    let labels = (0..count / 4).map(|_| label(random, &messages)).collect();
    History { messages, labels }
}

fn message(random: &mut Random, n: usize, now: i64, before: &[Sent]) -> Sent {
    let (id, mut card) = (format!("t{n}"), random.below(CARDS));
    let mut kind = "authorization";
    let mut original = None;
    let mut merchant = json!(format!("m_{}", random.below(3)));
    let is_taken = |of: &Sent| before.iter().any(|m| m.original.as_ref() == Some(&of.id));
    let free: Vec<&Sent> = before
        .iter()
        .filter(|m| m.kind == "authorization" && m.json["response"]["approved"] != json!(false))
        .filter(|m| !is_taken(m))
        .collect();
    if !free.is_empty() && random.below(4) == 0 {
        let of = random.pick(&free);
        card = of.card;
        original = Some(of.id.clone());
        // Only then does an authorization raise the other one.
        merchant = of.json["merchant"]["id"].clone();
        kind = random.pick(&["clearing", "clearing", "reversal", "authorization"]);
    } else if random.below(15) == 0 {
        kind = random.pick(&["refund", "clearing"]);
    }
    // Some are late.
    let late_ms = if random.below(20) == 0 { random.below(5) as i64 * HOUR_MS } else { 0 };
    let time = Time(if original.is_some() { now } else { now - late_ms });
    let mut json = json!({
        "id": id, "type": kind, "time": time.to_string(), "card": {"token": format!("c_{card}")},
        "amount": random.below(20_000), "currency": "USD",
        "merchant": {"id": merchant},
    });
    match random.below(5) {
        0 if kind == "authorization" && original.is_none() => {
            json["response"] = json!({"approved": false});
        }
        1 => json["response"] = json!({"approved": true}),
        _ => {}
    }
    if let Some(original) = &original {
        json["original_id"] = original.clone().into();
    }
    Sent { id, card, kind, original, time, json }
}

/// About half of the cards have labels. Some labels are about no message.
fn label(random: &mut Random, messages: &[Sent]) -> Told {
    let labelled: Vec<&Sent> = messages.iter().filter(|sent| sent.card % 2 == 0).collect();
    let sent = random.pick(&labelled);
    let of = if random.below(10) == 0 { "none".to_owned() } else { sent.id.clone() };
    let label = random.pick(&["fraud", "fraud", "fraud", "genuine", "suspected", "unknown"]);
    let kinds = [None, Some("counterfeit"), Some("lost_or_stolen"), Some("account_takeover")];
    let kind = random.pick(&kinds);
    let known_at = Time(sent.time.millis() + random.below(40) as i64 * DAY_MS / 4);
    let json = json!({
        "transaction_id": of, "card": {"token": format!("c_{}", sent.card)}, "label": label,
        "kind": kind, "known_at": known_at.to_string(), "time": sent.time.to_string(),
        "source": random.pick(&["cardholder", "chargeback"]),
    });
    Told { of, card: sent.card, label, kind, known_at, json }
}
