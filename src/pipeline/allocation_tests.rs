//! Counts allocations from bytes to decision, in steady state: cards are full, and buffers have grown.

use super::*;
use crate::generate::{Generator, GeneratorSettings, Population};
use crate::memory::Limits;
use crate::rules::{Environment, Sources};
use crate::transaction::{BaseCurrency, Currency, DAY_MS};

const LIMITS: Limits =
    Limits { retention_ms: 30 * DAY_MS, events_per_card: 16, cards: 100, bytes: 1 << 24 };
const MESSAGES: usize = 8_000;
/// Allocations are counted from this message on.
const COUNTED_FROM: usize = 4_032;

#[test]
fn a_decision_without_an_alert_allocates_only_where_a_list_of_a_card_grows() {
    let base = Currency::parse("USD").unwrap();
    let settings = DecodeSettings::new(BaseCurrency::with_shipped_rates(base));
    let environment = Environment {
        base_currency: base,
        retention_ms: LIMITS.retention_ms,
        events_per_card: LIMITS.events_per_card,
    };
    let (ruleset, _) = Sources::shipped().compile(environment).unwrap();
    let mut pipeline = Pipeline::new(Arc::new(Decoder::new(settings)), Arc::new(ruleset))
        .with_rendering(Rendering::Alerts);
    let mut memory = Memory::new(LIMITS);
    let start = Time(1_767_571_200_000);
    let mut generator = Generator::new(GeneratorSettings {
        seed: 1,
        population: Population { charges_per_day: 4.0, ..Population::default() },
        cards: 40,
        fraud_rate: 0.0,
        start,
        fraud_from: start,
        card_numbers: false,
    });
    let messages: Vec<Vec<u8>> = (0..MESSAGES)
        .map(|_| {
            let mut bytes = Vec::new();
            generator.generate().write_json(&mut bytes);
            bytes
        })
        .collect();
    let mut found = Vec::new();
    for (number, batch) in messages.chunks(MESSAGES_MAX).enumerate() {
        let mut decoded = Vec::with_capacity(batch.len());
        for bytes in batch {
            let counted = allocation_counter::measure(|| {
                decoded.push(pipeline.decode(Incoming::line(bytes)).unwrap());
            });
            assert_eq!(counted.count_total, 0, "decoding {}", String::from_utf8_lossy(bytes));
        }
        pipeline.prepare(decoded.iter_mut());
        for message in &mut decoded {
            let mut is_quiet = false;
            let counted = allocation_counter::measure(|| {
                let outcome = pipeline.decide(&mut memory, message);
                is_quiet = matches!(outcome, Outcome::Decided { decision, .. } if !decision.alert);
            });
            if is_quiet && number * MESSAGES_MAX >= COUNTED_FROM {
                found.push(counted.count_total);
            }
        }
    }
    let growing = found.iter().filter(|count| **count > 0).count();
    assert!(found.len() > 3_000, "{} messages raised no alert", found.len());
    // Two in five messages are clearings, whose list grows and shrinks with the card.
    assert!(growing * 40 < found.len(), "{growing} of {} allocate", found.len());
    assert!(found.iter().all(|count| *count <= 2), "one allocates {:?} times", found.iter().max());
}
