//! Recognises predicates that have a specialized loop over a block of charges.

use super::super::ir::{BlockLoop, Column, Comparison, Form, Id, Op, Tree, flipped};

/// A predicate that has a specialized loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Atom {
    /// A bool column.
    Is(Column),
    /// A column compared with a value that is the same for every charge.
    Compared(Column, Comparison, Id),
    /// Whether a charge has a column.
    Has(Column),
}

impl Atom {
    /// The atom for a node over the charges at a depth, if there is one.
    pub fn of(tree: &Tree, node: Id, depth: u8) -> Option<Self> {
        let column = |id: Id| match tree.op(id) {
            Op::Column(of, column) if of == depth => Some(column),
            _ => None,
        };
        let is_fixed = |id: Id| !tree.node(id).charges.has(depth);
        match tree.op(node) {
            Op::Column(..) => column(node).map(Atom::Is),
            Op::Present(a) => column(a).map(Atom::Has),
            Op::Compare(Form::Whole, comparison, a, b) => match (column(a), column(b)) {
                (Some(column), _) if is_fixed(b) => comparison_atom(column, comparison, b),
                (_, Some(column)) if is_fixed(a) => comparison_atom(column, flipped(comparison), a),
                _ => None,
            },
            _ => None,
        }
    }

    /// The node that the column is compared with.
    pub fn value(self) -> Option<Id> {
        match self {
            Atom::Is(_) | Atom::Has(_) => None,
            Atom::Compared(_, _, id) => Some(id),
        }
    }
}

fn comparison_atom(column: Column, comparison: Comparison, value: Id) -> Option<Atom> {
    let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    let has_loop = match column.block_loop() {
        BlockLoop::Ordered(_) => true,
        BlockLoop::Equal(_) | BlockLoop::Packed(_) => is_equality,
        BlockLoop::Marked(_) | BlockLoop::None => false,
    };
    has_loop.then_some(Atom::Compared(column, comparison, value))
}
