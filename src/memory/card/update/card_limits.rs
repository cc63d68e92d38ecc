//! Drops what a card may not keep: anything beyond its caps or older than the retention.
//!
//! What a dropped message added to a charge stays with that charge. As long as the charge is kept,
//! the message is kept too if possible: another message may refer to it, and it may be delivered
//! again.

use super::card_update::CardUpdate;
use crate::memory::card::limits::ADJUSTMENTS_PER_EVENT;
use crate::memory::card::message::event::Event;
use crate::memory::card::message::identity::Identity;
use crate::memory::card::state::referring::Referring;
use crate::memory::card::state::settlement::Sums;
use crate::memory::card::state::tagged_list::TaggedList;
use crate::transaction::{Country, Time};

/// Later than any message.
const END_OF_TIME: Time = Time(i64::MAX);

impl CardUpdate<'_> {
    /// Cuts charges beyond the cap.
    pub(in crate::memory) fn cap_charges(&mut self) {
        while self.card.charges.len() > self.cap {
            let Some(gone) = self.charges().pop_until(END_OF_TIME) else { return };
            self.cut(&gone);
        }
    }

    /// Records on the card that the cap has cut this charge.
    pub(in crate::memory) fn cut(&mut self, gone: &Event) {
        self.forget_event(gone);
        self.card.times.charge_cut = self.card.times.charge_cut.max(Some(gone.time()));
        if let Some(country) = gone.country() {
            self.cut_country(country, gone.time());
        }
    }

    /// Records on the card that this charge is no longer kept.
    fn forget_event(&mut self, gone: &Event) {
        self.card.times.cut = self.card.times.cut.max(Some(gone.time()));
        let identity = gone.identity();
        if self.card.ledger.as_ref().is_some_and(|ledger| ledger.note(identity).is_some()) {
            self.ledger().drop_note(identity);
        }
    }

    fn cut_country(&mut self, country: Country, time: Time) {
        self.changes.save_countries(&self.card.cut_countries);
        let countries = &mut self.card.cut_countries;
        match countries.iter_mut().find(|(known, _)| *known == country) {
            Some((_, newest)) => *newest = time.max(*newest),
            None => countries.push((country, time)),
        }
    }

    /// Drops what is at or before `retention_floor`.
    pub(in crate::memory) fn expire(&mut self, retention_floor: Time) {
        while let Some(gone) = self.charges().pop_until(retention_floor) {
            self.forget_event(&gone);
            let times = &mut self.card.times;
            times.unknown_until = times.unknown_until.max(Some(gone.time()));
        }
        self.card.charges.shrink();
        if self.card.cut_countries.iter().any(|(_, newest)| *newest <= retention_floor) {
            self.changes.save_countries(&self.card.cut_countries);
            self.card.cut_countries.retain(|(_, newest)| *newest > retention_floor);
        }
        self.expire_ledger(retention_floor);
    }

    fn expire_ledger(&mut self, retention_floor: Time) {
        if self.card.ledger.as_ref().is_some_and(|ledger| ledger.has_until(retention_floor)) {
            while let Some(gone) = self.ledger().adjustments.pop_until(retention_floor) {
                self.freeze(gone.root(), |sums| gone.add_to(sums));
            }
            while let Some(gone) = self.ledger().increments.pop_until(retention_floor) {
                self.freeze(gone.link.root, |sums| gone.add_to(sums));
            }
            let refunds = &mut self.ledger().refunds;
            let newest = std::iter::from_fn(|| refunds.pop_until(retention_floor)).last();
            self.card.times.cut = self.card.times.cut.max(newest.map(|refund| refund.time()));
        }
        self.expire_labels(retention_floor);
        if self.card.ledger.as_ref().is_some_and(|ledger| ledger.is_empty()) {
            self.changes.drop_ledger(&mut self.card.ledger);
        }
    }

    /// Drops adjustments beyond the cap.
    pub(in crate::memory) fn cap_adjustments(&mut self) {
        while let Some(at) = self.surplus_adjustment() {
            let Some(gone) = self.ledger().adjustments.remove(at) else { return };
            self.evicted_waiting += u64::from(gone.link().is_some() && gone.root().is_none());
            self.freeze(gone.root(), |sums| gone.add_to(sums));
        }
    }

    /// Drops increments beyond the cap. A clearing may refer to one that is gone, and must not be
    /// counted as a separate charge, so this counts as a cut.
    pub(in crate::memory) fn cap_increments(&mut self) {
        while let Some(at) = self.surplus_increment() {
            let Some(gone) = self.ledger().increments.remove(at) else { return };
            self.card.times.charge_cut = self.card.times.charge_cut.max(Some(gone.event.time()));
            self.freeze(gone.link.root, |sums| gone.add_to(sums));
        }
    }

    /// Drops labels beyond the cap.
    pub(in crate::memory) fn cap_labels(&mut self) {
        while let Some(at) = self.surplus_label() {
            let Some(gone) = self.ledger().labels.remove(at) else { return };
            self.evicted_waiting += u64::from(gone.link.root.is_none());
            gone.link.root.into_iter().for_each(|charge| self.relabel_one(charge));
        }
    }

    fn surplus_label(&self) -> Option<usize> {
        let labels = &self.card.ledger.as_ref()?.labels;
        self.surplus(labels)
    }

    fn surplus_adjustment(&self) -> Option<usize> {
        let adjustments = &self.card.ledger.as_ref()?.adjustments;
        self.surplus(adjustments)
    }

    fn surplus_increment(&self) -> Option<usize> {
        let increments = &self.card.ledger.as_ref()?.increments;
        self.surplus(increments)
    }

    /// The index of the next item to drop from a list that exceeds the cap. It is the oldest one
    /// that no longer matters: it counts towards no kept charge, and it is older than a charge that
    /// the cap has cut, so a charge that it waits for would be cut as well. If there is none, the
    /// list may grow further, and then loses its oldest.
    fn surplus<T: Referring>(&self, items: &TaggedList<T>) -> Option<usize> {
        if items.len() <= self.cap {
            return None;
        }
        let is_before_cut = |item: &&T| Some(item.time()) < self.card.times.charge_cut;
        let counts_for_nothing = |item: &T| item.root().is_none_or(|root| !self.is_kept(root));
        let spent = items.iter().take_while(is_before_cut).position(counts_for_nothing);
        let is_full = items.len() > self.cap.saturating_mul(ADJUSTMENTS_PER_EVENT);
        spent.or_else(|| is_full.then_some(0))
    }

    /// Saves what a dropped message added to a charge in the charge's note.
    pub(in crate::memory) fn freeze(
        &mut self,
        root: Option<Identity>,
        add: impl FnOnce(&mut Sums),
    ) {
        let Some(root) = root.filter(|root| self.is_kept(*root)) else { return };
        self.ledger().change_note(root, |note| note.change_frozen(add));
        self.balance(root);
    }
}
