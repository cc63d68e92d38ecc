//! Taking back what a batch did to memory, with what the [`super::journal`] noted.

use super::Memory;
use super::journal::Undo;

impl Memory {
    /// From here on, what happens can be taken back with [`Memory::undo`], until the next beginning
    /// or [`Memory::keep`].
    pub fn begin(&mut self) {
        self.idle.watch();
        self.journal.begin(&self.state);
    }

    /// What happened since the beginning stays.
    pub fn keep(&mut self) {
        self.journal.clear();
    }

    /// Makes memory what it was at the beginning: as if it had never seen what came since. Without a
    /// beginning nothing happens.
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
