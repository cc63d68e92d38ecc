//! What one ruleset decided about one case, as far as figures need it.

use crate::decision::{Assessment, Decision};
use crate::rules::{Action, Fired};

/// The decision of one ruleset about one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// From 0 to 1000.
    pub score: u16,
    /// Without the control share: what the rules result in.
    pub action: Action,
    /// Whether it is a decline that the control share may let through, and whether it does.
    pub is_eligible: bool,
    pub is_control: bool,
    /// Whether a rule that fired demands an action, so that the case is alerted whatever its score.
    pub is_demanded: bool,
    /// Whether the alert would be published. The cooldown suppresses some.
    pub is_published: bool,
}

/// A rule that fired on a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleVerdict {
    /// Its index in the ruleset.
    pub rule: u16,
    pub points: i16,
    pub is_shadow: bool,
    /// Whether the case is alerted; for a shadow rule, whether it would be if the rule were live.
    pub alerts: bool,
    /// Whether it is alerted, and would be approved without the rule; for a shadow rule, whether it
    /// is approved, and would be alerted if the rule were live.
    pub alone: bool,
    /// Whether leaving the rule out would change the action.
    pub is_needed: bool,
}

impl Verdict {
    /// What a decision says; the rules that fired are appended.
    pub fn of(decision: &Decision<'_>, rules: &mut Vec<RuleVerdict>) -> Self {
        let Decision { evaluation, ruleset, assessment, .. } = decision;
        let action = assessment.uncontrolled_action();
        let is_alerted = action != Action::Approve;
        rules.extend(evaluation.fired.iter().enumerate().map(|(at, fired)| {
            let without = Assessment::action_without(ruleset, evaluation, at);
            RuleVerdict {
                alerts: is_alerted,
                alone: is_alerted && without == Action::Approve,
                is_needed: without != action,
                ..RuleVerdict::fired(fired)
            }
        }));
        rules.extend(evaluation.shadow.iter().map(|fired| {
            let with = assessment.action_with(ruleset, fired);
            let alerts = with != Action::Approve;
            let alone = alerts && !is_alerted;
            RuleVerdict { is_shadow: true, alerts, alone, ..RuleVerdict::fired(fired) }
        }));
        let demands = |fired: &Fired| ruleset.rules().get(fired.rule)?.action;
        Self {
            score: u16::try_from(assessment.score).unwrap_or(0),
            action,
            is_eligible: decision.is_eligible_for_control(),
            is_control: assessment.is_control,
            is_demanded: evaluation.fired.iter().any(|fired| demands(fired).is_some()),
            is_published: decision.alert,
        }
    }

    pub fn is_alerted(&self) -> bool {
        self.action != Action::Approve
    }
}

impl RuleVerdict {
    fn fired(fired: &Fired) -> Self {
        Self {
            rule: u16::try_from(fired.rule).unwrap_or(u16::MAX),
            points: i16::try_from(fired.points).unwrap_or(0),
            is_shadow: false,
            alerts: false,
            alone: false,
            is_needed: false,
        }
    }
}
