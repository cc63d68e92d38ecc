//! Joins alerts and labels by card and charge: the fold over one partition of the topic of
//! outcomes.
//!
//! ```text
//! alert ─▶ alerts, by transaction ─┐
//! link ──▶ links to charges ───────┼─▶ report ─▶ counts by rule and label
//! label ─▶ labels, by transaction ─┘
//! ```
//!
//! Records may be read again, and older ones may be missing after compaction: the result depends
//! only on what the last record of each key says, and on the order of labels that became known at the
//! same time.

use super::control::ControlSums;
use super::fingerprint::Fingerprint;
use super::labels::{HeldLabel, HeldLabels};
use super::links::Links;
use super::record::{AlertRecord, LabelRecord, OutcomeRecord};
use super::report::{AlertLabel, ByLabel, PrecisionReport, RuleControl, RuleOutcomes, Tally};
use super::rule_names::{RuleNames, RuleNumber};
use crate::memory::OriginalId;
use crate::transaction::{Currency, DAY_MS, LabelValue, Time};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many alerts, how many labels and how many links are held for a partition. So many alerts and
/// labels take about 110 megabytes.
pub const ENTRIES_MAX: usize = 450_000;
/// In a real set of labels, nine in ten had arrived after 30 days, and all after 95.
pub const HORIZON_DEFAULT_DAYS: i64 = 120;
pub const MATURE_AFTER_DEFAULT_DAYS: i64 = 30;
/// For how long a transaction is recent once it is old enough to be labelled. A rule that has become
/// worse differs here long before it does over the whole horizon.
pub const RECENT_MS: i64 = 14 * DAY_MS;
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
    /// At most so many alerts, as many labels and as many links are held.
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
    labels: HeldLabels,
    /// Which of a card's transactions belong to a charge with another id.
    links: Links,
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
            labels: HeldLabels::new(settings.entries_max),
            settings,
            names: RuleNames::default(),
            alerts: HashMap::new(),
            alerted: HashMap::new(),
            links: Links::default(),
            dropped: 0,
        }
    }

    /// Takes the next record of the partition.
    pub fn take(&mut self, record: &OutcomeRecord<'_>) {
        match record {
            OutcomeRecord::Alert(alert) => self.take_alert(alert),
            OutcomeRecord::Label(label) => self.take_label(label),
            OutcomeRecord::Link(link) => self.links.take(link),
        }
        self.drop_oldest();
    }

    /// Drops what is older than the horizon. The labels and links of an alert are kept as long as the
    /// alert.
    pub fn forget(&mut self, now: Time) {
        let first = self.horizon(now);
        self.keep_alerts(first);
        let charges = self.charges_alerted_through_links();
        let alerted = &self.alerted;
        let is_alerted =
            |charge: &Fingerprint| alerted.contains_key(charge) || charges.contains(charge);
        self.links.retain(|link| link.age_from() >= first || is_alerted(&link.charge));
        let links = &self.links;
        self.labels.retain(|key, age_from| age_from >= first || is_alerted(links.charge_of(key)));
        self.labels.advance(now);
    }

    /// What counts now: transactions within the horizon that are old enough to be labelled.
    pub fn report(&self, now: Time) -> PrecisionReport {
        let first = self.horizon(now);
        let last = Time(now.millis().saturating_sub(self.settings.mature_after_ms));
        let before_recent = Time(last.millis().saturating_sub(RECENT_MS));
        let counts = |time: Time| first <= time && time <= last;
        let mut rules: BTreeMap<RuleNumber, RuleOutcomes> = BTreeMap::new();
        let mut alerted = ByLabel::default();
        let linked = self.labels_through_links(now);
        let alerts = self.alerts.values().filter(|alert| alert.cluster.is_none());
        for alert in alerts {
            let label = self.label_of_alert(alert, &linked, now);
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
        for label in self.labels_without_alert(&linked, now) {
            if label.value == LabelValue::Fraud && label.time.is_some_and(counts) {
                missed.add(Tally::one(label.amount));
            }
        }
        let mut report = PrecisionReport {
            rules: BTreeMap::new(),
            alerted,
            controls: BTreeMap::new(),
            control: RuleControl::default(),
            missed,
            alerts_held: self.alerts.len(),
            labels_held: self.labels.len(),
            links_held: self.links.len(),
            dropped: self.dropped,
        };
        for (rule, counts) in rules {
            report.rules.entry(self.names.name(rule).to_owned()).or_default().add(&counts);
        }
        self.report_controls(&mut report, (&linked, now), counts);
        report
    }

    /// Adds the declines that were let through.
    fn report_controls(
        &self,
        report: &mut PrecisionReport,
        (linked, now): (&HashMap<Fingerprint, HeldLabel>, Time),
        counts: impl Fn(Time) -> bool,
    ) {
        let mut all = Controls::default();
        let mut rules: BTreeMap<RuleNumber, Controls> = BTreeMap::new();
        let controls = self.alerts.values().filter_map(|alert| Some((alert, alert.cluster?)));
        for (decline, cluster) in controls.filter(|(decline, _)| counts(decline.time)) {
            let label = self.label_of_alert(decline, linked, now);
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
        let id = OriginalId::of(&record.transaction_id);
        let transaction = Fingerprint::of_transaction(&record.card, id);
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
        self.labels.take(key, record, record.amount.filter(|_| is_base));
    }

    /// The newest known labels of messages that belong to charges with another id, by charge.
    fn labels_through_links(&self, now: Time) -> HashMap<Fingerprint, HeldLabel> {
        let mut newest: HashMap<Fingerprint, HeldLabel> = HashMap::new();
        for (message, link) in self.links.iter() {
            let Some(label) = self.labels.known(message, now) else { continue };
            let label = label.with_time_of(link.charge_time);
            let of_charge = newest.entry(link.charge).or_insert(label);
            *of_charge = *of_charge.later(&label);
        }
        newest
    }

    /// What the label of an alert's charge says at this time.
    fn label_of_alert(
        &self,
        alert: &HeldAlert,
        linked: &HashMap<Fingerprint, HeldLabel>,
        now: Time,
    ) -> AlertLabel {
        let label = self.label_of_charge(self.links.charge_of(&alert.transaction), linked, now);
        label.map_or(AlertLabel::None, HeldLabel::meaning)
    }

    /// The label of a charge that counts at this time. `linked` are those of its messages.
    fn label_of_charge<'o>(
        &'o self,
        charge: &Fingerprint,
        linked: &'o HashMap<Fingerprint, HeldLabel>,
        now: Time,
    ) -> Option<&'o HeldLabel> {
        let labels = self.labels.known(charge, now).into_iter().chain(linked.get(charge));
        labels.reduce(HeldLabel::later)
    }

    /// The labels of charges without an alert.
    fn labels_without_alert<'o>(
        &'o self,
        linked: &'o HashMap<Fingerprint, HeldLabel>,
        now: Time,
    ) -> impl Iterator<Item = &'o HeldLabel> {
        let through_links = self.charges_alerted_through_links();
        let own = self.labels.transactions().filter(|key| self.links.get(key).is_none());
        let others = linked.keys().filter(|charge| !self.labels.contains(charge));
        let unalerted = own.chain(others).filter(move |charge| {
            !self.alerted.contains_key(charge) && !through_links.contains(charge)
        });
        unalerted.filter_map(move |charge| self.label_of_charge(charge, linked, now))
    }

    /// The charges with an alert about a message that has another id.
    fn charges_alerted_through_links(&self) -> HashSet<Fingerprint> {
        let alerted = self.links.iter().filter(|(message, _)| self.alerted.contains_key(message));
        alerted.map(|(_, link)| link.charge).collect()
    }

    /// The key of a label's transaction. While two keys for card numbers are in use, its alert and
    /// earlier labels may have the card's former token.
    fn key_of(&self, record: &LabelRecord<'_>) -> Fingerprint {
        let id = OriginalId::of(&record.transaction_id);
        let of = |card: &str| Fingerprint::of_transaction(card, id);
        let is_known = |key: &Fingerprint| {
            self.alerted.contains_key(key)
                || self.labels.contains(key)
                || self.links.get(key).is_some()
        };
        let former = record.former_card.as_deref().map(of).filter(is_known);
        former.unwrap_or_else(|| of(&record.card))
    }

    fn horizon(&self, now: Time) -> Time {
        Time(now.millis().saturating_sub(self.settings.horizon_ms))
    }

    /// Drops the oldest alerts, labels or links if there are too many.
    fn drop_oldest(&mut self) {
        let max = self.settings.entries_max;
        let before = self.alerts.len() + self.labels.len() + self.links.len();
        if self.alerts.len() > max {
            self.keep_alerts(after_oldest(self.alerts.values().map(|alert| alert.time)));
        }
        if self.labels.len() > max {
            let first = after_oldest(self.labels.ages());
            self.labels.retain(|_, age_from| age_from >= first);
        }
        if self.links.len() > max {
            let times = self.links.iter().map(|(_, link)| link.age_from());
            let first = after_oldest(times);
            self.links.retain(|link| link.age_from() >= first);
        }
        let dropped = before - self.alerts.len() - self.labels.len() - self.links.len();
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

/// The time after the oldest sixteenth.
fn after_oldest(times: impl Iterator<Item = Time>) -> Time {
    let mut times: Vec<Time> = times.collect();
    let Some(last) = times.len().checked_sub(1) else { return Time(i64::MIN) };
    let (_, oldest, _) = times.select_nth_unstable(last / DROPPED_OF);
    Time(oldest.millis().saturating_add(1))
}
