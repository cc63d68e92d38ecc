//! Computes values, aggregates and masks when they are first needed, and keeps them for the rest of a
//! transaction. The buffers are kept between transactions.

use super::super::ir::{AggregateId, Fold, Id, MACROS_MAX, Op, Output, Tree};
use super::super::language::Accumulation;
use super::super::plan::{MaskSource, Plan, Scan, Step, Value};
use super::accumulate::{Accumulator, Chosen};
use super::chunks::{Block, blocks, blocks_max, count_after, past};
use super::compute::{PastRegisters, compute};
use super::context::Context;
use super::kernels::{self, Masks};
use super::nested::{SpareAccumulator, nested};
use super::node_cache::NodeCache;
use super::operation::Registers;
use super::partial_value::Slot;
use crate::memory::Event;
use std::cell::{Cell, Ref, RefCell};

/// Buffers that are kept between transactions.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Which ruleset the buffers are laid out for.
    owner: u64,
    pub(super) cache: NodeCache,
    pub(super) nested: Vec<SpareAccumulator>,
    aggregates: Vec<Gathered>,
    scans: Vec<ScanBuffers>,
    /// Counts transactions, so that everything can be forgotten with one increment.
    round: u64,
    /// As `round`, for masks.
    masks_round: u64,
    /// Whether masks must cover every charge, because the charges will be shown.
    for_display: bool,
}

/// What was gathered for an aggregate.
#[derive(Debug, Default)]
struct Gathered {
    /// The round in which it was gathered.
    round: Cell<u64>,
    result: RefCell<Accumulator>,
}

/// What was computed over the charges of one source.
#[derive(Debug, Default)]
struct ScanBuffers {
    /// For each window, the round and how many of the newest charges are in it.
    windows: Vec<Cell<(u64, usize)>>,
    /// For each block of charges, newest first, its masks.
    masks: Vec<Cell<KnownMasks>>,
}

/// The masks of a node over a block, from a charge on.
#[derive(Debug, Clone, Copy, Default)]
struct KnownMasks {
    round: u64,
    /// The first charge of the block that they are right for.
    start: usize,
    masks: Masks,
}

/// A block of charges, and its number among the card's blocks.
#[derive(Clone, Copy)]
struct NumberedBlock<'e> {
    block: Block<'e>,
    number: usize,
}

impl ScanBuffers {
    fn make_room(&mut self, scan: &Scan, blocks: usize) {
        let wanted = blocks * scan.masks.len();
        if self.masks.len() < wanted {
            self.masks.resize(wanted, Cell::default());
        }
    }
}

impl Scratch {
    /// Starts another transaction. Lays out the buffers again if `owner` identifies another
    /// ruleset.
    pub fn prepare(&mut self, owner: u64, context: &Context<'_>) {
        self.round += 1;
        self.masks_round += 1;
        self.cache.forget_all(context.tree.nodes.len());
        let Plan { blanks, scans, .. } = context.plan;
        if self.owner != owner || self.aggregates.len() != blanks.len() {
            self.owner = owner;
            self.cache.lay_out(context.tree);
            let gathered = blanks.iter().map(|blank| Gathered {
                round: Cell::default(),
                result: RefCell::new(Accumulator::of(blank)),
            });
            self.aggregates = gathered.collect();
            self.nested = blanks.iter().map(SpareAccumulator::of).collect();
            self.scans = scans.iter().map(|_| ScanBuffers::default()).collect();
            for (buffers, scan) in self.scans.iter_mut().zip(scans) {
                buffers.windows.resize(scan.windows.len(), Cell::default());
                buffers.make_room(scan, blocks_max(context.tree.events_per_card));
            }
        }
        for (buffers, scan) in self.scans.iter_mut().zip(scans) {
            buffers.make_room(scan, blocks_max(past(scan.source, context.past).len()));
        }
    }

    /// Starts another transaction, of which only values without a past are read.
    pub fn prepare_without_past(&mut self, nodes: usize) {
        self.cache.forget_all(nodes);
    }

    /// The registers from which the values of nodes are read.
    pub fn registers<'s>(&'s self, context: &'s Context<'s>) -> LazyRegisters<'s> {
        LazyRegisters { context, scratch: self, charges: [None; MACROS_MAX] }
    }

    /// The registers with `charge` as the charge of the outermost macro. The aggregates that they read
    /// are gathered before.
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
    pub fn is_cut(&self, aggregate: AggregateId, context: &Context<'_>) -> bool {
        self.gathered(aggregate, context).is_some_and(|result| result.is_cut())
    }

    /// What an aggregate gathers; `None` for one that depends on an outer charge.
    pub fn gathered(
        &self,
        aggregate: AggregateId,
        context: &Context<'_>,
    ) -> Option<Ref<'_, Accumulator>> {
        let gathered = self.aggregates.get(aggregate.index())?;
        if gathered.round.get() != self.round {
            self.gather(aggregate, gathered, context);
        }
        Some(gathered.result.borrow())
    }

    /// Not inlined: most results that are read are already known.
    #[inline(never)]
    fn gather(&self, aggregate: AggregateId, gathered: &Gathered, context: &Context<'_>) {
        gathered.round.set(self.round);
        let Some(step) = step_of(aggregate, context.plan) else { return };
        let Some(scan) = context.plan.scans.get(step.scan) else { return };
        let length = scan.windows.get(step.window).copied().unwrap_or(0);
        let is_cut = context.past.is_cut(length);
        let count = self.window_count(step, scan, context);
        let mut result = gathered.result.borrow_mut();
        if let (Fold::Count, None) = (step.fold, step.select) {
            return result.set_count(count, is_cut);
        }
        result.reset(is_cut);
        if count > 0 {
            self.gather_charges((step, scan), count, &mut result, context);
        }
    }

    /// Visits those of the newest `count` charges that an aggregate selects.
    #[inline(never)]
    fn gather_charges(
        &self,
        (step, scan): (&Step, &Scan),
        count: usize,
        result: &mut Accumulator,
        context: &Context<'_>,
    ) {
        // Those that it reads must be known before any charge is visited: visiting charges changes
        // the values that depend on a charge.
        for read in &step.reads {
            self.gathered(*read, context);
        }
        if let Value::Node(_, code) = &step.value {
            self.run(&code.once, context);
        }
        for place in places(scan, count, context) {
            if step.existence_only && result.count > 0 {
                break;
            }
            let chosen = self.chosen((step, scan), place, count, context);
            match step.value {
                Value::Node(..) => result.gather(step, chosen, place.block, |event, id, code| {
                    self.run_for(event, (id, code), context)
                }),
                _ => result.gather(step, chosen, place.block, |_, _, _| Slot::ABSENT),
            }
        }
        if let Fold::Accumulation(Accumulation::Sorted, _) = step.fold {
            result.sort();
        }
    }

    /// How many of the newest charges are in the window of a step.
    fn window_count(&self, step: &Step, scan: &Scan, context: &Context<'_>) -> usize {
        let buffers = self.scans.get(step.scan);
        let Some(known) = buffers.and_then(|buffers| buffers.windows.get(step.window)) else {
            return 0;
        };
        let (round, count) = known.get();
        if round == self.round {
            return count;
        }
        let length = scan.windows.get(step.window).copied().unwrap_or(0);
        let after = context.past.now.millis().saturating_sub(length);
        let count = count_after(past(scan.source, context.past), after);
        known.set((self.round, count));
        count
    }

    /// The charges of the block that an aggregate selects. Its window has the newest `count`, of
    /// which at least one is in the block.
    fn chosen(
        &self,
        (step, scan): (&Step, &Scan),
        place: NumberedBlock<'_>,
        count: usize,
        context: &Context<'_>,
    ) -> Chosen {
        let block = place.block;
        let inside = count.saturating_sub(block.age);
        let start = block.events.len() - inside.min(block.events.len());
        let mask = match step.select {
            Some(at) => self.mask(at, step.scan, scan, (place, start), context),
            None => Masks::all(Slot::bool(true)),
        };
        Chosen::of(mask, u64::MAX << start, block)
    }

    /// The mask at an index of the scan, right for the charges of the block from `start` on.
    fn mask(
        &self,
        at: usize,
        number: usize,
        scan: &Scan,
        (place, start): (NumberedBlock<'_>, usize),
        context: &Context<'_>,
    ) -> Masks {
        let (Some(mask), Some(buffers)) = (scan.masks.get(at), self.scans.get(number)) else {
            return Masks::default();
        };
        let cell = buffers.masks.get(place.number * scan.masks.len() + at);
        let known = cell.map(Cell::get).unwrap_or_default();
        if known.round == self.masks_round && known.start <= start {
            return known.masks;
        }
        let part = |at: usize| self.mask(at, number, scan, (place, start), context);
        let masks = match &mask.source {
            MaskSource::Not(a) => part(*a).not(),
            MaskSource::And(a, b) => part(*a).and(part(*b)),
            MaskSource::Or(a, b) => part(*a).or(part(*b)),
            MaskSource::Scalar => Masks::all(self.value(mask.node, context)),
            MaskSource::Atom(atom) => {
                let value = atom.value().map_or(Slot::ABSENT, |id| self.value(id, context));
                kernels::masks(*atom, place.block.from(start), value, context.tree).shifted(start)
            }
            MaskSource::General(code) => {
                self.run(&code.once, context);
                let value = |event| self.run_for(event, (mask.node, code), context);
                let events = place.block.from(start);
                let masks = match mask.existence_only && !self.for_display {
                    true => Masks::newest(events, value),
                    false => Masks::each(events, value),
                };
                masks.shifted(start)
            }
        };
        if let Some(cell) = cell {
            cell.set(KnownMasks { round: self.masks_round, start, masks });
        }
        masks
    }

    /// The charges that an aggregate selects, newest block first, with their blocks. All of them,
    /// also where one was enough for the result.
    pub(super) fn selected<'e>(
        &mut self,
        aggregate: AggregateId,
        context: &Context<'e>,
        mut visit: impl FnMut(Block<'e>, u64) -> bool,
    ) {
        self.gathered(aggregate, context);
        let Some(step) = step_of(aggregate, context.plan) else { return };
        let Some(scan) = context.plan.scans.get(step.scan) else { return };
        self.for_display = true;
        self.masks_round += 1;
        let count = self.window_count(step, scan, context);
        for place in places(scan, count, context) {
            let selected = self.chosen((step, scan), place, count, context).selected;
            if !visit(place.block, selected) {
                break;
            }
        }
        self.masks_round += 1;
        self.for_display = false;
    }
}

/// The blocks that cover the newest `count` charges, newest first.
fn places<'e>(
    scan: &Scan,
    count: usize,
    context: &Context<'e>,
) -> impl Iterator<Item = NumberedBlock<'e>> + use<'e> {
    let blocks = blocks(past(scan.source, context.past), count);
    blocks.enumerate().map(|(number, block)| NumberedBlock { block, number })
}

/// How to gather an aggregate; `None` for one that depends on an outer charge.
pub fn step_of(aggregate: AggregateId, plan: &Plan) -> Option<&Step> {
    plan.steps.get(aggregate.index())?.as_ref()
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
