//! Computes values when they are first needed, and keeps them for the rest of a transaction.

use super::super::ir::{AggregateId, Id, MACROS_MAX, Op, Output, Tree};
use super::compute::{PastRegisters, compute};
use super::context::Context;
use super::nested::nested;
use super::operation::Registers;
use super::partial_value::Slot;
use super::scratch::Scratch;
use crate::memory::Event;
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

    fn forget(&self, id: Id) {
        if let Some(cell) = self.cells.get(id.index()) {
            cell.set((0, Slot::ABSENT));
        }
    }

    fn keep(&self, id: Id, slot: Slot) {
        if let Some(cell) = self.cells.get(id.index()) {
            cell.set((self.round, slot));
        }
    }
}

/// Registers that compute a value when it is first read.
#[derive(Clone, Copy)]
pub struct LazyRegisters<'k> {
    pub context: &'k Context<'k>,
    pub scratch: &'k Scratch,
    /// The charges that macros currently visit, by depth.
    pub charges: [Option<&'k Event>; MACROS_MAX],
}

impl<'k> LazyRegisters<'k> {
    /// The registers for a charge at a depth; all nodes that depend on any charge are computed
    /// again.
    pub fn at_any(self, depth: u8, charge: &'k Event) -> Self {
        self.at(depth, charge, &of_charges(self.context.tree))
    }
}

impl<'k> PastRegisters<'k> for LazyRegisters<'k> {
    fn context(&self) -> &'k Context<'k> {
        self.context
    }

    fn charge(&self, depth: u8) -> Option<&'k Event> {
        self.charges.get(usize::from(depth)).copied().flatten()
    }

    fn result(&self, aggregate: AggregateId, output: Output) -> Slot {
        let gathered = self.scratch.gathered(aggregate, self.context);
        gathered.map_or(Slot::ABSENT, |result| result.output(output, self.context))
    }

    fn nested(&self, aggregate: AggregateId, output: Output) -> Slot {
        match self.scratch.nested.get(aggregate.index()) {
            Some(spare) => nested(aggregate, output, self, spare),
            None => Slot::ABSENT,
        }
    }

    #[inline]
    fn at(mut self, depth: u8, charge: &'k Event, nodes: &[Id]) -> Self {
        nodes.iter().for_each(|id| self.scratch.cache.forget(*id));
        if let Some(place) = self.charges.get_mut(usize::from(depth)) {
            *place = Some(charge);
        }
        self
    }
}

/// The nodes whose values depend on the charges that macros visit.
fn of_charges(tree: &Tree) -> Vec<Id> {
    let nodes = (0u32..).map(Id).zip(&tree.nodes);
    nodes.filter(|(_, node)| !node.charges.is_none()).map(|(id, _)| id).collect()
}

impl Registers for LazyRegisters<'_> {
    #[inline]
    fn get(&self, id: Id) -> Slot {
        let cache = &self.scratch.cache;
        cache.get(id).unwrap_or_else(|| match self.context.tree.op(id) {
            Op::Constant(bits) => Slot::exact(bits),
            op => {
                let slot = compute(op, self);
                cache.keep(id, slot);
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
