//! Updates what kept messages refer to when another message arrives.

use super::card_update::CardUpdate;
use crate::memory::card::message::entry::AdjustmentKind;
use crate::memory::card::message::event::Event;
use crate::memory::card::message::identity::{Identity, MessageId, OriginalId};
use crate::memory::card::message::link::{Link, Referent};
use crate::memory::card::state::adjustment::Adjustment;
use crate::memory::card::state::referring::Referring;
use crate::memory::card::state::timeline::Timed;
use crate::transaction::Kind;

impl CardUpdate<'_> {
    /// Makes messages that refer to this charge count towards it.
    pub(in crate::memory) fn bind_to(&mut self, event: &Event) {
        let target =
            Referent { kind: event.kind(), merchant: event.merchant(), time: event.time() };
        self.rebind(event.id(), target);
        if !event.is_clearing() {
            self.rebind_follow_ups(event.id());
        }
    }

    /// Rebinds adjustments and labels when a message with this id arrives, if it is a better match than their
    /// current target.
    pub(in crate::memory) fn rebind(&mut self, id: MessageId, arrived: Referent) {
        let original = OriginalId::of_message(id, arrived.kind);
        let mut from = 0;
        while let Some(at) = self.next_reference_to(original, from) {
            from = at + 1;
            let Some((before, target)) = self.updated_target(at, original, &arrived) else {
                continue;
            };
            let adjustment = self.bound(before, target);
            let (identity, root) = (adjustment.identity(), adjustment.root());
            self.put_adjustment(at, adjustment);
            if adjustment.change() == AdjustmentKind::Capture {
                self.move_reversals_of(identity, root);
            }
            before.root().into_iter().chain(root).for_each(|charge| self.balance(charge));
        }
        self.rebind_labels(original);
    }

    fn next_reference_to(&self, original: OriginalId, from: usize) -> Option<usize> {
        self.card.ledger.as_ref()?.adjustments.next_reference_to(original, from)
    }

    fn link_at(&self, at: usize) -> Option<Link> {
        self.card.ledger.as_ref()?.adjustments.get(at)?.link()
    }

    /// The adjustment at `at` and the message it now refers to, if the arrival changed that. The
    /// arrived message may also be one that the adjustment was bound to before it was forgotten.
    fn updated_target(
        &self,
        at: usize,
        original: OriginalId,
        arrived: &Referent,
    ) -> Option<(Adjustment, Referent)> {
        let adjustment = self.card.ledger.as_ref()?.adjustments.get(at)?;
        let link = adjustment.link().filter(|link| link.original == original)?;
        let arrived = arrived.identity(original);
        let is_open = link.target_identity().is_none_or(|known| self.card.keeps(known));
        let target = self.card.find_original(&adjustment.message()).filter(|_| is_open)?;
        let is_new = link.target != Some(target) || target.identity(original) == arrived;
        is_new.then_some((*adjustment, target))
    }

    pub(in crate::memory) fn put_adjustment(&mut self, at: usize, adjustment: Adjustment) {
        self.ledger().adjustments.change(at, |place| *place = adjustment);
    }

    /// Makes reversals of a clearing count towards the same charge as the clearing.
    fn move_reversals_of(&mut self, clearing: Identity, root: Option<Identity>) {
        let original = OriginalId::of_message(clearing.id, Kind::Clearing);
        let (mut moved, mut from) = (Vec::new(), 0);
        while let Some(at) = self.next_reference_to(original, from) {
            from = at + 1;
            let Some(link) = self.link_at(at).filter(|l| l.target_identity() == Some(clearing))
            else {
                continue;
            };
            moved.extend(link.root);
            self.ledger().adjustments.change(at, |one| *one = one.with_target(link.target, root));
        }
        moved.into_iter().for_each(|before| self.balance(before));
    }

    /// The adjustment, bound to a kept message.
    pub(in crate::memory) fn bound(&self, adjustment: Adjustment, target: Referent) -> Adjustment {
        let Some(link) = adjustment.link() else { return adjustment };
        let identity = target.identity(link.original);
        let amount = self.card.amount_of(&adjustment.message(), identity);
        adjustment.with_target(Some(target), self.card.root_of(identity)).with_amount(amount)
    }
}
