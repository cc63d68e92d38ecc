//! Keeps the values of nodes for the rest of a transaction.

use super::super::ir::{Id, Op, Tree};
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
    /// Lays out the values for a tree. Those of constants are never forgotten, but only
    /// [`Self::slot`] has them.
    pub fn lay_out(&mut self, tree: &Tree) {
        let constant = |op| match op {
            Op::Constant(bits) => Slot::exact(bits),
            _ => Slot::ABSENT,
        };
        self.cells.clear();
        self.cells.extend(tree.nodes.iter().map(|node| Cell::new((0, constant(node.op)))));
    }

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

    /// The value of a node that is known.
    #[inline]
    pub fn slot(&self, id: Id) -> Slot {
        self.cells.get(id.index()).map_or(Slot::ABSENT, |cell| cell.get().1)
    }

    #[inline]
    pub fn is_known(&self, id: Id) -> bool {
        self.cells.get(id.index()).is_some_and(|cell| cell.get().0 == self.round)
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
