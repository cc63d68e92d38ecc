//! Plans an evaluation from the typed tree: in which order a rule's conjuncts are computed, and which
//! masks over blocks of charges each aggregate needs.

use super::super::ir::{
    Aggregate, AggregateId, Fold, Id, Op, Output, Tree, Walk, aggregate_children,
};
use super::super::language::DecisiveValues;
use super::super::types::Type;
use super::atom::Atom;
use super::blank::blanks;
use super::code::{self, PerCharge, Uses};
use super::description::{Mask, MaskSource, Needs, Nested, Plan, RulePlan, Scan, Step, Value};
use super::early::{Early, needs_no_card};
use crate::transaction::{DAY_MS, HOUR_MS};

pub fn plan(tree: &Tree, needs: &[Needs], asked: &[Id]) -> Plan {
    let planner = Planner { tree, existence_is_enough: existence_is_enough(tree) };
    let conjuncts: Vec<Vec<Id>> =
        needs.iter().map(|need| planner.conjuncts(need.condition)).collect();
    let alone = conjuncts.iter().flat_map(|conjuncts| planner.needing_no_card(conjuncts));
    let mut early = Early::of(tree, alone);
    let uses = Uses::of(tree, conjuncts.iter().flatten().copied());
    let rules = conjuncts.into_iter().map(|all| planner.rule(all, &uses, &mut early)).collect();
    let of_rules = needs.iter().flat_map(|need| need.condition.iter().chain(&need.others));
    let (scans, steps) = planner.steps(of_rules.chain(asked).copied());
    let asked = planner.aggregates(asked.iter().copied());
    Plan { scans, steps, early, rules, asked, blanks: blanks(tree), nested: planner.nested() }
}

/// For each aggregate, whether one selected charge is enough for everything that reads it.
fn existence_is_enough(tree: &Tree) -> Vec<bool> {
    let mut any = vec![true; tree.aggregates.len()];
    for node in &tree.nodes {
        if let Op::Result(aggregate, output) | Op::Nested(aggregate, output) = node.op
            && !matches!(output, Output::Exists | Output::ExistsWithCut)
            && let Some(is_enough) = any.get_mut(aggregate.index())
        {
            *is_enough = false;
        }
    }
    any
}

struct Planner<'t> {
    tree: &'t Tree,
    existence_is_enough: Vec<bool>,
}

impl Planner<'_> {
    fn rule(&self, conjuncts: Vec<Id>, uses: &Uses, early: &mut Early) -> RulePlan {
        let alone = self.needing_no_card(&conjuncts);
        let conditions: Vec<usize> = alone.map(|id| early.add(self.tree, id)).collect();
        let late = conjuncts.get(conditions.len()..).unwrap_or(&[]);
        let code = code::of_conjuncts(self.tree, late, uses);
        RulePlan { conjuncts, conditions, code }
    }

    /// The conjuncts that need no card, which come first.
    fn needing_no_card<'c>(&'c self, conjuncts: &'c [Id]) -> impl Iterator<Item = Id> + 'c {
        conjuncts.iter().copied().take_while(|id| needs_no_card(self.tree, *id))
    }

    /// Every aggregate that the nodes need, directly or through another aggregate.
    fn aggregates(&self, roots: impl IntoIterator<Item = Id>) -> Vec<AggregateId> {
        let results = self.tree.all_below(roots).filter_map(|id| match self.tree.op(id) {
            Op::Result(aggregate, _) => Some(aggregate),
            _ => None,
        });
        let mut found: Vec<AggregateId> = results.collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// How to gather what the nodes need.
    fn steps(&self, roots: impl Iterator<Item = Id>) -> (Vec<Scan>, Vec<Option<Step>>) {
        let mut scans: Vec<Scan> = Vec::new();
        let mut steps: Vec<Option<Step>> = self.tree.aggregates.iter().map(|_| None).collect();
        for id in self.aggregates(roots) {
            let Aggregate { source, window_ms, .. } = *self.tree.aggregate(id);
            let at = position(&mut scans, |scan| scan.source == source, || Scan::of(source));
            let Some(scan) = scans.get_mut(at) else { continue };
            let window = position(&mut scan.windows, |known| *known == window_ms, || window_ms);
            let step = Step { scan: at, window, ..self.step(id, &mut scan.masks) };
            if let Some(place) = steps.get_mut(id.index()) {
                *place = Some(step);
            }
        }
        (scans, steps)
    }

    /// The operands of a condition's outermost ANDs.
    fn conjuncts(&self, condition: Option<Id>) -> Vec<Id> {
        let operands = |id| match self.tree.op(id) {
            Op::And(a, b) => [Some(a), Some(b)],
            _ => [None; 2],
        };
        let walk = Walk::new(condition, |id, out: &mut Vec<Id>| {
            out.extend(operands(id).into_iter().flatten());
        });
        let mut found: Vec<Id> = walk.filter(|id| operands(*id) == [None; 2]).collect();
        found.sort_by_cached_key(|id| (!needs_no_card(self.tree, *id), self.cost(*id)));
        found
    }

    /// The approximate cost of computing a node. Most operations cost 1, operations on texts 10, a
    /// regular expression 100, and an aggregate that visits all charges again 1,000. Any other
    /// aggregate costs more the longer its window is.
    fn cost(&self, root: Id) -> usize {
        let cost = |id| {
            let node = self.tree.node(id);
            match node.op {
                Op::Nested(..) => 1_000,
                Op::Matches(..) => 100,
                Op::Test(..)
                | Op::TextInList(..)
                | Op::InListValues(..)
                | Op::HashOf(..)
                | Op::TimePart(..)
                | Op::PeriodStart(..) => 10,
                Op::Result(aggregate, _) => match self.tree.aggregate(aggregate) {
                    Aggregate { select: None, fold: Fold::Count, .. } => 5,
                    aggregate if aggregate.window_ms <= HOUR_MS => 20,
                    aggregate if aggregate.window_ms <= DAY_MS => 40,
                    _ => 200,
                },
                _ if node.ty == Type::Text => 10,
                _ => 1,
            }
        };
        self.tree.all_below([root]).map(cost).sum()
    }

    fn nested(&self) -> Vec<Option<Nested>> {
        let mut all: Vec<Option<Nested>> = self.tree.aggregates.iter().map(|_| None).collect();
        for node in &self.tree.nodes {
            if let Op::Nested(id, _) = node.op
                && let Some(nested) = all.get_mut(id.index())
            {
                let Aggregate { source, window_ms, depth, .. } = *self.tree.aggregate(id);
                let mut masks = Vec::new();
                let step = self.step(id, &mut masks);
                *nested = Some(Nested { source, window_ms, depth, masks, step });
            }
        }
        all
    }

    /// A step in the first window of the first scan.
    fn step(&self, id: AggregateId, masks: &mut Vec<Mask>) -> Step {
        let aggregate = self.tree.aggregate(id);
        let depth = aggregate.depth;
        let existence_only = self.existence_is_enough.get(id.index()) == Some(&true);
        let select = aggregate.select.map(|select| {
            let known = masks.len();
            let at = self.mask(select, depth, masks);
            // A mask that already existed has other users, which may need more.
            if let Some(mask) = masks.get_mut(at) {
                mask.existence_only = existence_only && at >= known;
            }
            at
        });
        let value = match aggregate_children(aggregate)[1] {
            None => Value::None,
            Some(value) => match self.tree.op(value) {
                Op::Column(of, column) if of == depth => Value::Column(column),
                _ => {
                    let nodes = self.per_charge(value, depth);
                    Value::Node(value, PerCharge::of(self.tree, value, nodes))
                }
            },
        };
        let parts = aggregate_children(aggregate).into_iter().flatten();
        let reads = self.aggregates(parts);
        let (scan, window, fold, decisive) = (0, 0, aggregate.fold, self.decisive(id));
        Step { scan, fold, select, window, reads, value, existence_only, decisive }
    }

    /// Which charges determine the statistics that are read of an aggregate, each once.
    fn decisive(&self, id: AggregateId) -> Vec<DecisiveValues> {
        let mut decisive = Vec::new();
        for node in &self.tree.nodes {
            if let Op::Result(of, Output::Statistic(statistic)) = node.op
                && of == id
                && !decisive.contains(&statistic.decisive_values())
            {
                decisive.push(statistic.decisive_values());
            }
        }
        decisive
    }

    /// The nodes at and below `root` that change with the charge at `depth` and with none at a
    /// greater depth.
    fn per_charge(&self, root: Id, depth: u8) -> Vec<Id> {
        let changes = |id: &Id| self.tree.node(*id).charges.has(depth);
        let walk = Walk::new(Some(root).filter(changes), |id, out: &mut Vec<Id>| {
            self.tree.push_parts(id, out);
            out.retain(changes);
        });
        let settled_at_depth = |id: &Id| {
            let node = self.tree.node(*id);
            !node.charges.reach(depth + 1) && node.ty != Type::Text
        };
        walk.filter(settled_at_depth).collect()
    }

    /// Adds the mask of a node, and of its operands, to the list. Returns its index.
    fn mask(&self, node: Id, depth: u8, masks: &mut Vec<Mask>) -> usize {
        let mut known = masks.iter_mut().enumerate();
        if let Some((at, mask)) = known.find(|(_, mask)| mask.node == node) {
            mask.existence_only = false;
            return at;
        }
        let mut part = |id| self.mask(id, depth, masks);
        let source = match self.tree.op(node) {
            _ if !self.tree.node(node).charges.has(depth) => MaskSource::Scalar,
            Op::Not(a) => MaskSource::Not(part(a)),
            Op::And(a, b) => MaskSource::And(part(a), part(b)),
            Op::Or(a, b) => MaskSource::Or(part(a), part(b)),
            _ => match Atom::of(self.tree, node, depth) {
                Some(atom) => match opposite_mask(atom, masks) {
                    Some(at) => MaskSource::Not(at),
                    None => MaskSource::Atom(atom),
                },
                None => {
                    let nodes = self.per_charge(node, depth);
                    MaskSource::General(PerCharge::of(self.tree, node, nodes))
                }
            },
        };
        masks.push(Mask { node, source, existence_only: false });
        masks.len() - 1
    }
}

/// The mask of the opposite comparison, if there is one. The two share a pass over the charges.
fn opposite_mask(atom: Atom, masks: &[Mask]) -> Option<usize> {
    let opposite = atom.opposite()?;
    let is_it = |mask: &Mask| matches!(mask.source, MaskSource::Atom(known) if known == opposite);
    masks.iter().position(is_it)
}

/// The index of the item for which `is_it` is true; adds one if there is none.
fn position<T>(items: &mut Vec<T>, is_it: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> usize {
    let known = items.iter().position(is_it);
    known.unwrap_or_else(|| {
        items.push(new());
        items.len() - 1
    })
}
