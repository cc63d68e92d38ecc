//! Starts, keeps and undoes batches.

use super::memory::Memory;

impl Memory {
    /// Starts a batch. Until the next call or [`Memory::keep`], [`Memory::undo`] can undo it.
    pub fn begin(&mut self) {
        self.cards.begin();
        self.before_batch = Some(self.state.clone());
    }

    /// Ends the batch and keeps its changes.
    pub fn keep(&mut self) {
        self.cards.keep();
        self.before_batch = None;
    }

    /// Undoes the batch: memory is as if it had never seen it. Does nothing if no batch was
    /// started.
    pub fn undo(&mut self) {
        if let Some(before) = self.before_batch.take() {
            self.cards.undo();
            self.state = before;
        }
    }
}
