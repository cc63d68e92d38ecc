//! Opens one card's memory for one transaction.
//!
//! This module knows the order of the steps for a transaction and the role of each message. How
//! messages change memory is in [`super::apply`].

use super::memory::Memory;
use crate::memory::card::message::alert::AlertEntry;
use crate::memory::card::message::entry::{AdjustmentEntry, AdjustmentKind, Entry, LabelEntry};
use crate::memory::card::message::event::Event;
use crate::memory::card::message::identity::{CardKey, Identity, MessageId, OriginalId, id_hash64};
use crate::memory::card::message::role::{Labelled, PublishedAlert, Recognised, Recorded, Role};
use crate::memory::card::state::card::Card;
use crate::memory::card::state::charge_links::ChargeLink;
use crate::memory::card::state::recall::{Past, Recall};
use crate::transaction::{Currency, Kind, Label, Time, Transaction};
use std::cell::OnceCell;

/// One card's memory, opened for one transaction.
#[derive(Debug)]
pub struct CardMemory<'m> {
    pub(in crate::memory) memory: &'m mut Memory,
    pub(in crate::memory) key: CardKey,
    /// `None` while the card is not in memory.
    pub(in crate::memory) slot: Option<u32>,
    as_of: AsOf,
}

/// Charges with the labels that were known at an earlier time than some of the card's labels. This
/// is rare: only a late message needs it.
#[derive(Debug, Default)]
struct AsOf(OnceCell<Box<(Time, Vec<Event>, AsOf)>>);

impl AsOf {
    /// The charges at `now`, which are made once.
    fn at(&self, now: Time, charges: impl FnOnce() -> Vec<Event>) -> &[Event] {
        let mut place = self;
        while let Some((time, charges, next)) = place.0.get().map(Box::as_ref) {
            if *time == now {
                return charges;
            }
            place = next;
        }
        &place.0.get_or_init(|| Box::new((now, charges(), Self::default()))).1
    }
}

impl Memory {
    /// Opens a card. This changes nothing: a card that is not in memory is only created when its
    /// first message is recorded.
    pub fn open(&mut self, card: CardKey) -> CardMemory<'_> {
        let slot = self.find(card);
        CardMemory { memory: self, key: card, slot, as_of: AsOf::default() }
    }
}

impl CardMemory<'_> {
    /// Compares the message with what is remembered: whether it is new, a separate response or a duplicate.
    pub fn recognise(&self, tx: &Transaction<'_>) -> Recognised {
        self.card().map_or(Recognised::New { reused_id: false }, |card| card.recognise(tx))
    }

    /// The role of a message that [`CardMemory::recognise`] calls new.
    pub fn role(&self, tx: &Transaction<'_>) -> Role {
        match tx.kind {
            Kind::Authorization => Role::Charge,
            Kind::Refund => Role::Refund,
            Kind::Reversal => Role::Reverses,
            Kind::Clearing => self.role_of_clearing(tx),
        }
    }

    fn role_of_clearing(&self, tx: &Transaction<'_>) -> Role {
        let (Some(card), Some(original)) = (self.card(), tx.original_id.as_deref()) else {
            return Role::Charge;
        };
        let message = AdjustmentEntry {
            change: AdjustmentKind::Capture,
            id: MessageId::of(tx.kind, &tx.id),
            merchant: id_hash64(&tx.merchant.id),
            time: tx.time,
            amount: None,
            original: Some(OriginalId::of(original)),
            charged: None,
        };
        let since = Time(tx.time.millis().saturating_sub(self.memory.limits.retention_ms));
        if card.find_original(&message).is_some() {
            Role::Settles
        } else if card.times.charge_cut.is_some_and(|cut| cut > since) {
            Role::Unlisted
        } else {
            Role::Charge
        }
    }

    /// The past up to and including `now`. Events with equal times are in order of arrival.
    pub fn recall(&self, now: Time) -> Recall<'_> {
        let retention_ms = self.memory.limits.retention_ms;
        let retention_floor =
            Time(now.millis().saturating_sub(retention_ms)).max(self.memory.retention_floor());
        let recall = match self.card() {
            Some(card) => self.with_labels(card, card.recall(retention_floor, now, retention_ms)),
            None => Recall::of_unknown_card(self.memory.state.forgotten, now, retention_ms),
        };
        recall.with_gap(self.memory.state.gap)
    }

    /// The recall, with the labels that were known at its time.
    fn with_labels<'r>(&'r self, card: &'r Card, recall: Recall<'r>) -> Recall<'r> {
        if !card.has_label_after(recall.now) {
            return recall;
        }
        let labelled = || card.labelled_as_of(recall.now, &recall.charges);
        let charges = Past { older: self.as_of.at(recall.now, labelled), newer: &[] };
        Recall { charges, ..recall }
    }

    /// Everything that is remembered of the card, at the time of its newest message or of the
    /// partition's clock, whichever is later; `None` for a card that is not in memory.
    pub fn recall_all(&self) -> Option<Recall<'_>> {
        let newest = self.card()?.times.newest;
        Some(self.recall(newest.max(self.memory.progress().reached)))
    }

    /// The most severe alert about a kept message, published less than `cooldown_ms` before or
    /// after `time`, if it has at least that severity.
    pub fn alert_near(&self, time: Time, severity: u8, cooldown_ms: i64) -> Option<PublishedAlert> {
        self.card()?.alert_near(time, severity, cooldown_ms)
    }

    /// The label that counts for a kept message: the newest of the charge that it counts towards,
    /// whenever it became known.
    pub fn label_of(&self, message: Identity) -> Option<LabelEntry> {
        self.card()?.label_of(message).copied()
    }

    /// The newest published alert about a kept message.
    pub fn last_alert(&self) -> Option<PublishedAlert> {
        self.card()?.last_alert()
    }

    /// Records the message in memory, in the role from [`CardMemory::role`] or as an
    /// [`Role::Response`]. Returns the entry for the history, and the messages that now belong to an
    /// alerted charge. The caller must not pass a duplicate.
    ///
    /// `base_currency` is the currency of amounts in memory. `alert` is the alert that is
    /// published about the message.
    pub fn record<'t>(
        self,
        tx: &'t Transaction<'_>,
        role: Role,
        base_currency: Currency,
        alert: Option<AlertEntry<'t>>,
    ) -> (Entry<'t>, Recorded, Vec<ChargeLink>) {
        let id = MessageId::of(tx.kind, &tx.id);
        let is_foreign = tx.amount.currency != base_currency;
        let entry = Entry::of(self.key, id, tx, role, is_foreign, alert);
        let links = self.card().map(|card| card.links_at_risk(&entry.effect)).unwrap_or_default();
        let recorded = self.memory.apply_to(self.slot, &entry);
        // A card that this message has created has no links.
        let card = self.card().filter(|card| card.key == self.key);
        let links = card.map_or_else(Vec::new, |card| card.new_links(&links, &entry.effect));
        (entry, recorded, links)
    }

    /// Remembers a label. Returns the entry for the history, unless it changes nothing.
    pub fn label<'t>(self, label: &'t Label<'_>) -> (Option<Entry<'t>>, Labelled) {
        let labelled = self.memory.place_of_label(self.slot, &LabelEntry::of(label));
        if !labelled.is_kept() {
            return (None, labelled);
        }
        let entry = Entry::of_label(self.key, label);
        self.memory.apply_to(self.slot, &entry);
        (Some(entry), labelled)
    }

    fn card(&self) -> Option<&Card> {
        self.memory.card(self.slot?)
    }
}
