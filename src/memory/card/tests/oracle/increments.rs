//! The oracle's increments: which authorizations raise a charge, and which are separate charges.

use super::card::{Card, Kept, List};
use super::links::is_follow_up;
use crate::memory::{MessageId, id_hash64};
use crate::transaction::Kind;
use std::collections::BTreeSet;

/// The increments found so far, in one pass over the follow-ups.
type Increments = BTreeSet<u64>;

impl Card {
    /// Puts every authorization in the list where it belongs, increments first. `arrived` is the
    /// message that has just arrived.
    pub fn classify(&mut self, arrived: Option<u64>) {
        let order = |kept: &&Kept| {
            let id = MessageId::of(Kind::Authorization, &kept.tx.id);
            (kept.time(), id.0, id_hash64(&kept.tx.merchant.id))
        };
        let is_authorization = |kept: &&Kept| kept.tx.kind == Kind::Authorization;
        let mut all: Vec<_> = self.kept.iter().filter(is_authorization).collect();
        all.sort_by_key(order);
        let mut increments = Increments::new();
        for kept in all.iter().filter(|kept| is_follow_up(&kept.tx)) {
            if self.is_increment(kept, &increments, arrived) {
                increments.insert(kept.number);
            }
        }
        let belongs = |kept: &Kept| match increments.contains(&kept.number) {
            true => List::Increments,
            false => List::Charges,
        };
        let moves = all.iter().filter(|kept| kept.list != belongs(kept));
        let moves: Vec<_> = moves.map(|kept| (kept.number, belongs(kept))).collect();
        moves.into_iter().for_each(|(number, list)| self.move_to(number, list));
    }

    /// `increments` are those among the earlier follow-ups. A follow-up whose charge is gone stays
    /// where it is; one that has just arrived is a charge.
    fn is_increment(
        &self,
        follow_up: &Kept,
        increments: &Increments,
        arrived: Option<u64>,
    ) -> bool {
        let Some(link) = &follow_up.link else { return false };
        let stays = follow_up.list == List::Increments && arrived != Some(follow_up.number);
        let Some(via) = self.get(link.via) else {
            return stays && !self.leads_to_itself(follow_up, increments);
        };
        if via.tx.merchant.id != follow_up.tx.merchant.id {
            return false;
        }
        if self.leads_to_itself(follow_up, increments) {
            return false;
        }
        let Some(raised) = self.raised_by(via, increments) else { return stays };
        let is_after_a_capture =
            self.captures_of(raised, increments).iter().any(|time| *time < follow_up.time());
        raised.tx.response.approved != Some(false) && !is_after_a_capture
    }

    fn leads_to_itself(&self, follow_up: &Kept, increments: &Increments) -> bool {
        self.leads_to(follow_up, increments) == Some(follow_up.number)
    }

    /// The first message on the chain from `via` that is not an increment; `None` if a message on
    /// the chain is gone.
    fn raised_by<'c>(&'c self, via: &'c Kept, increments: &Increments) -> Option<&'c Kept> {
        let mut at = via;
        while increments.contains(&at.number) {
            at = self.get(at.link.as_ref()?.via)?;
        }
        Some(at)
    }

    /// The times of all captures of a message and its increments.
    fn captures_of(&self, raised: &Kept, increments: &Increments) -> Vec<i64> {
        let is_its = |kept: &&Kept| self.leads_to(kept, increments) == Some(raised.number);
        let is_clearing =
            |kept: &&Kept| kept.list == List::Adjustments && kept.tx.kind == Kind::Clearing;
        let clearings = self.kept.iter().filter(is_clearing).filter(is_its).map(Kept::time);
        let is_increment = |kept: &&Kept| increments.contains(&kept.number);
        let raising = self.kept.iter().filter(is_increment).filter(is_its);
        let left = raising.chain([raised]).filter_map(|kept| kept.left.first_capture);
        clearings.chain(left).collect()
    }

    /// The charge that an adjustment or increment leads to. Unlike [`Card::raised_by`], this
    /// accepts a charge reached through a message that is gone.
    fn leads_to(&self, kept: &Kept, increments: &Increments) -> Option<u64> {
        let mut at = kept;
        for _ in 0..=self.kept.len() {
            let next = self.next(at)?;
            match self.get(next) {
                Some(kept) if increments.contains(&kept.number) => at = kept,
                _ => return Some(next),
            }
        }
        None
    }
}
