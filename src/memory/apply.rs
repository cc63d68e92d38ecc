//! How an accepted message changes memory. This is the only way: live, when the engine has decided,
//! and when a history is read again.

use super::balance::{Adjustment, Change, Target};
use super::clock::PartitionClock;
use super::edit::Edit;
use super::{CardKey, Effect, Entry, Memory, Progress, Recorded};
use crate::transaction::Time;

/// How many cards are looked at together.
const LOOK_AHEAD: usize = 16;

impl Memory {
    /// Takes in the next entry. The same entries in the same order under the same limits give equal
    /// memories. A redelivery must not get here.
    pub fn apply(&mut self, entry: &Entry) -> Recorded {
        let slot = self.find(entry.card);
        self.apply_to(slot, entry)
    }

    /// Takes in entries one after another. Their cards are looked at together first, some ahead: they
    /// lie anywhere in memory, and waiting for several at once takes as long as waiting for one.
    pub fn apply_all(&mut self, entries: &[Entry]) {
        for entries in entries.chunks(LOOK_AHEAD) {
            std::hint::black_box(self.look_at(entries));
            entries.iter().for_each(|entry| _ = self.apply(entry));
        }
    }

    /// Some value of each card, so that the processor fetches what applying will need.
    fn look_at(&self, entries: &[Entry]) -> i64 {
        let mut slots = [None; LOOK_AHEAD];
        for (slot, entry) in slots.iter_mut().zip(entries) {
            *slot = self.find(entry.card);
        }
        let cards = slots.map(|slot| self.card(slot?));
        let newest = cards.map(|card| card?.charges.newest());
        newest.iter().flatten().fold(0, |sum, event| sum ^ event.time().millis())
    }

    /// Takes up a history where it goes on after something that is missing. The caller notes the gap.
    pub fn go_on_from(&mut self, progress: Progress) {
        let reached = progress.reached.max(self.state.clock.reached());
        self.state.clock = PartitionClock::at(reached, progress.recorded);
        self.state.recorded = progress.recorded;
    }

    /// `slot`: where the entry's card is, if it is in memory.
    pub(super) fn apply_to(&mut self, slot: Option<u32>, entry: &Entry) -> Recorded {
        let recorded = self.take_in(slot, entry);
        self.state.recorded = self.state.recorded.saturating_add(1);
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
