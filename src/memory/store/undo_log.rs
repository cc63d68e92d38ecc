//! Records what a batch did to a store, so that the batch can be undone.
//!
//! The log knows which values were created, dropped and changed, in order. How a value changed is
//! recorded by its [`Changes`]. Lists keep their allocations, so each is as long as the longest
//! batch needed.

use super::value::{Changes, StoreValue};

#[derive(Debug)]
pub(in crate::memory) struct UndoLog<V: StoreValue> {
    is_open: bool,
    steps: Vec<UndoStep<V::Key>>,
    dropped: Vec<V>,
    changes: V::Changes,
}

/// What happened to a value.
#[derive(Debug)]
enum UndoStep<K> {
    Created(K),
    /// The value is the last of `UndoLog::dropped`.
    Dropped,
    Changed(K),
}

/// A step to reverse.
#[derive(Debug)]
pub(in crate::memory) enum Undo<V: StoreValue> {
    Remove(V::Key),
    PutBack(V),
    /// The caller passes the value to [`UndoLog::restore`].
    Restore(V::Key),
}

impl<V: StoreValue> Default for UndoLog<V> {
    fn default() -> Self {
        let (steps, dropped) = (Vec::new(), Vec::new());
        Self { is_open: false, steps, dropped, changes: V::Changes::default() }
    }
}

impl<V: StoreValue> UndoLog<V> {
    /// Starts a batch.
    pub(in crate::memory) fn begin(&mut self) {
        self.clear();
        self.is_open = true;
        self.changes.begin();
    }

    /// Drops the steps and records none until the next [`UndoLog::begin`].
    pub(in crate::memory) fn clear(&mut self) {
        self.is_open = false;
        self.steps.clear();
        self.dropped.clear();
        self.changes.clear();
    }

    pub(in crate::memory) fn note_created(&mut self, key: V::Key) {
        if self.is_open {
            self.steps.push(UndoStep::Created(key));
        }
    }

    pub(in crate::memory) fn note_dropped(&mut self, value: V) {
        if self.is_open {
            self.dropped.push(value);
            self.steps.push(UndoStep::Dropped);
        }
    }

    /// Notes that a value is about to change. The caller records how in what is returned.
    pub(in crate::memory) fn touch(&mut self, value: &V) -> &mut V::Changes {
        if self.is_open {
            self.steps.push(UndoStep::Changed(value.key()));
            self.changes.touch(value);
        }
        &mut self.changes
    }

    /// Takes out the newest step, to be undone.
    pub(in crate::memory) fn pop(&mut self) -> Option<Undo<V>> {
        Some(match self.steps.pop()? {
            UndoStep::Created(key) => Undo::Remove(key),
            UndoStep::Dropped => Undo::PutBack(self.dropped.pop()?),
            UndoStep::Changed(key) => Undo::Restore(key),
        })
    }

    /// Restores a value to its state before the change that [`UndoLog::pop`] returned.
    pub(in crate::memory) fn restore(&mut self, value: &mut V) {
        self.changes.undo(value);
    }
}
