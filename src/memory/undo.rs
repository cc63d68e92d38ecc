//! Undoes what a batch did to memory, with the steps that [`super::undo_log`] recorded.

use super::Memory;
use super::undo_log::Undo;

impl Memory {
    /// Starts a batch. Until the next call or [`Memory::keep`], [`Memory::undo`] can undo it.
    pub fn begin(&mut self) {
        self.idle.watch();
        self.undo_log.begin(&self.state);
    }

    /// Ends the batch and keeps its changes.
    pub fn keep(&mut self) {
        self.undo_log.clear();
    }

    /// Undoes the batch: memory is as if it had never seen it. Does nothing if no batch was
    /// started.
    pub fn undo(&mut self) {
        let mut undo_log = std::mem::take(&mut self.undo_log);
        while let Some(step) = undo_log.pop() {
            match step {
                Undo::Remove(key) => drop(self.unlink(key)),
                Undo::PutBack(card) => self.link(card),
                Undo::Restore(touch) => {
                    let slot = self.find(touch.key);
                    if let Some(card) = slot.and_then(|slot| self.slab.get_mut(slot)) {
                        undo_log.restore(&touch, card);
                    }
                }
            }
        }
        if let Some(state) = undo_log.state.take() {
            self.state = state;
            self.restore_idle();
        }
        undo_log.clear();
        self.undo_log = undo_log;
    }
}
