//! Holds the labels of one partition by transaction, and knows which of several counts at a time.

use super::fingerprint::Fingerprint;
use super::record::LabelRecord;
use super::report::AlertLabel;
use crate::transaction::{LabelValue, Time};
use std::collections::{HashMap, VecDeque};

/// How many labels of a transaction are held beside its newest one, while that is not known yet.
const EARLIER_MAX: usize = 8;

/// The labels of one partition.
#[derive(Debug)]
pub struct HeldLabels {
    /// By card and transaction id, the newest.
    newest: HashMap<Fingerprint, HeldLabel>,
    /// HeldLabels that count until the newest of their transaction becomes known: a producer's clock may
    /// be ahead. There are at most `entries_max` such transactions.
    earlier: HashMap<Fingerprint, VecDeque<HeldLabel>>,
    entries_max: usize,
    /// No question is about an earlier time.
    known_until: Time,
    /// How many labels were taken.
    taken: u64,
}

#[derive(Debug, Clone, Copy)]
pub struct HeldLabel {
    pub value: LabelValue,
    known_at: Time,
    /// Its place among all labels: of labels that became known at the same time, the last counts.
    order: u64,
    /// The time of the transaction, if the label has it.
    pub time: Option<Time>,
    pub amount: Option<i64>,
}

impl HeldLabels {
    pub fn new(entries_max: usize) -> Self {
        Self {
            newest: HashMap::new(),
            earlier: HashMap::new(),
            entries_max,
            known_until: Time(i64::MIN),
            taken: 0,
        }
    }

    /// Takes the next label. `amount` is in the base currency.
    pub fn take(&mut self, key: Fingerprint, record: &LabelRecord<'_>, amount: Option<i64>) {
        let LabelRecord { label: value, known_at, time, .. } = *record;
        let label = HeldLabel { value, known_at, order: self.taken, time, amount };
        self.taken += 1;
        let Some(newest) = self.newest.get_mut(&key) else {
            self.newest.insert(key, label);
            return;
        };
        let is_newer = label.known_at >= newest.known_at;
        let earlier = if is_newer { std::mem::replace(newest, label) } else { label };
        if newest.known_at > self.known_until && earlier.known_at < newest.known_at {
            self.take_earlier(key, earlier);
        }
    }

    fn take_earlier(&mut self, key: Fingerprint, label: HeldLabel) {
        let has_room = self.earlier.len() < self.entries_max;
        if !has_room && !self.earlier.contains_key(&key) {
            return;
        }
        let labels = self.earlier.entry(key).or_default();
        let place = labels.partition_point(|other| other.known_at <= label.known_at);
        labels.insert(place, label);
        if labels.len() > EARLIER_MAX {
            labels.pop_front();
        }
    }

    /// The label of a transaction that counts at this time: the newest that is known then.
    pub fn known(&self, transaction: &Fingerprint, now: Time) -> Option<&HeldLabel> {
        let newest = self.newest.get(transaction)?;
        if newest.known_at <= now {
            return Some(newest);
        }
        let earlier = self.earlier.get(transaction)?;
        earlier.iter().rev().find(|label| label.known_at <= now)
    }

    pub fn contains(&self, transaction: &Fingerprint) -> bool {
        self.newest.contains_key(transaction)
    }

    pub fn transactions(&self) -> impl Iterator<Item = &Fingerprint> {
        self.newest.keys()
    }

    /// The times that the newest labels are dropped by.
    pub fn ages(&self) -> impl Iterator<Item = Time> {
        self.newest.values().map(HeldLabel::age_from)
    }

    pub fn len(&self) -> usize {
        self.newest.len()
    }

    /// From now on no question is about a time before `now`.
    pub fn advance(&mut self, now: Time) {
        self.known_until = now;
        self.forget_earlier();
    }

    /// Keeps the transactions for which `keep` is true of the time that they are dropped by.
    pub fn retain(&mut self, keep: impl Fn(&Fingerprint, Time) -> bool) {
        self.newest.retain(|key, label| keep(key, label.age_from()));
        self.forget_earlier();
    }

    /// Drops the labels before the newest of a transaction if that is known.
    fn forget_earlier(&mut self) {
        let (labels, until) = (&self.newest, self.known_until);
        self.earlier.retain(|key, _| labels.get(key).is_some_and(|newest| newest.known_at > until));
    }
}

impl HeldLabel {
    /// A label never becomes known before its transaction.
    fn age_from(&self) -> Time {
        self.time.unwrap_or(self.known_at)
    }

    /// The same label with the time of the charge, if it has the time of its transaction.
    pub fn with_time_of(self, charge_time: Time) -> Self {
        Self { time: self.time.map(|_| charge_time), ..self }
    }

    /// Of two labels of the same charge, the one that counts.
    pub fn later<'l>(&'l self, other: &'l Self) -> &'l Self {
        let rank = |label: &Self| (label.known_at, label.order);
        if rank(self) > rank(other) { self } else { other }
    }

    pub fn meaning(&self) -> AlertLabel {
        match self.value {
            LabelValue::Fraud => AlertLabel::Fraud,
            LabelValue::Genuine => AlertLabel::Genuine,
            LabelValue::Suspected | LabelValue::Unknown => AlertLabel::None,
        }
    }
}
