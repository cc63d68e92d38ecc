//! Collects everything to report about one transaction, independent of the output format.

use super::past_lists::ListsReport;
use crate::cli::transactions::TransactionSource;
use crate::decision::Decision;
use crate::memory::{Event, MessageId, PublishedAlert, Recall, Role};
use crate::rules::{
    Action, Environment, Evaluation, Explanation, Part, RuleInfo, RuleOutcome, RulesetId, Severity,
    Value, transaction_fields,
};
use crate::transaction::{Currency, Kind, Time, Transaction};
use std::collections::HashMap;

#[derive(Debug)]
pub struct Report {
    /// `day.jsonl:17`
    pub place: String,
    pub line: u64,
    pub id: String,
    pub kind: Kind,
    pub card: String,
    pub time: Time,
    /// Every field that is present in the message, by its path.
    pub fields: Vec<(&'static str, Value)>,
    pub remembered: Remembered,
    pub role: Role,
    pub ruleset: RulesetId,
    /// For a decision of a service with a lists topic, unless entries come from a file.
    pub lists: Option<ListsReport>,
    pub currency: Currency,
    /// `None` for a duplicate.
    pub decided: Option<Decided>,
    /// In the order of the ruleset; empty if no rules run.
    pub rules: Vec<RuleReport>,
    /// The ids of remembered charges, as far as they are known.
    pub names: HashMap<MessageId, String>,
}

/// What memory held about the card.
#[derive(Debug)]
pub struct Remembered {
    pub charges: usize,
    pub refunds: usize,
    /// The time of the oldest charge.
    pub oldest: Option<Time>,
    /// The time up to which charges are no longer remembered.
    pub cut: Option<Time>,
}

#[derive(Debug)]
pub struct Decided {
    pub score: i32,
    pub action: Action,
    pub severity: Option<Severity>,
    pub alert: AlertStatus,
}

/// Whether an alert is published, and if not, why.
#[derive(Debug, PartialEq, Eq)]
pub enum AlertStatus {
    Published,
    NotWanted,
    /// A decline that the control share lets through.
    LetThrough,
    HeldBack {
        by: Severity,
        at: Time,
        cooldown_ms: i64,
    },
}

#[derive(Debug)]
pub struct RuleReport {
    pub info: RuleInfo,
    pub explanation: Explanation,
    /// Whether the parts agree with the outcome, and the outcome with the decision.
    pub agrees: bool,
}

impl Report {
    /// A report without the decision.
    pub fn new(
        tx: &Transaction<'_>,
        past: &Recall<'_>,
        environment: Environment,
        source: &dyn TransactionSource,
    ) -> Self {
        Self {
            place: source.place(),
            line: source.number(),
            id: tx.id.to_string(),
            kind: tx.kind,
            card: tx.card.token.to_string(),
            time: tx.time,
            fields: transaction_fields(tx, environment.base_currency),
            remembered: Remembered::of(past),
            role: Role::Charge,
            ruleset: RulesetId { name: String::new(), version: String::new(), hash: String::new() },
            lists: None,
            currency: environment.base_currency,
            decided: None,
            rules: Vec::new(),
            names: HashMap::new(),
        }
    }

    /// Every remembered charge in the report.
    pub fn charges(&self) -> impl Iterator<Item = &Event> {
        let explanations = self.rules.iter().map(|rule| &rule.explanation);
        let parts = explanations
            .flat_map(|one| [&one.when].into_iter().chain(&one.points).chain(&one.message));
        parts.flat_map(charges_of)
    }

    /// The ids of rules whose explanation contradicts itself or the decision.
    pub fn disagreements(&self) -> Vec<String> {
        let wrong = self.rules.iter().filter(|rule| !rule.agrees);
        wrong.map(|rule| rule.info.id.clone()).collect()
    }
}

fn charges_of(part: &Part) -> Vec<&Event> {
    let below = part.parts.iter().flat_map(charges_of);
    part.charges.iter().chain(below).collect()
}

impl Remembered {
    fn of(past: &Recall<'_>) -> Self {
        Self {
            charges: past.charges.len(),
            refunds: past.refunds.len(),
            oldest: past.charges.iter().next().map(Event::time),
            cut: past.cut,
        }
    }
}

impl Decided {
    /// `near` is the most severe published alert within the cooldown.
    pub fn of(decision: &Decision<'_>, near: Option<PublishedAlert>) -> Self {
        let assessment = decision.assessment;
        let cooldown_ms = decision.ruleset.alert_cooldown_ms;
        let alert = match near {
            _ if decision.alert => AlertStatus::Published,
            _ if assessment.is_control => AlertStatus::LetThrough,
            Some(last) if assessment.wants_alert() => {
                AlertStatus::HeldBack { by: severity_of(last.severity), at: last.time, cooldown_ms }
            }
            _ => AlertStatus::NotWanted,
        };
        Self {
            score: assessment.score,
            action: assessment.action,
            severity: assessment.severity,
            alert,
        }
    }
}

/// The severity with that rank.
fn severity_of(rank: u8) -> Severity {
    Severity::ALL.get(usize::from(rank)).copied().unwrap_or(Severity::Low)
}

impl RuleReport {
    /// Compares the explanation with the engine's decision.
    pub fn compare(&mut self, decided: &Evaluation) {
        let rule = self.explanation.rule;
        let fired = decided.fired.iter().chain(&decided.shadow).find(|fired| fired.rule == rule);
        let mut undecided = decided.undecided.iter().chain(&decided.shadow_undecided);
        let is_undecided = undecided.any(|at| *at == rule);
        self.agrees &= match &self.explanation.outcome {
            RuleOutcome::Fired(explained) => fired == Some(explained),
            RuleOutcome::Snoozed(_) => fired.is_none() && decided.snoozed.contains(&rule),
            RuleOutcome::Undecided => fired.is_none() && is_undecided,
            RuleOutcome::NotFired | RuleOutcome::NotRun(_) => fired.is_none() && !is_undecided,
        };
    }
}
