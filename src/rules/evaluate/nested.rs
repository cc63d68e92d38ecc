//! Computes aggregates within a macro that depend on the macro's charge. They are computed again
//! for each of its charges, over the same events in blocks, and no list is built.

use super::super::ir::{AggregateId, Fold, Output};
use super::super::language::Accumulation;
use super::super::plan::{Blank, Mask, MaskSource, Nested, PerCharge};
use super::accumulate::{Accumulator, Chosen};
use super::chunks::{Block, blocks, past};
use super::compute::PastRegisters;
use super::kernels::{self, Masks};
use super::partial_value::Slot;
use crate::memory::Event;
use std::cell::Cell;
use std::fmt;

/// An accumulator that is taken out, used and put back.
#[derive(Default)]
pub struct SpareAccumulator(Cell<Accumulator>);

impl SpareAccumulator {
    pub fn of(blank: &Blank) -> Self {
        Self(Cell::new(Accumulator::of(blank)))
    }
}

impl fmt::Debug for SpareAccumulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpareAccumulator")
    }
}

/// The result of an aggregate for the charges that its outer macros currently visit.
pub fn nested<'k>(
    id: AggregateId,
    output: Output,
    registers: &impl PastRegisters<'k>,
    SpareAccumulator(cell): &SpareAccumulator,
) -> Slot {
    let context = registers.context();
    let Some(plan) = context.plan.nested.get(id.index()).and_then(Option::as_ref) else {
        return Slot::ABSENT;
    };
    let mut result = cell.take();
    gather(plan, output, registers, &mut result);
    let slot = result.output(output, context);
    cell.set(result);
    slot
}

/// The charges that an aggregate selects for the charges that its outer macros currently visit,
/// newest first.
pub fn nested_selected_charges<'k>(
    id: AggregateId,
    registers: &impl PastRegisters<'k>,
) -> Vec<Event> {
    let plan = registers.context().plan.nested.get(id.index()).and_then(Option::as_ref);
    let blocks = plan.into_iter().flat_map(|plan| chosen(plan, registers));
    blocks.flat_map(|(chosen, block)| block.newest_first(chosen.selected).copied()).collect()
}

fn gather<'k>(
    plan: &'k Nested,
    output: Output,
    registers: &impl PastRegisters<'k>,
    result: &mut Accumulator,
) {
    result.reset(registers.context().past.is_cut(plan.window_ms));
    for (chosen, block) in chosen(plan, registers) {
        let value = |event: &'k Event, id, code: &PerCharge| {
            registers.at(plan.depth, event, &code.nodes).get(id)
        };
        result.gather(&plan.step, chosen, block, value);
        if output == Output::Exists && result.count > 0 {
            return;
        }
    }
    if let Fold::Accumulation(Accumulation::Sorted, _) = plan.step.fold {
        result.sort();
    }
}

/// The chosen charges of each block of the window, newest block first.
fn chosen<'p, 'k: 'p>(
    plan: &'k Nested,
    registers: &'p impl PastRegisters<'k>,
) -> impl Iterator<Item = (Chosen, Block<'k>)> + 'p {
    let recall = registers.context().past;
    let after = recall.now.millis().saturating_sub(plan.window_ms);
    let past = past(plan.source, recall);
    let blocks = blocks(past, past.len()).map(move |block| block.after(after));
    blocks.take_while(|block| !block.events.is_empty()).map(|block| {
        let mask = match plan.step.select {
            Some(at) => mask(at, plan, block.events, registers),
            None => Masks::all(Slot::bool(true)),
        };
        (Chosen::of(mask, u64::MAX, block), block)
    })
}

fn mask<'k>(
    at: usize,
    plan: &Nested,
    events: &'k [Event],
    registers: &impl PastRegisters<'k>,
) -> Masks {
    let Some(Mask { node, source, .. }) = plan.masks.get(at) else { return Masks::default() };
    let part = |at| mask(at, plan, events, registers);
    match source {
        MaskSource::Not(a) => part(*a).not(),
        MaskSource::And(a, b) => part(*a).and(part(*b)),
        MaskSource::Or(a, b) => part(*a).or(part(*b)),
        MaskSource::Scalar => Masks::all(registers.get(*node)),
        MaskSource::Atom(atom) => {
            let value = atom.value().map_or(Slot::ABSENT, |id| registers.get(id));
            kernels::masks(*atom, events, value, registers.tree())
        }
        MaskSource::General(code) => {
            Masks::each(events, |event| registers.at(plan.depth, event, &code.nodes).get(*node))
        }
    }
}
