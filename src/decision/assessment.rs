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
        let points = evaluation.fired.iter().map(|fired| i64::from(fired.points)).sum::<i64>();
        let score = i32::try_from(points.max(0)).map_or(SCORE_MAX, |points| points.min(SCORE_MAX));
        let rules =
            || evaluation.fired.iter().filter_map(|fired: &Fired| ruleset.rules().get(fired.rule));
        let demanded = rules().filter_map(|rule| rule.action).max();
        Self {
            score,
            action: by_score(ruleset, score).max(demanded.unwrap_or(Action::Approve)),
            severity: rules().map(|rule| rule.severity).max(),
            is_control: false,
        }
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

/// Whether a decline is let through: no rule that fired forbids it, and the ruleset's control share
/// selects the transaction.
fn is_control(ruleset: &Ruleset, evaluation: &Evaluation, tx: &Transaction<'_>) -> bool {
    let Some(control) = ruleset.control else { return false };
    control.selects(tx) && evaluation.fired.iter().all(|fired| ruleset.allows_control(fired.rule))
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
