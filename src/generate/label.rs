//! Labels generated messages with the truth, to measure how well they were scored.

use super::draft::{CardRef, Draft, MessageRef, SeedName};
use super::fraud_kind::FraudKind;
use crate::transaction::Time;
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

fn shown<T: fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
