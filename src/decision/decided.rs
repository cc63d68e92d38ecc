//! The decision of a ruleset about one transaction, and the identity of an alert about it.

use super::assessment::{self, Assessment};
use crate::hex::hex;
use crate::rules::{Action, Evaluation, Ruleset};
use crate::transaction::{SECOND_MS, Transaction, WireName};
use sha2::{Digest, Sha256};
use std::cell::OnceCell;

/// The decision of the ruleset about one transaction.
#[derive(Debug)]
pub struct Decision<'a> {
    /// As decoded, with the token that its card is remembered by.
    pub transaction: &'a Transaction<'a>,
    /// The ruleset that all of this decision comes from.
    pub ruleset: &'a Ruleset,
    /// Empty for a message that runs no rules.
    pub evaluation: &'a Evaluation,
    /// What the rules alone determine: score, action and severity.
    pub assessment: Assessment,
    /// Whether an alert is published: the transaction is not approved, and no cooldown suppresses
    /// the alert.
    pub alert: bool,
    alert_id: OnceCell<String>,
}

/// Where a transaction was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position<'a> {
    /// The input topic.
    pub topic: &'a str,
    /// Kafka's number, from 0.
    pub partition: i32,
    /// The record's place in its partition, from 0.
    pub offset: i64,
}

/// How many bytes of the SHA-256 an alert id shows, in hex.
const ALERT_ID_BYTES: usize = 16;

impl<'a> Decision<'a> {
    /// `evaluation` and `assessment` are those of `ruleset` for `transaction`. `alert` says whether an
    /// alert is published.
    pub(crate) fn new(
        transaction: &'a Transaction<'a>,
        (ruleset, evaluation): (&'a Ruleset, &'a Evaluation),
        assessment: Assessment,
        alert: bool,
    ) -> Self {
        Self { transaction, ruleset, evaluation, assessment, alert, alert_id: OnceCell::new() }
    }

    /// Whether this is a decline that the ruleset's control share may let through, or did.
    pub fn is_eligible_for_control(&self) -> bool {
        self.assessment.uncontrolled_action() == Action::Decline
            && assessment::is_eligible(self.ruleset, self.evaluation, self.transaction)
    }

    /// The probability with which this decline was let through by the ruleset's control share; `None`
    /// for every other decision.
    pub fn propensity(&self) -> Option<f64> {
        let control = self.ruleset.control.filter(|_| self.assessment.is_control);
        control.map(|control| control.share)
    }

    /// A hash of card token, type, transaction id, merchant and time to the second: the identity of
    /// a message, so a duplicate has the same alert id. 32 hexadecimal digits, computed once.
    pub fn alert_id(&self) -> &str {
        self.alert_id.get_or_init(|| self.hashed_identity())
    }

    fn hashed_identity(&self) -> String {
        let tx = self.transaction;
        let second = tx.time.millis().div_euclid(SECOND_MS).to_string();
        let (token, id, merchant) = (&*tx.card.token, &*tx.id, &*tx.merchant.id);
        let mut hash = Sha256::new();
        for part in [token, tx.kind.name(), id, merchant, &second] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash = hash.finalize();
        hex(hash.get(..ALERT_ID_BYTES).unwrap_or(&hash))
    }
}
