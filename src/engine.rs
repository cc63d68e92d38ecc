//! One transaction against memory and ruleset: the only way to a decision.
//!
//! ```text
//! Transaction ─▶ open the card ─▶ known? ─▶ Duplicate
//!                     │
//!                     ▼ role
//!               recall the past ─▶ evaluate the rules ─▶ decide ─▶ record ─▶ Decided
//! ```
//!
//! It knows no clock, no stream and no format. The same transactions in the same order against the
//! same memory and ruleset give the same decisions.

use crate::decision::{Decision, Verdict};
use crate::memory::{CardKey, CardMemory, LastAlert, Memory, MessageId, Recorded, Role};
use crate::rules::{Evaluation, Ruleset};
use crate::transaction::{Time, Transaction};
use std::sync::Arc;

/// Scores transactions, one at a time, under one ruleset.
#[derive(Debug)]
pub struct Engine {
    ruleset: Arc<Ruleset>,
    /// Kept for its buffers.
    evaluation: Evaluation,
}

/// What came of a transaction.
#[derive(Debug)]
pub enum Outcome<'e> {
    Decided {
        decision: Decision<'e>,
        role: Role,
        recorded: Recorded,
    },
    /// A redelivery: no decision, no alert, nothing remembered.
    Duplicate,
}

impl Engine {
    pub fn new(ruleset: Arc<Ruleset>) -> Self {
        Self { ruleset, evaluation: Evaluation::default() }
    }

    pub fn ruleset(&self) -> &Arc<Ruleset> {
        &self.ruleset
    }

    /// Decides on one transaction as of its own time, then remembers it.
    pub fn decide<'e>(&'e mut self, memory: &mut Memory, tx: &'e Transaction<'e>) -> Outcome<'e> {
        let mut card = memory.open(CardKey::of(&tx.card.token), tx.time);
        if card.remembers(MessageId::of(tx.kind, &tx.id)) {
            return Outcome::Duplicate;
        }
        let role = card.role(tx);
        let verdict = self.judge(tx, &card, role);
        let alert = verdict.wants_alert()
            && !is_held_back(&verdict, tx.time, card.last_alert(), self.ruleset.alert_cooldown_ms);
        if alert {
            card.set_last_alert(after_alert(&verdict, tx.time, card.last_alert()));
        }
        let recorded = card.record(tx, role);
        let decision = Decision {
            transaction: tx,
            ruleset: &self.ruleset,
            evaluation: &self.evaluation,
            verdict,
            alert,
        };
        Outcome::Decided { decision, role, recorded }
    }

    fn judge(&mut self, tx: &Transaction<'_>, card: &CardMemory<'_>, role: Role) -> Verdict {
        match role {
            Role::Charge | Role::Refund => {
                self.ruleset.evaluate(tx, &card.recall(tx.time), &mut self.evaluation);
                Verdict::of(&self.ruleset, &self.evaluation)
            }
            Role::Settles | Role::Reverses => {
                self.evaluation.clear();
                Verdict::WITHOUT_RULES
            }
        }
    }
}

/// Whether the card's last alert is so near in time that this one, no more severe, says nothing new.
fn is_held_back(verdict: &Verdict, now: Time, last: Option<LastAlert>, cooldown_ms: i64) -> bool {
    last.is_some_and(|last| {
        let apart_ms = now.millis().abs_diff(last.time.millis());
        apart_ms < cooldown_ms.unsigned_abs() && verdict.severity_rank() <= last.severity
    })
}

/// A late alert does not turn the card's clock back.
fn after_alert(verdict: &Verdict, now: Time, last: Option<LastAlert>) -> LastAlert {
    let time = last.map_or(now, |last| last.time.max(now));
    LastAlert { time, severity: verdict.severity_rank() }
}
