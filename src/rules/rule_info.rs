//! The static properties of a rule, as decisions, metrics and listings show them.

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

/// What to do with a transaction, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    Approve,
    Review,
    Decline,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Live,
    Shadow,
    Off,
}

/// The static properties of a rule, for decisions and metrics.
#[derive(Debug, Clone)]
pub struct RuleInfo {
    pub id: String,
    pub description: String,
    pub severity: Severity,
    pub reason: String,
    pub mode: Mode,
    /// The mildest action allowed when the rule fires, whatever the score.
    pub action: Option<Action>,
}

impl Severity {
    pub const ALL: &'static [Severity] =
        &[Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    pub fn name(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl Action {
    pub const ALL: &'static [Action] = &[Action::Approve, Action::Review, Action::Decline];

    pub fn name(self) -> &'static str {
        match self {
            Action::Approve => "approve",
            Action::Review => "review",
            Action::Decline => "decline",
        }
    }
}
