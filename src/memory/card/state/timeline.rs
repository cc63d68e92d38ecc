//! Implements a bounded list in time order. It is stable: items with equal times keep their order
//! of arrival.
//!
//! It only knows how its items are ordered. What it means to be cut is up to the caller.

use crate::memory::card::message::event::Event;
use crate::memory::card::message::identity::{Identity, MessageId, second_of};
use crate::transaction::Time;
use std::collections::VecDeque;

/// The first allocation. From there a list doubles up to its cap.
const CAPACITY_FIRST: usize = 4;

/// An item of a [`Timeline`].
pub(in crate::memory) trait Timed {
    /// The time, and what breaks ties between equal times, if anything.
    type Key: Ord;

    fn key(&self) -> Self::Key;
    fn time(&self) -> Time;
    fn id(&self) -> MessageId;
    fn identity(&self) -> Identity;
}

impl Timed for Event {
    type Key = Time;

    fn key(&self) -> Time {
        Event::time(self)
    }

    fn time(&self) -> Time {
        Event::time(self)
    }

    fn id(&self) -> MessageId {
        Event::id(self)
    }

    fn identity(&self) -> Identity {
        Event::identity(self)
    }
}

#[derive(Debug, PartialEq)]
pub(in crate::memory) struct Timeline<T> {
    items: VecDeque<T>,
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self { items: VecDeque::new() }
    }
}

/// The result of an insertion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::memory) struct Inserted<T> {
    /// The index of the item; `None` if the item itself was dropped.
    pub at: Option<usize>,
    /// The item that was dropped to make room: the oldest.
    pub gone: Option<T>,
}

impl<T: Timed> Timeline<T> {
    /// Inserts the item in order. A full list drops its oldest item, which may be the new one.
    pub(in crate::memory) fn insert(&mut self, item: T, cap: usize) -> Inserted<T> {
        let full = self.items.len() >= cap;
        if full && self.items.front().is_none_or(|oldest| item.key() < oldest.key()) {
            return Inserted { at: None, gone: Some(item) };
        }
        let gone = if full { self.items.pop_front() } else { None };
        self.make_room(cap);
        Inserted { at: Some(self.put(item)), gone }
    }

    fn put(&mut self, item: T) -> usize {
        let at = place_of(&self.items, &item.key());
        if at == self.items.len() {
            self.items.push_back(item);
        } else {
            self.items.insert(at, item);
        }
        at
    }

    fn make_room(&mut self, cap: usize) {
        let capacity = self.items.capacity();
        if self.items.len() == capacity {
            let wanted = (2 * capacity).max(CAPACITY_FIRST).min(cap.max(capacity + 1));
            self.items.reserve_exact(wanted - capacity);
        }
    }

    /// Frees memory when the list is at most a quarter full. Keeps half the capacity, so that the
    /// next few items need no allocation.
    pub(in crate::memory) fn shrink(&mut self) {
        let capacity = self.items.capacity();
        if capacity > CAPACITY_FIRST && self.items.len() <= capacity / 4 {
            self.items.shrink_to(capacity / 2);
        }
    }

    pub(in crate::memory) fn position_of(&self, identity: Identity) -> Option<usize> {
        position_of(&self.items, identity)
    }

    pub(in crate::memory) fn find(&self, identity: Identity) -> Option<&T> {
        self.items.get(self.position_of(identity)?)
    }

    /// The items with this id, oldest first. Usually there are none.
    pub(in crate::memory) fn all_with(&self, id: MessageId) -> impl Iterator<Item = &T> {
        let (older, newer) = self.items.as_slices();
        older.iter().chain(newer).filter(move |item| item.id() == id)
    }

    pub(in crate::memory) fn get(&self, at: usize) -> Option<&T> {
        self.items.get(at)
    }

    pub(in crate::memory) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.items.get_mut(at)
    }

    pub(in crate::memory) fn remove(&mut self, at: usize) -> Option<T> {
        self.items.remove(at)
    }

    pub(in crate::memory) fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.items.iter()
    }

    pub(in crate::memory) fn newest(&self) -> Option<&T> {
        self.items.back()
    }

    pub(in crate::memory) fn oldest(&self) -> Option<&T> {
        self.items.front()
    }

    /// How many items are at or before `time`.
    pub(in crate::memory) fn until(&self, time: Time) -> usize {
        if self.items.back().is_none_or(|newest| newest.time() <= time) {
            return self.items.len();
        }
        if self.items.front().is_some_and(|oldest| oldest.time() > time) {
            return 0;
        }
        self.items.partition_point(|item| item.time() <= time)
    }

    /// The items as two contiguous slices, oldest first.
    pub(in crate::memory) fn as_slices(&self) -> (&[T], &[T]) {
        self.items.as_slices()
    }

    pub(in crate::memory) fn len(&self) -> usize {
        self.items.len()
    }

    pub(in crate::memory) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(in crate::memory) fn capacity(&self) -> usize {
        self.items.capacity()
    }

    /// A timeline of items that are already in order.
    pub(in crate::memory) fn of_sorted(items: VecDeque<T>) -> Self {
        Self { items }
    }

    /// Puts an item back at its former index.
    pub(in crate::memory) fn put_back(&mut self, at: usize, item: T) {
        self.items.insert(at.min(self.items.len()), item);
    }

    /// Restores a former capacity.
    pub(in crate::memory) fn set_capacity(&mut self, capacity: usize) {
        self.items.shrink_to(capacity);
        self.items.reserve_exact(capacity.saturating_sub(self.items.len()));
    }

    /// Bytes on the heap.
    pub(in crate::memory) fn bytes(&self) -> usize {
        self.items.capacity() * size_of::<T>()
    }
}

/// Where an item with this key belongs in a list in time order: after those with equal keys.
pub(in crate::memory) fn place_of<T: Timed>(items: &VecDeque<T>, key: &T::Key) -> usize {
    if items.back().is_none_or(|newest| newest.key() <= *key) {
        return items.len();
    }
    items.partition_point(|other| other.key() <= *key)
}

/// The index of this message in a list in time order. Items of the same second are adjacent.
pub(in crate::memory) fn position_of<T: Timed>(
    items: &VecDeque<T>,
    identity: Identity,
) -> Option<usize> {
    let is_before = |item: &T| second_of(item.time()) < identity.second;
    // A message that is looked for is usually newer than all items.
    let first = match items.back() {
        Some(newest) if is_before(newest) => return None,
        _ => items.partition_point(is_before),
    };
    let is_within =
        |at: &usize| items.get(*at).is_some_and(|item| second_of(item.time()) == identity.second);
    let is_it = |at: &usize| items.get(*at).is_some_and(|item| item.identity() == identity);
    (first..items.len()).take_while(is_within).find(is_it)
}
