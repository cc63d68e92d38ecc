//! Holds what is remembered of a card besides its charges: refunds, clearings and reversals,
//! increments, labels, and notes on charges about which more is known than their event holds.
//!
//! Most cards have none of these, so the ledger is boxed. This module knows which message adds what
//! to which charge. How messages change the ledger is in [`crate::memory::card::update::card_update`].

use super::adjustment::Adjustment;
use super::card_label::CardLabel;
use super::increment::Increment;
use super::note::Note;
use super::settlement::Sums;
use super::tagged_list::TaggedList;
use super::timeline::{Timed, Timeline};
use crate::memory::card::message::event::Event;
use crate::memory::card::message::identity::{Identity, MessageId, OriginalId};
use crate::memory::card::message::link::Referent;
use crate::transaction::{Kind, Time};

#[derive(Debug, PartialEq, Default)]
pub(in crate::memory) struct Ledger {
    pub refunds: Timeline<Event>,
    pub adjustments: TaggedList<Adjustment>,
    pub increments: TaggedList<Increment>,
    /// At most one per charge; oldest first.
    pub notes: TaggedList<Note>,
    /// By when they became known, and then as they were read.
    pub labels: TaggedList<CardLabel>,
}

impl Ledger {
    pub(in crate::memory) fn note(&self, charge: Identity) -> Option<&Note> {
        self.notes.newest_on(charge)
    }

    /// What all messages that count towards a charge added to it, including those no longer kept.
    pub(in crate::memory) fn added_to(&self, charge: Identity) -> Sums {
        let mut sums = self.note(charge).map_or(Sums::default(), Note::frozen);
        self.adjustments.all_of(charge).for_each(|adjustment| adjustment.add_to(&mut sums));
        self.increments.all_of(charge).for_each(|increment| increment.add_to(&mut sums));
        sums
    }

    /// Whether any authorization may be an increment of another.
    pub(in crate::memory) fn has_follow_ups(&self) -> bool {
        !self.increments.is_empty() || self.notes.following().next().is_some()
    }

    /// Whether a message or a label refers to this id.
    pub(in crate::memory) fn has_reference_to(&self, original: OriginalId) -> bool {
        self.adjustments.has_reference_to(original)
            || self.increments.has_reference_to(original)
            || self.notes.has_reference_to(original)
            || self.labels.has_reference_to(original)
    }

    /// The messages other than charges that an `original_id` can refer to.
    pub(in crate::memory) fn candidates(
        &self,
        id: MessageId,
        kind: Kind,
    ) -> impl Iterator<Item = Referent> {
        let adjustments = self.adjustments.all_with(id).map(Adjustment::referent);
        let adjustments = adjustments.filter(move |referent| referent.kind == kind);
        let increments = self.increments.all_with(id).map(move |other| Referent {
            kind,
            merchant: other.event.merchant(),
            time: other.event.time(),
        });
        adjustments.chain(increments)
    }

    /// Whether anything in the ledger is at or before `retention_floor`.
    pub(in crate::memory) fn has_until(&self, retention_floor: Time) -> bool {
        self.refunds.oldest().is_some_and(|refund| refund.time() <= retention_floor)
            || self
                .adjustments
                .oldest()
                .is_some_and(|adjustment| adjustment.time() <= retention_floor)
            || self.increments.oldest().is_some_and(|increment| increment.time() <= retention_floor)
    }

    pub(in crate::memory) fn is_empty(&self) -> bool {
        self.refunds.is_empty()
            && self.adjustments.is_empty()
            && self.increments.is_empty()
            && self.notes.is_empty()
            && self.labels.is_empty()
    }

    /// Reads a little of the lists that most ledgers have, so that the processor fetches them.
    pub(in crate::memory) fn look_ahead(&self) {
        self.adjustments.look_ahead();
        self.notes.look_ahead();
    }

    /// Bytes of the ledger itself and its lists.
    pub(in crate::memory) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.refunds.bytes()
            + self.adjustments.bytes()
            + self.increments.bytes()
            + self.notes.bytes()
            + self.labels.bytes()
    }
}
