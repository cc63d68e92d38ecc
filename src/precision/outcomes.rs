//! Joins alerts and labels by card and transaction: the fold over one partition of the topic of
//! outcomes.
//!
//! ```text
//! alert ─▶ alerts, by transaction ─┐
//!                                  ├─▶ report ─▶ counts by rule and label
//! label ─▶ labels, by transaction ─┘
//! ```
//!
//! Records may be read again, and older ones may be missing after compaction: the result depends
//! only on what the last record of each key says, and on the order of labels that became known at the
//! same time.

use super::control::ControlSums;
use super::fingerprint::Fingerprint;
use super::record::{AlertRecord, LabelRecord, OutcomeRecord};
use super::report::{AlertLabel, ByLabel, PrecisionReport, RuleControl, RuleOutcomes, Tally};
use super::rule_names::{RuleNames, RuleNumber};
use crate::transaction::{Currency, DAY_MS, LabelValue, Time};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// How many alerts, and how many labels, are held for a partition. So many of each take about 110
/// megabytes.
pub const ENTRIES_MAX: usize = 450_000;
/// In a real set of labels, nine in ten had arrived after 30 days, and all after 95.
pub const HORIZON_DEFAULT_DAYS: i64 = 120;
pub const MATURE_AFTER_DEFAULT_DAYS: i64 = 30;
/// For how long a transaction is recent once it is old enough to be labelled. A rule that has become
/// worse differs here long before it does over the whole horizon.
pub const RECENT_MS: i64 = 14 * DAY_MS;
/// How many labels of a transaction are held beside its newest one, while that is not known yet.
const EARLIER_MAX: usize = 8;
/// Of how many entries one is dropped when there are too many.
const DROPPED_OF: usize = 16;

/// What is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureSettings {
    /// For how long a transaction counts.
    pub horizon_ms: i64,
    /// How old a transaction is when most labels about it have arrived.
    pub mature_after_ms: i64,
    /// Amounts in another currency, of a time when it was configured
    /// differently, are not counted.
    pub base_currency: Currency,
    /// At most so many alerts, and as many labels, are held.
    pub entries_max: usize,
}

/// The alerts and labels of one partition.
#[derive(Debug)]
pub struct Outcomes {
    settings: MeasureSettings,
    names: RuleNames,
    /// By alert id. Several alerts may be about the same transaction id of a card, because producers
    /// may use an id again.
    alerts: HashMap<Fingerprint, HeldAlert>,
    /// How many alerts are about a card and transaction id.
    alerted: HashMap<Fingerprint, u32>,
    /// By card and transaction id, the newest.
    labels: HashMap<Fingerprint, HeldLabel>,
    /// Labels that count until the newest of their transaction becomes known: a producer's clock may
    /// be ahead. There are at most `entries_max` such transactions.
    earlier: HashMap<Fingerprint, VecDeque<HeldLabel>>,
    /// The time of the last `forget`. No report is about an earlier time.
    known_until: Time,
    dropped: u64,
}

#[derive(Debug)]
struct HeldAlert {
    /// Card and transaction id.
    transaction: Fingerprint,
    /// The card and the calendar week of a decline that was let through; `None` for an alert.
    cluster: Option<Fingerprint>,
    time: Time,
    amount: Option<i64>,
    rules: Box<[RuleNumber]>,
}

/// Declines that were let through, by card and week.
#[derive(Debug, Default)]
struct Controls {
    outcomes: ByLabel,
    /// How many declines, and how many of them are fraud.
    clusters: HashMap<Fingerprint, (u64, u64)>,
}

#[derive(Debug, Clone, Copy)]
struct HeldLabel {
    value: LabelValue,
    known_at: Time,
    /// The time of the transaction, if the label has it.
    time: Option<Time>,
    amount: Option<i64>,
}

impl MeasureSettings {
    /// The default times.
    pub fn new(base_currency: Currency) -> Self {
        Self {
            horizon_ms: HORIZON_DEFAULT_DAYS * DAY_MS,
            mature_after_ms: MATURE_AFTER_DEFAULT_DAYS * DAY_MS,
            base_currency,
            entries_max: ENTRIES_MAX,
        }
    }
}

impl Outcomes {
    pub fn new(settings: MeasureSettings) -> Self {
        Self {
            settings,
            names: RuleNames::default(),
            alerts: HashMap::new(),
            alerted: HashMap::new(),
            labels: HashMap::new(),
            earlier: HashMap::new(),
            known_until: Time(i64::MIN),
            dropped: 0,
        }
    }

    /// Takes the next record of the partition.
    pub fn take(&mut self, record: &OutcomeRecord<'_>) {
        match record {
            OutcomeRecord::Alert(alert) => self.take_alert(alert),
            OutcomeRecord::Label(label) => self.take_label(label),
        }
        self.drop_oldest();
    }

    /// Drops what is older than the horizon. The label of an alert is kept as long as the alert.
    pub fn forget(&mut self, now: Time) {
        let first = self.horizon(now);
        self.keep_alerts(first);
        let alerted = &self.alerted;
        self.labels.retain(|key, label| label.age_from() >= first || alerted.contains_key(key));
        self.known_until = now;
        self.forget_earlier();
    }

    /// What counts now: transactions within the horizon that are old enough to be labelled.
    pub fn report(&self, now: Time) -> PrecisionReport {
        let first = self.horizon(now);
        let last = Time(now.millis().saturating_sub(self.settings.mature_after_ms));
        let before_recent = Time(last.millis().saturating_sub(RECENT_MS));
        let counts = |time: Time| first <= time && time <= last;
        let mut rules: BTreeMap<RuleNumber, RuleOutcomes> = BTreeMap::new();
        let mut alerted = ByLabel::default();
        let alerts = self.alerts.values().filter(|alert| alert.cluster.is_none());
        for alert in alerts {
            let label = self.label(&alert.transaction, now);
            let label = label.map_or(AlertLabel::None, HeldLabel::meaning);
            let tally =
                if counts(alert.time) { Tally::one(alert.amount) } else { Tally::default() };
            alerted.add(label, tally);
            for rule in &alert.rules {
                // Rules whose alerts do not count yet are in the report as well.
                let sum = rules.entry(*rule).or_default();
                sum.all.add(label, tally);
                if alert.time > before_recent {
                    sum.recent.add(label, tally);
                }
            }
        }
        let mut missed = Tally::default();
        let unalerted = self.labels.keys().filter(|key| !self.alerted.contains_key(key));
        let known = unalerted.filter_map(|key| self.label(key, now));
        let frauds = known.filter(|label| label.value == LabelValue::Fraud);
        for label in frauds.filter(|label| label.time.is_some_and(counts)) {
            missed.add(Tally::one(label.amount));
        }
        let mut report = PrecisionReport {
            rules: BTreeMap::new(),
            alerted,
            controls: BTreeMap::new(),
            control: RuleControl::default(),
            missed,
            alerts_held: self.alerts.len(),
            labels_held: self.labels.len(),
            dropped: self.dropped,
        };
        for (rule, counts) in rules {
            report.rules.entry(self.names.name(rule).to_owned()).or_default().add(&counts);
        }
        self.report_controls(&mut report, now, counts);
        report
    }

    /// Adds the declines that were let through.
    fn report_controls(
        &self,
        report: &mut PrecisionReport,
        now: Time,
        counts: impl Fn(Time) -> bool,
    ) {
        let mut all = Controls::default();
        let mut rules: BTreeMap<RuleNumber, Controls> = BTreeMap::new();
        let controls = self.alerts.values().filter_map(|alert| Some((alert, alert.cluster?)));
        for (decline, cluster) in controls.filter(|(decline, _)| counts(decline.time)) {
            let label = self.label(&decline.transaction, now);
            let label = label.map_or(AlertLabel::None, HeldLabel::meaning);
            let seen = (cluster, label, Tally::one(decline.amount));
            all.add(seen);
            decline.rules.iter().for_each(|rule| rules.entry(*rule).or_default().add(seen));
        }
        report.control = all.finish();
        for (rule, controls) in rules {
            let name = self.names.name(rule).to_owned();
            report.controls.entry(name).or_default().add(&controls.finish());
        }
    }

    fn take_alert(&mut self, record: &AlertRecord<'_>) {
        let mut rules: Vec<RuleNumber> =
            record.rules.iter().map(|rule| self.names.take(&rule.id)).collect();
        rules.sort_unstable();
        rules.dedup_by(|one, other| {
            let is_same = one == other;
            if is_same {
                self.names.release(*one);
            }
            is_same
        });
        let transaction = Fingerprint::of(&[&record.card, &record.transaction_id]);
        let amount =
            record.amount.filter(|_| record.currency == self.settings.base_currency.code());
        let week = record.time.week().to_string();
        let cluster = record.propensity.map(|_| Fingerprint::of(&[&record.card, &week]));
        let alert =
            HeldAlert { transaction, cluster, time: record.time, amount, rules: rules.into() };
        *self.alerted.entry(transaction).or_default() += 1;
        if let Some(replaced) = self.alerts.insert(Fingerprint::of(&[&record.alert_id]), alert) {
            replaced.release(&mut self.names, &mut self.alerted);
        }
    }

    fn take_label(&mut self, record: &LabelRecord<'_>) {
        let key = self.key_of(record);
        let is_base = record.currency.as_deref() == Some(self.settings.base_currency.code());
        let label = HeldLabel {
            value: record.label,
            known_at: record.known_at,
            time: record.time,
            amount: record.amount.filter(|_| is_base),
        };
        let Some(newest) = self.labels.get_mut(&key) else {
            self.labels.insert(key, label);
            return;
        };
        let is_newer = label.known_at >= newest.known_at;
        let earlier = if is_newer { std::mem::replace(newest, label) } else { label };
        if newest.known_at > self.known_until && earlier.known_at < newest.known_at {
            self.take_earlier(key, earlier);
        }
    }

    fn take_earlier(&mut self, key: Fingerprint, label: HeldLabel) {
        let has_room = self.earlier.len() < self.settings.entries_max;
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
    fn label(&self, transaction: &Fingerprint, now: Time) -> Option<&HeldLabel> {
        let newest = self.labels.get(transaction)?;
        if newest.known_at <= now {
            return Some(newest);
        }
        let earlier = self.earlier.get(transaction)?;
        earlier.iter().rev().find(|label| label.known_at <= now)
    }

    /// Drops the labels before the newest of a transaction if that is known.
    fn forget_earlier(&mut self) {
        let (labels, until) = (&self.labels, self.known_until);
        self.earlier.retain(|key, _| labels.get(key).is_some_and(|newest| newest.known_at > until));
    }

    /// The key of a label's transaction. While two keys for card numbers are in use, its alert and
    /// earlier labels may have the card's former token.
    fn key_of(&self, record: &LabelRecord<'_>) -> Fingerprint {
        let of = |card: &str| Fingerprint::of(&[card, &record.transaction_id]);
        let is_known =
            |key: &Fingerprint| self.alerted.contains_key(key) || self.labels.contains_key(key);
        let former = record.former_card.as_deref().map(of).filter(is_known);
        former.unwrap_or_else(|| of(&record.card))
    }

    fn horizon(&self, now: Time) -> Time {
        Time(now.millis().saturating_sub(self.settings.horizon_ms))
    }

    /// Drops the oldest alerts or labels if there are too many.
    fn drop_oldest(&mut self) {
        let max = self.settings.entries_max;
        let before = self.alerts.len() + self.labels.len();
        if self.alerts.len() > max {
            self.keep_alerts(after_oldest(self.alerts.values().map(|alert| alert.time)));
        }
        if self.labels.len() > max {
            let first = after_oldest(self.labels.values().map(HeldLabel::age_from));
            self.labels.retain(|_, label| label.age_from() >= first);
            self.forget_earlier();
        }
        let dropped = before - self.alerts.len() - self.labels.len();
        self.dropped = self.dropped.saturating_add(dropped as u64);
    }

    /// Keeps the alerts of this time and later ones.
    fn keep_alerts(&mut self, first: Time) {
        self.alerts.retain(|_, alert| {
            let is_kept = alert.time >= first;
            if !is_kept {
                alert.release(&mut self.names, &mut self.alerted);
            }
            is_kept
        });
    }
}

impl HeldAlert {
    /// The alert is held no longer.
    fn release(&self, names: &mut RuleNames, alerted: &mut HashMap<Fingerprint, u32>) {
        self.rules.iter().for_each(|rule| names.release(*rule));
        if let Entry::Occupied(mut count) = alerted.entry(self.transaction) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

impl Controls {
    fn add(&mut self, (cluster, label, tally): (Fingerprint, AlertLabel, Tally)) {
        self.outcomes.add(label, tally);
        let (declines, fraud) = self.clusters.entry(cluster).or_default();
        *declines += 1;
        *fraud += u64::from(label == AlertLabel::Fraud);
    }

    fn finish(self) -> RuleControl {
        let mut sums = ControlSums::default();
        self.clusters.values().for_each(|(declines, fraud)| sums.add_cluster(*declines, *fraud));
        RuleControl { outcomes: self.outcomes, sums }
    }
}

impl HeldLabel {
    /// The time that it is dropped by. A label never becomes known before its transaction.
    fn age_from(&self) -> Time {
        self.time.unwrap_or(self.known_at)
    }

    fn meaning(&self) -> AlertLabel {
        match self.value {
            LabelValue::Fraud => AlertLabel::Fraud,
            LabelValue::Genuine => AlertLabel::Genuine,
            LabelValue::Suspected | LabelValue::Unknown => AlertLabel::None,
        }
    }
}

/// The time after the oldest sixteenth.
fn after_oldest(times: impl Iterator<Item = Time>) -> Time {
    let mut times: Vec<Time> = times.collect();
    let Some(last) = times.len().checked_sub(1) else { return Time(i64::MIN) };
    let (_, oldest, _) = times.select_nth_unstable(last / DROPPED_OF);
    Time(oldest.millis().saturating_add(1))
}
