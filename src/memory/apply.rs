//! How an accepted message changes memory. This is the only way: live, when the engine has decided,
//! and when a history is read again.

use super::balance::{Adjustment, Change, Target};
use super::card::Card;
use super::{CardKey, Effect, Entry, Memory, Recorded};
use crate::transaction::Time;

impl Memory {
    /// Takes in the next entry. The same entries in the same order under the same limits give equal
    /// memories. A redelivery must not get here.
    pub fn apply(&mut self, entry: &Entry) -> Recorded {
        let slot = self.find(entry.card);
        self.apply_to(slot, entry)
    }

    /// `slot`: where the entry's card is, if it is in memory.
    pub(super) fn apply_to(&mut self, slot: Option<u32>, entry: &Entry) -> Recorded {
        let recorded = self.keep(slot, entry);
        self.recorded += 1;
        if recorded == Recorded::TooOld {
            self.usage.too_old += 1;
        }
        self.tick(entry.time());
        recorded
    }

    fn keep(&mut self, slot: Option<u32>, entry: &Entry) -> Recorded {
        let (floor, cap) = (self.floor(), self.limits.events_per_card);
        let time = entry.time();
        if time <= floor {
            self.miss(slot, entry);
            return Recorded::TooOld;
        }
        let recorded = self.change(slot, entry.card, time, |card| {
            card.expire(floor);
            let is_newest = time >= card.newest;
            card.newest = card.newest.max(time);
            card.alert = entry.alert.or(card.alert);
            match take(card, &entry.effect, cap) {
                false => Recorded::TooOld,
                true if is_newest => Recorded::Kept,
                true => Recorded::KeptLate,
            }
        });
        recorded.unwrap_or(Recorded::TooOld)
    }

    /// A message out of retention: nothing comes into being for a card that is not in memory.
    fn miss(&mut self, slot: Option<u32>, entry: &Entry) {
        let time = entry.time();
        match slot.and_then(|slot| self.card_mut(slot)) {
            Some(card) => {
                card.alert = entry.alert.or(card.alert);
                card.miss(time);
            }
            None => self.forgotten = self.forgotten.max(Some(time)),
        }
    }

    /// Changes a card, which comes into being if need be; then evicts others if it takes too much.
    fn change(
        &mut self,
        slot: Option<u32>,
        key: CardKey,
        now: Time,
        change: impl FnOnce(&mut Card) -> Recorded,
    ) -> Option<Recorded> {
        let slot = slot.or_else(|| self.create(key, now))?;
        let card = self.card_mut(slot)?;
        let before = card.size();
        let outcome = change(card);
        let after = card.size();
        self.resize(before, after);
        self.evict_for_bytes(slot);
        Some(outcome)
    }
}

/// Takes a message into a card; false if the cap cut it at once.
fn take(card: &mut Card, effect: &Effect, cap: usize) -> bool {
    match *effect {
        Effect::Charge { event, settles } => card.charge(event, settles, cap),
        Effect::Refund { event } => card.refund(event, cap),
        Effect::Settles { id, time, amount, authorization } => {
            let target = authorization.map_or(Target::Nothing, Target::Charge);
            card.adjust(Adjustment { id, target, time, amount, change: Change::Clears }, cap)
        }
        Effect::Reverses { id, time, amount, original } => {
            let target = original.map_or(Target::Nothing, Target::Awaited);
            card.adjust(Adjustment { id, target, time, amount, change: Change::Reverses }, cap)
        }
    }
}
