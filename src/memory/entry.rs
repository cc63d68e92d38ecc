//! An accepted message, as memory takes it in: all that the fold needs of it, and nothing else.
//!
//! It is portable: the engine makes it from a transaction, the history carries it, and a restore
//! applies it again. It knows no ruleset.

use super::link::Referrer;
use super::{CardKey, Event, Identity, MessageId, OriginalId, Role, id_hash64};
use crate::transaction::{Kind, Money, Response, Time, Transaction};

/// An accepted message and the card that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'t> {
    pub card: CardKey,
    /// The card's token; `None` where a version 1 history has only its hash.
    pub token: Option<&'t str>,
    pub effect: Effect,
    /// The rank of the severity of the alert that was published about this message.
    pub alert: Option<u8>,
}

/// What a message does to its card, by its [`Role`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Charge {
        event: Event,
        /// What a clearing, or an authorization that is not recurring, refers to.
        original: Option<OriginalId>,
        /// As charged, where that is not in the base currency.
        charged: Option<Money>,
    },
    Refund {
        event: Event,
    },
    Adjusts(AdjustmentEntry),
    /// The response to a message that came without one.
    Outcome {
        of: Identity,
        /// Milliseconds and all.
        time: Time,
        kind: Kind,
        response: Response,
    },
}

/// A clearing that is no charge of its own, or a reversal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdjustmentEntry {
    pub change: Change,
    pub id: MessageId,
    /// [`id_hash64`] of `merchant.id`; 0 where a version 1 history does not say which.
    pub merchant: u64,
    pub time: Time,
    /// Minor units of the base currency; `None` without a rate.
    pub amount: Option<i64>,
    pub original: Option<OriginalId>,
    /// As in the message, where that is not in the base currency.
    pub charged: Option<Money>,
}

/// How an adjustment changes what it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A clearing captures.
    Captures,
    /// A reversal releases a hold, or gives back what was captured.
    TakesBack,
}

impl Change {
    /// The type of message that changes a charge like this.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Captures => Kind::Clearing,
            Self::TakesBack => Kind::Reversal,
        }
    }
}

impl AdjustmentEntry {
    pub(super) fn referrer(&self) -> Referrer {
        Referrer { merchant: self.merchant, time: self.time }
    }
}

impl<'t> Entry<'t> {
    /// What a transaction is to memory in the role that [`super::CardMemory::role`] gave it.
    /// `is_foreign`: whether it is in another currency than memory's.
    pub(super) fn of(
        card: CardKey,
        id: MessageId,
        tx: &'t Transaction<'_>,
        role: Role,
        is_foreign: bool,
        alert: Option<u8>,
    ) -> Self {
        let effect = Effect::of(id, tx, role, is_foreign);
        Self { card, token: Some(&tx.card.token), effect, alert }
    }

    /// The time of the message.
    pub fn time(&self) -> Time {
        match &self.effect {
            Effect::Charge { event, .. } | Effect::Refund { event } => event.time(),
            Effect::Adjusts(adjusts) => adjusts.time,
            Effect::Outcome { time, .. } => *time,
        }
    }

    /// The type and id of the message.
    pub fn id(&self) -> MessageId {
        self.identity().id
    }

    /// Of an outcome: the identity of the message that it is the response to.
    pub fn identity(&self) -> Identity {
        match &self.effect {
            Effect::Charge { event, .. } | Effect::Refund { event } => event.identity(),
            Effect::Adjusts(adjusts) => Identity::new(adjusts.id, adjusts.merchant, adjusts.time),
            Effect::Outcome { of, .. } => *of,
        }
    }
}

impl Effect {
    fn of(id: MessageId, tx: &Transaction<'_>, role: Role, is_foreign: bool) -> Self {
        let original = tx.original_id.as_deref().map(OriginalId::of);
        let charged = is_foreign.then_some(tx.amount);
        let adjusts = |change| {
            let (merchant, time, amount) = (id_hash64(&tx.merchant.id), tx.time, tx.base_amount);
            Self::Adjusts(AdjustmentEntry { change, id, merchant, time, amount, original, charged })
        };
        match role {
            Role::Charge => {
                Self::Charge { event: Event::with_id(id, tx), original: original_of(tx), charged }
            }
            Role::Refund => Self::Refund { event: Event::with_id(id, tx) },
            Role::Settles | Role::Unlisted => adjusts(Change::Captures),
            Role::Reverses => adjusts(Change::TakesBack),
            Role::Outcome => Self::Outcome {
                of: Identity::new(id, id_hash64(&tx.merchant.id), tx.time),
                time: tx.time,
                kind: tx.kind,
                response: tx.response,
            },
        }
    }
}

/// What a charge refers to, if that means anything to memory.
pub(super) fn original_of(tx: &Transaction<'_>) -> Option<OriginalId> {
    tx.original_id.as_deref().map(OriginalId::of).filter(|_| refers(tx))
}

/// Whether the `original_id` of a charge means anything to memory. Card schemes put the first
/// transaction's id on every payment of a series: those are charges of their own.
fn refers(tx: &Transaction<'_>) -> bool {
    match tx.kind {
        Kind::Authorization => tx.recurring != Some(true) && tx.response.approved != Some(false),
        _ => true,
    }
}
