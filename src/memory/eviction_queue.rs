//! Finds the card that has been idle longest, by event time.
//!
//! This is a heap with one entry per card. An entry's time is that of the card's newest message
//! when the entry was last examined, so it is a lower bound, and a message of a known card does not
//! touch the heap. An entry that reaches the top too early is put back with the card's current time.
//! The card that comes out always has the true minimum.

use super::CardKey;
use crate::transaction::Time;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

/// Ties are broken by the key, so that the order does not depend on slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct QueuedCard {
    time: Time,
    key: u64,
    slot: u32,
}

#[derive(Debug, Default)]
pub(super) struct EvictionQueue {
    entries: BinaryHeap<Reverse<QueuedCard>>,
    /// Whether any entry changed since [`EvictionQueue::watch`].
    is_changed: bool,
}

impl EvictionQueue {
    /// Bytes per card in this heap.
    pub(super) const BYTES_PER_CARD: usize = size_of::<QueuedCard>();

    pub(super) fn push(&mut self, slot: u32, key: CardKey, newest: Time) {
        self.is_changed = true;
        self.entries.push(Reverse(QueuedCard { time: newest, key: key.0 as u64, slot }));
    }

    pub(super) fn watch(&mut self) {
        self.is_changed = false;
    }

    /// Rebuilds the heap from all cards if it changed since [`EvictionQueue::watch`]. After an undo,
    /// entries may have the wrong time or belong to cards that no longer exist.
    pub(super) fn restore(&mut self, cards: impl Iterator<Item = (u32, CardKey, Time)>) {
        if self.is_changed {
            self.entries.clear();
            self.entries.extend(cards.map(|(slot, key, newest)| {
                Reverse(QueuedCard { time: newest, key: key.0 as u64, slot })
            }));
        }
    }

    /// Takes out the card whose newest message is the oldest, but never `keep`.
    pub(super) fn pop_other(
        &mut self,
        keep: Option<u32>,
        newest: impl Fn(u32) -> Time,
    ) -> Option<u32> {
        let first = self.pop(Time(i64::MAX), &newest)?;
        if Some(first.slot) != keep {
            return Some(first.slot);
        }
        let second = self.pop(Time(i64::MAX), &newest);
        self.entries.push(Reverse(first));
        second.map(|entry| entry.slot)
    }

    /// Takes out the card whose newest message is the oldest, if that message is at or before
    /// `floor`.
    pub(super) fn pop_until(&mut self, floor: Time, newest: impl Fn(u32) -> Time) -> Option<u32> {
        self.pop(floor, &newest).map(|entry| entry.slot)
    }

    fn pop(&mut self, floor: Time, newest: &impl Fn(u32) -> Time) -> Option<QueuedCard> {
        loop {
            let mut top = self.entries.peek_mut().filter(|top| top.0.time <= floor)?;
            self.is_changed = true;
            let real = newest(top.0.slot);
            if real == top.0.time {
                return Some(PeekMut::pop(top).0);
            }
            top.0.time = real;
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
