//! One card's memory, held open for one transaction.
//!
//! It knows the order of a transaction's steps and which messages count as what; how a card keeps
//! them is the card's.

use super::balance::{Adjustment, Change};
use super::card::Card;
use super::{CardKey, Event, LastAlert, Memory, MessageId, Recall, Recorded, Role};
use crate::transaction::{Kind, Time, Transaction};

/// One card's memory, held open for one transaction.
#[derive(Debug)]
pub struct CardMemory<'m> {
    pub(super) memory: &'m mut Memory,
    pub(super) key: CardKey,
    /// `None` while the card is not in memory.
    pub(super) slot: Option<u32>,
    pub(super) now: Time,
}

impl CardMemory<'_> {
    /// Whether a message of that type and id is remembered: then this one is a redelivery.
    pub fn remembers(&self, id: MessageId) -> bool {
        self.card().is_some_and(|card| card.remembers(id))
    }

    pub fn role(&self, tx: &Transaction<'_>) -> Role {
        match tx.kind {
            Kind::Authorization => Role::Charge,
            Kind::Refund => Role::Refund,
            Kind::Reversal => Role::Reverses,
            Kind::Clearing => match authorization_of(tx) {
                Some(original) if self.card().is_some_and(|card| card.has_charge(original)) => {
                    Role::Settles
                }
                _ => Role::Charge,
            },
        }
    }

    /// The past at or before `now`. Of two events at the same time the one that arrived first is the earlier.
    pub fn recall(&self, now: Time) -> Recall<'_> {
        let retention_ms = self.memory.limits.retention_ms;
        let floor = Time(now.millis().saturating_sub(retention_ms)).max(self.memory.floor());
        match self.card() {
            Some(card) => card.recall(floor, now, retention_ms),
            None => Recall {
                now,
                charges: Default::default(),
                refunds: Default::default(),
                cut_countries: &[],
                cut: self.memory.forgotten,
                unknown_until: self.memory.forgotten,
                retention_ms,
            },
        }
    }

    /// Takes the message into memory, in the role that [`CardMemory::role`] gave it. A redelivery
    /// must not get here.
    pub fn record(&mut self, tx: &Transaction<'_>, role: Role) -> Recorded {
        let recorded = self.keep(tx, role);
        if recorded == Recorded::TooOld {
            self.memory.usage.too_old += 1;
        }
        self.memory.tick(tx.time);
        self.slot = self.memory.find(self.key);
        recorded
    }

    fn keep(&mut self, tx: &Transaction<'_>, role: Role) -> Recorded {
        let floor = self.memory.floor();
        if tx.time <= floor {
            self.miss(tx.time);
            return Recorded::TooOld;
        }
        let cap = self.memory.limits.events_per_card;
        let recorded = self.change(tx.time, |card| {
            card.expire(floor);
            let newest = tx.time >= card.newest;
            match take(card, tx, role, cap) {
                false => Recorded::TooOld,
                true if newest => Recorded::Kept,
                true => Recorded::KeptLate,
            }
        });
        recorded.unwrap_or(Recorded::TooOld)
    }

    fn miss(&mut self, time: Time) {
        match self.slot {
            Some(slot) => self.memory.change(slot, |card| card.miss(time)).unwrap_or_default(),
            None => self.memory.forgotten = self.memory.forgotten.max(Some(time)),
        }
    }

    pub fn last_alert(&self) -> Option<LastAlert> {
        self.card()?.alert
    }

    /// Nothing is kept for a card that is not in memory when its message is out of retention.
    pub fn set_last_alert(&mut self, alert: LastAlert) {
        if self.slot.is_some() || self.now > self.memory.floor() {
            self.change(self.now, |card| card.alert = Some(alert));
        }
    }

    /// Changes the card, which comes into being if need be.
    fn change<T>(&mut self, now: Time, change: impl FnOnce(&mut Card) -> T) -> Option<T> {
        if self.slot.is_none() {
            self.slot = self.memory.create(self.key, now);
        }
        self.memory.change(self.slot?, |card| {
            let outcome = change(card);
            card.newest = card.newest.max(now);
            outcome
        })
    }

    fn card(&self) -> Option<&Card> {
        self.memory.card(self.slot?)
    }
}

/// Takes a message into a card; false if the cap cut it at once.
fn take(card: &mut Card, tx: &Transaction<'_>, role: Role, cap: usize) -> bool {
    match role {
        Role::Charge => {
            let settles = authorization_of(tx).filter(|_| tx.kind == Kind::Clearing);
            card.charge(Event::of(tx), settles, cap)
        }
        Role::Refund => card.refund(Event::of(tx), cap),
        Role::Settles => card.adjust(Adjustment::of(tx, Change::Clears), cap),
        Role::Reverses => card.adjust(Adjustment::of(tx, Change::Reverses), cap),
    }
}

/// The authorization that a message's `original_id` would name.
fn authorization_of(tx: &Transaction<'_>) -> Option<MessageId> {
    tx.original_id.as_deref().map(|id| MessageId::of(Kind::Authorization, id))
}
