//! Derives what is known about a ruleset before any transaction, for lints and listings.

use super::super::control::allows_control;
use super::super::diagnostics::Span;
use super::super::ir::{Id, Op, Range, Ranges, Tree};
use super::super::program::Points;
use super::super::types::Type;
use std::collections::HashSet;
use std::ops::RangeInclusive;

/// The limit of a rule's points, positive or negative.
const POINTS_MAX: i32 = 1000;

/// What is known about one rule.
#[derive(Debug, Clone)]
pub struct RuleFacts {
    /// All points that the rule may give are in this range; empty if it never gives any.
    pub points: RangeInclusive<i32>,
    /// Lengths of the windows that the rule looks at, ascending. Names such as `card.previous` and
    /// `habit.amount` look back over the whole retention.
    pub windows_ms: Vec<i64>,
    /// Features that its condition, points and message name, in order of appearance.
    pub features: Vec<String>,
    /// Whether a decline by its points may be let through, as far as its expressions determine that.
    pub allows_control: bool,
}

/// What is known about a ruleset.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// In the order of the ruleset.
    pub rules: Vec<RuleFacts>,
    /// Features that a rule uses, directly or through others.
    pub used_features: HashSet<String>,
    /// Lists that a rule uses, by index in the ruleset.
    pub used_lists: HashSet<usize>,
    /// The lists without a file, each where it is named first.
    pub topic_lists: Vec<(String, Span)>,
}

impl RuleFacts {
    /// Takes folded expressions; `others` are those besides the condition.
    pub(in crate::rules) fn of(
        tree: &Tree,
        condition: Id,
        points: &Points,
        others: &[Id],
        features: Vec<String>,
    ) -> Self {
        let mut ranges = Ranges::of(tree);
        let allows_control = allows_control(tree, condition, points.expression());
        let points = match *points {
            Points::Fixed(points) => points..=points,
            Points::Expression(id) => {
                let scale = if tree.ty(id) == Type::Money { tree.scale } else { 1.0 };
                whole_points(ranges.get(id), scale)
            }
        };
        let windows_ms = windows(tree, others.iter().copied().chain([condition]).collect());
        Self { points, windows_ms, features, allows_control }
    }
}

fn whole_points(range: Range, scale: f64) -> RangeInclusive<i32> {
    let limit = f64::from(POINTS_MAX);
    #[expect(clippy::cast_possible_truncation, reason = "at most 1,000 after `clamp`")]
    let whole = |points: f64| (points / scale).round().clamp(-limit, limit) as i32;
    whole(range.least)..=whole(range.greatest)
}

fn windows(tree: &Tree, roots: Vec<Id>) -> Vec<i64> {
    let windows = tree.all_below(roots).filter_map(|id| match tree.op(id) {
        Op::Result(aggregate, _) | Op::Nested(aggregate, _) => {
            Some(tree.aggregate(aggregate).window_ms)
        }
        _ => None,
    });
    let mut found: Vec<i64> = windows.collect();
    found.sort_unstable();
    found.dedup();
    found
}
