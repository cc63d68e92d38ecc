//! Finds which rules a card's holder has snoozed, by saying that an alerted transaction was genuine.
//!
//! Nothing is stored for it: a snooze follows from the alerted message and from the labels of its
//! charge. Most cards have no labels, and then nothing is computed.

use super::alerted_rules::AlertedRules;
use super::ledger::Ledger;
use super::timeline::Timeline;
use crate::memory::card::message::event::Event;
use crate::memory::card::message::identity::{Identity, id_hash32, id_hash64};
use crate::transaction::{HOUR_MS, LabelValue, Time, Transaction};

/// How long a snooze lasts after the cardholder was heard.
const SNOOZE_MS: i64 = HOUR_MS;

/// The snoozes of a card at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Snoozes<'m>(Option<LabelledAlerts<'m>>);

/// What snoozes follow from.
#[derive(Debug, Clone, Copy)]
struct LabelledAlerts<'m> {
    charges: &'m Timeline<Event>,
    ledger: &'m Ledger,
    retention_floor: Time,
    now: Time,
}

/// Rules that do not fire for a card, at the merchant of an alerted message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardSnooze<'m> {
    /// [`id_hash64`] of `merchant.id`.
    pub merchant: u64,
    /// The highest amount that is covered, in minor units of the base currency.
    pub amount_max: i64,
    /// [`id_hash32`] of the ids of the rules.
    pub rules: &'m [u32],
    /// When it ends.
    pub until: Time,
}

impl<'m> Snoozes<'m> {
    pub(in crate::memory) fn of(
        charges: &'m Timeline<Event>,
        ledger: &'m Ledger,
        retention_floor: Time,
        now: Time,
    ) -> Self {
        let can_be = !ledger.alerts.is_empty() && !ledger.labels.is_empty();
        Self(can_be.then_some(LabelledAlerts { charges, ledger, retention_floor, now }))
    }

    /// Those that are active.
    pub fn iter(&self) -> impl Iterator<Item = CardSnooze<'m>> + use<'m> {
        let labelled = self.0;
        let alerts = labelled.into_iter().flat_map(|labelled| labelled.ledger.alerts.iter());
        alerts.filter_map(move |alert| labelled?.snooze(alert))
    }

    /// The end of the snooze of a rule for a transaction; of several, the last one.
    pub fn end(&self, tx: &Transaction<'_>, rule: &str) -> Option<Time> {
        self.0?;
        let (merchant, rule) = (id_hash64(&tx.merchant.id), id_hash32(rule));
        let amount = tx.base_amount?;
        let covers = |snooze: &CardSnooze<'_>| {
            snooze.merchant == merchant
                && amount <= snooze.amount_max
                && snooze.rules.contains(&rule)
        };
        self.iter().filter(covers).map(|snooze| snooze.until).max()
    }
}

impl<'m> LabelledAlerts<'m> {
    fn snooze(&self, alert: &'m AlertedRules) -> Option<CardSnooze<'m>> {
        let is_past = |time: Time| self.retention_floor < time && time <= self.now;
        let charge = self.charge_of(alert.of).filter(|_| is_past(alert.time))?;
        let until = Time(self.genuine_since(charge)?.millis().saturating_add(SNOOZE_MS));
        (self.now < until).then_some(CardSnooze {
            merchant: alert.of.merchant,
            amount_max: with_margin(alert.amount),
            rules: &alert.rules,
            until,
        })
    }

    /// The charge that a kept message counts towards, unless it is older than the retention.
    fn charge_of(&self, message: Identity) -> Option<Identity> {
        if let Some(charge) = self.charges.find(message) {
            return (charge.time() > self.retention_floor).then_some(message);
        }
        let root = self.ledger.root_of(message)?;
        let increment = || Some(&self.ledger.increments.find(root)?.event);
        let charge = self.charges.find(root).or_else(increment)?;
        (charge.time() > self.retention_floor).then_some(root)
    }

    /// When the cardholder last said that a charge was genuine, unless a label contradicts it that
    /// became known later.
    fn genuine_since(&self, charge: Identity) -> Option<Time> {
        let labels = self.ledger.labels.all_of(charge).map(|label| &label.entry);
        let known = labels.take_while(|label| label.known_at <= self.now);
        known.fold(None, |since, label| match label.value {
            LabelValue::Genuine if label.is_from_cardholder => Some(label.known_at),
            LabelValue::Genuine => since,
            LabelValue::Fraud | LabelValue::Suspected | LabelValue::Unknown => None,
        })
    }
}

/// 1.2 times an amount, rounded down.
fn with_margin(amount: i64) -> i64 {
    i64::try_from(i128::from(amount) * 6 / 5).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::with_margin;

    #[test]
    fn a_fifth_more_is_covered_rounded_down() {
        for (amount, expected) in
            [(0, 0), (4, 4), (5, 6), (9, 10), (100, 120), (i64::MAX, i64::MAX)]
        {
            assert_eq!(with_margin(amount), expected, "{amount}");
        }
    }
}
