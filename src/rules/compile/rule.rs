//! Compiles one rule: checks and folds its expressions, and collects what is shown when it fires.

use super::super::analysis::{Folder, RuleFacts};
use super::super::check::Checker;
use super::super::ir::{AggregateId, Id, Op, Tree};
use super::super::message::Message;
use super::super::plan::Needs;
use super::super::program::{Points, Rollout, RuleProgram};
use super::super::rule_info::Mode;
use super::super::source::Points as PointsWritten;
use super::super::syntax::{Kind, Node};
use super::parsed::Parsed;
use crate::number::{NearestDouble, u64_toward_zero};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64_with_seed;

pub(super) fn program(
    rule: &Parsed<'_>,
    features: &[String],
    checker: &mut Checker<'_>,
) -> Option<(RuleProgram, Needs, RuleFacts)> {
    let condition = rule.when.as_ref().and_then(|node| checker.condition(node));
    let graded = rule.points.as_ref().and_then(|node| checker.points(node));
    let message = rule.message.check(checker);
    let condition = condition?;
    let mut folder = Folder::of(&mut checker.tree);
    let points = match &rule.table.points.value {
        PointsWritten::Fixed(points) => Points::Fixed(*points),
        PointsWritten::Expression(_) => Points::Expression(folder.fold(graded.as_ref()?.id)),
        PointsWritten::Invalid => return None,
    };
    let message = message.with(|id| folder.fold(id));
    let mut evidence: Vec<(Arc<str>, Id)> = Vec::new();
    let graded = graded.map(|named| named.names).unwrap_or_default();
    for (name, id) in condition.names.into_iter().chain(graded) {
        if evidence.iter().all(|(known, _)| *known != name) {
            evidence.push((name, folder.fold(id)));
        }
    }
    let condition = folder.fold(condition.id);
    let tree = &checker.tree;
    let on = rule.table.mode != Mode::Off;
    let non_condition_nodes = non_condition_nodes(&points, &message, &evidence);
    let facts =
        RuleFacts::of(tree, condition, &points, &non_condition_nodes, named(rule, features));
    let needs = Needs {
        condition: on.then_some(condition),
        others: if on { non_condition_nodes } else { Vec::new() },
    };
    let behind = [Some(condition), points.expression()].into_iter().flatten();
    let program = RuleProgram {
        mode: rule.table.mode,
        shown: shown(tree, behind.collect()),
        points,
        message,
        evidence,
        from: rule.table.from,
        until: rule.table.until.as_ref().map(|until| until.value),
        rollout: rollout(&rule.table.id.value, rule.table.rollout.value),
    };
    Some((program, needs, facts))
}

/// The features that a rule's expressions name.
fn named(rule: &Parsed<'_>, features: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let written = rule.when.iter().chain(&rule.points).chain(rule.message.expressions());
    for node in written.flat_map(Node::walk) {
        if let Kind::Name(name) = &node.kind
            && features.contains(name)
            && !found.contains(name)
        {
            found.push(name.clone());
        }
    }
    found
}

/// The nodes of a rule besides its condition: message, evidence and points.
fn non_condition_nodes(points: &Points, message: &Message, evidence: &[(Arc<str>, Id)]) -> Vec<Id> {
    let mut non_condition_nodes: Vec<Id> = message.nodes().collect();
    non_condition_nodes.extend(evidence.iter().map(|(_, id)| *id));
    non_condition_nodes.extend(points.expression());
    non_condition_nodes
}

/// The aggregates over a spelled-out window that a condition and its points depend on.
fn shown(tree: &Tree, roots: Vec<Id>) -> Vec<AggregateId> {
    let mut found = Vec::new();
    for id in tree.all_below(roots) {
        if let Op::Result(aggregate, _) = tree.op(id)
            && tree.aggregate(aggregate).is_explicit
            && !found.contains(&aggregate)
        {
            found.push(aggregate);
        }
    }
    found
}

fn rollout(id: &str, per_cent: f64) -> Option<Rollout> {
    let below = u64_toward_zero(per_cent / 100.0 * u64::MAX.nearest_double());
    (per_cent < 100.0).then(|| Rollout { seed: xxh3_64_with_seed(id.as_bytes(), 0), below })
}
