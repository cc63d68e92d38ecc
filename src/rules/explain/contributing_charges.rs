//! Finds the remembered charges that a value depends on.

use super::super::evaluate::{
    Context, Contributors, LazyRegisters, Scratch, nested_selected_charges, picked,
};
use super::super::ir::{AggregateId, Id, Op, Output, Tree, Walk};
use crate::memory::Event;

/// What a node depends on, as found in the typed tree.
#[derive(Debug, Default)]
struct Dependencies {
    aggregates: Vec<AggregateId>,
    /// Nodes that pick one charge.
    picks: Vec<Id>,
    /// Whether the node depends on the oldest remembered charge.
    oldest: bool,
}

impl Dependencies {
    fn of(tree: &Tree, id: Id) -> Self {
        let mut found = Self::default();
        let parts = |id, out: &mut Vec<Id>| match tree.op(id) {
            Op::Result(_, Output::Picked) => {}
            Op::Nested(..) => tree.push_operands(id, out),
            _ => tree.push_parts(id, out),
        };
        for id in Walk::new([id], parts) {
            match tree.op(id) {
                Op::Result(_, Output::Picked) => found.picks.push(id),
                Op::Result(aggregate, _) => found.aggregates.push(aggregate),
                Op::FirstSeen => found.oldest = true,
                _ => {}
            }
        }
        found
    }

    fn is_empty(&self) -> bool {
        self.aggregates.is_empty() && self.picks.is_empty() && !self.oldest
    }
}

/// Whether a node depends on any charges.
pub fn depends_on_charges(tree: &Tree, id: Id) -> bool {
    !Dependencies::of(tree, id).is_empty()
}

/// For the result of an aggregate, the charges that it selected, and those that macros in its
/// predicate selected for them.
pub fn selected(id: Id, scratch: &mut Scratch, context: &Context<'_>) -> Option<Contributors> {
    let Op::Result(aggregate, output) = context.tree.op(id) else { return None };
    if output == Output::Picked {
        return None;
    }
    let mut behind = scratch.contributing_charges(&[aggregate], usize::MAX, context);
    let mut inner = Vec::new();
    for event in &behind.all {
        let registers = scratch.registers_at(context, event);
        within(aggregate, &registers, &mut inner);
    }
    behind.extend(inner);
    Some(behind)
}

/// Adds the charges that macros in an aggregate's predicate select for its current charge.
fn within(aggregate: AggregateId, registers: &LazyRegisters<'_>, found: &mut Vec<Event>) {
    let tree = registers.context.tree;
    let select = tree.aggregate(aggregate).select;
    for inner in select.map(|select| nested_in(tree, select)).unwrap_or_default() {
        for event in nested_selected_charges(inner, registers) {
            within(inner, &registers.at_any(tree.aggregate(inner).depth, &event), found);
            if !found.iter().any(|known| known.identity() == event.identity()) {
                found.push(event);
            }
        }
    }
}

/// The aggregates below a node that depend on an outer macro's charge.
fn nested_in(tree: &Tree, id: Id) -> Vec<AggregateId> {
    let nested = tree.operands_below(id).filter_map(|id| match tree.op(id) {
        Op::Nested(aggregate, _) => Some(aggregate),
        _ => None,
    });
    nested.collect()
}

/// The charges that a node's value depends on.
pub fn charges(id: Id, scratch: &mut Scratch, context: &Context<'_>) -> Contributors {
    let dependencies = Dependencies::of(context.tree, id);
    let mut behind = scratch.contributing_charges(&dependencies.aggregates, usize::MAX, context);
    let pick = |id: &Id| {
        let age = scratch.value(*id, context).known()?;
        picked(*id, age, context).copied()
    };
    let oldest = context.past.charges.iter().next().filter(|_| dependencies.oldest).copied();
    let picked: Vec<Event> = dependencies.picks.iter().filter_map(pick).chain(oldest).collect();
    picked.into_iter().for_each(|event| behind.add(event));
    behind
}
