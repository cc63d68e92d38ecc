//! Decides whether a condition can ever be true, and whether it can ever be false.
//!
//! An absent value makes a condition neither true nor false. So "never true" holds whatever a message
//! lacks, and "always true" holds whenever the condition can be decided.

use super::super::super::ir::{
    AggregateId, Column, Comparison, Id, Op, Ranges, TextTest, Tree, flipped,
};
use super::super::super::values::{ValueKind, ValueOrigin, suspicion, written_text};
use super::value_domain::{Constraint, Domain};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// What is certain about the conditions of a tree.
pub struct BooleanSolver<'t> {
    tree: &'t Tree,
    pub ranges: Ranges<'t>,
    known: HashMap<Id, Option<bool>>,
}

/// Two parts of a chain that contradict each other; the same part twice if it contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clash {
    pub first: usize,
    pub second: usize,
}

/// A node within a part of a chain, and the truth value that it must have.
#[derive(Debug, Clone, Copy)]
struct Literal {
    id: Id,
    truth: bool,
    part: usize,
}

impl<'t> BooleanSolver<'t> {
    pub fn new(tree: &'t Tree) -> Self {
        let mut solver = Self { tree, ranges: Ranges::of(tree), known: HashMap::new() };
        // An aggregate in the predicate of another comes before it.
        for (at, aggregate) in (0..).zip(&tree.aggregates) {
            if aggregate.select.is_some_and(|select| solver.always(select) == Some(false)) {
                solver.ranges.selects_nothing(AggregateId(at));
            }
        }
        solver
    }

    /// `Some(true)`: never false; `Some(false)`: never true.
    pub fn always(&mut self, id: Id) -> Option<bool> {
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        let found = match self.tree.op(id) {
            Op::Not(a) => self.always(a).map(|truth| !truth),
            Op::And(..) => self.chain(id, true),
            Op::Or(..) => self.chain(id, false),
            Op::Compare(_, comparison, a, b) if a == b => {
                Some(is_true_for_equal_values(comparison))
            }
            Op::Compare(_, Comparison::Equal, a, b) if self.why_never_equal(a, b).is_some() => {
                Some(false)
            }
            Op::Compare(_, Comparison::NotEqual, a, b) if self.why_never_equal(a, b).is_some() => {
                Some(true)
            }
            Op::Test(TextTest::Equal, a, b) if self.why_never_equal(a, b).is_some() => Some(false),
            Op::Test(TextTest::NotEqual, a, b) if self.why_never_equal(a, b).is_some() => {
                Some(true)
            }
            Op::Compare(_, comparison, a, b)
                if self.is_before_now(a, b) || self.is_start_of(a, b) =>
            {
                is_true_if_never_greater(comparison)
            }
            Op::Compare(_, comparison, a, b)
                if self.is_before_now(b, a) || self.is_start_of(b, a) =>
            {
                is_true_if_never_greater(flipped(comparison))
            }
            _ => match self.ranges.get(id) {
                range if range.greatest <= 0.0 => Some(false),
                range if range.least >= 1.0 => Some(true),
                _ => None,
            },
        };
        self.known.insert(id, found);
        found
    }

    /// Whether `time` is the time of a remembered charge, and `now` the time of the transaction.
    pub fn is_before_now(&self, time: Id, now: Id) -> bool {
        let is_of_a_charge = match self.tree.op(time) {
            Op::Column(_, column) | Op::PickedColumn(_, column) => column == Column::Time,
            _ => false,
        };
        is_of_a_charge && self.tree.op(now) == Op::Now
    }

    /// Whether `start` is when the day, week or month of `time` began.
    pub fn is_start_of(&self, start: Id, time: Id) -> bool {
        matches!(self.tree.op(start), Op::PeriodStart(_, of, _) if of == time)
    }

    /// Why a value never equals the text that it is compared with.
    pub fn why_never_equal(&self, a: Id, b: Id) -> Option<Cow<'static, str>> {
        let written = |id| written_text(self.tree, id);
        let (value, constant, text) = match (written(a), written(b)) {
            (None, Some(text)) => (a, b, text),
            (Some(text), None) => (b, a, text),
            _ => return None,
        };
        // A choice such as `c ? country : "XX"` may result in the constant itself.
        let is_chosen = matches!(self.tree.op(constant), Op::Constant(_))
            && !matches!(self.tree.op(value), Op::Field(_));
        let found = suspicion(ValueKind::of(self.tree, value), &text, ValueOrigin::Literal)?;
        (found.is_certain && !is_chosen).then_some(found.help)
    }

    fn chain(&mut self, id: Id, and: bool) -> Option<bool> {
        let literals = literals(self.tree, and, &[id]);
        if self.first_clash(&literals).is_some() {
            return Some(!and);
        }
        let fits = literals.iter().map(|literal| Some(self.always(literal.id)? == literal.truth));
        let fits: Vec<Option<bool>> = fits.collect();
        if fits.contains(&Some(false)) {
            return Some(!and);
        }
        fits.iter().all(|fits| *fits == Some(true)).then_some(and)
    }

    /// Two parts of `a && b && …` that are never both true, or of `a || b || …` that are never both false.
    pub fn clash(&mut self, and: bool, parts: &[Id]) -> Option<Clash> {
        self.first_clash(&literals(self.tree, and, parts))
    }

    fn first_clash(&mut self, literals: &[Literal]) -> Option<Clash> {
        let mut domains: HashMap<Id, Domain> = HashMap::new();
        let mut earlier: Vec<(usize, Constraint)> = Vec::new();
        for literal in literals {
            let constraint = Constraint::of(self.tree, literal.id, literal.truth);
            let subject = constraint.subject;
            let domain = domains.entry(subject).or_insert_with(|| self.domain(subject));
            if !domain.narrow(&constraint) {
                let first = self.culprit(&earlier, &constraint).unwrap_or(literal.part);
                return Some(Clash { first, second: literal.part });
            }
            earlier.push((literal.part, constraint));
        }
        None
    }

    /// The earlier part that contradicts `last` by itself, or else one of those that do so together.
    fn culprit(&mut self, earlier: &[(usize, Constraint)], last: &Constraint) -> Option<usize> {
        let same = || earlier.iter().filter(|(_, other)| other.subject == last.subject);
        let whole = self.domain(last.subject);
        let alone = |other: &Constraint| {
            let mut domain = whole.clone();
            domain.narrow(other) && !domain.narrow(last)
        };
        same().find(|(_, other)| alone(other)).or_else(|| same().next()).map(|(part, _)| *part)
    }

    fn domain(&mut self, subject: Id) -> Domain {
        Domain::of(self.tree.ty(subject), self.ranges.get(subject))
    }
}

/// What must hold for `a && b && …` to be true, or for `a || b || …` to be false. Lists each node once.
fn literals(tree: &Tree, and: bool, parts: &[Id]) -> Vec<Literal> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for (part, id) in parts.iter().enumerate() {
        let operands = tree.chain(*id, and, true).filter(|operand| seen.insert(*operand));
        out.extend(operands.map(|(id, truth)| Literal { id, truth, part }));
    }
    out
}

/// Whether a comparison of a value with itself is true.
fn is_true_for_equal_values(comparison: Comparison) -> bool {
    matches!(comparison, Comparison::Equal | Comparison::LessEqual | Comparison::GreaterEqual)
}

/// The result, if it is certain, of comparing a value with one that is greater or equal.
fn is_true_if_never_greater(comparison: Comparison) -> Option<bool> {
    match comparison {
        Comparison::Greater => Some(false),
        Comparison::LessEqual => Some(true),
        _ => None,
    }
}
