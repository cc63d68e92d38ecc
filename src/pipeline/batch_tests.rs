//! The size of a batch changes no byte: decisions, alerts and history entries are the same whether
//! messages are prepared one at a time, 7, 64 or 1,000 at a time, or not at all.

use super::*;
use crate::generate::{Generator, GeneratorSettings, Population};
use crate::memory::{Limits, Progress};
use crate::rules::{Environment, Sources};
use crate::transaction::{BaseCurrency, Currency, DAY_MS};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SEEDS: std::ops::Range<u64> = 0..3;
const MESSAGES: usize = 2_000;
/// So small that cards are evicted and their charges are cut.
const LIMITS: Limits =
    Limits { retention_ms: 30 * DAY_MS, events_per_card: 16, cards: 30, bytes: 1 << 22 };
/// `None`: no message is prepared.
const SIZES: [Option<usize>; 5] = [None, Some(1), Some(7), Some(64), Some(1_000)];

/// Generated traffic in which messages come again, late or broken.
fn messages(seed: u64) -> Vec<Vec<u8>> {
    let start = Time(1_767_571_200_000);
    let mut generator = Generator::new(GeneratorSettings {
        seed,
        population: *Population::named("terse").unwrap(),
        cards: 40,
        fraud_rate: 0.05,
        start,
        fraud_from: start,
        card_numbers: false,
    });
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut messages: Vec<Vec<u8>> = Vec::new();
    while messages.len() < MESSAGES {
        let mut bytes = Vec::new();
        generator.generate().write_json(&mut bytes);
        let at = messages.len().saturating_sub(rng.random_range(0..50));
        match rng.random_range(0..20) {
            0 => messages.insert(at, bytes),
            1 => messages.extend([bytes.clone(), bytes]),
            2 => messages.extend([bytes.get(..bytes.len() / 2).unwrap_or_default().into(), bytes]),
            _ => messages.push(bytes),
        }
    }
    messages
}

/// Everything that is published or remembered about the messages.
fn published(messages: &[Vec<u8>], ruleset: &Arc<Ruleset>, size: Option<usize>) -> Vec<u8> {
    let settings =
        DecodeSettings::new(BaseCurrency::with_shipped_rates(Currency::parse("USD").unwrap()));
    let mut pipeline = Pipeline::new(Arc::new(Decoder::new(settings)), Arc::clone(ruleset));
    let (mut memory, mut out) = (Memory::new(LIMITS), Vec::new());
    for batch in messages.chunks(size.unwrap_or(usize::MAX)) {
        let lines = batch.iter().map(|bytes| Incoming::line(bytes));
        let mut decoded: Vec<_> = lines.map(|line| pipeline.decode(line)).collect();
        if size.is_some() {
            pipeline.prepare(decoded.iter_mut().filter_map(|message| message.as_mut().ok()));
        }
        for message in &mut decoded {
            match message {
                Err(rejection) => out.extend(rejection.to_string().into_bytes()),
                Ok(message) => match pipeline.decide(&mut memory, message) {
                    Outcome::Duplicate { differs } => out.push(u8::from(differs)),
                    Outcome::Decided { decision, entry, .. } => {
                        decision.write_json(&mut out);
                        out.extend(format!("{entry:?}").into_bytes());
                    }
                },
            }
        }
    }
    let Progress { reached, .. } = memory.progress();
    out.extend(reached.millis().to_be_bytes());
    out
}

#[test]
fn the_size_of_a_batch_changes_no_byte() {
    for seed in SEEDS {
        check(seed);
    }
}

fn check(seed: u64) {
    println!("seed {seed}");
    let environment = Environment {
        base_currency: Currency::parse("USD").unwrap(),
        retention_ms: LIMITS.retention_ms,
        events_per_card: LIMITS.events_per_card,
    };
    let (ruleset, _) = Sources::shipped().compile(environment).unwrap();
    let ruleset = Arc::new(ruleset);
    let messages = messages(seed);
    let mut results = SIZES.map(|size| published(&messages, &ruleset, size)).into_iter();
    let first = results.next().unwrap();
    assert!(first.windows(7).filter(|bytes| bytes == b"decline").count() > 10, "few declines");
    for (result, size) in results.zip(&SIZES[1..]) {
        assert!(result == first, "batches of {size:?} differ");
    }
}
