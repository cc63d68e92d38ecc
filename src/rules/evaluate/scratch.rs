//! Runs a plan on one transaction and its card's past, with buffers that are kept between
//! transactions.

use super::super::ir::{AggregateId, Fold, Id, MACROS_MAX};
use super::super::language::Accumulation;
use super::super::plan::{Mask, MaskSource, RulePlan, Scan, Step, Value};
use super::accumulate::{Accumulator, Chosen};
use super::chunks::{Block, blocks, count_in_window, past};
use super::compute::PastRegisters;
use super::context::Context;
use super::kernels::{self, Masks};
use super::memo::{LazyRegisters, NodeCache};
use super::nested::SpareAccumulator;
use super::operation::Registers;
use super::partial_value::Slot;
use crate::memory::{Event, Past};

/// Buffers that are kept between transactions.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Which ruleset the buffers are laid out for.
    owner: u64,
    pub(super) cache: NodeCache,
    pub(super) results: Vec<Accumulator>,
    pub(super) nested: Vec<SpareAccumulator>,
    /// For each aggregate, whether a question or a rule that is still open needs it.
    pub(super) wanted: Vec<bool>,
    /// The masks of the current block; `None` until they are needed.
    pub(super) masks: Vec<Option<Masks>>,
    /// How many of the newest charges are in each window of the scan.
    pub(super) window_counts: Vec<usize>,
    /// Whether masks must cover every charge, because the charges will be shown.
    pub(super) for_display: bool,
}

impl Scratch {
    /// Starts another transaction. Lays out the buffers again if `owner` identifies another
    /// ruleset.
    pub fn prepare(&mut self, owner: u64, context: &Context<'_>) {
        self.cache.forget_all(context.tree.nodes.len());
        let blanks = &context.plan.blanks;
        self.wanted.clear();
        self.wanted.resize(blanks.len(), false);
        if self.owner == owner && self.results.len() == blanks.len() {
            return;
        }
        self.owner = owner;
        self.results = blanks.iter().map(Accumulator::of).collect();
        self.nested = blanks.iter().map(SpareAccumulator::of).collect();
    }

    /// The registers from which the values of nodes are read.
    pub fn registers<'s>(&'s self, context: &'s Context<'s>) -> LazyRegisters<'s> {
        LazyRegisters {
            context,
            cache: &self.cache,
            results: &self.results,
            nested: &self.nested,
            charges: [None; MACROS_MAX],
        }
    }

    /// The registers with `charge` as the charge of the outermost macro.
    pub fn registers_at<'s>(
        &'s self,
        context: &'s Context<'s>,
        charge: &'s Event,
    ) -> LazyRegisters<'s> {
        self.registers(context).at_any(0, charge)
    }

    /// The value of a node, for the transaction that the buffers were prepared for.
    #[inline]
    pub fn value(&self, id: Id, context: &Context<'_>) -> Slot {
        self.cache.get(id).unwrap_or_else(|| self.registers(context).get(id))
    }

    /// Whether charges may be missing from an aggregate, so that its result is only a bound.
    pub fn is_cut(&self, aggregate: AggregateId) -> bool {
        self.results.get(aggregate.index()).is_some_and(Accumulator::is_cut)
    }

    /// Makes the scans gather the aggregates that a rule depends on.
    pub fn want_rule(&mut self, rule: &RulePlan) {
        self.want_aggregates(&rule.aggregates);
    }

    /// Makes the scans gather these aggregates too.
    pub fn want_aggregates(&mut self, aggregates: &[AggregateId]) {
        for aggregate in aggregates {
            if let Some(wanted) = self.wanted.get_mut(aggregate.index()) {
                *wanted = true;
            }
        }
    }

    fn is_wanted(&self, step: &Step) -> bool {
        self.wanted.get(step.aggregate.index()).is_some_and(|wanted| *wanted)
    }

    /// Whether newer blocks have already given the answer.
    fn is_answered(&self, step: &Step) -> bool {
        let result = self.results.get(step.aggregate.index());
        step.existence_only && result.is_some_and(|result| result.count > 0)
    }

    /// Runs all scans, which gathers the wanted aggregates.
    pub fn run(&mut self, context: &Context<'_>) {
        for scan in context.plan.stages.iter().flatten() {
            self.scan(scan, context);
        }
    }

    fn scan(&mut self, scan: &Scan, context: &Context<'_>) {
        let Some(furthest) = self.furthest(scan) else { return };
        let past = past(scan.source, context.past);
        self.measure(scan, past, context);
        self.begin(scan, context);
        let reach = self.window_counts.get(furthest).copied().unwrap_or(0);
        for block in blocks(past, reach) {
            self.forget_masks(scan);
            for step in &scan.aggregates {
                if self.is_wanted(step) && !self.is_answered(step) {
                    self.gather(step, &scan.masks, block, context);
                }
            }
        }
        self.finish(scan);
    }

    /// Sorts the values of aggregates whose statistics need all of them.
    fn finish(&mut self, scan: &Scan) {
        let is_sorted =
            |step: &&Step| matches!(step.fold, Fold::Accumulation(Accumulation::Sorted, _));
        for step in scan.aggregates.iter().filter(is_sorted) {
            let is_wanted = self.is_wanted(step);
            let result = self.results.get_mut(step.aggregate.index());
            if let Some(result) = result.filter(|_| is_wanted) {
                result.sort();
            }
        }
    }

    /// The longest window of a wanted aggregate, as an index into [`Scan::windows`].
    fn furthest(&self, scan: &Scan) -> Option<usize> {
        let wanted = scan.aggregates.iter().filter(|step| self.is_wanted(step));
        wanted.map(|step| step.window).max()
    }

    fn begin(&mut self, scan: &Scan, context: &Context<'_>) {
        for step in &scan.aggregates {
            if !self.is_wanted(step) {
                continue;
            }
            let length = scan.windows.get(step.window).copied().unwrap_or(0);
            let cut = context.past.is_cut(length);
            if let Some(result) = self.results.get_mut(step.aggregate.index()) {
                result.reset(cut);
            }
        }
    }

    /// Counts the charges in each window.
    pub(super) fn measure(&mut self, scan: &Scan, past: Past<'_>, context: &Context<'_>) {
        let now = context.past.now.millis();
        self.window_counts.clear();
        let mut count = 0;
        for length in &scan.windows {
            count = count_in_window(past, now.saturating_sub(*length), count);
            self.window_counts.push(count);
        }
    }

    pub(super) fn forget_masks(&mut self, scan: &Scan) {
        self.masks.clear();
        self.masks.resize(scan.masks.len(), None);
    }

    /// The index of the first charge of the block that is in the window.
    fn window_start(&self, window: usize, block: Block<'_>) -> usize {
        let inside = self.window_counts.get(window).copied().unwrap_or(0);
        block.events.len() - inside.saturating_sub(block.age).min(block.events.len())
    }

    /// The mask at an index of the plan, computed when it is first needed.
    fn mask(
        &mut self,
        at: usize,
        masks: &[Mask],
        block: Block<'_>,
        context: &Context<'_>,
    ) -> Masks {
        if let Some(made) = self.masks.get(at).copied().flatten() {
            return made;
        }
        let Some(mask) = masks.get(at) else { return Masks::default() };
        let start = self.window_start(mask.window, block);
        let made = match block.events.get(start..) {
            None | Some([]) => Masks::default(),
            Some(events) => match &mask.source {
                MaskSource::Not(a) => self.mask(*a, masks, block, context).not(),
                MaskSource::And(a, b) => {
                    let a = self.mask(*a, masks, block, context);
                    a.and(self.mask(*b, masks, block, context))
                }
                MaskSource::Or(a, b) => {
                    let a = self.mask(*a, masks, block, context);
                    a.or(self.mask(*b, masks, block, context))
                }
                _ => self.base_mask(mask, events, context).shifted(start),
            },
        };
        if let Some(place) = self.masks.get_mut(at) {
            *place = Some(made);
        }
        made
    }

    /// A mask that is not computed from other masks. Bit 0 is the first of `events`.
    fn base_mask(&self, mask: &Mask, events: &[Event], context: &Context<'_>) -> Masks {
        match &mask.source {
            MaskSource::Atom(atom) => {
                let value = atom.value().map_or(Slot::ABSENT, |id| self.value(id, context));
                kernels::masks(*atom, events, value)
            }
            MaskSource::General(nodes) => {
                let registers = self.registers(context);
                let value = |event| registers.at(0, event, nodes).get(mask.node);
                match mask.existence_only && !self.for_display {
                    true => Masks::newest(events, value),
                    false => Masks::each(events, value),
                }
            }
            _ => Masks::all(self.value(mask.node, context)),
        }
    }

    /// The charges of the block that an aggregate selects within its window.
    pub(super) fn chosen(
        &mut self,
        step: &Step,
        masks: &[Mask],
        block: Block<'_>,
        context: &Context<'_>,
    ) -> Chosen {
        let start = self.window_start(step.window, block);
        if start == block.events.len() {
            return Chosen { selected: 0, maybe_selected: 0 };
        }
        let mask = match step.select {
            Some(at) => self.mask(at, masks, block, context),
            None => Masks::all(Slot::bool(true)),
        };
        Chosen::of(mask, u64::MAX << start, block)
    }

    fn gather(&mut self, step: &Step, masks: &[Mask], block: Block<'_>, context: &Context<'_>) {
        let chosen = self.chosen(step, masks, block, context);
        let at = step.aggregate.index();
        let Some(result) = self.results.get_mut(at) else { return };
        if !matches!(step.value, Value::Node(..)) {
            return result.gather(step, chosen, block, |_, _, _| Slot::ABSENT);
        }
        // The accumulator is taken out, because computing its values may read other ones.
        let mut result = std::mem::take(result);
        let registers = self.registers(context);
        let value = |event: &Event, id, nodes: &[Id]| registers.at(0, event, nodes).get(id);
        result.gather(step, chosen, block, value);
        if let Some(place) = self.results.get_mut(at) {
            *place = result;
        }
    }
}
