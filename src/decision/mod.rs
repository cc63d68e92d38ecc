//! Points → score → action; decisions and alerts as bytes with a fixed order of keys.

use crate::rules::{Action, Evaluation, Ruleset, Severity};
use crate::transaction::{Time, Transaction};

/// What the ruleset said about one transaction.
#[derive(Debug)]
pub struct Decision<'a> {
    pub transaction: &'a Transaction<'a>,
    pub ruleset: &'a Ruleset,
    /// Empty for a message that runs no rules.
    pub evaluation: &'a Evaluation,
    /// 0 to 1000.
    pub score: u16,
    pub action: Action,
    /// The highest of the live rules that fired.
    pub severity: Option<Severity>,
    /// Whether somebody must hear of it: not approved, and no cooldown holds it back.
    pub alert: bool,
}

/// Where a transaction was read.
#[derive(Debug, Clone, Copy)]
pub struct Position<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
}

impl Decision<'_> {
    /// Appends the decision as one JSON object, without a line end.
    pub fn write_json(&self, _out: &mut Vec<u8>) {
        todo!("decision")
    }

    /// Appends the value of an alert (docs/alert.md).
    pub fn write_alert(
        &self,
        _decided_at: Option<Time>,
        _source: Option<Position<'_>>,
        _out: &mut Vec<u8>,
    ) {
        todo!("decision")
    }

    /// Derived from card token, type and transaction id alone: a repeat has the same one.
    pub fn alert_id(&self) -> String {
        todo!("decision")
    }
}
