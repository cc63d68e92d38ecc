//! Recognises predicates that have a specialized loop over a block of charges.

use super::super::ir::{BlockLoop, Column, Comparison, Form, Id, Op, Tree, flipped, opposite};

/// A predicate that has a specialized loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Atom {
    /// A bool column.
    Is(Column),
    /// A column compared with a value that is the same for every charge.
    Compared(Column, Comparison, Id),
    /// Whether a set, an index into [`Tree::sets`], has the value of a column.
    Among(Column, u32),
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
            Op::InSet(a, set) => column(a).map(|column| Atom::Among(column, set)),
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
            Atom::Is(_) | Atom::Among(..) | Atom::Has(_) => None,
            Atom::Compared(_, _, id) => Some(id),
        }
    }

    /// The comparison that is true where this one is false.
    pub fn opposite(self) -> Option<Self> {
        match self {
            Atom::Compared(column, comparison, id) => {
                Some(Atom::Compared(column, opposite(comparison), id))
            }
            Atom::Is(_) | Atom::Among(..) | Atom::Has(_) => None,
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
