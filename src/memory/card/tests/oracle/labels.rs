//! The oracle's labels: which charge each belongs to, and what a charge says.

use super::card::{Card, Kept, List};
use crate::memory::id_hash64;
use crate::transaction::{Kind, Label, LabelValue};

/// A kept label.
#[derive(Debug, Clone)]
pub struct KeptLabel {
    pub label: Label<'static>,
    pub waits_since: i64,
    /// The message that it belongs to.
    via: Option<u64>,
    /// The charge that `via` led to when it was last kept.
    pub root: Option<u64>,
}

impl Card {
    /// Whether this label is kept, and no other of its time about the same charge came after it.
    pub fn repeats(&self, label: &Label<'static>) -> bool {
        let Some(at) = self.labels.iter().position(|kept| kept.label == *label) else {
            return false;
        };
        let root = self.labels[at].root;
        !self.labels[at + 1..].iter().any(|later| {
            let is_same_charge = later.label.transaction_id == label.transaction_id
                || (root.is_some() && later.root == root);
            later.label.known_at == label.known_at && is_same_charge
        })
    }

    /// Adds a label, and forgets that it was read before.
    pub fn take_label(&mut self, label: &Label<'static>, waits_since: i64) {
        self.labels.retain(|kept| kept.label != *label);
        self.labels.push(KeptLabel { label: label.clone(), waits_since, via: None, root: None });
        self.labels.sort_by_key(|kept| kept.label.known_at);
        self.bind_labels();
        while let Some(at) = self.surplus_label() {
            let gone = self.labels.remove(at);
            self.evicted_waiting += u64::from(gone.root.is_none());
        }
    }

    /// The message that a label means.
    pub fn labelled(&self, label: &Label<'_>) -> Option<&Kept> {
        let time = label.time.unwrap_or(label.known_at).millis();
        let fits = |kept: &&Kept| {
            matches!(kept.tx.kind, Kind::Authorization | Kind::Clearing)
                && kept.tx.id == label.transaction_id
        };
        let preference = |kept: &&Kept| {
            let elsewhere = label.merchant_id.as_ref().is_some_and(|id| *id != kept.tx.merchant.id);
            (
                elsewhere,
                kept.tx.kind != Kind::Authorization,
                kept.time() > time,
                kept.time().abs_diff(time),
                id_hash64(&kept.tx.merchant.id),
            )
        };
        self.kept.iter().filter(fits).min_by_key(preference)
    }

    /// Binds every label to the message that it means now, unless its previous one is gone.
    pub fn bind_labels(&mut self) {
        let mut labels = std::mem::take(&mut self.labels);
        for kept in &mut labels {
            if kept.via.is_none_or(|via| self.get(via).is_some()) {
                kept.via = self.labelled(&kept.label).map(|of| of.number);
            }
            let start = kept.via.filter(|via| self.get(*via).is_some()).or(kept.root);
            kept.root = start.and_then(|start| self.charge_of(start));
        }
        self.labels = labels;
        self.drop_labels(i64::MIN);
    }

    /// The charge that a message is or leads to, even if that is gone.
    pub fn charge_of(&self, number: u64) -> Option<u64> {
        let Some(kept) = self.get(number) else { return Some(number) };
        match kept.list {
            List::Charges => Some(number),
            List::Increments => self.root(kept).or(Some(number)),
            List::Adjustments => self.root(kept),
            List::Refunds => unreachable!("no label means a refund"),
        }
    }

    /// Drops labels of charges that are gone, and those that have waited since `floor` or longer.
    pub fn drop_labels(&mut self, floor: i64) {
        let mut labels = std::mem::take(&mut self.labels);
        labels.retain(|kept| match kept.root {
            Some(root) => self.get(root).is_some(),
            None => kept.waits_since > floor,
        });
        self.labels = labels;
    }

    fn surplus_label(&self) -> Option<usize> {
        if self.labels.len() <= self.cap {
            return None;
        }
        let is_spent = |kept: &KeptLabel| {
            kept.root.is_none()
                && self.charge_cut.is_some_and(|cut| kept.label.known_at.millis() < cut)
        };
        let is_full = self.labels.len() > 8 * self.cap;
        self.labels.iter().position(is_spent).or(is_full.then_some(0))
    }

    /// Whether a charge was fraudulent, and whether it was genuine, as far as was known at `now`.
    pub fn verdict(&self, charge: u64, now: i64) -> (Option<bool>, Option<bool>) {
        let mut known = self.labels.iter().filter(|kept| kept.label.known_at.millis() <= now);
        let newest = known.rfind(|kept| kept.root == Some(charge));
        match newest.map(|kept| kept.label.label) {
            Some(LabelValue::Fraud) => (Some(true), Some(false)),
            Some(LabelValue::Genuine) => (Some(false), Some(true)),
            _ => (None, None),
        }
    }
}
