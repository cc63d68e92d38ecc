//! Updates labels, and the flags that they set in charges.
//!
//! A label belongs to a message, and so to the charge that the message counts towards. Of several
//! labels of a charge the newest counts. Whatever changes what belongs to which charge ends with
//! [`CardUpdate::relabel`].

use super::card_update::CardUpdate;
use crate::memory::card::message::entry::LabelEntry;
use crate::memory::card::message::identity::{Identity, OriginalId};
use crate::memory::card::message::link::Link;
use crate::memory::card::state::card_label::CardLabel;
use crate::transaction::{LabelValue, Time};

impl CardUpdate<'_> {
    /// Adds a label. Until its message is remembered, it waits for as long as the retention from
    /// `waits_since` on.
    pub(in crate::memory) fn label(&mut self, entry: LabelEntry, waits_since: Time) {
        let target = self.card.find_labelled(&entry);
        let link = Link { target, ..Link::waiting(entry.of) };
        // A label that comes again after another of the same time is the later one.
        let labels = self.card.ledger.as_ref().map(|ledger| &ledger.labels);
        let known = labels.and_then(|labels| labels.position_of(entry.identity()));
        if let Some(at) = known.filter(|at| self.label_at(*at).is_some_and(|l| l.entry == entry)) {
            self.ledger().labels.remove(at);
        }
        self.ledger().labels.insert(CardLabel { entry, link, waits_since });
        self.relabel();
        self.cap_labels();
    }

    /// Binds labels of this id when a message with the id arrives, if it is a better match than
    /// their current message. One whose message is no longer kept stays with its charge.
    pub(in crate::memory) fn rebind_labels(&mut self, original: OriginalId) {
        let mut from = 0;
        while let Some((at, label)) = self.next_label_of(original, from) {
            from = at + 1;
            let target = self.card.find_labelled(&label.entry);
            if !self.is_gone(&label.link) && target != label.link.target {
                self.ledger().labels.change(at, |label| label.link.target = target);
            }
        }
        self.update_label_roots();
    }

    fn next_label_of(&self, original: OriginalId, from: usize) -> Option<(usize, CardLabel)> {
        let labels = &self.card.ledger.as_ref()?.labels;
        let at = labels.next_reference_to(original, from)?;
        Some((at, *labels.get(at)?))
    }

    /// Updates the flags of charges that have labels. A label of a charge that is no longer kept is
    /// dropped.
    pub(in crate::memory) fn relabel(&mut self) {
        self.update_label_roots();
        let mut values: Vec<(Identity, LabelValue)> = Vec::new();
        let mut at = 0;
        while let Some(label) = self.label_at(at) {
            match label.link.root {
                Some(root) if !self.is_kept(root) => {
                    self.ledger().labels.remove(at);
                    continue;
                }
                root => values.extend(root.map(|of| (of, label.entry.value))),
            }
            at += 1;
        }
        // Stable, so that the newest label of each charge remains the last.
        values.sort_by_key(|(of, _)| *of);
        for of_one in values.chunk_by(|one, other| one.0 == other.0) {
            of_one.last().into_iter().for_each(|(of, label)| self.set_label(*of, Some(*label)));
        }
    }

    /// Updates the charge that each label belongs to. This comes before the cap, so that a label goes
    /// with the charge that it belongs to now.
    pub(in crate::memory) fn update_label_roots(&mut self) {
        let mut at = 0;
        while let Some(label) = self.label_at(at) {
            let (before, root) = (label.link.root, self.current_root(&label.link));
            if root != before {
                self.ledger().labels.change(at, |label| label.link.root = root);
                before.into_iter().for_each(|charge| self.relabel_one(charge));
            }
            at += 1;
        }
    }

    /// Updates the flags of one charge, after it lost a label.
    pub(in crate::memory) fn relabel_one(&mut self, charge: Identity) {
        let labels = self.card.ledger.as_ref().map(|ledger| &ledger.labels);
        let newest = labels.and_then(|labels| labels.all_of(charge).last());
        self.set_label(charge, newest.map(|label| label.entry.value));
    }

    fn label_at(&self, at: usize) -> Option<CardLabel> {
        self.card.ledger.as_ref()?.labels.get(at).copied()
    }

    fn set_label(&mut self, charge: Identity, label: Option<LabelValue>) {
        let Some(at) = self.card.charges.position_of(charge) else { return };
        let Some(event) = self.card.charges.get(at) else { return };
        let labelled = event.with_label(label);
        if labelled != *event {
            self.charges().change(at, |event| *event = labelled);
        }
    }

    /// Drops labels of charges that are no longer kept, and labels that waited for as long as the
    /// retention.
    pub(in crate::memory) fn expire_labels(&mut self, retention_floor: Time) {
        let mut at = 0;
        while let Some(label) = self.label_at(at) {
            let is_spent = match label.link.root {
                Some(root) => !self.is_kept(root),
                None => label.waits_since <= retention_floor,
            };
            if is_spent {
                self.ledger().labels.remove(at);
            } else {
                at += 1;
            }
        }
    }
}
