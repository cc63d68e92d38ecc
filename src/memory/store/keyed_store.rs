//! Holds values by key, drops the ones that have been idle longest, and undoes batches.

use super::eviction_queue::EvictionQueue;
use super::index::Index;
use super::slab::Slab;
use super::undo_log::{Undo, UndoLog};
use super::value::{StoreKey, StoreValue};
use crate::transaction::Time;

/// Values by key. The owner counts them and says when one has to be dropped.
#[derive(Debug)]
pub(in crate::memory) struct KeyedStore<V: StoreValue> {
    index: Index<V::Key>,
    slab: Slab<V>,
    pub(super) idle: EvictionQueue,
    undo_log: UndoLog<V>,
}

impl<V: StoreValue> Default for KeyedStore<V> {
    fn default() -> Self {
        Self {
            index: Index::default(),
            slab: Slab::default(),
            idle: EvictionQueue::default(),
            undo_log: UndoLog::default(),
        }
    }
}

impl<V: StoreValue> KeyedStore<V> {
    /// What every value takes besides what it points to.
    pub(in crate::memory) const BYTES_PER_VALUE: usize =
        size_of::<Option<V>>() + Index::<V::Key>::BYTES_PER_KEY + EvictionQueue::BYTES_PER_VALUE;

    /// The slot of a value, which it keeps until it is dropped.
    pub(in crate::memory) fn find(&self, key: V::Key) -> Option<u32> {
        self.index.find(key)
    }

    pub(in crate::memory) fn get(&self, slot: u32) -> Option<&V> {
        self.slab.get(slot)
    }

    /// All values, in no particular order.
    pub(in crate::memory) fn iter(&self) -> impl Iterator<Item = &V> {
        self.index.iter().filter_map(|(_, slot)| self.get(slot))
    }

    /// Adds a value whose key is not in use. `None` if there is no slot left.
    pub(in crate::memory) fn insert(&mut self, value: V) -> Option<u32> {
        let (key, newest) = (value.key(), value.newest());
        let slot = self.link(value)?;
        self.idle.push(slot, key.tie_breaker(), newest);
        self.undo_log.note_created(key);
        Some(slot)
    }

    /// A value to change, and where its changes have to be recorded.
    pub(in crate::memory) fn edit(&mut self, slot: u32) -> Option<(&mut V, &mut V::Changes)> {
        let value = self.slab.get_mut(slot)?;
        let changes = self.undo_log.touch(value);
        Some((value, changes))
    }

    /// Drops the value that has been idle longest, if it has been idle since `until` or longer.
    /// Shows it first; false if there is none.
    pub(in crate::memory) fn drop_until(&mut self, until: Time, show: impl FnOnce(&V)) -> bool {
        let slot = self.idle.pop_until(until, newest(&self.slab));
        slot.is_some_and(|slot| self.drop_dequeued(slot, show))
    }

    /// Drops the value, other than `keep`, that has been idle longest. Shows it first; false if
    /// there is none.
    pub(in crate::memory) fn evict_longest_idle(
        &mut self,
        keep: Option<u32>,
        show: impl FnOnce(&V),
    ) -> bool {
        let slot = self.idle.pop_other(keep, newest(&self.slab));
        slot.is_some_and(|slot| self.drop_dequeued(slot, show))
    }

    fn drop_dequeued(&mut self, slot: u32, show: impl FnOnce(&V)) -> bool {
        let Some(value) = self.slab.remove(slot) else { return false };
        self.index.remove(value.key());
        show(&value);
        self.undo_log.note_dropped(value);
        true
    }

    /// Starts a batch. Until the next call or [`KeyedStore::keep`], [`KeyedStore::undo`] can undo
    /// it.
    pub(in crate::memory) fn begin(&mut self) {
        self.idle.watch();
        self.undo_log.begin();
    }

    /// Ends the batch and keeps its changes.
    pub(in crate::memory) fn keep(&mut self) {
        self.undo_log.clear();
    }

    /// Undoes the batch, newest step first: the store is as if it had never seen it.
    pub(in crate::memory) fn undo(&mut self) {
        let mut undo_log = std::mem::take(&mut self.undo_log);
        while let Some(step) = undo_log.pop() {
            match step {
                Undo::Remove(key) => drop(self.unlink(key)),
                Undo::PutBack(value) => _ = self.link(value),
                Undo::Restore(key) => {
                    let slot = self.find(key);
                    if let Some(value) = slot.and_then(|slot| self.slab.get_mut(slot)) {
                        undo_log.restore(value);
                    }
                }
            }
        }
        let newest = newest(&self.slab);
        let values = self.index.iter();
        self.idle.restore(values.map(|(key, slot)| (slot, key.tie_breaker(), newest(slot))));
        undo_log.clear();
        self.undo_log = undo_log;
    }

    /// Adds a value to the slab and the index only. [`KeyedStore::unlink`] is the inverse.
    fn link(&mut self, value: V) -> Option<u32> {
        let key = value.key();
        let slot = self.slab.insert(value)?;
        self.index.insert(key, slot);
        Some(slot)
    }

    fn unlink(&mut self, key: V::Key) -> Option<V> {
        let slot = self.index.remove(key)?;
        self.slab.remove(slot)
    }
}

fn newest<V: StoreValue>(slab: &Slab<V>) -> impl Fn(u32) -> Time {
    |slot| slab.get(slot).map_or(Time(i64::MIN), V::newest)
}
