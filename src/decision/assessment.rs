//! Turns the points of the rules that fired into a score, an action and a severity.

use crate::rules::{Action, Evaluation, Fired, Ruleset, Severity};
use crate::transaction::Transaction;

/// The highest score.
const SCORE_MAX: i32 = 1000;

/// The score, action and severity of one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assessment {
    /// The sum of the points of the live rules that fired, limited to 0 to 1000.
    pub score: i32,
    /// The stricter of what the score results in and what a live rule that fired demands.
    pub action: Action,
    /// The highest severity of the live rules that fired; `None` if none fired.
    pub severity: Option<Severity>,
    /// Whether this would be a decline, and is approved to learn its outcome
    /// ([`Ruleset::control`]).
    pub is_control: bool,
}

impl Assessment {
    /// The result for a message that runs no rules.
    pub const WITHOUT_RULES: Assessment =
        Assessment { score: 0, action: Action::Approve, severity: None, is_control: false };

    /// The action follows from the ruleset's thresholds, unless a rule that fired demands a
    /// stricter one, or the transaction is among the declines that are let through.
    pub fn of(ruleset: &Ruleset, evaluation: &Evaluation, tx: &Transaction<'_>) -> Self {
        let by_rules = Self::by_rules(ruleset, evaluation);
        match by_rules.action == Action::Decline && is_control(ruleset, evaluation, tx) {
            true => Self { action: Action::Approve, is_control: true, ..by_rules },
            false => by_rules,
        }
    }

    fn by_rules(ruleset: &Ruleset, evaluation: &Evaluation) -> Self {
        let (score, action) = score_and_action(ruleset, evaluation.fired.iter());
        let rules = evaluation.fired.iter().filter_map(|fired| ruleset.rules().get(fired.rule));
        let severity = rules.map(|rule| rule.severity).max();
        Self { score, action, severity, is_control: false }
    }

    /// The action that would result without one of the live rules that fired, given its place among
    /// them, and without the control share.
    pub fn action_without(ruleset: &Ruleset, evaluation: &Evaluation, at: usize) -> Action {
        let fired = evaluation.fired.iter().enumerate();
        let others = fired.filter(|(other, _)| *other != at).map(|(_, fired)| fired);
        score_and_action(ruleset, others).1
    }

    /// The action without the control share.
    pub fn uncontrolled_action(&self) -> Action {
        if self.is_control { Action::Decline } else { self.action }
    }

    /// The action that would result if this shadow rule were live.
    pub fn action_with(&self, ruleset: &Ruleset, shadow: &Fired) -> Action {
        let score = self.score.saturating_add(shadow.points).clamp(0, SCORE_MAX);
        let demanded = ruleset.rules().get(shadow.rule).and_then(|rule| rule.action);
        self.uncontrolled_action()
            .max(by_score(ruleset, score))
            .max(demanded.unwrap_or(Action::Approve))
    }

    /// Whether it calls for an alert, ignoring cooldowns.
    pub fn wants_alert(&self) -> bool {
        self.action != Action::Approve
    }

    /// The severity as an alert names it; `low` if no rule fired and a threshold of 0 alerts on
    /// everything.
    pub(super) fn severity_name(&self) -> &'static str {
        self.severity.unwrap_or(Severity::Low).name()
    }

    /// Rank of the severity, to compare with an earlier alert's.
    pub fn severity_rank(&self) -> u8 {
        self.severity.map_or(0, |severity| severity as u8)
    }
}

/// Whether a decline may be let through: there is a control share, the amount is within its limit,
/// and no rule that fired forbids it.
pub(super) fn is_eligible(
    ruleset: &Ruleset,
    evaluation: &Evaluation,
    tx: &Transaction<'_>,
) -> bool {
    let is_within = ruleset.control.is_some_and(|control| control.is_within(tx));
    is_within && evaluation.fired.iter().all(|fired| ruleset.allows_control(fired.rule))
}

/// Whether a decline is let through.
fn is_control(ruleset: &Ruleset, evaluation: &Evaluation, tx: &Transaction<'_>) -> bool {
    let is_chosen = ruleset.control.is_some_and(|control| control.chooses(&tx.card.token, tx.time));
    is_chosen && is_eligible(ruleset, evaluation, tx)
}

/// What the live rules that fired result in.
fn score_and_action<'e>(
    ruleset: &Ruleset,
    fired: impl Iterator<Item = &'e Fired>,
) -> (i32, Action) {
    let (mut points, mut demanded) = (0, Action::Approve);
    for fired in fired {
        points += i64::from(fired.points);
        let action = ruleset.rules().get(fired.rule).and_then(|rule| rule.action);
        demanded = demanded.max(action.unwrap_or(Action::Approve));
    }
    let score = i32::try_from(points.max(0)).map_or(SCORE_MAX, |points| points.min(SCORE_MAX));
    (score, by_score(ruleset, score).max(demanded))
}

fn by_score(ruleset: &Ruleset, score: i32) -> Action {
    if score >= ruleset.decline {
        Action::Decline
    } else if score >= ruleset.review {
        Action::Review
    } else {
        Action::Approve
    }
}
