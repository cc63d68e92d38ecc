//! Keeps the values of nodes for the rest of a transaction.

use super::super::ir::Id;
use super::partial_value::Slot;
use std::cell::Cell;

/// The values of nodes that were computed for a transaction so far.
#[derive(Debug, Default)]
pub struct NodeCache {
    /// For each node, the round in which it was computed and its value.
    cells: Vec<Cell<(u64, Slot)>>,
    /// Counts transactions, so that all values can be forgotten with one increment.
    round: u64,
}

impl NodeCache {
    /// Starts another transaction.
    pub fn forget_all(&mut self, nodes: usize) {
        self.round += 1;
        self.cells.resize(nodes, Cell::default());
    }

    /// The value of a node, if it was already computed.
    #[inline]
    pub fn get(&self, id: Id) -> Option<Slot> {
        let (round, slot) = self.cells.get(id.index())?.get();
        (round == self.round).then_some(slot)
    }

    pub fn forget(&self, id: Id) {
        if let Some(cell) = self.cells.get(id.index()) {
            cell.set((0, Slot::ABSENT));
        }
    }

    pub fn keep(&self, id: Id, slot: Slot) {
        if let Some(cell) = self.cells.get(id.index()) {
            cell.set((self.round, slot));
        }
    }
}
