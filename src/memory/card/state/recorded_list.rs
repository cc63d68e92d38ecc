//! Records how a list changes, so that the changes can be undone.
//!
//! The steps of all lists of a kind are kept one after another in [`ListSteps`], whose allocations
//! are reused: they are as long as the longest batch needed.

use super::tagged_list::{Tagged, TaggedList};
use super::timeline::{Inserted, Timed, Timeline};
use crate::memory::card::message::event::Event;
use crate::transaction::Time;
use std::ops::Deref;

/// A list whose changes can be recorded.
pub(in crate::memory) trait List {
    type Item: Clone;

    fn item(&self, at: usize) -> Option<Self::Item>;
    fn put_back(&mut self, at: usize, item: Self::Item);
    fn remove(&mut self, at: usize) -> Option<Self::Item>;
    fn replace(&mut self, at: usize, item: Self::Item);
    fn capacity(&self) -> usize;
    fn set_capacity(&mut self, capacity: usize);
}

/// A list whose changes are recorded. It can be read like the list itself.
#[derive(Debug)]
pub(in crate::memory) struct RecordedList<'l, L: List> {
    list: &'l mut L,
    steps: &'l mut ListSteps<L::Item>,
}

/// Recorded changes of several lists. While no batch is open, nothing is recorded.
#[derive(Debug)]
pub(in crate::memory) struct ListSteps<T> {
    is_recording: bool,
    steps: Vec<ListStep>,
    items: Vec<T>,
}

/// A change of a list. For all but `Inserted`, the item before the change is the last of
/// `ListSteps::items`.
#[derive(Debug, Clone, Copy)]
enum ListStep {
    Inserted { at: usize },
    Removed { at: usize },
    Changed { at: usize },
}

/// A list before it was changed.
#[derive(Debug, Clone, Copy)]
pub(in crate::memory) struct ListBefore {
    /// Where its steps begin.
    start: usize,
    capacity: usize,
}

impl<T> Default for ListSteps<T> {
    fn default() -> Self {
        Self { is_recording: false, steps: Vec::new(), items: Vec::new() }
    }
}

impl<T: Clone> ListSteps<T> {
    /// Drops the steps, and records from now on.
    pub(in crate::memory) fn begin(&mut self) {
        self.clear();
        self.is_recording = true;
    }

    /// Drops the steps, and records nothing until the next [`ListSteps::begin`].
    pub(in crate::memory) fn clear(&mut self) {
        self.is_recording = false;
        self.steps.clear();
        self.items.clear();
    }

    /// The state that [`ListSteps::undo`] restores: that of `list`, or of a list that does not
    /// exist.
    pub(in crate::memory) fn before(&self, list: Option<&impl List<Item = T>>) -> ListBefore {
        ListBefore { start: self.steps.len(), capacity: list.map_or(0, List::capacity) }
    }

    /// Records changes of `list` from now on.
    pub(in crate::memory) fn record<'l, L: List<Item = T>>(
        &'l mut self,
        list: &'l mut L,
    ) -> RecordedList<'l, L> {
        RecordedList { list, steps: self }
    }

    /// Reverses the steps of a list since `before`, the newest first.
    pub(in crate::memory) fn undo(&mut self, before: ListBefore, list: &mut impl List<Item = T>) {
        for step in self.steps.drain(before.start..).rev() {
            match step {
                ListStep::Inserted { at } => drop(list.remove(at)),
                ListStep::Removed { at } => {
                    self.items.pop().into_iter().for_each(|item| list.put_back(at, item));
                }
                ListStep::Changed { at } => {
                    self.items.pop().into_iter().for_each(|item| list.replace(at, item));
                }
            }
        }
        list.set_capacity(before.capacity);
    }

    fn note(&mut self, step: ListStep, item: Option<&T>) {
        if self.is_recording {
            self.items.extend(item.cloned());
            self.steps.push(step);
        }
    }
}

impl<L: List> Deref for RecordedList<'_, L> {
    type Target = L;

    fn deref(&self) -> &L {
        self.list
    }
}

impl<L: List> RecordedList<'_, L> {
    pub(in crate::memory) fn remove(&mut self, at: usize) -> Option<L::Item> {
        let item = self.list.remove(at)?;
        self.steps.note(ListStep::Removed { at }, Some(&item));
        Some(item)
    }

    /// Changes the item at an index, if there is one.
    pub(in crate::memory) fn change(&mut self, at: usize, change: impl FnOnce(&mut L::Item)) {
        let Some(before) = self.list.item(at) else { return };
        self.steps.note(ListStep::Changed { at }, Some(&before));
        let mut item = before;
        change(&mut item);
        self.list.replace(at, item);
    }

    /// Takes out the first item, if its time is at or before `retention_floor`.
    pub(in crate::memory) fn pop_until(&mut self, retention_floor: Time) -> Option<L::Item>
    where
        L::Item: Timed,
    {
        self.list.item(0).filter(|oldest| oldest.time() <= retention_floor)?;
        self.remove(0)
    }
}

impl<T: Tagged> RecordedList<'_, TaggedList<T>> {
    pub(in crate::memory) fn push_back(&mut self, item: T) {
        self.steps.note(ListStep::Inserted { at: self.list.len() }, None);
        self.list.push_back(item);
    }
}

impl<T: Tagged + Timed> RecordedList<'_, TaggedList<T>> {
    /// Inserts the item in time order.
    pub(in crate::memory) fn insert(&mut self, item: T) {
        let at = self.list.insert(item);
        self.steps.note(ListStep::Inserted { at }, None);
    }
}

impl RecordedList<'_, Timeline<Event>> {
    /// Inserts the event in time order. A full list drops its oldest, which may be the new one.
    pub(in crate::memory) fn insert(&mut self, event: Event, cap: usize) -> Inserted<Event> {
        let inserted = self.list.insert(event, cap);
        if let Some(at) = inserted.at {
            if let Some(gone) = inserted.gone {
                self.steps.note(ListStep::Removed { at: 0 }, Some(&gone));
            }
            self.steps.note(ListStep::Inserted { at }, None);
        }
        inserted
    }
}

impl<T: Tagged> List for TaggedList<T> {
    type Item = T;

    fn item(&self, at: usize) -> Option<T> {
        self.get(at).cloned()
    }

    fn put_back(&mut self, at: usize, item: T) {
        self.put(at, item);
    }

    fn remove(&mut self, at: usize) -> Option<T> {
        Self::remove(self, at)
    }

    fn replace(&mut self, at: usize, item: T) {
        Self::replace(self, at, item);
    }

    fn capacity(&self) -> usize {
        Self::capacity(self)
    }

    fn set_capacity(&mut self, capacity: usize) {
        Self::set_capacity(self, capacity);
    }
}

impl List for Timeline<Event> {
    type Item = Event;

    fn item(&self, at: usize) -> Option<Event> {
        self.get(at).copied()
    }

    fn put_back(&mut self, at: usize, item: Event) {
        Self::put_back(self, at, item);
    }

    fn remove(&mut self, at: usize) -> Option<Event> {
        Self::remove(self, at)
    }

    fn replace(&mut self, at: usize, item: Event) {
        self.get_mut(at).into_iter().for_each(|place| *place = item);
    }

    fn capacity(&self) -> usize {
        Self::capacity(self)
    }

    fn set_capacity(&mut self, capacity: usize) {
        Self::set_capacity(self, capacity);
    }
}
