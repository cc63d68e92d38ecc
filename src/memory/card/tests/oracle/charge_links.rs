//! The oracle's answer to which messages belong to an alerted charge.

use super::Oracle;
use super::card::{Card, Kept, List};
use crate::memory::CardKey;
use crate::memory::card::message::identity::Identity;
use crate::transaction::Kind;

impl Oracle {
    /// The kept authorizations and clearings of a card whose charge is kept, and the ids of charges
    /// that a label of each may belong to. It is one, unless no alert is remembered of the charge: one
    /// may have been forgotten, with the charge itself, which has arrived again since.
    pub fn charges_of_labels(&self, key: CardKey) -> Vec<(Identity, Vec<String>)> {
        let card = self.cards.get(&key).into_iter();
        card.flat_map(|card| card.kept.iter().filter_map(|kept| card.charge_of_label(kept)))
            .collect()
    }
}

impl Card {
    fn charge_of_label(&self, kept: &Kept) -> Option<(Identity, Vec<String>)> {
        let is_capture = kept.tx.kind == Kind::Clearing;
        let charge = match kept.list {
            List::Charges => kept,
            List::Adjustments if !is_capture => return None,
            List::Adjustments | List::Increments => self.get(self.root(kept)?)?,
            List::Refunds => return None,
        };
        let is_alerted = charge.list == List::Charges && self.shown(charge, i64::MAX).alerted;
        let own = (!is_alerted).then_some(kept);
        let ids = own.into_iter().chain([charge]).map(|named| named.tx.id.to_string()).collect();
        Some((Identity::of(&kept.tx), ids))
    }
}
