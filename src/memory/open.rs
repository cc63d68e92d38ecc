//! One card's memory, held open for one transaction.
//!
//! It knows the order of a transaction's steps and which messages count as what; how they change
//! memory is said in [`super::apply`].

use super::card::Card;
use super::entry::authorization_of;
use super::{CardKey, Entry, LastAlert, Memory, MessageId, Recall, Recorded, Role};
use crate::transaction::{Kind, Time, Transaction};

/// One card's memory, held open for one transaction.
#[derive(Debug)]
pub struct CardMemory<'m> {
    pub(super) memory: &'m mut Memory,
    pub(super) key: CardKey,
    /// `None` while the card is not in memory.
    pub(super) slot: Option<u32>,
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
        let recall = match self.card() {
            Some(card) => card.recall(floor, now, retention_ms),
            None => Recall::of_nothing(self.memory.state.forgotten, now, retention_ms),
        };
        recall.behind_gap(self.memory.state.gap)
    }

    /// Everything that it is remembered for, as of its newest message or of what its partition has
    /// come to; `None` for a card that is not in memory.
    pub fn recall_all(&self) -> Option<Recall<'_>> {
        let newest = self.card()?.known.newest;
        Some(self.recall(newest.max(self.memory.progress().reached)))
    }

    pub fn last_alert(&self) -> Option<LastAlert> {
        self.card()?.known.alert
    }

    /// Takes the message into memory, in the role that [`CardMemory::role`] gave it, and with what
    /// the card's last alert becomes, if it changes. What went in comes back, for the history. A
    /// redelivery must not get here: `id` is what [`CardMemory::remembers`] was asked about.
    pub fn record(
        self,
        id: MessageId,
        tx: &Transaction<'_>,
        role: Role,
        alert: Option<LastAlert>,
    ) -> (Entry, Recorded) {
        let entry = Entry::of(self.key, id, tx, role, alert);
        let recorded = self.memory.apply_to(self.slot, &entry);
        (entry, recorded)
    }

    fn card(&self) -> Option<&Card> {
        self.memory.card(self.slot?)
    }
}
