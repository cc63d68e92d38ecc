//! The oracle's snoozes: which rules do not fire because the cardholder said that an alerted
//! transaction was genuine.

use super::card::{Card, List};
use crate::memory::card::tests::support::RULES;
use crate::memory::id_hash64;
use crate::transaction::{HOUR_MS, LabelSource, LabelValue};

/// The rules behind an alert.
#[derive(Debug, Clone)]
pub struct KeptAlert {
    /// The number of the message.
    of: u64,
    pub time: i64,
    merchant: u64,
    amount: i64,
    rules: Vec<u32>,
}

/// An active snooze.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Snoozed {
    pub merchant: u64,
    pub amount_max: i64,
    pub rules: Vec<u32>,
    pub until: i64,
}

impl Card {
    /// Notes the rules behind the alert about a message that was just added.
    pub fn note_alert(&mut self, number: u64) {
        let Some(kept) = self.get(number).filter(|kept| kept.list != List::Refunds) else { return };
        let (Some(severity), Some(amount)) = (kept.alert, kept.tx.base_amount) else { return };
        if severity == 0 {
            return;
        }
        let alert = KeptAlert {
            of: number,
            time: kept.time(),
            merchant: id_hash64(&kept.tx.merchant.id),
            amount,
            rules: RULES[..usize::from(severity.min(3))].to_vec(),
        };
        self.alerts.push(alert);
        self.alerts.sort_by_key(|alert| alert.time);
        let surplus = self.alerts.len().saturating_sub(self.cap);
        self.alerts.drain(..surplus);
    }

    /// The snoozes that are active at `now`, sorted.
    pub fn snoozes(&self, retention_floor: i64, now: i64) -> Vec<Snoozed> {
        let snooze = |alert: &KeptAlert| {
            let is_past = retention_floor < alert.time && alert.time <= now;
            let charge = self.charge_of(self.get(alert.of).filter(|_| is_past)?.number)?;
            self.get(charge).filter(|charge| charge.time() > retention_floor)?;
            let until = self.genuine_since(charge, now)? + HOUR_MS;
            let KeptAlert { merchant, amount, ref rules, .. } = *alert;
            let (amount_max, rules) = (amount.saturating_add(amount / 5), rules.clone());
            (now < until).then_some(Snoozed { merchant, amount_max, rules, until })
        };
        let mut snoozes: Vec<_> = self.alerts.iter().filter_map(snooze).collect();
        snoozes.sort();
        snoozes
    }

    /// When the cardholder last said that a charge was genuine, if nothing that became known later
    /// says otherwise.
    fn genuine_since(&self, charge: u64, now: i64) -> Option<i64> {
        let labels = self.labels.iter().map(|kept| (kept.root, &kept.label));
        let known =
            labels.filter(|(root, label)| *root == Some(charge) && label.known_at.millis() <= now);
        let known: Vec<_> = known.map(|(_, label)| label).collect();
        let genuine = known.iter().rev().take_while(|label| label.label == LabelValue::Genuine);
        let mut by_cardholder =
            genuine.filter(|label| label.source == Some(LabelSource::Cardholder));
        by_cardholder.next().map(|label| label.known_at.millis())
    }
}
