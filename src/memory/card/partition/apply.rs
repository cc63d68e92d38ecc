//! Applies accepted messages to memory. Nothing else changes it: the engine calls this after a
//! decision, and a restore calls it for each entry of the history.

use super::memory::Memory;
use super::partition_state::Progress;
use crate::memory::card::message::entry::{Effect, Entry, LabelEntry};
use crate::memory::card::message::identity::CardKey;
use crate::memory::card::message::role::{Labelled, Recorded};
use crate::memory::card::state::alerted_rules::AlertedRules;
use crate::memory::card::update::card_update::CardUpdate;
use crate::memory::store::clock::PartitionClock;
use crate::transaction::Time;

/// How many entries are read ahead together.
const LOOK_AHEAD: usize = 16;

impl Memory {
    /// Applies the next entry. The same entries in the same order under the same limits give equal
    /// memories. The caller must not pass a duplicate.
    pub fn apply(&mut self, entry: &Entry<'_>) -> Recorded {
        let slot = self.find(entry.card);
        self.apply_to(slot, entry)
    }

    /// Applies entries one after another, and reads the cards of a few entries ahead first.
    pub fn apply_all(&mut self, entries: &[Entry<'_>]) {
        for entries in entries.chunks(LOOK_AHEAD) {
            self.look_ahead(entries.iter().map(|entry| entry.card));
            entries.iter().for_each(|entry| _ = self.apply(entry));
        }
    }

    /// Continues a history after missing entries. The caller notes the gap.
    pub fn resume_after_gap(&mut self, progress: Progress) {
        let reached = progress.reached.max(self.state.clock.reached());
        self.state.clock = PartitionClock::at(reached, progress.recorded);
        self.state.recorded = progress.recorded;
        self.state.recorded_labels = progress.labels;
    }

    /// `slot` is where the entry's card is, if it is in memory.
    pub(in crate::memory) fn apply_to(&mut self, slot: Option<u32>, entry: &Entry<'_>) -> Recorded {
        if let Effect::Label(label) = entry.effect {
            self.apply_label(slot, entry, label);
            self.state.recorded_labels = self.state.recorded_labels.saturating_add(1);
            return Recorded::Kept;
        }
        let recorded = self.apply_entry(slot, entry);
        self.state.recorded = self.state.recorded.saturating_add(1);
        self.tick(entry.time());
        // The message itself may have moved the clock past its own time.
        let is_past = entry.time() <= self.retention_floor();
        let recorded = if is_past { Recorded::TooOld } else { recorded };
        if recorded == Recorded::TooOld {
            self.state.usage.too_old += 1;
        }
        recorded
    }

    fn apply_entry(&mut self, slot: Option<u32>, entry: &Entry<'_>) -> Recorded {
        let (retention_floor, time, retention_ms) =
            (self.retention_floor(), entry.time(), self.limits.retention_ms);
        if time <= retention_floor {
            if !matches!(entry.effect, Effect::Response { .. }) {
                self.note_missed(slot, entry);
            }
            return Recorded::TooOld;
        }
        let recorded = self.change(slot, entry.card, time, |card| {
            card.expire(retention_floor);
            let is_newest = card.note_kept(time, entry.token);
            let is_outdated = card.newest().millis().saturating_sub(retention_ms) >= time.millis();
            match add_to_card(card, entry) {
                false => Recorded::TooOld,
                true if is_newest => Recorded::Kept,
                true if is_outdated => Recorded::KeptOutdated,
                true => Recorded::KeptLate,
            }
        });
        recorded.unwrap_or(Recorded::TooOld)
    }

    /// What a label would do now.
    pub(in crate::memory) fn place_of_label(
        &self,
        slot: Option<u32>,
        label: &LabelEntry,
    ) -> Labelled {
        let (card, floor) = (slot.and_then(|slot| self.card(slot)), self.retention_floor());
        let can_wait = label.known_at > floor && label.time.is_none_or(|time| time > floor);
        match card {
            Some(card) if card.has_label(label) => Labelled::Repeated,
            Some(card) if card.find_labelled(label).is_some_and(|of| of.time > floor) => {
                Labelled::Bound
            }
            _ if !can_wait => Labelled::TooOld,
            Some(_) => Labelled::Waits,
            None => Labelled::UnknownCard,
        }
    }

    /// Labels do not move the clock: one may have become known long after its transaction, or be
    /// known ahead of time.
    fn apply_label(&mut self, slot: Option<u32>, entry: &Entry<'_>, label: LabelEntry) {
        if !self.place_of_label(slot, &label).is_kept() {
            return;
        }
        let reached = Some(self.state.clock.reached()).filter(|reached| *reached != Time(i64::MIN));
        let waits_since = reached.map_or(label.known_at, |reached| reached.min(label.known_at));
        let retention_floor = self.retention_floor();
        self.change(slot, entry.card, waits_since, |card| {
            card.expire(retention_floor);
            card.note_token(entry.token);
            card.label(label, waits_since);
            Recorded::Kept
        });
    }

    /// Notes a message that is older than the retention. It does not create a card.
    fn note_missed(&mut self, slot: Option<u32>, entry: &Entry<'_>) {
        let (time, cap) = (entry.time(), self.limits.events_per_card);
        match slot.and_then(|slot| self.cards.edit(slot)) {
            Some((card, changes)) => CardUpdate::begin(card, changes, cap).note_missed(time),
            None => self.state.forgotten = self.state.forgotten.max(Some(time)),
        }
    }

    /// Changes a card, creating it if needed, then evicts other cards if memory exceeds its byte
    /// limit.
    fn change(
        &mut self,
        slot: Option<u32>,
        key: CardKey,
        now: Time,
        change: impl FnOnce(&mut CardUpdate<'_>) -> Recorded,
    ) -> Option<Recorded> {
        let slot = slot.or_else(|| self.create(key, now))?;
        let (card, changes) = self.cards.edit(slot)?;
        let before = card.size();
        let mut update = CardUpdate::begin(card, changes, self.limits.events_per_card);
        let outcome = change(&mut update);
        self.state.usage.evicted_waiting += update.evicted_waiting;
        let after = card.size();
        self.state.resize(before, after);
        self.evict_for_bytes(slot);
        Some(outcome)
    }
}

/// Adds a message to a card; false if the cap cut it immediately.
fn add_to_card(card: &mut CardUpdate<'_>, entry: &Entry<'_>) -> bool {
    let severity = entry.alert.map(|alert| alert.severity);
    let is_kept = match entry.effect {
        Effect::Charge { event, original, charged } => {
            card.charge(event.with_alert(severity), original, charged)
        }
        Effect::Refund { event } => card.refund(event.with_alert(severity)),
        Effect::Adjustment(adjusts) => card.adjust(adjusts, severity),
        Effect::Response { of, response, .. } => card.respond(of, &response),
        Effect::Label(_) => true,
    };
    let alerted = entry.alert.filter(|_| is_kept);
    let alerted = alerted.and_then(|alert| AlertedRules::of(&entry.effect, &alert));
    alerted.into_iter().for_each(|alerted| card.note_alert(alerted));
    is_kept
}
