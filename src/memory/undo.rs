//! Undoes what a batch did to memory, with the steps that [`super::journal`] recorded.

use super::Memory;
use super::journal::Undo;

impl Memory {
    /// Starts a batch. Until the next call or [`Memory::keep`], [`Memory::undo`] can undo it.
    pub fn begin(&mut self) {
        self.idle.watch();
        self.journal.begin(&self.state);
    }

    /// Ends the batch and keeps its changes.
    pub fn keep(&mut self) {
        self.journal.clear();
    }

    /// Undoes the batch: memory is as if it had never seen it. Does nothing if no batch was
    /// started.
    pub fn undo(&mut self) {
        let mut journal = std::mem::take(&mut self.journal);
        while let Some(step) = journal.pop() {
            match step {
                Undo::Remove(key) => drop(self.unlink(key)),
                Undo::PutBack(card) => self.link(card),
                Undo::Restore(touch) => {
                    let slot = self.find(touch.key);
                    if let Some(card) = slot.and_then(|slot| self.slab.get_mut(slot)) {
                        journal.restore(&touch, card);
                    }
                }
            }
        }
        if let Some(state) = journal.state.take() {
            self.state = state;
            self.restore_idle();
        }
        journal.clear();
        self.journal = journal;
    }
}
