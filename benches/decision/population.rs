//! Measures decisions on few cards and on many, whose memory is not in any cache.
//!
//! The cards take turns in a scattered order, and each has eight charges. A batch is decided as a shard
//! does it: all messages are decoded, their cards looked up, and then each is scored.

use super::fixtures::{RETENTION_MS, compiled};
use super::template::Template;
use redcard::clock::monotonic_now;
use redcard::decode::Decoder;
use redcard::engine::{Outcome, Rendering};
use redcard::memory::{Limits, Memory};
use redcard::pipeline::{Incoming, MESSAGES_MAX, Pipeline};
use redcard::rules::Sources;
use redcard::transaction::{DAY_MS, Time};
use std::hint::black_box;
use std::sync::Arc;

const CHARGES_PER_CARD: usize = 8;
/// Makes the order of the cards scattered; prime, and larger than any number of cards.
const STRIDE: usize = 15_485_863;

/// A memory with cards, and the pipeline that scores their messages.
pub struct Population {
    pipeline: Pipeline,
    memory: Memory,
    template: Template,
    cards: usize,
    now: Time,
    count: usize,
    texts: Vec<Vec<u8>>,
}

impl Population {
    pub fn new(message: &str, cards: usize, decoder: &Arc<Decoder>) -> Self {
        let limits = Limits {
            retention_ms: RETENTION_MS,
            events_per_card: CHARGES_PER_CARD,
            cards: cards + 1,
            bytes: usize::MAX,
        };
        let ruleset = Arc::new(compiled(&Sources::shipped()));
        let mut population = Self {
            pipeline: Pipeline::new(Arc::clone(decoder), ruleset).with_rendering(Rendering::Alerts),
            memory: Memory::new(limits),
            template: Template::new(message),
            cards,
            now: Time(1_767_571_200_000),
            count: 0,
            texts: vec![Vec::new(); MESSAGES_MAX],
        };
        for _ in 0..(cards * CHARGES_PER_CARD).div_ceil(MESSAGES_MAX) {
            population.batch(|pipeline, memory, message| {
                assert!(pipeline.remember(memory, message).is_some());
            });
        }
        population
    }

    /// Nanoseconds per message, over this many batches.
    pub fn nanoseconds(&mut self, batches: usize) -> f64 {
        let start = monotonic_now();
        for _ in 0..batches {
            self.batch(|pipeline, memory, message| {
                let outcome = pipeline.decide(memory, message);
                assert!(matches!(outcome, Outcome::Decided { .. }), "no two have the same id");
                black_box(&outcome);
            });
        }
        start.elapsed().as_nanos() as f64 / (batches * MESSAGES_MAX) as f64
    }

    fn batch(
        &mut self,
        mut each: impl FnMut(&mut Pipeline, &mut Memory, &mut redcard::pipeline::DecodedMessage<'_>),
    ) {
        // A card has a charge every three days, however many cards there are.
        let step_ms = 3.0 * DAY_MS as f64 / self.cards as f64;
        for text in &mut self.texts {
            self.count += 1;
            let time = Time(self.now.millis() + (self.count as f64 * step_ms) as i64);
            text.clear();
            let card = self.count.wrapping_mul(STRIDE) % self.cards;
            text.extend(self.template.patched(time, self.count, card));
        }
        let mut decoded = Vec::with_capacity(MESSAGES_MAX);
        for text in &self.texts {
            let incoming = Incoming::line(black_box(text));
            decoded.push(self.pipeline.decode(incoming).expect("a valid message"));
        }
        self.pipeline.prepare(decoded.iter_mut());
        self.memory.look_ahead(decoded.iter().map(|message| message.card()));
        for message in &mut decoded {
            each(&mut self.pipeline, &mut self.memory, message);
        }
    }
}
