//! Values that are computed when they are first asked for, and kept for the rest of a transaction.

use super::super::tree::{Id, Tree};
use super::compute::{Context, compute};
use super::operation::Registers;
use super::slot::Slot;
use std::cell::Cell;

/// The values of a transaction's nodes, as far as they were asked for.
#[derive(Debug, Default)]
pub struct Kept {
    /// By node: in which round it was computed, and its value.
    cells: Vec<Cell<(u64, Slot)>>,
    /// Counts transactions, so that forgetting costs nothing.
    round: u64,
}

impl Kept {
    /// Begins another transaction, over so many nodes.
    pub fn forget(&mut self, nodes: usize) {
        self.round += 1;
        self.cells.resize(nodes, Cell::default());
    }

    /// The value of a node that was asked for before.
    #[inline]
    pub fn get(&self, id: Id) -> Option<Slot> {
        let (round, slot) = self.cells.get(id.0 as usize)?.get();
        (round == self.round).then_some(slot)
    }
}

/// Registers that fill themselves.
pub struct Lazy<'k, 'c> {
    pub kept: &'k Kept,
    pub context: &'k Context<'c>,
}

impl Lazy<'_, '_> {
    /// Computes a node, again if it was computed for another charge.
    pub fn renew(&self, id: Id) -> Slot {
        let slot = compute(self.context.tree.op(id), self, self.context);
        if let Some(cell) = self.kept.cells.get(id.0 as usize) {
            cell.set((self.kept.round, slot));
        }
        slot
    }
}

impl Registers for Lazy<'_, '_> {
    #[inline]
    fn get(&self, id: Id) -> Slot {
        self.kept.get(id).unwrap_or_else(|| self.renew(id))
    }

    fn tree(&self) -> &Tree {
        self.context.tree
    }

    fn field_text(&self, at: u16) -> Option<&str> {
        self.context.field_text(at)
    }
}
