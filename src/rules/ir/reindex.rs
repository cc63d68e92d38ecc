//! Rewrites an expression to read other charges: those of a macro at another depth, or the charge
//! that an aggregate picked. The result of an aggregate is created here too, because it may move to
//! another depth.

use super::super::types::Type;
use super::op::{Id, Op, Output};
use super::traversal::Rewrite;
use super::tree::{Aggregate, Tree};
use std::collections::HashMap;

/// From one depth to another. Greater depths move by the same amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    pub from: u8,
    pub to: u8,
}

impl Move {
    fn depth(self, depth: u8) -> u8 {
        if depth >= self.from { depth - self.from + self.to } else { depth }
    }
}

#[derive(Debug, Clone, Copy)]
enum Change {
    Move(Move),
    /// The charge at this depth is replaced by the one that a node picked.
    Pick(u8, Id),
}

struct Reindexed<'t> {
    tree: &'t mut Tree,
    change: Change,
    done: HashMap<Id, Id>,
}

impl Tree {
    /// The node of an aggregate's result. An aggregate that depends on no outer charge has the same
    /// result at any depth, so it moves to depth 0 and is computed once.
    pub fn result(&mut self, mut aggregate: Aggregate, output: Output, ty: Type) -> Id {
        if !self.charges_around(&aggregate).is_none() {
            let aggregate = self.intern_aggregate(aggregate);
            return self.intern(Op::Nested(aggregate, output), ty);
        }
        if aggregate.depth > 0 {
            aggregate = self.moved_aggregate(aggregate, Move { from: aggregate.depth, to: 0 });
        }
        let aggregate = self.intern_aggregate(aggregate);
        self.intern(Op::Result(aggregate, output), ty)
    }

    pub fn moved(&mut self, id: Id, by: Move) -> Id {
        Reindexed::of(self, Change::Move(by)).rewritten(id)
    }

    fn moved_aggregate(&mut self, aggregate: Aggregate, by: Move) -> Aggregate {
        let mut reindexed = Reindexed::of(self, Change::Move(by));
        let aggregate = reindexed.with_rewritten_parts(aggregate);
        Aggregate { depth: by.depth(aggregate.depth), ..aggregate }
    }

    /// The same expression with the charge at `depth` replaced by the one that `pick` picked.
    pub fn of_picked(&mut self, id: Id, depth: u8, pick: Id) -> Id {
        Reindexed::of(self, Change::Pick(depth, pick)).rewritten(id)
    }
}

impl<'t> Reindexed<'t> {
    fn of(tree: &'t mut Tree, change: Change) -> Self {
        Self { tree, change, done: HashMap::new() }
    }
}

impl Rewrite for Reindexed<'_> {
    fn tree(&mut self) -> &mut Tree {
        self.tree
    }

    fn done(&mut self) -> &mut HashMap<Id, Id> {
        &mut self.done
    }

    /// A node that depends on no charge that changes.
    fn keeps(&mut self, id: Id) -> bool {
        let charges = self.tree.node(id).charges;
        !match self.change {
            Change::Move(by) => charges.reach(by.from),
            Change::Pick(depth, _) => charges.has(depth),
        }
    }

    fn operation(&mut self, op: Op, ty: Type) -> Id {
        let op = match (op, self.change) {
            (Op::Column(depth, column), Change::Move(by)) => Op::Column(by.depth(depth), column),
            (Op::Column(depth, column), Change::Pick(of, pick)) if depth == of => {
                Op::PickedColumn(pick, column)
            }
            _ => op,
        };
        self.tree.intern(op, ty)
    }

    fn result(&mut self, aggregate: Aggregate, output: Output, ty: Type) -> Id {
        let depth = match self.change {
            Change::Move(by) => by.depth(aggregate.depth),
            Change::Pick(..) => aggregate.depth,
        };
        self.tree.result(Aggregate { depth, ..aggregate }, output, ty)
    }
}
