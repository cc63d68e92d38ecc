//! Finds the value that has been idle longest, by event time.
//!
//! This is a heap with one entry per value. An entry's time is the newest time of the value when the
//! entry was last examined, so it is a lower bound, and a change of a known value does not touch the
//! heap. An entry that reaches the top too early is put back with the value's current time. The
//! value that comes out always has the true minimum.

use crate::transaction::Time;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

/// Ties are broken independently of slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QueuedValue {
    time: Time,
    tie_breaker: u64,
    slot: u32,
}

#[derive(Debug, Default)]
pub(in crate::memory) struct EvictionQueue {
    pub(super) entries: BinaryHeap<Reverse<QueuedValue>>,
    /// Whether any entry changed since [`EvictionQueue::watch`].
    is_changed: bool,
}

impl EvictionQueue {
    /// Bytes per value in this heap.
    pub(in crate::memory) const BYTES_PER_VALUE: usize = size_of::<QueuedValue>();

    pub(in crate::memory) fn push(&mut self, slot: u32, tie_breaker: u64, newest: Time) {
        self.is_changed = true;
        self.entries.push(Reverse(QueuedValue { time: newest, tie_breaker, slot }));
    }

    pub(in crate::memory) fn watch(&mut self) {
        self.is_changed = false;
    }

    /// Rebuilds the heap from all values (slot, tie breaker and newest time of each) if it changed
    /// since [`EvictionQueue::watch`]. After an undo, entries may have the wrong time or belong to
    /// values that no longer exist.
    pub(in crate::memory) fn restore(&mut self, values: impl Iterator<Item = (u32, u64, Time)>) {
        if self.is_changed {
            self.entries.clear();
            self.entries.extend(values.map(|(slot, tie_breaker, newest)| {
                Reverse(QueuedValue { time: newest, tie_breaker, slot })
            }));
        }
    }

    /// Takes out the value whose newest time is the oldest, but never `keep`.
    pub(in crate::memory) fn pop_other(
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

    /// Takes out the value whose newest time is the oldest, if that is at or before `until`.
    pub(in crate::memory) fn pop_until(
        &mut self,
        until: Time,
        newest: impl Fn(u32) -> Time,
    ) -> Option<u32> {
        self.pop(until, &newest).map(|entry| entry.slot)
    }

    fn pop(&mut self, until: Time, newest: &impl Fn(u32) -> Time) -> Option<QueuedValue> {
        loop {
            let mut top = self.entries.peek_mut().filter(|top| top.0.time <= until)?;
            self.is_changed = true;
            let real = newest(top.0.slot);
            if real == top.0.time {
                return Some(PeekMut::pop(top).0);
            }
            top.0.time = real;
        }
    }
}
