//! Tests that evaluation reuses its memory from transaction to transaction: nothing is allocated until
//! a rule fires, and then only for its message and evidence.

use super::support::*;
use crate::decode::{DecodeSettings, Decoder};
use crate::generate::{self, Generator, Population};
use crate::memory::{Event, Past, Recall};
use crate::rules::{Evaluation, Ruleset, Sources};
use crate::transaction::*;
use std::collections::HashMap;

const MESSAGES: usize = 6_000;
const CARDS: u32 = 40;
/// Allocations are counted from this message on; before, the reused memory still grows.
const COUNTED_FROM: usize = 3_000;

/// Evaluates traffic without fraud, with the past of each card. Returns the id of each transaction on
/// which no rule fires, with its number of allocations.
fn allocations(ruleset: &Ruleset) -> Vec<(String, u64)> {
    let mut generator = Generator::new(generate::GeneratorSettings {
        seed: 1,
        population: Population { charges_per_day: 4.0, ..Population::default() },
        cards: CARDS,
        fraud_rate: 0.0,
        start: NOW,
        fraud_from: NOW,
        card_numbers: false,
    });
    let base_currency = BaseCurrency::with_shipped_rates(environment().base_currency);
    let decoder = Decoder::new(DecodeSettings::new(base_currency));
    let mut pasts: HashMap<String, Vec<Event>> = HashMap::new();
    let mut evaluation = Evaluation::default();
    let mut found = Vec::new();
    for at in 0..MESSAGES {
        let mut json = Vec::new();
        generator.generate().write_json(&mut json);
        let (tx, _) = decoder.decode(&json, None).unwrap();
        let charges = pasts.entry(tx.card.token.to_string()).or_default();
        let past = Recall {
            now: tx.time,
            charges: Past { older: charges, newer: &[] },
            ..recall(&[], &[])
        };
        let counted = allocation_counter::measure(|| ruleset.evaluate(&tx, &past, &mut evaluation));
        let is_quiet = evaluation.fired.is_empty() && evaluation.shadow.is_empty();
        if at >= COUNTED_FROM && is_quiet {
            found.push((tx.id.to_string(), counted.count_total));
        }
        if tx.kind == Kind::Authorization {
            charges.push(Event::of(&tx));
        }
    }
    found
}

#[test]
fn the_shipped_conditions_allocate_nothing() {
    let (ruleset, _) = Sources::shipped().compile(environment()).unwrap();
    let found = allocations(&ruleset);
    assert!(found.len() > 1_000, "{} transactions set off no rule", found.len());
    for (transaction, count) in found {
        assert_eq!(count, 0, "transaction {transaction}");
    }
}

#[test]
fn operations_on_texts_and_lists_allocate_nothing() {
    for condition in [
        "merchant.country.startsWith(\"X\") || merchant.mcc.endsWith(\"x\")",
        "merchant.name.contains(\"%\") || channel.matches(\"^x\")",
        "size(merchant.mcc) > 4 || merchant.country.size() > 2 || int(merchant.mcc) > 9999",
        "card.last(\"7d\").exists(t, t.merchant.mcc.startsWith(\"xx\") || t.reason.matches(\"x\"))",
        "card.last(\"7d\").filter(t, t.amount > 1).map(t, t.amount * 2.0).sum() < 0.0",
        "card.last(\"7d\").distinct(t, t.merchant.id).size() > 200",
        "card.last(\"7d\").exists(t, card.last(\"1d\").count(u, u.amount > t.amount) > 300)",
        "card.last(\"7d\").max(t, t.amount) < card.last(\"1d\").stddev(t, t.amount) - 1.0e9",
        "card.last(\"7d\").median(t, t.amount) < -1.0 || card.last(\"1d\").percentile(t, t.amount, 90) < -1.0",
        "card.last(\"7d\").exists(t, card.last(\"1d\").percentile(u, u.amount - t.amount, 90) > 1.0e9)",
        "now.getHours(\"Europe/Copenhagen\") > 23",
        "card.last(\"25h\").count(t, t.time >= now.startOfDay(\"Europe/Copenhagen\")) > 200",
        "card.last(\"7d\").exists(t, t.time.startOfMonth(\"America/Havana\") == now)",
        "[amount, 5.00].exists(x, x < 0.00) || merchant.id in [\"a\", \"b\"]",
        "travel.km > 1.0e6 || home.km > 1.0e6 || device.?id.orValue(\"-\") == \"x\"",
    ] {
        for (transaction, count) in allocations(&compiled(&source(condition))) {
            assert_eq!(count, 0, "{condition}: transaction {transaction}");
        }
    }
}

/// These are the exceptions in docs/rules/guide.md. They also prove that allocations are counted.
#[test]
fn building_a_text_allocates() {
    for condition in ["merchant.id + channel == \"\"", "string(amount) == \"\""] {
        let found = allocations(&compiled(&source(condition)));
        assert!(found.iter().any(|(_, count)| *count > 0), "{condition}");
    }
}
