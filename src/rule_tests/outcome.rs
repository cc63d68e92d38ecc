//! Describes the outcome of a transaction of a case, so that people can compare it with what was
//! expected.

use super::mismatch::name_of;
use crate::decision::Decision;
use crate::rules::{Action, Answer, Fired};
use std::fmt;

/// The outcome of one transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum StepOutcome {
    /// The message is not a valid transaction, for this reason.
    Rejected(String),
    /// It has the id of an earlier transaction.
    Duplicate,
    Decided(Decided),
}

/// The parts of a decision that a case can test.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    pub action: Action,
    pub score: i32,
    /// Live rules that fired, with their points.
    pub fired: Vec<(String, i32)>,
    /// Shadow rules that fired, with their points.
    pub shadow: Vec<(String, i32)>,
    /// Live and shadow rules that are undecided.
    pub undecided: Vec<String>,
    /// The values of the features to show, if the ruleset answers them.
    pub values: Vec<(String, Answer)>,
}

impl Decided {
    /// `values` names the features to show.
    pub(super) fn of<'n>(decision: &Decision<'_>, values: impl Iterator<Item = &'n str>) -> Self {
        let evaluation = decision.evaluation;
        let named = |fired: &[Fired]| {
            let names =
                fired.iter().filter_map(|it| Some((name_of(decision, it.rule)?, it.points)));
            names.map(|(name, points)| (name.to_owned(), points)).collect()
        };
        let undecided = evaluation.undecided.iter().chain(&evaluation.shadow_undecided);
        let answer = |name: &str| decision.ruleset.answer(name, evaluation).cloned();
        Self {
            action: decision.assessment.action,
            score: decision.assessment.score,
            fired: named(&evaluation.fired),
            shadow: named(&evaluation.shadow),
            undecided: undecided
                .filter_map(|rule| name_of(decision, *rule))
                .map(str::to_owned)
                .collect(),
            values: values.filter_map(|name| Some((name.to_owned(), answer(name)?))).collect(),
        }
    }
}

impl fmt::Display for StepOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StepOutcome::Rejected(why) => write!(f, "no transaction: {why}"),
            StepOutcome::Duplicate => f.write_str("a duplicate"),
            StepOutcome::Decided(decided) => write!(f, "{decided}"),
        }
    }
}

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, score {}", self.action.name(), self.score)?;
        let points = |(name, points): &(String, i32)| format!("{name} ({points})");
        part(f, "fired", self.fired.iter().map(points))?;
        part(f, "in shadow", self.shadow.iter().map(points))?;
        part(f, "undecided", self.undecided.iter().cloned())
    }
}

fn part(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    names: impl Iterator<Item = String>,
) -> fmt::Result {
    let names: Vec<String> = names.collect();
    if names.is_empty() { Ok(()) } else { write!(f, "; {what}: {}", names.join(", ")) }
}
