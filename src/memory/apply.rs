//! How an accepted message changes memory. This is the only way: live, when the engine has decided,
//! and when a history is read again.

use super::balance::{Adjustment, Change, Target};
use super::edit::Edit;
use super::journal::Undo;
use super::{CardKey, Effect, Entry, Memory, Recorded};
use crate::transaction::Time;

impl Memory {
    /// Takes in the next entry. The same entries in the same order under the same limits give equal
    /// memories. A redelivery must not get here.
    pub fn apply(&mut self, entry: &Entry) -> Recorded {
        let slot = self.find(entry.card);
        self.apply_to(slot, entry)
    }

    /// From here on, what happens can be taken back with [`Memory::undo`], until the next beginning
    /// or [`Memory::keep`].
    pub fn begin(&mut self) {
        self.idle.watch();
        self.journal.begin(&self.state);
    }

    /// What happened since the beginning stays.
    pub fn keep(&mut self) {
        self.journal.clear();
    }

    /// Makes memory what it was at the beginning: as if it had never seen what came since. Without a
    /// beginning nothing happens.
    pub fn undo(&mut self) {
        let mut journal = std::mem::take(&mut self.journal);
        while let Some(step) = journal.pop() {
            match step {
                Undo::Remove(key) => drop(self.unlink(key)),
                Undo::PutBack(card) => self.link(card),
                Undo::Restore(touch) => {
                    let slot = self.find(touch.key);
                    if let Some(card) = slot.and_then(|slot| self.slab.get_mut(slot)) {
                        journal.restore(&touch, card);
                    }
                }
            }
        }
        if let Some(state) = journal.state.take() {
            self.state = state;
            self.restore_idle();
        }
        journal.clear();
        self.journal = journal;
    }

    /// `slot`: where the entry's card is, if it is in memory.
    pub(super) fn apply_to(&mut self, slot: Option<u32>, entry: &Entry) -> Recorded {
        let recorded = self.take_in(slot, entry);
        self.state.recorded += 1;
        if recorded == Recorded::TooOld {
            self.state.usage.too_old += 1;
        }
        self.tick(entry.time());
        recorded
    }

    fn take_in(&mut self, slot: Option<u32>, entry: &Entry) -> Recorded {
        let (floor, time) = (self.floor(), entry.time());
        if time <= floor {
            self.miss(slot, entry);
            return Recorded::TooOld;
        }
        let recorded = self.change(slot, entry.card, time, |mut card| {
            card.expire(floor);
            let is_newest = card.see(time, entry.alert);
            match take(&mut card, &entry.effect) {
                false => Recorded::TooOld,
                true if is_newest => Recorded::Kept,
                true => Recorded::KeptLate,
            }
        });
        recorded.unwrap_or(Recorded::TooOld)
    }

    /// A message out of retention: nothing comes into being for a card that is not in memory.
    fn miss(&mut self, slot: Option<u32>, entry: &Entry) {
        let (time, cap) = (entry.time(), self.limits.events_per_card);
        match slot.and_then(|slot| self.slab.get_mut(slot)) {
            Some(card) => Edit::begin(card, &mut self.journal, cap).miss(time, entry.alert),
            None => self.state.forgotten = self.state.forgotten.max(Some(time)),
        }
    }

    /// Changes a card, which comes into being if need be; then evicts others if it takes too much.
    fn change(
        &mut self,
        slot: Option<u32>,
        key: CardKey,
        now: Time,
        change: impl FnOnce(Edit<'_>) -> Recorded,
    ) -> Option<Recorded> {
        let slot = slot.or_else(|| self.create(key, now))?;
        let card = self.slab.get_mut(slot)?;
        let before = card.size();
        let outcome = change(Edit::begin(card, &mut self.journal, self.limits.events_per_card));
        let after = card.size();
        self.resize(before, after);
        self.evict_for_bytes(slot);
        Some(outcome)
    }
}

/// Takes a message into a card; false if the cap cut it at once.
fn take(card: &mut Edit<'_>, effect: &Effect) -> bool {
    match *effect {
        Effect::Charge { event, settles } => card.charge(event, settles),
        Effect::Refund { event } => card.refund(event),
        Effect::Settles { id, time, amount, authorization } => {
            let target = authorization.map_or(Target::Nothing, Target::Charge);
            card.adjust(Adjustment { id, target, time, amount, change: Change::Clears })
        }
        Effect::Reverses { id, time, amount, original } => {
            let target = original.map_or(Target::Nothing, Target::Awaited);
            card.adjust(Adjustment { id, target, time, amount, change: Change::Reverses })
        }
    }
}
