//! What a ruleset, an action, a rule or a kind detected, from counts.

use super::money::{Money, estimate};
use super::outcome_counts::OutcomeCounts;
use crate::backtest::figures::{counted_quantile, share, share_of_value};
use crate::backtest::report::{Delay, DelayCount, Detection, KindReport, Quantiles};
use crate::backtest::truth::{FraudScope, FraudTally, KIND_NAMES, KindTally};
use crate::number::NearestDouble;
use std::collections::BTreeMap;

/// Longer delays are counted together.
const DELAY_TRANSACTIONS_MAX: u64 = 10;

/// What everything is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Baseline {
    pub money: Money,
    /// All cases.
    pub cases: OutcomeCounts,
    /// Cards with fraud, and what the issuer approved of it.
    pub fraud_cards: u64,
    pub approved_fraud_value: i128,
}

impl Baseline {
    /// Of alerts by outcome, and what they caught of each card's fraud.
    pub fn detection(&self, alerts: &OutcomeCounts, scope: &FraudScope) -> Detection {
        let (hits, misses) = (alerts.fraud.0, alerts.all_genuine());
        let (true_value, false_value) = (alerts.fraud.1, alerts.genuine_value());
        let ratio = misses.nearest_double() / hits.nearest_double();
        Detection {
            alerts: alerts.all(),
            true_alerts: hits,
            false_alerts: misses,
            not_yet_known: alerts.not_yet_known.0,
            declined: alerts.declined.0,
            true_value: self.money.amount(true_value),
            false_value: self.money.amount(false_value),
            precision: estimate(hits, hits + misses),
            precision_by_value: share_of_value(true_value, true_value + false_value),
            recall: estimate(hits, self.cases.fraud.0),
            recall_by_value: share_of_value(true_value, self.cases.fraud.1),
            recall_by_card: estimate(scope.caught_cards, self.fraud_cards),
            false_positive_ratio: (hits > 0).then_some(ratio),
            false_positive_rate: share(misses, self.cases.all_genuine()),
            value_saved: self.money.amount(scope.saved),
            value_saved_share: share_of_value(scope.saved, self.approved_fraud_value),
            delay: delay(scope, self.fraud_cards),
        }
    }

    /// The kinds that have cases, by decreasing number of cases.
    pub fn kinds(&self, frauds: &FraudTally) -> Vec<KindReport> {
        let named = KIND_NAMES.iter().zip(&frauds.kinds).filter(|(_, kind)| kind.cases > 0);
        let mut kinds: Vec<_> = named.collect();
        // Stable: of equally frequent ones, in the order of the names.
        kinds.sort_by_key(|(_, kind)| std::cmp::Reverse(kind.cases));
        kinds.into_iter().map(|(name, kind)| self.kind(name, kind)).collect()
    }

    fn kind(&self, name: &str, kind: &KindTally) -> KindReport {
        KindReport {
            kind: name.to_owned(),
            cases: kind.cases,
            value: self.money.amount(kind.value),
            cards: kind.scope.cards,
            caught: kind.caught,
            caught_value: self.money.amount(kind.caught_value),
            caught_cards: kind.scope.caught_cards,
            recall: estimate(kind.caught, kind.cases),
            recall_by_value: share_of_value(kind.caught_value, kind.value),
            recall_by_card: estimate(kind.scope.caught_cards, kind.scope.cards),
            value_saved: self.money.amount(kind.scope.saved),
            delay: delay(&kind.scope, kind.scope.cards),
        }
    }
}

fn delay(scope: &FraudScope, fraud_cards: u64) -> Delay {
    let mut by_transactions: Vec<DelayCount> = (0..=DELAY_TRANSACTIONS_MAX)
        .map(|transactions| DelayCount {
            transactions,
            or_more: transactions == DELAY_TRANSACTIONS_MAX,
            cards: 0,
        })
        .collect();
    for (transactions, cards) in &scope.transactions {
        let at = usize::try_from(*transactions.min(&DELAY_TRANSACTIONS_MAX)).unwrap_or(0);
        by_transactions.get_mut(at).into_iter().for_each(|count| count.cards += cards);
    }
    Delay {
        caught_cards: scope.caught_cards,
        missed_cards: fraud_cards.saturating_sub(scope.caught_cards),
        transactions: quantiles(&scope.transactions),
        minutes: quantiles(&scope.minutes),
        by_transactions,
    }
}

fn quantiles(counts: &BTreeMap<u64, u64>) -> Option<Quantiles> {
    let quantile = |share| counted_quantile(counts, share).map(NearestDouble::nearest_double);
    Some(Quantiles { median: quantile(0.5)?, p90: quantile(0.9)? })
}
