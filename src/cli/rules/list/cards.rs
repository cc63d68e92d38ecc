//! Generates sample cards, each at the time of a charge, to measure rules on.

use crate::decode::Decoder;
use crate::generate::{Generator, GeneratorSettings, Population};
use crate::memory::{Event, Past, Recall, Snoozes};
use crate::transaction::{DAY_MS, Kind, Time, Transaction};
use std::collections::HashMap;

/// How many charges a sample card has in memory.
pub const REMEMBERED: usize = 64;
/// Few enough that all cards fit into a processor's cache.
const CARDS: u32 = 64;
const SEED: u64 = 1;
/// Enough that the charges fit into the default retention.
const CHARGES_PER_DAY: f64 = 4.0;
const FRAUD_RATE: f64 = 0.01;
/// A Monday, 2026-01-05.
const START: Time = Time(1_767_571_200_000);
const DAYS_MAX: i64 = 60;

/// A card's next charge as a message, and the charges remembered before it.
pub struct SampleCard {
    message: Vec<u8>,
    past: Vec<Event>,
}

impl SampleCard {
    /// The charge. Never `None`, because the message was decoded before.
    pub fn charge<'c>(&'c self, decoder: &Decoder) -> Option<Transaction<'c>> {
        decoder.decode(&self.message, None).ok().map(|(tx, _)| tx)
    }

    /// The past that rules see at the time of that charge.
    pub fn recall(&self, now: Time, retention_ms: i64) -> Recall<'_> {
        Recall {
            now,
            charges: Past { older: &self.past, newer: &[] },
            refunds: Past::default(),
            cut_countries: &[],
            cut: None,
            unknown_until: None,
            retention_ms,
            snoozes: Snoozes::default(),
        }
    }
}

/// Cards with their past; fewer, or none, if the retention is too short for that many charges.
pub fn cards(decoder: &Decoder, retention_ms: i64) -> Vec<SampleCard> {
    let mut generator = Generator::new(settings());
    let mut pasts: HashMap<String, Vec<Event>> = HashMap::new();
    let mut cards = Vec::new();
    let last = START.millis() + DAYS_MAX * DAY_MS;
    while cards.len() < CARDS as usize {
        let message = generator.generate();
        let mut json = Vec::new();
        message.write_json(&mut json);
        let Ok((tx, _)) = decoder.decode(&json, None) else { continue };
        if tx.time.millis() > last {
            break;
        }
        if tx.kind != Kind::Authorization {
            continue;
        }
        let past = pasts.entry(tx.card.token.to_string()).or_default();
        let since = tx.time.millis() - retention_ms;
        past.retain(|event| event.time().millis() > since);
        past.push(Event::of(&tx));
        if let Some((_, before)) = past.split_last()
            && before.len() == REMEMBERED
        {
            cards.push(SampleCard { message: json, past: before.to_vec() });
        }
    }
    cards
}

fn settings() -> GeneratorSettings {
    GeneratorSettings {
        seed: SEED,
        population: Population { charges_per_day: CHARGES_PER_DAY, ..Population::default() },
        cards: CARDS,
        fraud_rate: FRAUD_RATE,
        start: START,
        fraud_from: START,
        card_numbers: false,
    }
}
