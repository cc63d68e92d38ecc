//! What a card is remembered for beside its visible charges: refunds, clearings and reversals,
//! charges that were reversed, and what those leave to be known of a charge.
//!
//! Most cards have none of it, so it stands in a box of its own. It keeps the books; which charge is
//! visible at which amount is decided in [`super::card`].

use super::balance::{Adjustment, Balance, Target};
use super::timeline::Timeline;
use super::{Event, MessageId};
use crate::transaction::Time;
use std::collections::VecDeque;

#[derive(Debug, PartialEq, Default)]
pub(super) struct Ledger {
    pub refunds: Timeline<Event>,
    pub adjustments: Timeline<Adjustment>,
    /// Charges that reversals took out of the list: recognised, and counted nowhere.
    pub reversed: Timeline<Event>,
    /// At most one for each charge, visible or reversed; oldest arrivals first.
    pub notes: VecDeque<Note>,
}

/// What has to be known of a charge beyond its event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Note {
    pub charge: MessageId,
    /// What the charge came to before any adjustment that is still in the ledger.
    pub balance: Balance,
    /// The authorization that this charge, a clearing, refers to.
    pub settles: Option<MessageId>,
}

impl Ledger {
    pub(super) fn remembers(&self, id: MessageId) -> bool {
        self.adjustments.contains(id) || self.reversed.contains(id) || self.refunds.contains(id)
    }

    pub(super) fn note(&self, charge: MessageId) -> Option<&Note> {
        self.notes.iter().rfind(|note| note.charge == charge)
    }

    pub(super) fn add_note(&mut self, note: Note) {
        self.notes.push_back(note);
    }

    pub(super) fn drop_note(&mut self, charge: MessageId) -> Option<Note> {
        let at = self.notes.iter().position(|note| note.charge == charge)?;
        self.notes.remove(at)
    }

    /// A charge, a clearing in its own right, that turns out to settle `authorization`.
    pub(super) fn clearing_of(&self, authorization: MessageId) -> Option<MessageId> {
        let note = self.notes.iter().find(|note| note.settles == Some(authorization))?;
        Some(note.charge)
    }

    /// Whether an adjustment changes that charge, or would if it came.
    pub(super) fn has_adjustments_for(&self, charge: MessageId) -> bool {
        self.adjustments.iter().any(|adjustment| adjustment.awaits(charge))
    }

    /// What a charge comes to; `None` for one without a note.
    pub(super) fn balance_of(&self, charge: MessageId) -> Option<Balance> {
        let own = self.adjustments.iter().filter(|adjustment| adjustment.changes(charge));
        Some(own.fold(self.note(charge)?.balance, Balance::after))
    }

    /// Takes in an adjustment. The oldest may have to go for it, and what it did is kept in the note
    /// of its charge: it was the first step of that fold. False if the oldest is the adjustment itself.
    pub(super) fn add_adjustment(&mut self, adjustment: Adjustment, cap: usize) -> bool {
        let Some(gone) = self.adjustments.insert(adjustment, cap).gone else { return true };
        self.settle_for_good(&gone);
        gone.id != adjustment.id
    }

    fn settle_for_good(&mut self, gone: &Adjustment) {
        let Target::Charge(charge) = gone.target else { return };
        if let Some(note) = self.notes.iter_mut().rfind(|note| note.charge == charge) {
            note.balance = note.balance.after(gone);
        }
    }

    /// Binds what waits for `original` to `charge`.
    pub(super) fn bind(&mut self, original: MessageId, charge: MessageId) {
        self.adjustments.iter_mut().for_each(|adjustment| adjustment.bind(original, charge));
    }

    /// Lets what changed `from` change `to` instead.
    pub(super) fn rebind(&mut self, from: MessageId, to: MessageId) {
        for adjustment in self.adjustments.iter_mut().filter(|a| a.changes(from)) {
            adjustment.target = Target::Charge(to);
        }
    }

    /// Whether anything in it is at or before `floor`.
    pub(super) fn has_until(&self, floor: Time) -> bool {
        self.refunds.oldest().is_some_and(|refund| refund.time() <= floor)
            || self.reversed.oldest().is_some_and(|charge| charge.time() <= floor)
            || self.adjustments.oldest().is_some_and(|adjustment| adjustment.time <= floor)
    }

    /// Drops what is at or before `floor`, and returns the time of the newest refund among it. Visible
    /// charges of that age, and their notes, are gone already.
    pub(super) fn expire(&mut self, floor: Time) -> Option<Time> {
        while let Some(gone) = self.reversed.pop_until(floor) {
            self.drop_note(gone.id());
        }
        while let Some(gone) = self.adjustments.pop_until(floor) {
            self.settle_for_good(&gone);
        }
        std::iter::from_fn(|| self.refunds.pop_until(floor)).last().map(|refund| refund.time())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.refunds.is_empty()
            && self.adjustments.is_empty()
            && self.reversed.is_empty()
            && self.notes.is_empty()
    }

    fn capacities(&self) -> [usize; 4] {
        let (refunds, adjustments) = (self.refunds.capacity(), self.adjustments.capacity());
        [refunds, adjustments, self.reversed.capacity(), self.notes.capacity()]
    }

    /// Bytes, its own record and all that hangs on it.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.refunds.bytes()
            + self.adjustments.bytes()
            + self.reversed.bytes()
            + self.notes.capacity() * size_of::<Note>()
    }
}

/// What a ledger held, to be put back as it was.
#[derive(Debug, Default)]
pub(super) struct LedgerCopy {
    content: Ledger,
    /// What the ledger's lists took up, in their order.
    capacities: [usize; 4],
}

impl LedgerCopy {
    pub(super) fn take(&mut self, ledger: &Ledger) {
        self.content.refunds.copy_from(&ledger.refunds);
        self.content.adjustments.copy_from(&ledger.adjustments);
        self.content.reversed.copy_from(&ledger.reversed);
        self.content.notes.clear();
        self.content.notes.extend(ledger.notes.iter().copied());
        self.capacities = ledger.capacities();
    }

    pub(super) fn restored(&self) -> Ledger {
        let [refunds, adjustments, reversed, notes] = self.capacities;
        let mut restored = Ledger {
            refunds: self.content.refunds.with_capacity(refunds),
            adjustments: self.content.adjustments.with_capacity(adjustments),
            reversed: self.content.reversed.with_capacity(reversed),
            notes: VecDeque::with_capacity(notes),
        };
        restored.notes.extend(self.content.notes.iter().copied());
        restored
    }
}
