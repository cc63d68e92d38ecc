//! Holds all cards of one input partition: found by key, bounded in number and bytes, dropped when
//! idle.
//!
//! Querying changes nothing. What changes memory is in [`super::apply`].

use super::card::{Card, Size};
use super::clock::PartitionClock;
use super::eviction_queue::EvictionQueue;
use super::partition_state::State;
use super::slab::Slab;
use super::undo_log::UndoLog;
use super::{CardKey, Limits, Progress, Usage};
use crate::transaction::Time;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// The memory of one partition's cards.
#[derive(Debug)]
pub struct Memory {
    pub(super) limits: Limits,
    slots: HashMap<MapKey, u32, BuildHasherDefault<PrehashedKeyHasher>>,
    pub(super) slab: Slab,
    pub(super) idle: EvictionQueue,
    pub(super) undo_log: UndoLog,
    pub(super) state: State,
}

/// A [`CardKey`] in halves, so that a slot of the map takes 24 bytes instead of 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MapKey {
    low: u64,
    high: u64,
}

impl From<CardKey> for MapKey {
    fn from(key: CardKey) -> Self {
        Self { low: key.0 as u64, high: (key.0 >> 64) as u64 }
    }
}

impl From<MapKey> for CardKey {
    fn from(key: MapKey) -> Self {
        Self(u128::from(key.high) << 64 | u128::from(key.low))
    }
}

impl Hash for MapKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.low);
    }
}

/// Keys are already hashes, so half of one is as good as any hash.
#[derive(Debug, Default)]
struct PrehashedKeyHasher(u64);

impl Hasher for PrehashedKeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, half: u64) {
        self.0 = half;
    }
}

/// What every card takes besides its lists: its record, two slots of the map (which is at least
/// 7/16 full) with a control byte each, and an entry in the heap of idle cards.
pub(super) const BYTES_PER_CARD: usize =
    size_of::<Card>() + 2 * (size_of::<(MapKey, u32)>() + 1) + EvictionQueue::BYTES_PER_CARD;

impl Memory {
    /// A limit of zero cards or events is raised to one.
    pub fn new(limits: Limits) -> Self {
        let events_per_card = limits.events_per_card.max(1);
        Self {
            limits: Limits { events_per_card, cards: limits.cards.max(1), ..limits },
            slots: HashMap::default(),
            slab: Slab::default(),
            idle: EvictionQueue::default(),
            undo_log: UndoLog::default(),
            state: State {
                clock: PartitionClock::new(),
                forgotten: None,
                gap: None,
                usage: Usage::default(),
                recorded: 0,
            },
        }
    }

    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether the card is remembered.
    pub fn knows(&self, card: CardKey) -> bool {
        self.find(card).is_some()
    }

    pub fn usage(&self) -> Usage {
        self.state.usage
    }

    pub fn progress(&self) -> Progress {
        Progress { recorded: self.state.recorded, reached: self.state.clock.reached() }
    }

    /// Notes that messages up to this event time may be missing. From now on a window that reaches
    /// back before it is cut, for every card, known or not.
    pub fn note_gap(&mut self, until: Time) {
        self.state.gap = self.state.gap.max(Some(until));
    }

    /// Anything at or before this time is out of retention for every card.
    pub(super) fn floor(&self) -> Time {
        Time(self.state.clock.reached().millis().saturating_sub(self.limits.retention_ms))
    }

    pub(super) fn find(&self, key: CardKey) -> Option<u32> {
        self.slots.get(&key.into()).copied()
    }

    pub(super) fn card(&self, slot: u32) -> Option<&Card> {
        self.slab.get(slot)
    }

    /// Creates a card, evicting others if the limit of cards is reached.
    pub(super) fn create(&mut self, key: CardKey, now: Time) -> Option<u32> {
        let cut = self.state.forgotten;
        while self.state.usage.cards >= self.limits.cards && self.evict(None) {}
        let slot = self.slab.insert(Card::new(key, now, cut))?;
        self.slots.insert(key.into(), slot);
        self.idle.push(slot, key, now);
        self.undo_log.created(key);
        self.state.usage.cards += 1;
        self.state.usage.bytes += BYTES_PER_CARD;
        Some(slot)
    }

    /// Removes a card from the slab and the map, without touching anything else. [`Memory::link`]
    /// is the inverse.
    pub(super) fn unlink(&mut self, key: CardKey) -> Option<Card> {
        let slot = self.slots.remove(&key.into())?;
        self.slab.remove(slot)
    }

    pub(super) fn link(&mut self, card: Card) {
        let key = card.key;
        if let Some(slot) = self.slab.insert(card) {
            self.slots.insert(key.into(), slot);
        }
    }

    /// Adds a card read from a checkpoint, and counts its size.
    pub(super) fn admit(&mut self, card: Card) {
        let (key, newest, size) = (card.key, card.known.newest, card.size());
        let Some(slot) = self.slab.insert(card) else { return };
        self.slots.insert(key.into(), slot);
        self.idle.push(slot, key, newest);
        self.state.usage.cards += 1;
        self.state.usage.bytes += BYTES_PER_CARD;
        self.resize(Size { events: 0, bytes: 0 }, size);
    }

    pub(super) fn cards(&self) -> impl Iterator<Item = &Card> {
        self.slots.values().filter_map(|slot| self.card(*slot))
    }

    /// Rebuilds the heap of idle cards if it changed.
    pub(super) fn restore_idle(&mut self) {
        let newest = newest(&self.slab);
        let cards = self.slots.iter().map(|(key, slot)| (*slot, (*key).into(), newest(*slot)));
        self.idle.restore(cards);
    }

    /// Evicts cards other than `keep` until memory is within its byte limit.
    pub(super) fn evict_for_bytes(&mut self, keep: u32) {
        while self.state.usage.bytes > self.limits.bytes && self.evict(Some(keep)) {}
    }

    /// Updates the usage when a card's size has changed.
    pub(super) fn resize(&mut self, before: Size, after: Size) {
        self.state.usage.bytes = self.state.usage.bytes + after.bytes - before.bytes;
        self.state.usage.events = self.state.usage.events + after.events - before.events;
    }

    /// Passes the time of a message to the clock, and drops cards that are idle beyond the
    /// retention.
    pub(super) fn tick(&mut self, time: Time) {
        if !self.state.clock.tick(time) {
            return;
        }
        let floor = self.floor();
        while let Some(slot) = self.idle.pop_until(floor, newest(&self.slab)) {
            self.state.usage.expired_cards += 1;
            self.forget(slot);
        }
    }

    /// Evicts the card, other than `keep`, that has been idle longest.
    fn evict(&mut self, keep: Option<u32>) -> bool {
        let Some(slot) = self.idle.pop_other(keep, newest(&self.slab)) else { return false };
        self.state.usage.evicted_cards += 1;
        self.forget(slot);
        true
    }

    /// Drops a card that was already taken out of the heap of idle cards.
    fn forget(&mut self, slot: u32) {
        let Some(card) = self.slab.remove(slot) else { return };
        self.slots.remove(&card.key.into());
        self.state.forgotten = self.state.forgotten.max(card.known_until());
        self.resize(card.size(), Size { events: 0, bytes: 0 });
        self.state.usage.cards -= 1;
        self.state.usage.bytes -= BYTES_PER_CARD;
        self.undo_log.forgot(card);
    }
}

/// The time of a card's newest message.
fn newest(slab: &Slab) -> impl Fn(u32) -> Time {
    |slot| slab.get(slot).map_or(Time(i64::MIN), |card| card.known.newest)
}

/// Two memories are equal if they remember the same, no matter how it is stored. This is slow and
/// meant for tests.
impl PartialEq for Memory {
    fn eq(&self, other: &Self) -> bool {
        self.dump() == other.dump()
    }
}

impl Memory {
    /// Everything that is remembered, in an order that does not depend on how it is stored.
    pub(super) fn dump(&self) -> (Vec<&Card>, &State) {
        let mut cards: Vec<_> = self.slots.values().filter_map(|slot| self.card(*slot)).collect();
        cards.sort_by_key(|card| card.key);
        (cards, &self.state)
    }
}

#[cfg(test)]
impl Memory {
    /// Recounts the running totals and compares them.
    pub(super) fn check(&self) {
        let sizes: Vec<_> =
            self.slots.values().filter_map(|slot| Some(self.card(*slot)?.size())).collect();
        assert_eq!(self.state.usage.cards, sizes.len());
        assert_eq!(self.state.usage.events, sizes.iter().map(|size| size.events).sum::<usize>());
        let lists: usize = sizes.iter().map(|size| size.bytes).sum();
        assert_eq!(self.state.usage.bytes, lists + sizes.len() * BYTES_PER_CARD);
        assert_eq!(self.idle.len(), sizes.len());
    }
}
