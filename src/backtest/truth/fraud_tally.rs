//! Counts what a ruleset caught of each card's fraud: how soon, and how much money that saved.

use super::fraud_kind::KINDS;
use super::labelled_card::RowVerdict;
use crate::rules::Action;
use crate::transaction::{MINUTE_MS, Time};
use std::collections::BTreeMap;

/// A fraud case of one card.
#[derive(Debug, Clone, Copy)]
pub struct FraudCase<'c> {
    pub day: i32,
    pub time: Time,
    /// In minor units of the base currency; 0 without a rate.
    pub value: i128,
    pub is_approved: bool,
    /// Its index in [`KIND_NAMES`](super::KIND_NAMES).
    pub kind: usize,
    pub verdict: &'c RowVerdict,
}

/// The fraud of all cards under one ruleset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FraudTally {
    pub alerts: FraudScope,
    pub declines: FraudScope,
    /// By the index of the rule.
    pub rules: Vec<FraudScope>,
    pub kinds: [KindTally; KINDS],
    /// Fraud cases that a rule caught, by the index of the rule and of the kind.
    pub rule_kinds: BTreeMap<(u16, usize), u64>,
    /// Value saved, by the day on which it would have been spent.
    pub saved_on: BTreeMap<i32, i128>,
    /// What the issuer approved of the fraud, by day.
    pub approved_on: BTreeMap<i32, i128>,
}

/// What was caught of the fraud of cards. A hit is an alert, a decline, or an alert on which a rule
/// fired.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FraudScope {
    /// Cards with fraud.
    pub cards: u64,
    pub caught_cards: u64,
    pub approved_value: i128,
    /// Cases that were hit, and their amounts.
    pub hits: u64,
    pub hit_value: i128,
    pub saved: i128,
    /// How many cards had this many fraud cases before the first hit.
    pub transactions: BTreeMap<u64, u64>,
    /// How many cards had this many whole minutes from the first fraud to the first hit.
    pub minutes: BTreeMap<u64, u64>,
}

/// One kind of fraud.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KindTally {
    pub cases: u64,
    pub value: i128,
    pub caught: u64,
    pub caught_value: i128,
    pub scope: FraudScope,
}

impl FraudTally {
    /// Under a ruleset with this number of rules.
    pub fn new(rules: usize) -> Self {
        Self {
            alerts: FraudScope::default(),
            declines: FraudScope::default(),
            rules: vec![FraudScope::default(); rules],
            kinds: Default::default(),
            rule_kinds: BTreeMap::new(),
            saved_on: BTreeMap::new(),
            approved_on: BTreeMap::new(),
        }
    }

    /// Adds a card's fraud cases, in the order in which they were decided.
    pub fn add_card(&mut self, frauds: &[FraudCase<'_>]) {
        if frauds.is_empty() {
            return;
        }
        let is_alerted = |case: &FraudCase<'_>| case.verdict.verdict.is_alerted();
        self.alerts.add_card(frauds.iter(), is_alerted);
        let is_declined = |case: &FraudCase<'_>| case.verdict.verdict.action == Action::Decline;
        self.declines.add_card(frauds.iter(), is_declined);
        for (rule, scope) in (0_u16..).zip(&mut self.rules) {
            scope.add_card(frauds.iter(), |case| case.is_hit_by(rule));
        }
        for (at, kind) in self.kinds.iter_mut().enumerate() {
            let of_kind = || frauds.iter().filter(|case| case.kind == at);
            kind.add_card(of_kind);
        }
        for case in frauds {
            for rule in case.verdict.rules.iter().filter(|rule| rule.alerts) {
                *self.rule_kinds.entry((rule.rule, case.kind)).or_default() += 1;
            }
            *self.approved_on.entry(case.day).or_default() += case.approved_value();
        }
        for case in saved(frauds.iter(), is_alerted) {
            *self.saved_on.entry(case.day).or_default() += case.approved_value();
        }
    }
}

impl FraudTally {
    pub fn add(&mut self, other: &Self) {
        self.alerts.add(&other.alerts);
        self.declines.add(&other.declines);
        self.rules.iter_mut().zip(&other.rules).for_each(|(sum, other)| sum.add(other));
        self.kinds.iter_mut().zip(&other.kinds).for_each(|(sum, other)| sum.add(other));
        add_counts(&mut self.rule_kinds, &other.rule_kinds);
        add_counts(&mut self.saved_on, &other.saved_on);
        add_counts(&mut self.approved_on, &other.approved_on);
    }
}

impl FraudCase<'_> {
    fn is_hit_by(&self, rule: u16) -> bool {
        self.verdict.rules.iter().any(|fired| fired.rule == rule && fired.alerts)
    }

    fn approved_value(&self) -> i128 {
        if self.is_approved { self.value } else { 0 }
    }
}

impl FraudScope {
    /// Adds a card's fraud cases, in the order in which they were decided.
    pub fn add_card<'f, 'c: 'f>(
        &mut self,
        frauds: impl Iterator<Item = &'f FraudCase<'c>> + Clone,
        is_hit: impl Fn(&FraudCase<'_>) -> bool,
    ) {
        let Some(first) = frauds.clone().next() else { return };
        self.cards += 1;
        self.approved_value += frauds.clone().map(FraudCase::approved_value).sum::<i128>();
        for case in frauds.clone().filter(|case| is_hit(case)) {
            self.hits += 1;
            self.hit_value += case.value;
        }
        let Some((before, hit)) = frauds.clone().enumerate().find(|(_, case)| is_hit(case)) else {
            return;
        };
        self.caught_cards += 1;
        *self.transactions.entry(before as u64).or_default() += 1;
        let waited_ms = hit.time.millis().saturating_sub(first.time.millis()).max(0);
        *self.minutes.entry(waited_ms.unsigned_abs() / MINUTE_MS.unsigned_abs()).or_default() += 1;
        self.saved += saved(frauds, is_hit).map(FraudCase::approved_value).sum::<i128>();
    }
}

impl FraudScope {
    pub fn add(&mut self, other: &Self) {
        self.cards += other.cards;
        self.caught_cards += other.caught_cards;
        self.approved_value += other.approved_value;
        self.hits += other.hits;
        self.hit_value += other.hit_value;
        self.saved += other.saved;
        add_counts(&mut self.transactions, &other.transactions);
        add_counts(&mut self.minutes, &other.minutes);
    }
}

impl KindTally {
    fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        self.value += other.value;
        self.caught += other.caught;
        self.caught_value += other.caught_value;
        self.scope.add(&other.scope);
    }

    fn add_card<'f, 'c: 'f, I: Iterator<Item = &'f FraudCase<'c>> + Clone>(
        &mut self,
        frauds: impl Fn() -> I,
    ) {
        let is_alerted = |case: &FraudCase<'_>| case.verdict.verdict.is_alerted();
        for case in frauds() {
            self.cases += 1;
            self.value += case.value;
            if is_alerted(case) {
                self.caught += 1;
                self.caught_value += case.value;
            }
        }
        self.scope.add_card(frauds(), is_alerted);
    }
}

/// The cases that would not have happened if the card had been blocked at the first hit: those after
/// it, and the hit itself if it is declined.
fn saved<'f, 'c: 'f>(
    frauds: impl Iterator<Item = &'f FraudCase<'c>>,
    is_hit: impl Fn(&FraudCase<'_>) -> bool,
) -> impl Iterator<Item = &'f FraudCase<'c>> {
    let mut is_blocked = false;
    frauds.filter(move |case| {
        let was_blocked = is_blocked;
        is_blocked |= is_hit(case);
        was_blocked || is_blocked && case.verdict.verdict.action == Action::Decline
    })
}

fn add_counts<K: Copy + Ord, N: Copy + Default + std::ops::AddAssign>(
    sums: &mut BTreeMap<K, N>,
    others: &BTreeMap<K, N>,
) {
    for (key, count) in others {
        *sums.entry(*key).or_default() += *count;
    }
}
