//! Runs a plan over one transaction and its card's past.
//!
//! Predicates over the past are evaluated 64 charges at a time: each comparison gives two bit masks
//! (true, false), AND, OR and NOT are single instructions on them, and an aggregate counts or walks
//! the bits that are true and within its window. Blocks go newest first and end where no window
//! reaches further.
//!
//! ```text
//! for each block: masks ─▶ aggregates ─▶ scans whose predicates use them ─▶ … ─▶ conjuncts of each rule
//! ```
//!
//! Values of the transaction itself are computed when a mask or a rule asks for them, and kept: most
//! rules are settled by their first conjuncts, and what the others need is then never computed.

mod accumulate;
mod atoms;
mod compute;
mod lazy;
mod operation;
mod shown;
mod slot;

pub use accumulate::{Accumulator, Values};
pub use atoms::{Atom, Masks};
pub use compute::{Context, OnDemand, picked};
pub use operation::{Registers, operation, text};

use lazy::{Kept, Lazy};
pub use slot::{Slot, State};

use super::fields::Column;
use super::plan::{Make, Mask, Plan, RulePlan, Scan, Step};
use super::tree::{AggregateId, Fold, Id, Op, Source, Tree};
use crate::memory::{Event, Past};

/// A block of charges holds as many as a mask has bits.
const BLOCK: usize = 64;

/// Buffers that are kept between transactions.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Which ruleset the buffers are laid out for.
    owner: u64,
    kept: Kept,
    pub results: Vec<Accumulator>,
    /// By aggregate, whether a rule that is still open needs it.
    wanted: Vec<bool>,
    /// Of the block at hand, as far as they were asked for.
    masks: Vec<Option<Masks>>,
    /// How many charges, from the newest, lie in each window of the scan.
    inside: Vec<usize>,
}

/// A run of charges, oldest first, before which `age` newer ones stand.
#[derive(Debug, Clone, Copy)]
struct Block<'e> {
    events: &'e [Event],
    age: usize,
}

impl Scratch {
    /// Begins another transaction; lays the buffers out for a ruleset, which `owner` tells apart
    /// from others.
    pub fn prepare(&mut self, owner: u64, tree: &Tree, plan: &Plan) {
        self.kept.forget(tree.nodes.len());
        self.wanted.clear();
        self.wanted.resize(tree.aggregates.len(), false);
        if self.owner == owner && self.results.len() == tree.aggregates.len() {
            return;
        }
        self.owner = owner;
        self.results.clone_from(&plan.blank);
    }

    /// The value of a node, for the transaction that the buffers were prepared for.
    #[inline]
    pub fn value(&self, id: Id, context: Context<'_>) -> Slot {
        self.kept.get(id).unwrap_or_else(|| self.compute(id, context))
    }

    fn compute(&self, id: Id, context: Context<'_>) -> Slot {
        let context = Context { results: &self.results, ..context };
        Lazy { kept: &self.kept, context: &context }.get(id)
    }

    /// Whether a rule can still fire or be undecided, by what needs no past.
    pub fn is_open(&self, rule: &RulePlan, context: Context<'_>) -> bool {
        let early = rule.conjuncts.iter().take(rule.early);
        !early.into_iter().any(|id| self.value(*id, context).is_false())
    }

    /// Lets the scans gather what a rule stands on.
    pub fn want(&mut self, rule: &RulePlan) {
        self.gather_also(&rule.aggregates);
    }

    /// Lets the scans gather these aggregates as well.
    pub fn gather_also(&mut self, aggregates: &[AggregateId]) {
        for aggregate in aggregates {
            if let Some(wanted) = self.wanted.get_mut(usize::from(aggregate.0)) {
                *wanted = true;
            }
        }
    }

    fn is_wanted(&self, step: &Step) -> bool {
        self.wanted.get(usize::from(step.aggregate.0)).is_some_and(|wanted| *wanted)
    }

    /// All scans; then the aggregates that are wanted are known.
    pub fn run(&mut self, plan: &Plan, context: Context<'_>) {
        for scan in plan.stages.iter().flatten() {
            self.scan(scan, context);
        }
    }

    /// The value of a node for one charge; `nodes` are those below it that the charge changes, in
    /// order.
    fn charge_value(&self, id: Id, nodes: &[Id], context: Context<'_>, charge: &Event) -> Slot {
        let context = Context { charge: Some(charge), results: &self.results, ..context };
        let lazy = Lazy { kept: &self.kept, context: &context };
        nodes.iter().for_each(|node| {
            lazy.renew(*node);
        });
        lazy.get(id)
    }

    fn scan(&mut self, scan: &Scan, context: Context<'_>) {
        let Some(furthest) = self.furthest(scan) else { return };
        let past = past(scan.source, context);
        self.measure(scan, past, context);
        self.begin(scan, context);
        let reach = self.inside.get(furthest).copied().unwrap_or(0);
        for block in blocks(past, reach) {
            self.forget_masks(scan);
            for step in &scan.aggregates {
                if self.is_wanted(step) {
                    self.gather(step, &scan.masks, block, context);
                }
            }
        }
    }

    /// The furthest window of a wanted aggregate.
    fn furthest(&self, scan: &Scan) -> Option<usize> {
        let wanted = scan.aggregates.iter().filter(|step| self.is_wanted(step));
        wanted.map(|step| step.window).max()
    }

    fn begin(&mut self, scan: &Scan, context: Context<'_>) {
        for step in &scan.aggregates {
            if !self.is_wanted(step) {
                continue;
            }
            let length = scan.windows.get(step.window).copied().unwrap_or(0);
            let cut = context.past.is_cut(length);
            if let Some(result) = self.results.get_mut(usize::from(step.aggregate.0)) {
                result.reset(cut);
            }
        }
    }

    /// Counts the charges in each window.
    fn measure(&mut self, scan: &Scan, past: Past<'_>, context: Context<'_>) {
        let now = context.past.now.millis();
        self.inside.clear();
        let mut count = 0;
        for length in &scan.windows {
            count = inside(past, now.saturating_sub(*length), count);
            self.inside.push(count);
        }
    }

    fn forget_masks(&mut self, scan: &Scan) {
        self.masks.clear();
        self.masks.resize(scan.masks.len(), None);
    }

    /// The first charge of the block that lies in the window.
    fn start(&self, window: usize, block: Block<'_>) -> usize {
        let inside = self.inside.get(window).copied().unwrap_or(0);
        block.events.len() - inside.saturating_sub(block.age).min(block.events.len())
    }

    /// The mask at that place of the plan, made when it is first asked for.
    fn mask(&mut self, at: usize, masks: &[Mask], block: Block<'_>, context: Context<'_>) -> Masks {
        if let Some(made) = self.masks.get(at).copied().flatten() {
            return made;
        }
        let Some(mask) = masks.get(at) else { return Masks::default() };
        let start = self.start(mask.window, block);
        let made = match block.events.get(start..) {
            None | Some([]) => Masks::default(),
            Some(events) => match &mask.make {
                Make::Not(a) => self.mask(*a, masks, block, context).not(),
                Make::And(a, b) => {
                    let a = self.mask(*a, masks, block, context);
                    a.and(self.mask(*b, masks, block, context))
                }
                Make::Or(a, b) => {
                    let a = self.mask(*a, masks, block, context);
                    a.or(self.mask(*b, masks, block, context))
                }
                _ => self.over(mask, events, context).shifted(start),
            },
        };
        if let Some(place) = self.masks.get_mut(at) {
            *place = Some(made);
        }
        made
    }

    /// A mask that is made of no others; bit 0 is the first of the charges.
    fn over(&self, mask: &Mask, events: &[Event], context: Context<'_>) -> Masks {
        match &mask.make {
            Make::Atom(atom) => {
                let value = atom.value().map_or(Slot::ABSENT, |id| self.value(id, context));
                atom.masks(events, value)
            }
            Make::General(values) => {
                Masks::each(events, |event| self.charge_value(mask.node, values, context, event))
            }
            _ => Masks::all(self.value(mask.node, context)),
        }
    }

    /// The charges of the block that an aggregate selects within its window, and those that it may
    /// select.
    fn selected(
        &mut self,
        step: &Step,
        masks: &[Mask],
        block: Block<'_>,
        context: Context<'_>,
    ) -> (u64, u64) {
        let start = self.start(step.window, block);
        if start == block.events.len() {
            return (0, 0);
        }
        let inside = (u64::MAX << start) & (u64::MAX >> (BLOCK - block.events.len()));
        match step.select {
            Some(at) => {
                let mask = self.mask(at, masks, block, context);
                (mask.is_true & inside, mask.is_open & inside)
            }
            None => (inside, 0),
        }
    }

    fn gather(&mut self, step: &Step, masks: &[Mask], block: Block<'_>, context: Context<'_>) {
        let (selected, open) = self.selected(step, masks, block, context);
        let Some(result) = self.results.get_mut(usize::from(step.aggregate.0)) else { return };
        if open != 0 && !matches!(step.fold, Fold::First | Fold::Latest) {
            result.lose();
        }
        match step.fold {
            Fold::Count => result.count += u64::from(selected.count_ones()),
            Fold::Latest | Fold::First => {
                let age = |at: u32| (block.age + block.events.len() - 1 - at as usize) as u64;
                result.pick(step.fold, selected, open, age);
            }
            Fold::Sum(value)
            | Fold::Extremes(value)
            | Fold::Moments(value)
            | Fold::Distinct(value) => {
                self.walk(step, value, selected, block, context);
            }
        }
    }

    /// Takes in the values of the selected charges that have one, newest first.
    fn walk(
        &mut self,
        step: &Step,
        value: Id,
        selected: u64,
        block: Block<'_>,
        context: Context<'_>,
    ) {
        let index = usize::from(step.aggregate.0);
        match (context.tree.op(value), self.results.get_mut(index)) {
            // The most frequent one has a loop of its own.
            (Op::Column(Column::Amount), Some(result)) => {
                let amount = |event: &Event| event.amount().map(|amount| amount as u64);
                take_in(result, step.fold, selected, block, amount);
            }
            (Op::Column(column), Some(result)) => {
                take_in(result, step.fold, selected, block, |event| column.get(event));
            }
            _ => {
                for event in newest_first(selected, block) {
                    let slot = self.charge_value(value, &step.value, context, event);
                    if let Some(result) = self.results.get_mut(index) {
                        result.take(step.fold, slot);
                    }
                }
            }
        }
    }
}

/// The selected charges of a block.
fn newest_first<'e>(mut selected: u64, block: Block<'e>) -> impl Iterator<Item = &'e Event> {
    std::iter::from_fn(move || {
        let at = (BLOCK - 1).checked_sub(selected.leading_zeros() as usize)?;
        selected &= !(1 << at);
        block.events.get(at)
    })
}

#[inline(always)]
fn take_in(
    result: &mut Accumulator,
    fold: Fold,
    selected: u64,
    block: Block<'_>,
    read: impl Fn(&Event) -> Option<u64>,
) {
    newest_first(selected, block).filter_map(read).for_each(|bits| result.add(fold, bits));
}

fn past<'c>(source: Source, context: Context<'c>) -> Past<'c> {
    match source {
        Source::Charges => context.past.charges,
        Source::Refunds => context.past.refunds,
    }
}

/// How many charges, from the newest, are later than `after`; `known` of them are known to be.
fn inside(past: Past<'_>, after: i64, known: usize) -> usize {
    let is_inside = |event: &&Event| event.time().millis() > after;
    if past.iter().next().is_none_or(|oldest| is_inside(&oldest)) {
        return past.len();
    }
    known + past.iter().rev().skip(known).take_while(is_inside).count()
}

/// Blocks of the newest `reach` charges, newest first; none spans both runs of the past.
fn blocks<'e>(past: Past<'e>, reach: usize) -> impl Iterator<Item = Block<'e>> {
    let newer = past.newer.len();
    let of_newer = past.newer.rchunks(BLOCK).enumerate();
    let of_newer = of_newer.map(|(at, events)| Block { events, age: at * BLOCK });
    let of_older = past.older.rchunks(BLOCK).enumerate();
    let of_older = of_older.map(move |(at, events)| Block { events, age: newer + at * BLOCK });
    of_newer.chain(of_older).take_while(move |block| block.age < reach)
}
