//! The static properties of a rule, as decisions, metrics and listings show them.

/// How urgent an alert is, mildest first. It does not affect scores or actions, but which alerts
/// are notified, and which of them a cooldown suppresses. Memory and the history store a severity
/// as its position in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Not notified by default (`notify.severity_floor`).
    Low,
    /// Notified by default, like everything above it.
    Medium,
    /// The severity of a storm, whatever its causes are.
    High,
    /// Only another critical alert of the card can suppress such an alert.
    Critical,
}

/// What to do with a transaction, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The default: what happens if no score or rule says otherwise. No alert.
    Approve,
    /// A person should look at it. Like a decline, it calls for an alert.
    Review,
    /// The issuer should refuse it. redcard says so and refuses nothing itself.
    Decline,
}

/// Whether a rule is evaluated, and whether it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Its points count, and it may demand an action.
    Live,
    /// Evaluated and reported like a live rule, but without effect on score, action and alerts.
    Shadow,
    /// Checked when the ruleset is compiled, and never evaluated.
    Off,
}

/// The static properties of a rule, for decisions and metrics.
#[derive(Debug, Clone)]
pub struct RuleInfo {
    /// Unique in the ruleset: ASCII letters, digits, `-`, `_` and `.`.
    pub id: String,
    /// What the rule is about, for analysts; empty if the ruleset does not say.
    pub description: String,
    /// An alert has the highest severity of the rules that fired.
    pub severity: Severity,
    /// A code for machines, such as `CARD_TESTING`, passed on as written. Rules may share it.
    pub reason: String,
    /// Rules that are [`Mode::Off`] are listed too.
    pub mode: Mode,
    /// The mildest action allowed when the rule fires, whatever the score.
    pub action: Option<Action>,
}

impl Severity {
    /// By rank: the item at a severity's number is the severity itself.
    pub const ALL: &'static [Severity] =
        &[Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    /// As rules files, decisions, alerts and metrics write it.
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
    /// Mildest first.
    pub const ALL: &'static [Action] = &[Action::Approve, Action::Review, Action::Decline];

    /// As rules files, decisions, alerts and metrics write it.
    pub fn name(self) -> &'static str {
        match self {
            Action::Approve => "approve",
            Action::Review => "review",
            Action::Decline => "decline",
        }
    }
}
