//! Turns the points of the rules that fired into a score, an action and a severity.

use crate::rules::{Action, Evaluation, Fired, Ruleset, Severity};

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
}

impl Assessment {
    /// The result for a message that runs no rules.
    pub const WITHOUT_RULES: Assessment =
        Assessment { score: 0, action: Action::Approve, severity: None };

    /// The action follows from the ruleset's thresholds, unless a rule that fired demands a
    /// stricter one.
    pub fn of(ruleset: &Ruleset, evaluation: &Evaluation) -> Self {
        let points = evaluation.fired.iter().map(|fired| i64::from(fired.points)).sum::<i64>();
        let score = i32::try_from(points.max(0)).map_or(SCORE_MAX, |points| points.min(SCORE_MAX));
        let rules =
            || evaluation.fired.iter().filter_map(|fired: &Fired| ruleset.rules().get(fired.rule));
        let demanded = rules().filter_map(|rule| rule.action).max();
        Self {
            score,
            action: by_score(ruleset, score).max(demanded.unwrap_or(Action::Approve)),
            severity: rules().map(|rule| rule.severity).max(),
        }
    }

    /// The action that would result if this shadow rule were live.
    pub fn action_with(&self, ruleset: &Ruleset, shadow: &Fired) -> Action {
        let score = self.score.saturating_add(shadow.points).clamp(0, SCORE_MAX);
        let demanded = ruleset.rules().get(shadow.rule).and_then(|rule| rule.action);
        self.action.max(by_score(ruleset, score)).max(demanded.unwrap_or(Action::Approve))
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

fn by_score(ruleset: &Ruleset, score: i32) -> Action {
    if score >= ruleset.decline {
        Action::Decline
    } else if score >= ruleset.review {
        Action::Review
    } else {
        Action::Approve
    }
}
