//! Values that are computed when they are first asked for, and kept for the rest of a transaction.

use super::super::tree::{Id, MACROS_MAX, Op, Tree};
use super::accumulate::Accumulator;
use super::compute::{Context, compute};
use super::nested::SpareAccumulator;
use super::operation::Registers;
use super::partial_value::Slot;
use crate::memory::Event;
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
    pub fn forget_all(&mut self, nodes: usize) {
        self.round += 1;
        self.cells.resize(nodes, Cell::default());
    }

    /// The value of a node that was asked for before.
    #[inline]
    pub fn get(&self, id: Id) -> Option<Slot> {
        let (round, slot) = self.cells.get(id.0 as usize)?.get();
        (round == self.round).then_some(slot)
    }

    fn forget(&self, id: Id) {
        if let Some(cell) = self.cells.get(id.0 as usize) {
            cell.set((0, Slot::ABSENT));
        }
    }

    fn keep(&self, id: Id, slot: Slot) {
        if let Some(cell) = self.cells.get(id.0 as usize) {
            cell.set((self.round, slot));
        }
    }
}

/// Registers that fill themselves.
#[derive(Clone, Copy)]
pub struct Lazy<'k> {
    pub context: &'k Context<'k>,
    pub kept: &'k Kept,
    /// By aggregate, what the scans gathered.
    pub results: &'k [Accumulator],
    /// By aggregate, what gathers it for one charge after another.
    pub nested: &'k [SpareAccumulator],
    /// The charges that macros look at, by their depth.
    pub charges: [Option<&'k Event>; MACROS_MAX],
}

impl<'k> Lazy<'k> {
    /// The registers for a charge at that depth, which changes these nodes.
    #[inline]
    pub fn at(mut self, depth: u8, charge: &'k Event, nodes: &[Id]) -> Self {
        nodes.iter().for_each(|id| self.kept.forget(*id));
        if let Some(place) = self.charges.get_mut(usize::from(depth)) {
            *place = Some(charge);
        }
        self
    }

    /// The same, whatever it changes.
    pub fn of(self, depth: u8, charge: &'k Event) -> Self {
        self.at(depth, charge, &of_charges(self.context.tree))
    }

    pub fn charge(&self, depth: u8) -> Option<&'k Event> {
        self.charges.get(usize::from(depth)).copied().flatten()
    }
}

/// The nodes whose values depend on the charges that macros look at.
fn of_charges(tree: &Tree) -> Vec<Id> {
    let nodes = (0u32..).map(Id).zip(&tree.nodes);
    nodes.filter(|(_, node)| !node.charges.is_none()).map(|(id, _)| id).collect()
}

impl Registers for Lazy<'_> {
    #[inline]
    fn get(&self, id: Id) -> Slot {
        self.kept.get(id).unwrap_or_else(|| match self.context.tree.op(id) {
            Op::Constant(bits) => Slot::exact(bits),
            op => {
                let slot = compute(op, self);
                self.kept.keep(id, slot);
                slot
            }
        })
    }

    fn tree(&self) -> &Tree {
        self.context.tree
    }

    fn field_text(&self, at: u16) -> Option<&str> {
        self.context.field_text(at)
    }
}
