//! Warns about conditions that are never true, always true, or repeat a part.

use super::super::super::diagnostics::{Diagnostics, Span};
use super::super::super::ir::{Id, Op};
use super::super::super::syntax::{Kind, Node, Operator};
use super::super::super::types::Type;
use super::boolean_solver::BooleanSolver;
use super::canonical::CanonicalForms;
use super::input::Input;
use crate::number::NearestDouble;

pub fn lint(input: &Input<'_>, out: &mut Diagnostics) {
    let mut examiner = Examiner {
        input,
        solver: BooleanSolver::new(input.tree),
        canonical: CanonicalForms::new(input.tree),
        found: Vec::new(),
        whole: true,
    };
    for (name, node) in &input.features {
        if out.has_error_in(node.span) {
            continue;
        }
        let verdict = examiner.value(node);
        examiner.report(Subject::Feature(&name.value), verdict, out);
    }
    for rule in &input.rules {
        let when = rule.when.filter(|when| !out.has_error_in(when.span));
        let verdict = when.and_then(|when| examiner.condition(when));
        examiner.report(Subject::Rule(&rule.table.id.value), verdict, out);
        for node in rule.points.iter().chain(&rule.message) {
            examiner.value(node);
            examiner.report(Subject::Other, None, out);
        }
    }
}

/// A part of a condition that is probably a mistake.
struct Finding {
    flaw: Flaw,
    /// Whether it can decide the whole expression, rather than a part inside a macro or a choice.
    whole: bool,
    span: Span,
    label: &'static str,
    /// The place and label of another part that is involved.
    other: Option<(Span, &'static str)>,
    help: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flaw {
    Always(bool),
    Twice,
}

/// What an expression belongs to.
#[derive(Clone, Copy)]
enum Subject<'s> {
    Rule(&'s str),
    Feature(&'s str),
    Other,
}

struct Examiner<'e> {
    input: &'e Input<'e>,
    solver: BooleanSolver<'e>,
    canonical: CanonicalForms<'e>,
    found: Vec<Finding>,
    whole: bool,
}

impl Examiner<'_> {
    /// The value of a condition, if it is certain. Keeps findings for the report.
    fn condition(&mut self, node: &Node) -> Option<bool> {
        match &node.kind {
            Kind::Binary(Operator::And, ..) => self.chain(node, true),
            Kind::Binary(Operator::Or, ..) => self.chain(node, false),
            Kind::Not(operand) => self.condition(operand).map(|is| !is),
            _ => {
                let before = self.found.len();
                self.parts_of(node);
                let id = self.input.places.id(node)?;
                let is = self.solver.always(id)?;
                if self.is_due_to_empty_selection(is, before) {
                    return Some(is);
                }
                let label = if is { "this is always true" } else { "this is never true" };
                let help = self.reason(id);
                self.push(Flaw::Always(is), node.span, label, None, help);
                Some(is)
            }
        }
    }

    /// Whether a condition is never true because a predicate in it selects no charge. The finding about
    /// that predicate, one of those from `before` on, is then reported instead of the condition.
    fn is_due_to_empty_selection(&mut self, is: bool, before: usize) -> bool {
        let predicates = self.found.iter_mut().skip(before);
        let mut never = predicates.filter(|found| !is && found.flaw == Flaw::Always(false));
        let first = never.next();
        first.is_some_and(|found| {
            found.whole = self.whole;
            true
        })
    }

    fn chain(&mut self, node: &Node, and: bool) -> Option<bool> {
        let parts = node.chain(if and { Operator::And } else { Operator::Or });
        let verdicts: Vec<Option<bool>> = parts.iter().map(|part| self.condition(part)).collect();
        if verdicts.contains(&Some(!and)) {
            return Some(!and);
        }
        if verdicts.iter().all(|verdict| *verdict == Some(and)) {
            return Some(and);
        }
        let ids: Option<Vec<Id>> = parts.iter().map(|part| self.input.places.id(part)).collect();
        let ids = ids?;
        self.twice(&parts, &ids);
        let clash = self.solver.clash(and, &ids)?;
        let (first, second) = (parts.get(clash.first)?.span, parts.get(clash.second)?.span);
        let (label, other, help) = if and {
            ("this is not", "where this is true", "write `||` if either will do")
        } else {
            ("this is", "where this is not true", "write `&&` if both must hold")
        };
        self.push(Flaw::Always(!and), second, label, Some((first, other)), Some(help.to_owned()));
        Some(!and)
    }

    fn twice(&mut self, parts: &[&Node], ids: &[Id]) {
        let numbers: Vec<usize> = ids.iter().map(|id| self.canonical.of(*id)).collect();
        let spans = || numbers.iter().zip(parts.iter().map(|part| part.span));
        for (at, (number, span)) in spans().enumerate() {
            if let Some((_, first)) = spans().take(at).find(|(earlier, _)| *earlier == number) {
                let help = Some("leave one of them out".to_owned());
                self.push(Flaw::Twice, span, "adds nothing", Some((first, "the same")), help);
            }
        }
    }

    /// Examines any expression: a condition, or one that contains conditions.
    fn value(&mut self, node: &Node) -> Option<bool> {
        if self.is_condition(node) {
            return self.condition(node);
        }
        self.parts_of(node);
        None
    }

    fn parts_of(&mut self, node: &Node) {
        let outer = std::mem::replace(&mut self.whole, false);
        for part in node.parts() {
            // A literal `true` or `false` is intended, as in `c ? true : false` or `.exists(t, true)`.
            if !matches!(part.kind, Kind::Bool(_)) {
                self.value(part);
            }
        }
        self.whole = outer;
    }

    fn is_condition(&self, node: &Node) -> bool {
        let id = self.input.places.id(node);
        id.is_some_and(|id| self.input.tree.ty(id) == Type::Bool)
    }

    /// Why the value of a condition is certain.
    fn reason(&mut self, id: Id) -> Option<String> {
        let (a, b) = match self.input.tree.op(id) {
            Op::Compare(_, _, a, b) | Op::Test(_, a, b) => (a, b),
            Op::Absent => return Some("it never has a value".to_owned()),
            Op::Present(_) => return Some("it is never absent".to_owned()),
            _ => return None,
        };
        if a == b {
            return Some("both sides are the same".to_owned());
        }
        if self.solver.is_before_now(a, b) || self.solver.is_before_now(b, a) {
            return Some("no remembered charge is from after `now`".to_owned());
        }
        if self.solver.is_start_of(a, b) || self.solver.is_start_of(b, a) {
            return Some(
                "no time is before the start of the day, week or month that it is in".to_owned(),
            );
        }
        if let Some(why) = self.solver.why_never_equal(a, b) {
            return Some(why.into_owned());
        }
        let is_constant = |id: Id| matches!(self.input.tree.op(id), Op::Constant(_));
        let (side, id) = if is_constant(a) { ("right", b) } else { ("left", a) };
        let scale = match self.input.tree.ty(id) {
            Type::Money => self.input.tree.scale,
            Type::Int | Type::Double => 1.0,
            _ => return None,
        };
        let range = self.solver.ranges.get(id);
        let (least, greatest) = (range.least / scale, range.greatest / scale);
        let known = (is_constant(id), least.is_finite(), greatest.is_finite());
        let is = match known {
            (false, true, true) => format!("{least} to {greatest}"),
            (false, true, false) => format!("at least {least}"),
            (false, false, true) => format!("at most {greatest}"),
            _ => return None,
        };
        // A count above the cap is unknown.
        let cut = match least == 0.0 && greatest == self.input.tree.events_per_card.nearest_double()
        {
            true => ", and not known beyond: then this is neither true nor false",
            false => "",
        };
        Some(format!("the {side} side is {is}{cut}"))
    }

    fn push(
        &mut self,
        flaw: Flaw,
        span: Span,
        label: &'static str,
        other: Option<(Span, &'static str)>,
        help: Option<String>,
    ) {
        self.found.push(Finding { flaw, whole: self.whole, span, label, other, help });
    }

    /// Reports the findings about an expression, and what they mean for it as a whole.
    fn report(&mut self, subject: Subject<'_>, verdict: Option<bool>, out: &mut Diagnostics) {
        for finding in self.found.drain(..) {
            let (code, message) = match finding.flaw {
                Flaw::Twice => ("said-twice", "this condition says the same twice".to_owned()),
                Flaw::Always(is) => {
                    let code = if is { "always-true" } else { "never-true" };
                    let whole = finding.whole && verdict == Some(is);
                    (code, consequence(if whole { subject } else { Subject::Other }, is))
                }
            };
            let Finding { span, label, other, help, .. } = finding;
            let other = other.map(|(span, label)| (out.place(span), label));
            let entry = out.warning(code, span, message).label(label);
            entry.related.extend(other.map(|(place, label)| (place, label.to_owned())));
            entry.help = help;
        }
    }
}

fn consequence(subject: Subject<'_>, is: bool) -> String {
    match (subject, is) {
        (Subject::Rule(id), false) => format!("the rule `{id}` can never fire"),
        (Subject::Rule(id), true) => format!("the rule `{id}` fires whenever it is not undecided"),
        (Subject::Feature(name), false) => format!("the feature `{name}` is never true"),
        (Subject::Feature(name), true) => format!("the feature `{name}` is always true"),
        (Subject::Other, false) => "a part of this condition is never true".to_owned(),
        (Subject::Other, true) => "a part of this condition is always true".to_owned(),
    }
}
