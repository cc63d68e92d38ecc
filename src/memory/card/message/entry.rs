//! Defines the entry: an accepted message or label with everything that memory needs of it, and
//! nothing else.
//!
//! An entry is portable: the engine makes it from a transaction, the history stores it, and a
//! restore applies it. This module knows no ruleset.

use super::event::Event;
use super::identity::{CardKey, Identity, MessageId, OriginalId, id_hash64};
use super::link::Referrer;
use super::role::Role;
use crate::transaction::{Kind, Label, LabelValue, Money, Response, Time, Transaction, WireName};
use xxhash_rust::xxh3::Xxh3;

/// An accepted message or label, and its card.
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
    /// What became known later about a message.
    Label(LabelEntry),
}

/// A label of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelEntry {
    /// The id of the message: an authorization or a clearing.
    pub of: OriginalId,
    /// What it says.
    pub value: LabelValue,
    /// When it became known; may be later than any message.
    pub known_at: Time,
    /// [`id_hash64`] of the message's `merchant.id`; 0 if the label does not have it.
    pub merchant: u64,
    /// The time of the message, if the label has it.
    pub time: Option<Time>,
    /// A hash of everything that the label says: a second label with the same hash is a repeat.
    pub content: u64,
}

impl LabelEntry {
    pub(in crate::memory) fn of(label: &Label<'_>) -> Self {
        Self {
            of: OriginalId::of(&label.transaction_id),
            value: label.label,
            known_at: label.known_at,
            merchant: label.merchant_id.as_deref().map_or(0, id_hash64),
            time: label.time,
            content: content_of(label),
        }
    }

    /// What the choice depends on if several messages have the id.
    pub(in crate::memory) fn referrer(&self) -> Referrer {
        Referrer { merchant: self.merchant, time: self.time.unwrap_or(self.known_at) }
    }

    pub(in crate::memory) fn identity(&self) -> Identity {
        Identity::new(MessageId(self.content), self.merchant, self.known_at)
    }
}

/// A hash of everything that a label says, equal in every process and version. Absent values differ
/// from all others.
fn content_of(label: &Label<'_>) -> u64 {
    let mut hash = Xxh3::new();
    let mut add = |value: Option<&[u8]>| {
        let length = value.map_or(u64::MAX, |value| value.len() as u64);
        hash.update(&length.to_le_bytes());
        hash.update(value.unwrap_or_default());
    };
    let number = |value: i64| value.to_le_bytes();
    add(Some(label.transaction_id.as_bytes()));
    add(Some(label.label.name().as_bytes()));
    add(label.kind.map(|kind| kind.name().as_bytes()));
    add(Some(&number(label.known_at.millis())));
    add(label.source.map(|source| source.name().as_bytes()));
    add(label.time.map(|time| number(time.millis())).as_ref().map(<[u8; 8]>::as_slice));
    add(label.amount.map(|amount| number(amount.minor)).as_ref().map(<[u8; 8]>::as_slice));
    add(label.amount.as_ref().map(|amount| amount.currency.code().as_bytes()));
    add(label.merchant_id.as_deref().map(str::as_bytes));
    hash.digest()
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
    /// Whether it is a label.
    pub fn is_label(&self) -> bool {
        matches!(self.effect, Effect::Label(_))
    }

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

    /// The entry of a label.
    pub(in crate::memory) fn of_label(card: CardKey, label: &'t Label<'_>) -> Self {
        let effect = Effect::Label(LabelEntry::of(label));
        Self { card, token: Some(&label.card.token), effect, alert: None }
    }

    /// The time of the message; for a label, when it became known, which may be in the future.
    pub fn time(&self) -> Time {
        match &self.effect {
            Effect::Charge { event, .. } | Effect::Refund { event } => event.time(),
            Effect::Adjustment(adjusts) => adjusts.time,
            Effect::Response { time, .. } => *time,
            Effect::Label(label) => label.known_at,
        }
    }

    /// The type and id of the message; for a label, the hash of its content.
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
            Effect::Label(label) => label.identity(),
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
