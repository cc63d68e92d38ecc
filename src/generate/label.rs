//! Labels generated messages with the truth, to measure how well they were scored.

use super::draft::{CardRef, Draft, MessageRef, SeedName};
use super::fraud_kind::FraudKind;
use crate::transaction::{LabelSource, LabelValue, Time, WireName};
use serde::{Serialize, Serializer};
use std::fmt;

/// One fraud, from its first charge to its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Episode {
    seed: u64,
    holder: u32,
    count: u16,
}

impl fmt::Display for Episode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "e_{}_{:05x}_{}", SeedName(self.seed), self.holder, self.count)
    }
}

/// A line of a labels file. Genuine messages have no line.
#[derive(Debug, Clone, Serialize)]
pub struct Label {
    #[serde(serialize_with = "shown")]
    pub transaction_id: MessageRef,
    #[serde(serialize_with = "shown")]
    pub card: CardRef,
    #[serde(serialize_with = "shown")]
    pub time: Time,
    pub fraud: bool,
    pub kind: FraudKind,
    #[serde(serialize_with = "shown")]
    pub episode: Episode,
}

impl Label {
    pub(super) fn of(draft: &Draft) -> Option<Self> {
        let fraud = draft.fraud?;
        let CardRef { seed, holder, .. } = draft.card;
        Some(Self {
            transaction_id: draft.id,
            card: draft.card,
            time: draft.time,
            fraud: true,
            kind: fraud.kind,
            episode: Episode { seed, holder, count: fraud.count },
        })
    }
}

/// A line in the format of the labels topic (docs/reference/label.md), with what else is known.
#[derive(Debug, Clone, Serialize)]
pub struct TopicLabel {
    transaction_id: String,
    card: LabelledCard,
    label: &'static str,
    kind: &'static str,
    #[serde(serialize_with = "shown")]
    known_at: Time,
    source: &'static str,
    #[serde(serialize_with = "shown")]
    time: Time,
    /// What the generator calls the kind of fraud.
    scenario: FraudKind,
    #[serde(serialize_with = "shown")]
    episode: Episode,
}

#[derive(Debug, Clone, Serialize)]
struct LabelledCard {
    token: String,
}

impl Label {
    /// The token of the card.
    pub fn card(&self) -> String {
        self.card.to_string()
    }

    /// The id of the message.
    pub fn id(&self) -> String {
        self.transaction_id.to_string()
    }

    /// As a chargeback that becomes known so many milliseconds after the transaction.
    pub fn topic_label(&self, known_after_ms: i64) -> TopicLabel {
        TopicLabel {
            transaction_id: self.id(),
            card: LabelledCard { token: self.card() },
            label: LabelValue::Fraud.name(),
            kind: self.kind.label_kind().name(),
            known_at: Time(self.time.millis().saturating_add(known_after_ms)),
            source: LabelSource::Chargeback.name(),
            time: self.time,
            scenario: self.kind,
            episode: self.episode,
        }
    }
}

fn shown<T: fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
