//! Rewrites an expression to read other charges: those of a macro at another depth, or the charge
//! that an aggregate picked. The result of an aggregate is created here too, because it may move to
//! another depth.

use super::super::types::Type;
use super::op::{Id, Op, Output, with_children};
use super::tree::{Aggregate, Tree, with_value};
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
enum Rewrite {
    Move(Move),
    /// The charge at this depth is replaced by the one that a node picked.
    Pick(u8, Id),
}

struct Rewriter<'t> {
    tree: &'t mut Tree,
    change: Rewrite,
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
        Rewriter { tree: self, change: Rewrite::Move(by), done: HashMap::new() }.node(id)
    }

    fn moved_aggregate(&mut self, aggregate: Aggregate, by: Move) -> Aggregate {
        Rewriter { tree: self, change: Rewrite::Move(by), done: HashMap::new() }
            .aggregate(aggregate)
    }

    /// The same expression with the charge at `depth` replaced by the one that `pick` picked.
    pub fn of_picked(&mut self, id: Id, depth: u8, pick: Id) -> Id {
        Rewriter { tree: self, change: Rewrite::Pick(depth, pick), done: HashMap::new() }.node(id)
    }
}

impl Rewriter<'_> {
    fn node(&mut self, id: Id) -> Id {
        if !self.concerns(id) {
            return id;
        }
        if let Some(done) = self.done.get(&id) {
            return *done;
        }
        let ty = self.tree.ty(id);
        let made = match (self.tree.op(id), self.change) {
            (Op::Column(depth, column), Rewrite::Move(by)) => {
                self.tree.intern(Op::Column(by.depth(depth), column), ty)
            }
            (Op::Column(depth, column), Rewrite::Pick(of, pick)) if depth == of => {
                self.tree.intern(Op::PickedColumn(pick, column), ty)
            }
            (Op::Nested(aggregate, output), _) => {
                let aggregate = *self.tree.aggregate(aggregate);
                self.nested(aggregate, output, ty)
            }
            (op, _) => {
                let op = with_children(op, |child| self.node(child));
                self.tree.intern(op, ty)
            }
        };
        self.done.insert(id, made);
        made
    }

    fn nested(&mut self, aggregate: Aggregate, output: Output, ty: Type) -> Id {
        let aggregate = self.aggregate(aggregate);
        self.tree.result(aggregate, output, ty)
    }

    fn aggregate(&mut self, aggregate: Aggregate) -> Aggregate {
        let depth = match self.change {
            Rewrite::Move(by) => by.depth(aggregate.depth),
            Rewrite::Pick(..) => aggregate.depth,
        };
        let select = aggregate.select.map(|select| self.node(select));
        let fold = with_value(aggregate.fold, |value| self.node(value));
        Aggregate { depth, select, fold, ..aggregate }
    }

    /// Whether a node depends on a charge that is rewritten.
    fn concerns(&self, id: Id) -> bool {
        let charges = self.tree.node(id).charges;
        match self.change {
            Rewrite::Move(by) => charges.reach(by.from),
            Rewrite::Pick(depth, _) => charges.has(depth),
        }
    }
}
