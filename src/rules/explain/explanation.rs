//! What each rule saw for one transaction: its condition part by part, and the charges behind each
//! part.

use super::super::evaluate::{Context, Contributors, Scratch};
use super::super::evaluate_ruleset::{RuleStatus, RulesetWithLists};
use super::super::evaluation::{Evaluation, Fired};
use super::super::ir::{FIELDS, Get};
use super::super::lists::Snooze;
use super::super::outline::Outline;
use super::super::query::{answer, read};
use super::super::ruleset::Ruleset;
use super::super::value::{Answer, Value};
use super::unknown_reason::Why;
use super::{contributing_charges, unknown_reason};
use crate::memory::{Event, Recall};
use crate::transaction::{Currency, Transaction};

/// The most charges that are shown with a value.
const CHARGES_MAX: usize = 10;

/// What one rule saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Index into [`Ruleset::rules`].
    pub rule: usize,
    /// As evaluation found it, for live and shadow rules alike.
    pub outcome: RuleOutcome,
    /// The condition.
    pub when: Part,
    /// `None` if the points are a fixed number.
    pub points: Option<Part>,
    /// The parts of the message, except plain fields and what `when` or `points` already show.
    pub message: Vec<Part>,
}

/// The outcome of a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleOutcome {
    /// Rendered: with its message, evidence and charges.
    Fired(Fired),
    /// The condition is false.
    NotFired,
    /// The condition, or the points of a true condition, are absent or saturated.
    Undecided,
    /// It would have fired, but is snoozed for the card.
    Snoozed(Snooze),
    /// The rule was not evaluated. Its condition is shown anyway.
    NotRun(RuleStatus),
}

/// A part of an expression as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Taken from the rules file, on one line.
    pub text: String,
    /// `None` for a list that is referred to by name.
    pub answer: Option<Answer>,
    /// Why the answer is not known.
    pub why: Vec<Why>,
    /// The remembered charges behind the answer, newest first, at most ten. Charges that its parts
    /// show are not repeated here.
    pub charges: Vec<Event>,
    /// How many charges are left out.
    pub more_charges: usize,
    /// Whether this is the definition of the feature that its parent names.
    pub is_definition: bool,
    /// The parts of this one that have a value for a transaction, in the order of the text.
    /// Constants are left out.
    pub parts: Vec<Part>,
}

impl RulesetWithLists<'_> {
    /// Evaluates every rule and explains what it saw.
    pub fn explain(&self, tx: &Transaction<'_>, past: &Recall<'_>) -> Vec<Explanation> {
        let mut evaluation = Evaluation::default();
        self.evaluate(tx, past, &mut evaluation);
        let mut scratch = std::mem::take(&mut evaluation.scratch);
        let context = self.context(tx, past);
        let mut explained = Vec::new();
        for (at, outline) in self.ruleset.program.outlines.iter().enumerate() {
            let mut reader =
                Reader { ruleset: self.ruleset, context: &context, scratch: &mut scratch };
            explained.push(Explanation {
                rule: at,
                outcome: self.outcome(at, &context, &evaluation),
                when: reader.part(&outline.when),
                points: outline.points.as_ref().map(|points| reader.part(points)),
                message: outline.message.iter().map(|part| reader.part(part)).collect(),
            });
        }
        explained
    }

    fn outcome(&self, at: usize, context: &Context<'_>, evaluation: &Evaluation) -> RuleOutcome {
        let status = self.ruleset.rule_status(at, context.tx);
        if status != RuleStatus::On {
            return RuleOutcome::NotRun(status);
        }
        let fired = evaluation.fired.iter().chain(&evaluation.shadow);
        let undecided = evaluation.undecided.iter().chain(&evaluation.shadow_undecided);
        match fired.into_iter().find(|fired| fired.rule == at) {
            Some(fired) => RuleOutcome::Fired(fired.clone()),
            None if undecided.into_iter().any(|rule| *rule == at) => RuleOutcome::Undecided,
            None => match self.ruleset.snooze(at, context) {
                Some(snooze) if evaluation.snoozed.contains(&at) => RuleOutcome::Snoozed(snooze),
                _ => RuleOutcome::NotFired,
            },
        }
    }
}

/// Every field that a transaction has, by its path, as rules see it.
pub fn transaction_fields(tx: &Transaction<'_>, base: Currency) -> Vec<(&'static str, Value)> {
    let fields = FIELDS.iter().filter_map(|field| {
        let value = match field.get {
            Get::Bits(get) => read(field.ty, get(tx)?, base),
            Get::Text(get) => get(tx).map(|text| Value::Text(text.to_owned())),
        };
        Some((field.path, value?))
    });
    fields.collect()
}

impl Explanation {
    /// Whether the parts, whose values are read separately, agree with the rule's outcome.
    pub fn agrees(&self) -> bool {
        let is = |expected: bool| self.when.answer == Some(Answer::Is(Value::Bool(expected)));
        match &self.outcome {
            RuleOutcome::Fired(_) | RuleOutcome::Snoozed(_) => is(true),
            RuleOutcome::NotFired => is(false),
            RuleOutcome::Undecided => !is(false),
            RuleOutcome::NotRun(_) => true,
        }
    }
}

/// Reads parts from an evaluation.
struct Reader<'r, 'c> {
    ruleset: &'r Ruleset,
    pub(super) context: &'r Context<'c>,
    pub(super) scratch: &'r mut Scratch,
}

impl Reader<'_, '_> {
    fn part(&mut self, outline: &Outline) -> Part {
        let parts: Vec<Part> = outline.parts.iter().map(|part| self.part(part)).collect();
        let (charges, more_charges) = self.own_charges(outline).shown(CHARGES_MAX);
        let why = outline.node.map(|id| unknown_reason::why(id, self.scratch, self.context));
        let registers = self.scratch.registers(self.context);
        Part {
            text: outline.text.clone(),
            answer: outline.node.map(|id| answer(id, self.ruleset, &registers)),
            why: why.unwrap_or_default(),
            charges,
            more_charges,
            is_definition: outline.is_definition,
            parts,
        }
    }

    /// The charges to show with a part: those that it selects itself. For a part made of other
    /// values, all that it depends on, unless its parts show them.
    fn own_charges(&mut self, outline: &Outline) -> Contributors {
        let Some(id) = outline.node else { return Contributors::default() };
        let context = self.context;
        // A feature's charges are shown with its definition, not with its name.
        let is_name = outline.parts.iter().any(|part| part.is_definition);
        if !is_name && let Some(found) = contributing_charges::selected(id, self.scratch, context) {
            return found;
        }
        let depends = |id| contributing_charges::depends_on_charges(context.tree, id);
        let shown_below = |part: &Outline| part.nodes().into_iter().any(depends);
        if outline.parts.iter().any(shown_below) {
            return Contributors::default();
        }
        contributing_charges::charges(id, self.scratch, context)
    }
}
