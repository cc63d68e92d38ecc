//! Builds cards with remembered charges, and messages that continue their histories.
//!
//! Every message of a round is a new transaction, of the next card in turn: its id, token and time
//! are patched into the text, so that seeing the same transaction twice saves no work. Each card
//! has 64 charges in memory before each decision and, because the cap is 64, after it.

use super::fixtures::{RETENTION_MS, compiled};
use super::template::Template;
use redcard::decode::Decoder;
use redcard::engine::{Outcome, Rendering};
use redcard::memory::{Limits, Memory};
use redcard::pipeline::{Incoming, MESSAGES_MAX, Pipeline};
use redcard::rules::Sources;
use redcard::transaction::{HOUR_MS, Time};
use std::hint::black_box;
use std::sync::Arc;

const CARDS: usize = 256;
const CHARGES_PER_CARD: usize = 64;

/// How a card's 64 charges are spread over time.
#[derive(Clone, Copy)]
pub enum Spread {
    /// One every eleven hours or so: nearly all are within the 30 days that habits are read from.
    Month,
    /// One every twenty minutes: all 64 are within the last 24 hours.
    Day,
}

pub const SPREADS: [Spread; 2] = [Spread::Month, Spread::Day];

impl Spread {
    pub fn label(self) -> &'static str {
        match self {
            Spread::Month => "64 charges in a month",
            Spread::Day => "64 charges in a day",
        }
    }

    fn between_ms(self) -> i64 {
        match self {
            Spread::Month => 11 * HOUR_MS,
            Spread::Day => HOUR_MS / 3,
        }
    }
}

/// How many messages a batch has, as a poll of a busy topic returns.
pub const BATCH: usize = MESSAGES_MAX;

/// The cards, their memory, and the pipeline that scores their messages.
pub struct Remembered {
    pipeline: Pipeline,
    memory: Memory,
    template: Template,
    between_ms: i64,
    now: Time,
    count: usize,
    texts: Vec<Vec<u8>>,
}

impl Remembered {
    /// Fills the memory with charges that are copies of `message` except for card, id and time.
    pub fn new(
        message: &str,
        spread: Spread,
        rendering: Rendering,
        decoder: &Arc<Decoder>,
    ) -> Self {
        let ruleset = compiled(&Sources::shipped());
        let limits = Limits {
            retention_ms: RETENTION_MS,
            events_per_card: CHARGES_PER_CARD,
            cards: 2 * CARDS,
            bytes: 1 << 30,
        };
        let mut cards = Self {
            pipeline: Pipeline::new(Arc::clone(decoder), Arc::new(ruleset))
                .with_rendering(rendering),
            memory: Memory::new(limits),
            template: Template::new(message),
            between_ms: spread.between_ms() / CARDS as i64,
            now: Time(1_767_571_200_000),
            count: 0,
            texts: vec![Vec::new(); BATCH],
        };
        (0..CARDS * CHARGES_PER_CARD / BATCH).for_each(|_| cards.decide_batch());
        assert_eq!(cards.memory.usage().events, CARDS * CHARGES_PER_CARD);
        cards
    }

    /// Takes the next batch of messages from bytes to decisions.
    pub fn decide_batch(&mut self) {
        for text in &mut self.texts {
            self.count += 1;
            self.now = Time(self.now.millis() + self.between_ms);
            text.clear();
            text.extend(self.template.patched(self.now, self.count, self.count % CARDS));
        }
        let pipeline = &mut self.pipeline;
        let mut decoded = Vec::with_capacity(BATCH);
        for text in &self.texts {
            let incoming = Incoming::line(black_box(text));
            decoded.push(pipeline.decode(incoming).expect("a valid message"));
        }
        pipeline.prepare(decoded.iter_mut());
        for message in &mut decoded {
            let outcome = pipeline.decide(&mut self.memory, message);
            assert!(matches!(outcome, Outcome::Decided { .. }), "no two have the same id");
            black_box(&outcome);
        }
    }
}
