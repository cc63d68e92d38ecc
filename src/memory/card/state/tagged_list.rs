//! Implements a list of large items with a small tag beside each. A search reads the tags, and only
//! then the few items whose tag matches.
//!
//! A tag is a hint: it holds short hashes, so an item whose tag matches still has to be compared.
//! Items cannot be changed in place, only replaced, so every tag is that of its item. A list of a
//! few items has no tags: those would cost an allocation and save little.

use super::timeline::{Timed, place_of, position_of};
use crate::memory::card::message::identity::Identity;
use std::collections::VecDeque;
use std::fmt::Debug;

/// The largest capacity of a list without tags.
const UNTAGGED_MAX: usize = 4;

/// An item of a [`TaggedList`].
pub(in crate::memory) trait Tagged: Clone {
    /// What an item is searched by.
    type Tag: Debug + Clone + Copy + PartialEq;

    fn tag(&self) -> Self::Tag;

    /// Bytes that the item points to.
    fn boxed_bytes(&self) -> usize {
        0
    }
}

/// Sixteen bits of a hash, for a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::memory) struct ShortHash(u16);

impl ShortHash {
    /// Differs from the short hash of anything.
    pub(in crate::memory) const ABSENT: Self = Self(0);

    #[expect(clippy::cast_possible_truncation, reason = "the other bits are dropped on purpose")]
    pub(in crate::memory) fn of(hash: u64) -> Self {
        Self((hash as u16).max(1))
    }

    pub(in crate::memory) fn of_any(hash: Option<u64>) -> Self {
        hash.map_or(Self::ABSENT, Self::of)
    }
}

#[derive(Debug, PartialEq)]
pub(in crate::memory) struct TaggedList<T: Tagged> {
    items: VecDeque<T>,
    /// One per item, with the same capacity; none up to [`UNTAGGED_MAX`]. They are contiguous, so
    /// that a search is a tight loop. Moving them all when the first is removed takes little.
    tags: Vec<T::Tag>,
    /// Bytes that the items point to.
    boxed_bytes: usize,
}

impl<T: Tagged> Default for TaggedList<T> {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl<T: Tagged> TaggedList<T> {
    pub(in crate::memory) fn with_capacity(capacity: usize) -> Self {
        let (items, tags) = (VecDeque::with_capacity(capacity), Vec::new());
        let mut list = Self { items, tags, boxed_bytes: 0 };
        list.fit_tags();
        list
    }

    pub(in crate::memory) fn push_back(&mut self, item: T) {
        self.put(self.items.len(), item);
    }

    /// Puts an item at an index, or at the end.
    pub(in crate::memory) fn put(&mut self, at: usize, item: T) {
        self.make_room();
        let at = at.min(self.items.len());
        self.boxed_bytes += item.boxed_bytes();
        if self.is_tagged() {
            self.tags.insert(at, item.tag());
        }
        if at == self.items.len() {
            self.items.push_back(item);
        } else {
            self.items.insert(at, item);
        }
    }

    pub(in crate::memory) fn remove(&mut self, at: usize) -> Option<T> {
        let item = self.items.remove(at)?;
        if self.is_tagged() {
            self.tags.remove(at);
        }
        self.boxed_bytes -= item.boxed_bytes();
        Some(item)
    }

    /// Replaces the item at an index, if there is one.
    pub(in crate::memory) fn replace(&mut self, at: usize, item: T) {
        let Some(place) = self.items.get_mut(at) else { return };
        self.tags.get_mut(at).into_iter().for_each(|tag| *tag = item.tag());
        self.boxed_bytes = self.boxed_bytes + item.boxed_bytes() - place.boxed_bytes();
        *place = item;
    }

    fn is_tagged(&self) -> bool {
        self.capacity() > UNTAGGED_MAX
    }

    /// Lets a full list grow by a quarter, at least by one item. These lists are short, and most
    /// cards have some, so spare room would cost more than moving a few items.
    fn make_room(&mut self) {
        let capacity = self.capacity();
        if self.items.len() == capacity {
            self.items.reserve_exact(1 + capacity / 4);
            self.fit_tags();
        }
    }

    /// Gives the tags the capacity of the items, and adds or drops them if that passed
    /// [`UNTAGGED_MAX`].
    fn fit_tags(&mut self) {
        if !self.is_tagged() {
            self.tags = Vec::new();
            return;
        }
        self.tags.shrink_to(self.items.capacity());
        self.tags.reserve_exact(self.items.capacity() - self.tags.len());
        let untagged = self.items.iter().skip(self.tags.len());
        self.tags.extend(untagged.map(T::tag));
    }

    pub(in crate::memory) fn get(&self, at: usize) -> Option<&T> {
        self.items.get(at)
    }

    pub(in crate::memory) fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.items.iter()
    }

    /// The items whose tags match, in order.
    pub(in crate::memory) fn matching(
        &self,
        is_match: impl Fn(&T::Tag) -> bool + Copy,
    ) -> impl DoubleEndedIterator<Item = &T> {
        self.positions(0, is_match).filter_map(|at| self.items.get(at))
    }

    /// The indices, from `from` on, of the items whose tags match.
    pub(in crate::memory) fn positions(
        &self,
        from: usize,
        is_match: impl Fn(&T::Tag) -> bool + Copy,
    ) -> impl DoubleEndedIterator<Item = usize> {
        let tags = self.tags.get(from..).unwrap_or(&[]).iter().enumerate();
        let tagged = tags.filter(move |(_, tag)| is_match(tag)).map(move |(at, _)| from + at);
        let untagged = if self.is_tagged() { 0..0 } else { from..self.len() };
        let is_match = move |at: &usize| self.items.get(*at).is_some_and(|i| is_match(&i.tag()));
        tagged.chain(untagged.filter(is_match))
    }

    /// Reads both ends of the list, so that the processor fetches them.
    pub(in crate::memory) fn look_ahead(&self) {
        let ends = [self.items.front(), self.items.back()].map(|item| item.map(T::tag));
        std::hint::black_box((ends, self.tags.last().copied()));
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

    /// Restores a former capacity.
    pub(in crate::memory) fn set_capacity(&mut self, capacity: usize) {
        self.items.shrink_to(capacity);
        self.items.reserve_exact(capacity.saturating_sub(self.items.len()));
        self.fit_tags();
    }

    /// Bytes on the heap.
    pub(in crate::memory) fn bytes(&self) -> usize {
        self.items.capacity() * size_of::<T>()
            + self.tags.capacity() * size_of::<T::Tag>()
            + self.boxed_bytes
    }
}

/// A list in time order.
impl<T: Tagged + Timed> TaggedList<T> {
    /// Inserts the item in order, and returns its index.
    pub(in crate::memory) fn insert(&mut self, item: T) -> usize {
        let at = place_of(&self.items, &item.key());
        self.put(at, item);
        at
    }

    pub(in crate::memory) fn oldest(&self) -> Option<&T> {
        self.items.front()
    }

    pub(in crate::memory) fn position_of(&self, identity: Identity) -> Option<usize> {
        position_of(&self.items, identity)
    }

    pub(in crate::memory) fn find(&self, identity: Identity) -> Option<&T> {
        self.items.get(self.position_of(identity)?)
    }
}
