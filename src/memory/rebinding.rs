//! Updates what kept messages refer to when another message arrives.

use super::card_update::CardUpdate;
use super::ledger::Adjustment;
use super::link::Via;
use super::timeline::Timed;
use super::{Change, Event, Identity, MessageId, OriginalId};

impl CardUpdate<'_> {
    /// Makes messages that refer to this charge count towards it.
    pub(super) fn bind_to(&mut self, event: &Event) {
        let via = Via { kind: event.kind(), merchant: event.merchant(), time: event.time() };
        self.rebind(event.id(), via);
        if !event.is_clearing() {
            self.rebind_follow_ups(event.id());
        }
    }

    /// Rebinds adjustments when a message with this id arrives, if it is a better match than their
    /// current target.
    pub(super) fn rebind(&mut self, id: MessageId, arrived: Via) {
        let original = OriginalId::of_message(id, arrived.kind);
        let count = self.card.ledger.as_ref().map_or(0, |ledger| ledger.adjustments.len());
        for at in 0..count {
            let Some((mut adjustment, via)) = self.meaning_now(at, original, &arrived) else {
                continue;
            };
            let before = adjustment.root();
            self.bind(&mut adjustment, via);
            let (identity, root) = (adjustment.identity(), adjustment.root());
            self.put_adjustment(at, adjustment);
            if adjustment.message.change == Change::Captures {
                self.move_reversals_of(identity, root);
            }
            before.into_iter().chain(root).for_each(|charge| self.balance(charge));
        }
    }

    /// The adjustment at `at` and the message it now refers to, if the arrival changed that. The
    /// arrived message may also be one that the adjustment was bound to before it was forgotten.
    fn meaning_now(
        &self,
        at: usize,
        original: OriginalId,
        arrived: &Via,
    ) -> Option<(Adjustment, Via)> {
        let adjustment = self.card.ledger.as_ref()?.adjustments.get(at)?;
        let link = adjustment.link.filter(|link| link.original == original)?;
        let arrived = arrived.identity(original);
        let is_open = link.target().is_none_or(|known| self.card.keeps(known));
        let via = self.card.meant_by(&adjustment.message).filter(|_| is_open)?;
        let is_new = link.via != Some(via) || via.identity(original) == arrived;
        is_new.then_some((*adjustment, via))
    }

    pub(super) fn put_adjustment(&mut self, at: usize, adjustment: Adjustment) {
        if let Some(place) = self.ledger().adjustments.get_mut(at) {
            *place = adjustment;
        }
    }

    /// Makes reversals of a clearing count towards the same charge as the clearing.
    fn move_reversals_of(&mut self, clearing: Identity, root: Option<Identity>) {
        let Some(ledger) = self.ledger_if_any() else { return };
        let mut moved = Vec::new();
        for adjustment in ledger.adjustments.iter_mut() {
            if let Some(link) = adjustment.link.as_mut().filter(|l| l.target() == Some(clearing)) {
                moved.extend(link.root);
                link.root = root;
            }
        }
        moved.into_iter().for_each(|before| self.balance(before));
    }

    /// Binds an adjustment to a kept message.
    pub(super) fn bind(&self, adjustment: &mut Adjustment, via: Via) {
        let Some(link) = &mut adjustment.link else { return };
        let target = via.identity(link.original);
        link.via = Some(via);
        link.root = self.card.root_of(target);
        adjustment.amount = self.card.amount_of(&adjustment.message, target);
    }
}
