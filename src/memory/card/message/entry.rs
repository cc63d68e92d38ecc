//! Defines the entry: an accepted message with everything that memory needs of it, and nothing
//! else.
//!
//! An entry is portable: the engine makes it from a transaction, the history stores it, and a
//! restore applies it. This module knows no ruleset.

use super::event::Event;
use super::identity::{CardKey, Identity, MessageId, OriginalId, id_hash64};
use super::link::Referrer;
use super::role::Role;
use crate::transaction::{Kind, Money, Response, Time, Transaction};

/// An accepted message and its card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'t> {
    /// The key of the card, also if the token is unknown.
    pub card: CardKey,
    /// The card's token; `None` if a version 1 history has only its hash.
    pub token: Option<&'t str>,
    /// What the message does to the card.
    pub effect: Effect,
    /// The severity rank of the alert that was published about this message; higher is more severe.
    pub alert: Option<u8>,
}

/// What a message does to its card, depending on its [`Role`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// An authorization (a charge, or an increment of one), or a clearing that is a charge.
    Charge {
        /// The message as attempted.
        event: Event,
        /// What a clearing or a non-recurring authorization refers to.
        original: Option<OriginalId>,
        /// The amount as charged, if it is not in the base currency.
        charged: Option<Money>,
    },
    /// A refund.
    Refund {
        /// The message as attempted.
        event: Event,
    },
    /// A reversal, or a clearing that does not count as a charge.
    Adjustment(AdjustmentEntry),
    /// The response to a message that came without one.
    Response {
        /// The message that it responds to.
        of: Identity,
        /// The time of the response, in full milliseconds; `of` has only the second.
        time: Time,
        /// The type of both messages.
        kind: Kind,
        /// The response that the first message lacked.
        response: Response,
    },
}

/// A reversal, or a clearing that does not count as a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdjustmentEntry {
    /// Whether it captures or takes back.
    pub change: AdjustmentKind,
    /// Its own type and id.
    pub id: MessageId,
    /// [`id_hash64`] of `merchant.id`; 0 if a version 1 history does not contain it.
    pub merchant: u64,
    /// The message's own time.
    pub time: Time,
    /// Minor units of the base currency; `None` without a rate.
    pub amount: Option<i64>,
    /// What it refers to; `None` without an `original_id`.
    pub original: Option<OriginalId>,
    /// The amount as in the message, if it is not in the base currency.
    pub charged: Option<Money>,
}

/// How an adjustment changes what it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdjustmentKind {
    /// A clearing captures.
    Capture,
    /// A reversal releases a hold, or gives back what was captured.
    Reversal,
}

impl AdjustmentKind {
    /// The type of message that makes this change.
    pub(in crate::memory) fn kind(self) -> Kind {
        match self {
            Self::Capture => Kind::Clearing,
            Self::Reversal => Kind::Reversal,
        }
    }
}

impl AdjustmentEntry {
    pub(in crate::memory) fn referrer(&self) -> Referrer {
        Referrer { merchant: self.merchant, time: self.time }
    }
}

impl<'t> Entry<'t> {
    /// The entry of a transaction in the role from [`crate::memory::CardMemory::role`]. `is_foreign` says
    /// whether its currency is not the base currency.
    pub(in crate::memory) fn of(
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
            Effect::Adjustment(adjusts) => adjusts.time,
            Effect::Response { time, .. } => *time,
        }
    }

    /// The type and id of the message.
    pub fn id(&self) -> MessageId {
        self.identity().id
    }

    /// The identity of the message; for a separate response, of the message that it responds to.
    pub fn identity(&self) -> Identity {
        match &self.effect {
            Effect::Charge { event, .. } | Effect::Refund { event } => event.identity(),
            Effect::Adjustment(adjusts) => {
                Identity::new(adjusts.id, adjusts.merchant, adjusts.time)
            }
            Effect::Response { of, .. } => *of,
        }
    }
}

impl Effect {
    fn of(id: MessageId, tx: &Transaction<'_>, role: Role, is_foreign: bool) -> Self {
        let original = tx.original_id.as_deref().map(OriginalId::of);
        let charged = is_foreign.then_some(tx.amount);
        let adjusts = |change| {
            let (merchant, time, amount) = (id_hash64(&tx.merchant.id), tx.time, tx.base_amount);
            Self::Adjustment(AdjustmentEntry {
                change,
                id,
                merchant,
                time,
                amount,
                original,
                charged,
            })
        };
        match role {
            Role::Charge => {
                Self::Charge { event: Event::with_id(id, tx), original: original_of(tx), charged }
            }
            Role::Refund => Self::Refund { event: Event::with_id(id, tx) },
            Role::Settles | Role::Unlisted => adjusts(AdjustmentKind::Capture),
            Role::Reverses => adjusts(AdjustmentKind::Reversal),
            Role::Response => Self::Response {
                of: Identity::new(id, id_hash64(&tx.merchant.id), tx.time),
                time: tx.time,
                kind: tx.kind,
                response: tx.response,
            },
        }
    }
}

/// The original that a charge refers to, if memory uses it.
pub(in crate::memory) fn original_of(tx: &Transaction<'_>) -> Option<OriginalId> {
    tx.original_id.as_deref().map(OriginalId::of).filter(|_| refers(tx))
}

/// Whether memory uses the `original_id` of a charge. Card schemes put the first transaction's id
/// on every payment of a series, but each of those is a separate charge.
fn refers(tx: &Transaction<'_>) -> bool {
    match tx.kind {
        Kind::Authorization => tx.recurring != Some(true) && tx.response.approved != Some(false),
        _ => true,
    }
}
