//! Plans an evaluation from the typed tree: which masks to compute for each block of charges, for
//! which aggregates, in which pass.

use super::super::ir::{
    Aggregate, AggregateId, Id, Op, Output, Source, Tree, Walk, aggregate_children,
};
use super::super::types::Type;
use super::atom::Atom;
use super::blank::blanks;
use super::description::{Mask, MaskSource, Needs, Nested, Plan, RulePlan, Scan, Step, Value};
use super::early::{Early, needs_no_card};
use super::levels::Levels;

pub fn plan(tree: &Tree, needs: &[Needs], asked: &[Id]) -> Plan {
    let planner =
        Planner { tree, levels: Levels::of(tree), existence_is_enough: existence_is_enough(tree) };
    let mut early = Early::default();
    let rules: Vec<RulePlan> = needs.iter().map(|need| planner.rule(need, &mut early)).collect();
    let asked = planner.aggregates(asked.to_vec());
    let of_rules = rules.iter().flat_map(|rule| &rule.aggregates);
    let mut wanted: Vec<AggregateId> = of_rules.chain(&asked).copied().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let stages = planner.stages(&wanted);
    Plan { stages, early, rules, asked, blanks: blanks(tree), nested: planner.nested() }
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
    pub(super) tree: &'t Tree,
    pub(super) levels: Levels,
    existence_is_enough: Vec<bool>,
}

impl Planner<'_> {
    fn rule(&self, need: &Needs, conditions: &mut Early) -> RulePlan {
        let conjuncts = self.conjuncts(need.condition);
        let needs_no_card = |id: &&Id| needs_no_card(self.tree, **id);
        let alone = conjuncts.iter().take_while(needs_no_card);
        let conditions = alone.map(|id| conditions.add(self.tree, *id)).collect();
        let early = conjuncts.iter().take_while(|id| self.levels.node(**id) == 0).count();
        let nodes = need.condition.iter().chain(&need.others).copied().collect();
        RulePlan { conjuncts, conditions, early, aggregates: self.aggregates(nodes) }
    }

    /// Every aggregate that the nodes need, directly or through another aggregate.
    fn aggregates(&self, roots: Vec<Id>) -> Vec<AggregateId> {
        let results = self.tree.all_below(roots).filter_map(|id| match self.tree.op(id) {
            Op::Result(aggregate, _) => Some(aggregate),
            _ => None,
        });
        let mut found: Vec<AggregateId> = results.collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn stages(&self, wanted: &[AggregateId]) -> Vec<Vec<Scan>> {
        let level = |id: &AggregateId| self.levels.aggregate(*id);
        let last = wanted.iter().map(|id| level(id) + 1).max().unwrap_or(0);
        let of_level = |at: usize| wanted.iter().copied().filter(move |id| level(id) == at);
        (0..last).map(|at| self.stage(&of_level(at).collect::<Vec<_>>())).collect()
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
        found.sort_by_cached_key(|id| {
            (!needs_no_card(self.tree, *id), self.levels.node(*id), self.cost(*id))
        });
        found
    }

    /// The approximate cost of computing a node. Most operations cost 1, operations on texts 10, a
    /// regular expression 100, and an aggregate that visits all charges again 1,000.
    fn cost(&self, root: Id) -> usize {
        let cost = |id| {
            let node = self.tree.node(id);
            match node.op {
                Op::Nested(..) => 1_000,
                Op::Matches(..) => 100,
                Op::Test(..) | Op::TextInList(..) | Op::HashOf(..) | Op::TimePart(..) => 10,
                _ if node.ty == Type::Text => 10,
                _ => 1,
            }
        };
        self.tree.operands_below(root).map(cost).sum()
    }

    fn stage(&self, aggregates: &[AggregateId]) -> Vec<Scan> {
        let scans = [Source::Charges, Source::Refunds].into_iter().filter_map(|source| {
            let of_source = |id: &AggregateId| self.tree.aggregate(*id).source == source;
            let mine: Vec<AggregateId> = aggregates.iter().copied().filter(of_source).collect();
            (!mine.is_empty()).then(|| self.scan(source, &mine))
        });
        scans.collect()
    }

    fn scan(&self, source: Source, aggregates: &[AggregateId]) -> Scan {
        let length = |id: &AggregateId| self.tree.aggregate(*id).window_ms;
        let mut windows: Vec<i64> = aggregates.iter().map(length).collect();
        windows.sort_unstable();
        windows.dedup();
        let mut scan = Scan { source, windows, masks: Vec::new(), aggregates: Vec::new() };
        for id in aggregates {
            let window_ms = self.tree.aggregate(*id).window_ms;
            let window = scan.windows.partition_point(|known| *known < window_ms);
            let step = self.step(*id, window, &mut scan.masks);
            scan.aggregates.push(step);
        }
        scan
    }

    fn nested(&self) -> Vec<Option<Nested>> {
        let mut all: Vec<Option<Nested>> = self.tree.aggregates.iter().map(|_| None).collect();
        for node in &self.tree.nodes {
            if let Op::Nested(id, _) = node.op
                && let Some(nested) = all.get_mut(id.index())
            {
                let Aggregate { source, window_ms, depth, .. } = *self.tree.aggregate(id);
                let mut masks = Vec::new();
                let step = self.step(id, 0, &mut masks);
                *nested = Some(Nested { source, window_ms, depth, masks, step });
            }
        }
        all
    }

    fn step(&self, id: AggregateId, window: usize, masks: &mut Vec<Mask>) -> Step {
        let aggregate = self.tree.aggregate(id);
        let depth = aggregate.depth;
        let existence_only = self.existence_is_enough.get(id.index()) == Some(&true);
        let select = aggregate.select.map(|select| {
            let known = masks.len();
            let at = self.mask(select, depth, window, masks);
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
                _ => Value::Node(value, self.per_charge(value, depth)),
            },
        };
        Step { aggregate: id, fold: aggregate.fold, select, window, value, existence_only }
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
    fn mask(&self, node: Id, depth: u8, window: usize, masks: &mut Vec<Mask>) -> usize {
        let mut known = masks.iter_mut().enumerate();
        if let Some((at, mask)) = known.find(|(_, mask)| mask.node == node) {
            mask.existence_only = false;
            self.reach(at, window, masks);
            return at;
        }
        let mut part = |id| self.mask(id, depth, window, masks);
        let source = match self.tree.op(node) {
            _ if !self.tree.node(node).charges.has(depth) => MaskSource::Scalar,
            Op::Not(a) => MaskSource::Not(part(a)),
            Op::And(a, b) => MaskSource::And(part(a), part(b)),
            Op::Or(a, b) => MaskSource::Or(part(a), part(b)),
            _ => match Atom::of(self.tree, node, depth) {
                Some(atom) => MaskSource::Atom(atom),
                None => MaskSource::General(self.per_charge(node, depth)),
            },
        };
        masks.push(Mask { node, source, window, existence_only: false });
        masks.len() - 1
    }

    /// Extends a mask to a longer window that uses it, together with the masks it is computed from.
    fn reach(&self, at: usize, window: usize, masks: &mut [Mask]) {
        let Some(mask) = masks.get_mut(at).filter(|mask| mask.window < window) else { return };
        mask.window = window;
        match mask.source {
            MaskSource::Not(a) => self.reach(a, window, masks),
            MaskSource::And(a, b) | MaskSource::Or(a, b) => {
                self.reach(a, window, masks);
                self.reach(b, window, masks);
            }
            MaskSource::Scalar | MaskSource::Atom(_) | MaskSource::General(_) => {}
        }
    }
}
