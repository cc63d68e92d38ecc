//! The oracle's answer to which messages belong to an alerted charge.

use super::Oracle;
use super::card::{Card, Kept, List};
use crate::memory::CardKey;
use crate::memory::card::message::identity::Identity;
use crate::transaction::Kind;

impl Oracle {
    /// The kept authorizations and clearings of a card whose charge is kept, and the id of the charge
    /// that a label of each belongs to: another than its own only if an alert was published about it.
    pub fn charges_of_labels(&self, key: CardKey) -> Vec<(Identity, String)> {
        let card = self.cards.get(&key).into_iter();
        card.flat_map(|card| card.kept.iter().filter_map(|kept| card.charge_of_label(kept))).collect()
    }
}

impl Card {
    fn charge_of_label(&self, kept: &Kept) -> Option<(Identity, String)> {
        let is_capture = kept.tx.kind == Kind::Clearing;
        let charge = match kept.list {
            List::Charges => kept,
            List::Adjustments if !is_capture => return None,
            List::Adjustments | List::Increments => self.get(self.root(kept)?)?,
            List::Refunds => return None,
        };
        let is_alerted = charge.list == List::Charges && self.shown(charge, i64::MAX).alerted;
        let named = if is_alerted { charge } else { kept };
        Some((Identity::of(&kept.tx), named.tx.id.to_string()))
    }
}
