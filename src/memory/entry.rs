//! An accepted message, as memory takes it in: all that the fold needs of it, and nothing else.
//!
//! It is portable: the engine makes it from a transaction, the history carries it, and a restore
//! applies it again. It knows no ruleset: of an alert it holds what the card's last alert became.

use super::{CardKey, Event, LastAlert, MessageId, Role};
use crate::transaction::{Kind, Time, Transaction};

/// An accepted message and the card that it goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub card: CardKey,
    pub effect: Effect,
    /// The card's last alert from this message on, where it was published.
    pub alert: Option<LastAlert>,
}

/// What a message does to its card, by its [`Role`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Charge {
        event: Event,
        /// The authorization that this charge, a clearing, refers to, which was not remembered.
        settles: Option<MessageId>,
    },
    Refund {
        event: Event,
    },
    Settles {
        id: MessageId,
        time: Time,
        /// Minor units of the base currency; `None` without a rate. Likewise below.
        amount: Option<i64>,
        authorization: Option<MessageId>,
    },
    Reverses {
        id: MessageId,
        time: Time,
        amount: Option<i64>,
        original: Option<Original>,
    },
}

/// What a reversal refers to. An `original_id` names no type, so it may mean either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Original {
    pub authorization: MessageId,
    pub clearing: MessageId,
}

impl Entry {
    /// What a transaction is to memory in the role that [`super::CardMemory::role`] gave it.
    pub(super) fn of(
        card: CardKey,
        id: MessageId,
        tx: &Transaction<'_>,
        role: Role,
        alert: Option<LastAlert>,
    ) -> Self {
        Self { card, effect: Effect::of(id, tx, role), alert }
    }

    /// The time of the message.
    pub fn time(&self) -> Time {
        match &self.effect {
            Effect::Charge { event, .. } | Effect::Refund { event } => event.time(),
            Effect::Settles { time, .. } | Effect::Reverses { time, .. } => *time,
        }
    }

    /// The type and id of the message.
    pub fn id(&self) -> MessageId {
        match &self.effect {
            Effect::Charge { event, .. } | Effect::Refund { event } => event.id(),
            Effect::Settles { id, .. } | Effect::Reverses { id, .. } => *id,
        }
    }

    pub fn role(&self) -> Role {
        match self.effect {
            Effect::Charge { .. } => Role::Charge,
            Effect::Refund { .. } => Role::Refund,
            Effect::Settles { .. } => Role::Settles,
            Effect::Reverses { .. } => Role::Reverses,
        }
    }
}

impl Effect {
    fn of(id: MessageId, tx: &Transaction<'_>, role: Role) -> Self {
        let (time, amount) = (tx.time, tx.base_amount);
        match role {
            Role::Charge => {
                let settles = authorization_of(tx).filter(|_| tx.kind == Kind::Clearing);
                Self::Charge { event: Event::with_id(id, tx), settles }
            }
            Role::Refund => Self::Refund { event: Event::with_id(id, tx) },
            Role::Settles => {
                Self::Settles { id, time, amount, authorization: authorization_of(tx) }
            }
            Role::Reverses => Self::Reverses { id, time, amount, original: Original::of(tx) },
        }
    }
}

impl Original {
    fn of(tx: &Transaction<'_>) -> Option<Self> {
        tx.original_id.as_deref().map(|id| Self {
            authorization: MessageId::of(Kind::Authorization, id),
            clearing: MessageId::of(Kind::Clearing, id),
        })
    }
}

/// The authorization that a message's `original_id` would name.
pub(super) fn authorization_of(tx: &Transaction<'_>) -> Option<MessageId> {
    tx.original_id.as_deref().map(|id| MessageId::of(Kind::Authorization, id))
}
