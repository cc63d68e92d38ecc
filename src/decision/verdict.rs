//! From the points of the rules that fired to a score, an action and a severity.

use crate::rules::{Action, Evaluation, Fired, Ruleset, Severity};

/// The highest score.
pub const SCORE_MAX: i32 = 1000;

/// The short answer about one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The sum of the points of the live rules that fired, kept within 0 and [`SCORE_MAX`].
    pub score: i32,
    pub action: Action,
    /// The highest of the live rules that fired.
    pub severity: Option<Severity>,
}

impl Verdict {
    /// Of a message that runs no rules.
    pub const WITHOUT_RULES: Verdict =
        Verdict { score: 0, action: Action::Approve, severity: None };

    /// By the ruleset's thresholds, or stricter where a rule that fired demands it.
    pub fn of(ruleset: &Ruleset, evaluation: &Evaluation) -> Self {
        let points = evaluation.fired.iter().map(|fired| i64::from(fired.points)).sum::<i64>();
        let score = points.clamp(0, i64::from(SCORE_MAX)) as i32;
        let rules =
            || evaluation.fired.iter().filter_map(|fired: &Fired| ruleset.rules().get(fired.rule));
        let demanded = rules().filter_map(|rule| rule.action).max();
        Self {
            score,
            action: by_score(ruleset, score).max(demanded.unwrap_or(Action::Approve)),
            severity: rules().map(|rule| rule.severity).max(),
        }
    }

    /// The action, had a shadow rule that fired been live.
    pub fn action_with(&self, ruleset: &Ruleset, shadow: &Fired) -> Action {
        let score = self.score.saturating_add(shadow.points).clamp(0, SCORE_MAX);
        let demanded = ruleset.rules().get(shadow.rule).and_then(|rule| rule.action);
        self.action.max(by_score(ruleset, score)).max(demanded.unwrap_or(Action::Approve))
    }

    /// Whether somebody should hear of it, a cooldown aside.
    pub fn wants_alert(&self) -> bool {
        self.action != Action::Approve
    }

    /// The severity as an alert names it; `low` where no rule fired and a threshold of 0 alerts on all.
    pub fn severity_name(&self) -> &'static str {
        self.severity.unwrap_or(Severity::Low).name()
    }

    /// Rank of the severity, for comparison with an earlier alert's.
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
