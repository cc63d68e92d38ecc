//! Counts one shard's records in plain numbers, which are added to the shared metrics with each
//! batch.

use super::alerts::AlertRecorder;
use super::labels::{change_index, mode_name};
use super::outcomes::LabelResult;
use super::register::child;
use super::service::Metrics;
use crate::decision::Decision;
use crate::decode::{Change, Notes, Reason};
use crate::memory::{Labelled, Recorded};
use crate::rules::{Action, Mode, RuleInfo, Ruleset, Severity};
use crate::transaction::LabelField;
use prometheus::IntCounterVec;
use prometheus::core::{AtomicU64, GenericLocalCounter};
use prometheus::local::LocalHistogram;
use std::cell::RefCell;
use std::time::Duration;

type Local = GenericLocalCounter<AtomicU64>;

/// One shard's counters. Nothing is visible to a scrape until [`Recorder::flush`].
#[derive(Debug)]
pub struct Recorder {
    records_read: Local,
    keyless: Local,
    decisions: Vec<Local>,
    dead_letters: Vec<Local>,
    duplicates: Local,
    conflicting_duplicates: Local,
    reused_ids: Local,
    tombstones: Local,
    warm_up: Local,
    control: Local,
    labels: Vec<Local>,
    label_bindings: Vec<Local>,
    label_changes: RefCell<Vec<(LabelField, Change, u32)>>,
    label_changes_total: IntCounterVec,
    alerts: Vec<Local>,
    alert_details: AlertRecorder,
    /// By the index of the rule.
    fired: Vec<Local>,
    /// By the index of the rule.
    undecided: Vec<Local>,
    /// By the index of the rule.
    snoozed: Vec<Local>,
    /// By the index of the rule; `None` for one that is not a shadow rule.
    shadow_alerts: Vec<Option<Local>>,
    late_kept: Local,
    late_not_kept: Local,
    sensitive_fields_dropped: Local,
    unlisted_fields: Local,
    /// See [`change_index`].
    changes: Vec<Option<Local>>,
    score: LocalHistogram,
    duration: LocalHistogram,
    age: LocalHistogram,
}

impl Metrics {
    /// A shard's own counters; `ruleset` is the one that it scores with.
    pub fn recorder(&self, ruleset: &Ruleset) -> Recorder {
        Recorder::new(self, ruleset)
    }
}

impl Recorder {
    pub(super) fn new(metrics: &Metrics, ruleset: &Ruleset) -> Self {
        let local = |counters: &[prometheus::IntCounter]| {
            counters.iter().map(prometheus::IntCounter::local).collect::<Vec<_>>()
        };
        let fired = |rule: &RuleInfo| {
            let labels = [rule.id.as_str(), rule.severity.name(), mode_name(rule.mode)];
            child(&metrics.rule_fired, &labels).local()
        };
        let undecided = |rule: &RuleInfo| child(&metrics.rule_undecided, &[&rule.id]).local();
        let snoozed = |rule: &RuleInfo| child(&metrics.rule_snoozed, &[&rule.id]).local();
        let shadow_alerts = |rule: &RuleInfo| {
            let is_shadow = rule.mode == Mode::Shadow;
            is_shadow.then(|| child(&metrics.shadow_alerts, &[&rule.id]).local())
        };
        Self {
            records_read: metrics.records_read.local(),
            keyless: metrics.records_without_key.local(),
            decisions: local(&metrics.decisions),
            dead_letters: local(&metrics.dead_letters),
            duplicates: metrics.duplicates.local(),
            conflicting_duplicates: metrics.conflicting_duplicates.local(),
            reused_ids: metrics.reused_ids.local(),
            tombstones: metrics.tombstones.local(),
            warm_up: metrics.warm_up.local(),
            control: metrics.control.local(),
            labels: local(&metrics.labels),
            label_bindings: local(&metrics.label_bindings),
            label_changes: RefCell::default(),
            label_changes_total: metrics.label_changes.clone(),
            alerts: local(&metrics.alerts),
            alert_details: metrics.alert_families.recorder(ruleset),
            fired: ruleset.rules().iter().map(fired).collect(),
            undecided: ruleset.rules().iter().map(undecided).collect(),
            snoozed: ruleset.rules().iter().map(snoozed).collect(),
            shadow_alerts: ruleset.rules().iter().map(shadow_alerts).collect(),
            late_kept: metrics.late_kept.local(),
            late_not_kept: metrics.late_not_kept.local(),
            sensitive_fields_dropped: metrics.sensitive_fields_dropped.local(),
            unlisted_fields: metrics.unlisted_fields.local(),
            changes: metrics.changes.iter().map(|c| c.as_ref().map(|c| c.local())).collect(),
            score: metrics.decision_score.local(),
            duration: metrics.decision_duration.local(),
            age: metrics.event_age.local(),
        }
    }

    /// A record was read. Exactly one outcome must be counted for it: decision, dead letter,
    /// duplicate, tombstone or warmed up.
    pub fn read(&self) {
        self.records_read.inc();
    }

    /// The record has no key.
    pub fn keyless(&self) {
        self.keyless.inc();
    }

    /// `age`: from the transaction's own time to now.
    pub fn decided(&self, decision: &Decision<'_>, recorded: Recorded, age: Duration) {
        self.score.observe(decision.assessment.score.into());
        self.age.observe(age.as_secs_f64());
        self.count_at(
            &self.decisions,
            Action::ALL.iter().position(|a| *a == decision.assessment.action),
        );
        if decision.assessment.is_control {
            self.control.inc();
        }
        let evaluation = decision.evaluation;
        for fired in evaluation.fired.iter().chain(&evaluation.shadow) {
            self.count_at(&self.fired, Some(fired.rule));
        }
        for rule in evaluation.undecided.iter().chain(&evaluation.shadow_undecided) {
            self.count_at(&self.undecided, Some(*rule));
        }
        for rule in &evaluation.snoozed {
            self.count_at(&self.snoozed, Some(*rule));
        }
        self.count_shadow_alerts(decision);
        match recorded {
            Recorded::Kept => {}
            Recorded::KeptLate | Recorded::KeptOutdated => self.late_kept.inc(),
            Recorded::TooOld => self.late_not_kept.inc(),
        }
    }

    pub fn dead_letter(&self, reason: Reason) {
        self.count_at(&self.dead_letters, Reason::ALL.iter().position(|r| *r == reason));
    }

    /// `differs`: its contents differ from the remembered transaction.
    pub fn duplicate(&self, differs: bool) {
        self.duplicates.inc();
        if differs {
            self.conflict();
        }
    }

    /// Its contents differ from the remembered transaction that it repeats or is the outcome of.
    pub fn conflict(&self) {
        self.conflicting_duplicates.inc();
    }

    /// Its type and id are those of another remembered transaction.
    pub fn reused_id(&self) {
        self.reused_ids.inc();
    }

    pub fn tombstone(&self) {
        self.tombstones.inc();
    }

    /// It was remembered without a decision.
    pub fn warmed_up(&self) {
        self.warm_up.inc();
    }

    /// A record of the topic of labels was read.
    pub fn label(&self, result: LabelResult) {
        self.count_at(&self.labels, LabelResult::ALL.iter().position(|r| *r == result));
    }

    /// What is remembered of a label's transaction.
    pub fn label_binding(&self, labelled: Labelled) {
        self.count_at(&self.label_bindings, Labelled::ALL.iter().position(|l| *l == labelled));
    }

    /// What decoding changed in a label that it accepted.
    pub fn label_notes(&self, notes: &Notes<LabelField>) {
        self.sensitive_fields_dropped.inc_by(notes.sensitive_fields_dropped.into());
        self.unlisted_fields.inc_by(notes.unlisted_fields.into());
        self.label_changes.borrow_mut().extend(notes.changes());
    }

    /// An alert was handed to the producer.
    pub fn alert(&mut self, decision: &Decision<'_>) {
        let index = match decision.assessment.severity {
            Some(severity) => Severity::ALL.iter().position(|s| *s == severity),
            None => self.alerts.len().checked_sub(1),
        };
        self.count_at(&self.alerts, index);
        self.alert_details.count(decision);
    }

    /// What decoding changed in a message that it accepted.
    pub fn notes(&self, notes: &Notes) {
        self.sensitive_fields_dropped.inc_by(notes.sensitive_fields_dropped.into());
        self.unlisted_fields.inc_by(notes.unlisted_fields.into());
        for (field, change, count) in notes.changes() {
            let counter = self.changes.get(change_index(field, change)).and_then(Option::as_ref);
            if let Some(counter) = counter {
                counter.inc_by(count.into());
            }
        }
    }

    /// From polling a record to handing its outputs to the producer.
    pub fn took(&self, duration: Duration) {
        self.duration.observe(duration.as_secs_f64());
    }

    /// Adds what was counted since the last call to the shared metrics. Records read are added
    /// last: once a scrape counts a record as read, every later scrape counts its outcome.
    pub fn flush(&self) {
        self.alert_details.flush();
        for (field, change, count) in self.label_changes.take() {
            let labels = [field.path(), change.name()];
            child(&self.label_changes_total, &labels).inc_by(count.into());
        }
        self.histograms().into_iter().for_each(LocalHistogram::flush);
        self.counters().for_each(Local::flush);
    }

    /// Discards what was counted since the last [`Recorder::flush`] or discard.
    pub fn discard(&self) {
        self.counters().for_each(Local::reset);
        self.alert_details.discard();
        self.label_changes.take();
        self.histograms().into_iter().for_each(LocalHistogram::clear);
    }

    fn counters(&self) -> impl Iterator<Item = &Local> {
        let lists = [
            &self.decisions,
            &self.dead_letters,
            &self.alerts,
            &self.labels,
            &self.label_bindings,
            &self.fired,
            &self.undecided,
            &self.snoozed,
        ];
        let some = self.shadow_alerts.iter().chain(&self.changes).flatten();
        lists.into_iter().flatten().chain(some).chain(self.singles())
    }

    fn histograms(&self) -> [&LocalHistogram; 3] {
        [&self.score, &self.duration, &self.age]
    }

    fn singles(&self) -> [&Local; 12] {
        [
            &self.keyless,
            &self.duplicates,
            &self.conflicting_duplicates,
            &self.reused_ids,
            &self.tombstones,
            &self.warm_up,
            &self.control,
            &self.late_kept,
            &self.late_not_kept,
            &self.sensitive_fields_dropped,
            &self.unlisted_fields,
            &self.records_read,
        ]
    }

    /// Only an approved transaction counts: the others raise an alert without the shadow rule.
    fn count_shadow_alerts(&self, decision: &Decision<'_>) {
        if decision.assessment.action != Action::Approve {
            return;
        }
        for fired in &decision.evaluation.shadow {
            let would_be = decision.assessment.action_with(decision.ruleset, fired);
            let counter = self.shadow_alerts.get(fired.rule).and_then(Option::as_ref);
            if let Some(counter) = counter.filter(|_| would_be != Action::Approve) {
                counter.inc();
            }
        }
    }

    fn count_at(&self, counters: &[Local], index: Option<usize>) {
        if let Some(counter) = index.and_then(|index| counters.get(index)) {
            counter.inc();
        }
    }
}
