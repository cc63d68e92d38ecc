//! Generates traffic with something for every panel: alerts of several kinds; duplicate, late, too
//! late and invalid records; data that a source must not send; labels; and snoozes.

use crate::support::client::{Outgoing, Writer};
use crate::support::messages::{Charge, DAY_MS, HOUR_MS, rfc3339};
use crate::support::redcard::Topics;
use crate::support::wall_millis;
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const TICK: Duration = Duration::from_millis(100);
const CHARGES_PER_TICK: i64 = 20;
/// Number of charges per card; then a new card begins, so that memory reaches its limit.
const CHARGES_PER_CARD: i64 = 4;
/// Every tenth charge is large enough for a rule of [`super::system::RULES`].
const LARGE_EVERY: i64 = 10;
/// After so many charges, the shares of the labels change.
const CHARGES_PER_SHARE: i64 = 1_000;
const TICKS_PER_TOO_LATE: i64 = 10;
const TICKS_PER_SNOOZE: i64 = 5;
/// How many ticks pass from a snooze to the charge that it is about: longer than it takes to be active.
const TICKS_TO_SNOOZED: i64 = 30;
/// A test number, which no real card has.
const CARD_NUMBER: &str = "4111111111111111";

/// Country, currency and category of the charges, in rotation.
const PLACES: &[(&str, &str, &str)] =
    &[("US", "USD", "5411"), ("DK", "EUR", "5732"), ("BR", "USD", "7995"), ("JP", "JPY", "6011")];

/// Writes transactions, labels and snoozes until `stop` is set.
pub fn run(brokers: &str, topics: &Topics, stop: &AtomicBool) {
    let writer = Writer::to(brokers, &topics.transactions);
    let label_writer = Writer::to(brokers, &topics.labels);
    let list_writer = Writer::to(brokers, &topics.lists);
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        let now_ms = wall_millis();
        writer.write(&tick(number, now_ms));
        label_writer.write(&labels_of_tick(number, now_ms));
        list_writer.write(&snoozes_of_tick(number));
        number += CHARGES_PER_TICK;
        std::thread::sleep(TICK);
    }
    writer.flush();
    label_writer.flush();
    list_writer.flush();
}

/// Labels of most of the large charges, and of one that raises no alert. Their shares change every
/// few seconds.
fn labels_of_tick(first: i64, now_ms: i64) -> Vec<Outgoing> {
    let divisor = 2 + first / CHARGES_PER_SHARE % 3;
    let large = (first..first + CHARGES_PER_TICK).filter(|number| number % LARGE_EVERY == 0);
    let labelled = large.filter_map(|number| match number / LARGE_EVERY % divisor {
        0 => Some(label(number, now_ms, "fraud")),
        1 => Some(label(number, now_ms, "genuine")),
        _ => None,
    });
    labelled.chain([label(first + 1, now_ms, "fraud")]).collect()
}

/// Now and then, snoozes the rule about large charges for a card whose large charge is still to come.
fn snoozes_of_tick(first: i64) -> Vec<Outgoing> {
    if first / CHARGES_PER_TICK % TICKS_PER_SNOOZE != 0 {
        return Vec::new();
    }
    let card = (first + TICKS_TO_SNOOZED * CHARGES_PER_TICK) / CHARGES_PER_CARD;
    let entry = format!("c_{card}/large");
    let value = json!({"list": "snoozes", "entry": entry});
    vec![Outgoing::new(format!("snoozes/{entry}"), value.to_string())]
}

fn label(number: i64, now_ms: i64, label: &str) -> Outgoing {
    let charge = charge(number, now_ms);
    let value = json!({
        "transaction_id": charge.id(), "card": {"token": charge.card()}, "label": label,
        "known_at": rfc3339(now_ms), "time": rfc3339(now_ms), "amount": 6_000, "currency": "USD",
    });
    Outgoing::new(charge.card(), value.to_string())
}

fn tick(first: i64, now_ms: i64) -> Vec<Outgoing> {
    let mut records: Vec<_> =
        (first..first + CHARGES_PER_TICK).map(|number| charge(number, now_ms).record()).collect();
    let again = charge(first, now_ms).record();
    let known = format!("c_{}", first / CHARGES_PER_CARD);
    let at = |id: &str, time_ms| Charge::new(&format!("{id}-{first}"), &known, time_ms, 1_250);
    records.extend([
        again,
        Outgoing { key: Some(known.clone().into()), ..Outgoing::default() },
        Outgoing::new(known.as_str(), "not a transaction"),
        at("late", now_ms - HOUR_MS).record(),
        with_invalid_data(at("careless", now_ms)).record(),
        without_key(at("elsewhere", now_ms).record(), first),
    ]);
    // Too-late charges are fewer than one in a hundred, so that they do not dominate a percentile.
    if first / CHARGES_PER_TICK % TICKS_PER_TOO_LATE == TICKS_PER_TOO_LATE - 1 {
        records.push(at("too-late", now_ms - 40 * DAY_MS).record());
    }
    records
}

fn charge(number: i64, now_ms: i64) -> Charge {
    let (country, currency, category) = PLACES[usize::try_from(number).unwrap() % PLACES.len()];
    let amount = if number % LARGE_EVERY == 0 { 900_000 + number } else { 6_000 + number % 97 };
    // Charges differ in age, as if some were delayed on their way.
    let time_ms = now_ms - 37 * (number % 23);
    let card = format!("c_{}", number / CHARGES_PER_CARD);
    Charge::new(&format!("n-{number}"), &card, time_ms, amount)
        .set("currency", currency)
        .set("merchant.country", country)
        .set("merchant.mcc", category)
}

/// A record without a key, in alternating partitions.
fn without_key(record: Outgoing, number: i64) -> Outgoing {
    let partition = i32::try_from(number / CHARGES_PER_TICK % 2).unwrap();
    Outgoing { key: None, partition: Some(partition), ..record }
}

/// Adds data that a source must not send, and an unknown channel.
fn with_invalid_data(charge: Charge) -> Charge {
    charge
        .set("card.cvv", "123")
        .set("merchant.name", format!("Shop {CARD_NUMBER}"))
        .set("channel", "telepathy")
}
