//! What the labels say about each transaction in the end, whenever it became known: what a model is
//! trained to predict.
//!
//! Memory decides which transaction a label is about, so it is asked: it gets all messages of cards
//! with labels, with nothing forgotten, and then all labels in the order in which they became known.

use super::cell::Cell;
use crate::cli::transactions::{Labels, ReadStep, TransactionSource};
use crate::memory::{CardKey, Effect, Identity, Limits, Memory};
use crate::pipeline::{DecodedMessage, Pipeline};
use crate::transaction::{LabelKind, Transaction, WireName};
use std::collections::{HashMap, HashSet};

/// Nothing is ever forgotten, and nothing is out of retention.
const UNLIMITED: Limits = Limits {
    retention_ms: i64::MAX,
    events_per_card: usize::MAX,
    cards: usize::MAX,
    bytes: usize::MAX,
};

/// The newest label of each transaction of cards that have labels.
pub(super) struct FinalLabels {
    memory: Memory,
    /// The kind of fraud of each label, by the hash of its content.
    kinds: HashMap<u64, LabelKind>,
}

impl FinalLabels {
    /// Reads all messages; `None` if that was interrupted. Malformed ones are left to the second
    /// reading.
    pub fn read(
        source: &mut dyn TransactionSource,
        labels: &Labels,
        pipeline: &mut Pipeline,
    ) -> anyhow::Result<Option<Self>> {
        let cards = labelled_cards(labels, pipeline);
        let mut memory = Memory::new(UNLIMITED);
        loop {
            match source.advance()? {
                ReadStep::End => break,
                ReadStep::Interrupted => return Ok(None),
                ReadStep::Blank => continue,
                ReadStep::Record => {}
            }
            if let Ok(mut message) = pipeline.decode(source.incoming())
                && is_of(&message, &cards)
            {
                pipeline.remember(&mut memory, &mut message);
            }
        }
        let mut kinds = HashMap::new();
        for incoming in labels.in_order() {
            let Ok(mut label) = pipeline.decode_label(incoming) else { continue };
            let kind = label.label().kind;
            let (entry, _) = pipeline.label(&mut memory, &mut label);
            let effect = entry.map(|entry| entry.effect);
            if let (Some(kind), Some(Effect::Label(label))) = (kind, effect) {
                kinds.insert(label.content, kind);
            }
        }
        Ok(Some(Self { memory, kinds }))
    }

    /// Label, kind of fraud, and when it became known.
    pub fn cells(&mut self, tx: &Transaction<'_>) -> [Option<Cell>; 3] {
        let tokens = [Some(&tx.card.token), tx.card.former_token.as_ref()];
        let label = tokens
            .into_iter()
            .flatten()
            .find_map(|token| self.memory.open(CardKey::of(token)).label_of(Identity::of(tx)));
        let Some(label) = label else { return [None, None, None] };
        let kind = self.kinds.get(&label.content);
        [
            Some(Cell::Text(label.value.name().to_owned())),
            kind.map(|kind| Cell::Text(kind.name().to_owned())),
            Some(Cell::Time(label.known_at)),
        ]
    }
}

/// The cards that labels name, by all of their tokens.
fn labelled_cards(labels: &Labels, pipeline: &Pipeline) -> HashSet<CardKey> {
    let mut cards = HashSet::new();
    for incoming in labels.in_order() {
        if let Ok(label) = pipeline.decode_label(incoming) {
            let card = &label.label().card;
            cards.insert(CardKey::of(&card.token));
            cards.extend(card.former_token.as_deref().map(CardKey::of));
        }
    }
    cards
}

fn is_of(message: &DecodedMessage<'_>, cards: &HashSet<CardKey>) -> bool {
    let former = message.transaction().card.former_token.as_deref().map(CardKey::of);
    cards.contains(&message.card()) || former.is_some_and(|former| cards.contains(&former))
}
