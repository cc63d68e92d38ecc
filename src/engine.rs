//! One transaction against memory and ruleset: the only way to a decision.
//!
//! ```text
//! Transaction ─▶ settle its token ─▶ open the card ─▶ known? ─▶ Duplicate
//!                     ┌─────────────────────┘
//!                     ▼ role
//!               recall the past ─▶ evaluate the rules ─▶ decide ─▶ record ─▶ Decided
//! ```
//!
//! It knows no clock, no stream and no format. The same transactions in the same order against the
//! same memory and ruleset give the same decisions.

use crate::decision::{Decision, Verdict};
use crate::memory::{CardKey, CardMemory, Entry, LastAlert, Memory, MessageId, Recorded, Role};
use crate::rules::{Evaluation, Ruleset};
use crate::transaction::Transaction;
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
        /// What memory took in, for the history.
        entry: Entry,
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
    pub fn decide<'e>(
        &'e mut self,
        memory: &mut Memory,
        tx: &'e mut Transaction<'_>,
    ) -> Outcome<'e> {
        settle_token(memory, tx);
        let card = memory.open(CardKey::of(&tx.card.token));
        let id = MessageId::of(tx.kind, &tx.id);
        if card.remembers(id) {
            return Outcome::Duplicate;
        }
        let role = card.role(tx);
        let verdict = self.judge(tx, &card, role);
        let own = LastAlert { time: tx.time, severity: verdict.severity_rank() };
        let (last, cooldown_ms) = (card.last_alert(), self.ruleset.alert_cooldown_ms);
        let alert = verdict.wants_alert() && !is_held_back(own, last, cooldown_ms);
        let last = alert.then(|| after_alert(own, last, cooldown_ms));
        let (entry, recorded) = card.record(id, tx, role, last);
        let decision = Decision {
            transaction: tx,
            ruleset: &self.ruleset,
            evaluation: &self.evaluation,
            verdict,
            alert,
        };
        Outcome::Decided { decision, entry, recorded }
    }

    /// Remembers a transaction without deciding on it. `None` for a redelivery.
    pub fn remember(&mut self, memory: &mut Memory, tx: &mut Transaction<'_>) -> Option<Entry> {
        settle_token(memory, tx);
        let card = memory.open(CardKey::of(&tx.card.token));
        let id = MessageId::of(tx.kind, &tx.id);
        if card.remembers(id) {
            return None;
        }
        let role = card.role(tx);
        Some(card.record(id, tx, role, None).0)
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

/// Of a card that has tokens under two keys: it goes by the former one as long as it is remembered by
/// that. It hangs on memory alone, so whoever restores it, or takes a batch back and decides again,
/// chooses the same.
pub fn settle_token(memory: &Memory, tx: &mut Transaction<'_>) {
    tx.card.settle_token(|former| memory.knows(CardKey::of(former)));
}

/// Whether the card's last alert is so near in time that this one, no more severe, says nothing new.
fn is_held_back(own: LastAlert, last: Option<LastAlert>, cooldown_ms: i64) -> bool {
    last.is_some_and(|last| is_near(own, last, cooldown_ms) && own.severity <= last.severity)
}

fn is_near(one: LastAlert, other: LastAlert, cooldown_ms: i64) -> bool {
    one.time.millis().abs_diff(other.time.millis()) < cooldown_ms.unsigned_abs()
}

/// A late alert does not turn the card's clock back, nor what its newest one said.
fn after_alert(own: LastAlert, last: Option<LastAlert>, cooldown_ms: i64) -> LastAlert {
    match last {
        Some(last) if last.time > own.time => {
            let known = if is_near(own, last, cooldown_ms) { own.severity } else { 0 };
            LastAlert { severity: last.severity.max(known), ..last }
        }
        _ => own,
    }
}

#[cfg(test)]
mod key_change_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::Time;

    const COOLDOWN_MS: i64 = 10;

    /// Which of the alerts, `(time, severity)` in the order of arrival, are published.
    #[track_caller]
    fn check(alerts: &[(i64, u8)], published: &[bool]) {
        let mut last = None;
        let mut found = Vec::new();
        for (time, severity) in alerts {
            let own = LastAlert { time: Time(*time), severity: *severity };
            let publish = !is_held_back(own, last, COOLDOWN_MS);
            if publish {
                last = Some(after_alert(own, last, COOLDOWN_MS));
            }
            found.push(publish);
        }
        assert_eq!(found, published, "{alerts:?}");
    }

    #[test]
    fn within_the_cooldown_only_a_more_severe_alert_is_published() {
        check(&[(100, 1), (109, 1), (110, 1)], &[true, false, true]);
        check(
            &[(100, 1), (101, 2), (102, 1), (103, 2), (104, 3)],
            &[true, true, false, false, true],
        );
    }

    #[test]
    fn a_late_alert_changes_nothing_for_those_after_the_newest() {
        // Long ago and mild: the severe one still counts.
        check(&[(100, 3), (50, 1), (101, 2)], &[true, true, false]);
        // Long ago and severe: it is over.
        check(&[(100, 1), (50, 3), (101, 2)], &[true, true, true]);
        // Near and more severe.
        check(&[(100, 1), (95, 2), (101, 2), (102, 3)], &[true, true, false, true]);
    }
}
