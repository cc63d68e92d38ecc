//! What a generated message was, for whoever measures how well it was judged.

use super::draft::{CardRef, Draft, MessageRef};
use crate::transaction::Time;
use serde::{Serialize, Serializer};
use std::fmt;

/// The kinds of fraud that are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FraudKind {
    /// A charge of a dollar to see whether the card works, then spending at a web shop.
    ProbeThenSpend,
    /// A debit card, never used abroad, emptied at a foreign web shop.
    ForeignWebShop,
    /// A stored card, a high amount, goods sent to a new address.
    StoredCardNewAddress,
    /// A cloned magnetic stripe, far from where the card has just been.
    ImpossibleTravel,
    /// Many wrong guesses, then one that works.
    DeclinesThenApproval,
    /// Many charges in a few minutes.
    VelocityBurst,
    /// Charges on a card that was reported lost or stolen.
    LostOrStolen,
    /// Many charges of next to nothing.
    SmallAmounts,
}

impl FraudKind {
    pub const ALL: &'static [FraudKind] = &[
        FraudKind::ProbeThenSpend,
        FraudKind::ForeignWebShop,
        FraudKind::StoredCardNewAddress,
        FraudKind::ImpossibleTravel,
        FraudKind::DeclinesThenApproval,
        FraudKind::VelocityBurst,
        FraudKind::LostOrStolen,
        FraudKind::SmallAmounts,
    ];

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            FraudKind::ProbeThenSpend => "probe, then spend",
            FraudKind::ForeignWebShop => "foreign web shop",
            FraudKind::StoredCardNewAddress => "stored card, new address",
            FraudKind::ImpossibleTravel => "impossible travel",
            FraudKind::DeclinesThenApproval => "declines, then approval",
            FraudKind::VelocityBurst => "velocity burst",
            FraudKind::LostOrStolen => "lost or stolen card",
            FraudKind::SmallAmounts => "small amounts in a row",
        }
    }
}

/// One fraud, from its first charge to its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Episode {
    holder: u32,
    count: u16,
}

impl fmt::Display for Episode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "e_{:05x}_{}", self.holder, self.count)
    }
}

/// A line of a labels file. Genuine messages have none.
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
        Some(Self {
            transaction_id: draft.id,
            card: draft.card,
            time: draft.time,
            fraud: true,
            kind: fraud.kind,
            episode: Episode { holder: draft.card.holder, count: fraud.count },
        })
    }
}

fn shown<T: fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
