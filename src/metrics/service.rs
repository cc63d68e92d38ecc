//! Everything that `redcard run` counts, shared by its shards.

use super::alerts::AlertFamilies;
use super::exported_ruleset::ExportedRuleset;
use super::exposition::{Exposition, rendered};
use super::families as f;
use super::labels::{NO_SEVERITY, field_changes, label_changes};
use super::lists::ListFamilies;
use super::outcomes::{
    CheckpointResult, CommitResult, LabelResult, RebalanceKind, ReloadResult, Remedy, RestoreResult,
};
use super::precision_families::PrecisionFamilies;
use super::register::{
    amount_gauges, child, children, count, counters, durations, gauges, histogram, named, set_info,
    single,
};
use crate::decode::Reason;
use crate::memory::{Labelled, Limits, Usage};
use crate::rules::{Action, Ruleset, Severity};
use prometheus::{Gauge, Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

/// Everything that redcard counts.
#[derive(Debug)]
pub struct Metrics {
    pub(super) registry: Registry,
    pub(super) records_read: IntCounter,
    pub(super) records_without_key: IntCounter,
    pub(super) card_partition_changes: IntCounter,
    /// In the order of [`Action::ALL`].
    pub(super) decisions: Vec<IntCounter>,
    /// In the order of [`Reason::ALL`].
    pub(super) dead_letters: Vec<IntCounter>,
    pub(super) duplicates: IntCounter,
    pub(super) conflicting_duplicates: IntCounter,
    pub(super) reused_ids: IntCounter,
    pub(super) tombstones: IntCounter,
    pub(super) warm_up: IntCounter,
    pub(super) control: IntCounter,
    /// In the order of [`LabelResult::ALL`].
    pub(super) labels: Vec<IntCounter>,
    pub(super) label_bindings: Vec<IntCounter>,
    pub(super) label_changes: IntCounterVec,
    /// In the order of [`Severity::ALL`], then [`NO_SEVERITY`].
    pub(super) alerts: Vec<IntCounter>,
    pub(super) alert_families: AlertFamilies,
    pub(super) precision: PrecisionFamilies,
    pub(super) rule_fired: IntCounterVec,
    pub(super) rule_undecided: IntCounterVec,
    pub(super) rule_snoozed: IntCounterVec,
    pub(super) shadow_alerts: IntCounterVec,
    pub(super) decision_score: Histogram,
    pub(super) decision_duration: Histogram,
    pub(super) event_age: Histogram,
    pub(super) late_kept: IntCounter,
    pub(super) late_not_kept: IntCounter,
    pub(super) sensitive_fields_dropped: IntCounter,
    pub(super) unlisted_fields: IntCounter,
    /// By field, then by change; `None` for a change that cannot happen to the field.
    pub(super) changes: Vec<Option<IntCounter>>,
    pub(super) commits: BTreeMap<&'static str, IntCounter>,
    pub(super) commit_duration: Histogram,
    pub(super) batch_duration: Histogram,
    pub(super) faults: BTreeMap<&'static str, IntCounter>,
    pub(super) deliveries_failed: IntCounter,
    pub(super) rebalances: BTreeMap<&'static str, IntCounter>,
    pub(super) assigned_partitions: IntGauge,
    pub(super) consumer_lag: IntGaugeVec,
    pub(super) checkpoints: BTreeMap<&'static str, IntCounter>,
    pub(super) checkpoint_stall: Histogram,
    pub(super) restores: BTreeMap<&'static str, IntCounter>,
    pub(super) restored_transactions: IntCounter,
    pub(super) missed_records: IntCounter,
    pub(super) restore_records_left: IntGaugeVec,
    pub(super) lists: ListFamilies,
    pub(super) memory_cards: IntGaugeVec,
    pub(super) memory_events: IntGaugeVec,
    pub(super) memory_bytes: IntGaugeVec,
    pub(super) memory_evicted: IntCounter,
    pub(super) memory_evicted_waiting: IntCounter,
    pub(super) memory_limit_cards: IntGauge,
    pub(super) memory_limit_bytes: IntGauge,
    pub(super) ready: IntGauge,
    pub(super) partitions: IntGaugeVec,
    pub(super) stuck_shards: IntGauge,
    pub(super) ruleset_info: IntGaugeVec,
    pub(super) shown: Mutex<ExportedRuleset>,
    pub(super) reloads: BTreeMap<&'static str, IntCounter>,
    pub(super) reload_duration: Histogram,
    pub(super) reload_successful: IntGauge,
    pub(super) ruleset_loaded: IntGauge,
    pub(super) control_share: Gauge,
}

impl Metrics {
    /// Every series that is known in advance starts at 0.
    pub fn new(ruleset: &Ruleset) -> Self {
        let registry = Registry::new();
        let r = &registry;
        let late = counters(r, &f::LATE_TRANSACTIONS);
        set_info(&gauges(r, &f::BUILD_INFO), &[env!("CARGO_PKG_VERSION")]);
        let metrics = Self {
            records_read: single(&counters(r, &f::RECORDS_READ)),
            records_without_key: single(&counters(r, &f::RECORDS_WITHOUT_KEY)),
            card_partition_changes: single(&counters(r, &f::CARD_PARTITION_CHANGES)),
            decisions: children(
                &counters(r, &f::DECISIONS),
                Action::ALL.iter().map(|action| action.name()),
            ),
            dead_letters: children(
                &counters(r, &f::DEAD_LETTERS),
                Reason::ALL.iter().map(|reason| reason.code()),
            ),
            duplicates: single(&counters(r, &f::DUPLICATES)),
            conflicting_duplicates: single(&counters(r, &f::CONFLICTING_DUPLICATES)),
            reused_ids: single(&counters(r, &f::REUSED_IDS)),
            tombstones: single(&counters(r, &f::TOMBSTONES)),
            warm_up: single(&counters(r, &f::WARM_UP)),
            control: single(&counters(r, &f::CONTROL)),
            labels: children(
                &counters(r, &f::LABELS),
                LabelResult::ALL.iter().map(|result| result.name()),
            ),
            label_bindings: children(
                &counters(r, &f::LABEL_BINDINGS),
                Labelled::ALL.iter().map(|result| result.name()),
            ),
            label_changes: label_changes(r),
            alerts: children(
                &counters(r, &f::ALERTS),
                Severity::ALL.iter().map(|severity| severity.name()).chain([NO_SEVERITY]),
            ),
            alert_families: AlertFamilies::new(r),
            precision: PrecisionFamilies::new(r),
            rule_fired: counters(r, &f::RULE_FIRED),
            rule_undecided: counters(r, &f::RULE_UNDECIDED),
            rule_snoozed: counters(r, &f::RULE_SNOOZED),
            shadow_alerts: counters(r, &f::SHADOW_ALERTS),
            decision_score: histogram(r, &f::DECISION_SCORE, f::SCORE_BUCKETS),
            decision_duration: durations(r, &f::DECISION_DURATION),
            event_age: histogram(r, &f::EVENT_AGE, f::AGE_BUCKETS_S),
            late_kept: child(&late, &["true"]),
            late_not_kept: child(&late, &["false"]),
            sensitive_fields_dropped: single(&counters(r, &f::SENSITIVE_FIELDS_DROPPED)),
            unlisted_fields: single(&counters(r, &f::UNLISTED_FIELDS)),
            changes: field_changes(r),
            commits: named(&counters(r, &f::COMMITS), &CommitResult::ALL.map(CommitResult::name)),
            commit_duration: durations(r, &f::COMMIT_DURATION),
            batch_duration: durations(r, &f::BATCH_DURATION),
            faults: named(&counters(r, &f::FAULTS), &Remedy::ALL.map(Remedy::name)),
            deliveries_failed: single(&counters(r, &f::DELIVERIES_FAILED)),
            rebalances: named(
                &counters(r, &f::REBALANCES),
                &RebalanceKind::ALL.map(RebalanceKind::name),
            ),
            assigned_partitions: single(&gauges(r, &f::ASSIGNED_PARTITIONS)),
            consumer_lag: gauges(r, &f::CONSUMER_LAG),
            checkpoints: named(
                &counters(r, &f::CHECKPOINTS),
                &CheckpointResult::ALL.map(CheckpointResult::name),
            ),
            checkpoint_stall: durations(r, &f::CHECKPOINT_STALL),
            restores: named(
                &counters(r, &f::RESTORES),
                &RestoreResult::ALL.map(RestoreResult::name),
            ),
            restored_transactions: single(&counters(r, &f::RESTORED_TRANSACTIONS)),
            missed_records: single(&counters(r, &f::MISSED_RECORDS)),
            restore_records_left: gauges(r, &f::RESTORE_RECORDS_LEFT),
            lists: ListFamilies::new(r),
            memory_cards: gauges(r, &f::MEMORY_CARDS),
            memory_events: gauges(r, &f::MEMORY_EVENTS),
            memory_bytes: gauges(r, &f::MEMORY_BYTES),
            memory_evicted: single(&counters(r, &f::MEMORY_EVICTED)),
            memory_evicted_waiting: single(&counters(r, &f::MEMORY_EVICTED_WAITING)),
            memory_limit_cards: single(&gauges(r, &f::MEMORY_LIMIT_CARDS)),
            memory_limit_bytes: single(&gauges(r, &f::MEMORY_LIMIT_BYTES)),
            ready: single(&gauges(r, &f::READY)),
            partitions: gauges(r, &f::PARTITIONS),
            stuck_shards: single(&gauges(r, &f::STUCK_SHARDS)),
            ruleset_info: gauges(r, &f::RULESET_INFO),
            shown: Mutex::default(),
            reloads: named(&counters(r, &f::RELOADS), &ReloadResult::ALL.map(ReloadResult::name)),
            reload_duration: durations(r, &f::RELOAD_DURATION),
            reload_successful: single(&gauges(r, &f::RELOAD_SUCCESSFUL)),
            ruleset_loaded: single(&gauges(r, &f::RULESET_LOADED)),
            control_share: single(&amount_gauges(r, &f::CONTROL_SHARE)),
            registry,
        };
        metrics.reload_successful.set(1);
        metrics.ruleset_in_force(ruleset);
        metrics
    }

    /// The text format of Prometheus.
    pub fn render(&self) -> String {
        rendered(&self.registry)
    }

    /// An offset commit whose response came after `took`.
    pub fn commit(&self, result: CommitResult, took: Duration) {
        count(&self.commits, result.name());
        self.commit_duration.observe(took.as_secs_f64());
    }

    /// A batch was committed, `took` after its first record was read.
    pub fn batch(&self, took: Duration) {
        self.batch_duration.observe(took.as_secs_f64());
    }

    /// A request that is part of a commit failed.
    pub fn fault(&self, remedy: Remedy) {
        count(&self.faults, remedy.name());
    }

    /// A sampled card was seen in a different partition than before.
    pub fn card_changed_partition(&self) {
        self.card_partition_changes.inc();
    }

    pub fn delivery_failed(&self) {
        self.deliveries_failed.inc();
    }

    /// The assignment changed; this process now has `delta` more partitions.
    pub fn rebalance(&self, kind: RebalanceKind, delta: i64) {
        count(&self.rebalances, kind.name());
        self.assigned_partitions.add(delta);
    }

    /// Records of a partition that are not yet read and acknowledged; `None` if unknown.
    pub fn set_consumer_lag(&self, topic: &str, partition: i32, records: Option<i64>) {
        let labels = [topic, &partition.to_string()];
        match records {
            Some(records) => child(&self.consumer_lag, &labels).set(records),
            // An error means that the series does not exist, which is the goal.
            None => drop(self.consumer_lag.remove_label_values(&labels)),
        }
    }

    /// The limits of each partition's memory.
    pub fn set_memory_limits(&self, limits: &Limits) {
        self.memory_limit_cards.set(whole(limits.cards));
        self.memory_limit_bytes.set(whole(limits.bytes));
    }

    /// The result of `/readyz`, and how many partitions are in each state.
    pub fn set_health(&self, ready: bool, partitions: &[(&'static str, usize)]) {
        self.ready.set(i64::from(ready));
        for (state, count) in partitions {
            child(&self.partitions, &[state]).set(whole(*count));
        }
    }

    /// The size of a partition's memory, now and before.
    pub fn set_memory(&self, partition: i32, usage: Usage, before: Usage) {
        let partition = partition.to_string();
        let set = |gauge: &IntGaugeVec, value: usize| {
            child(gauge, &[&partition]).set(whole(value));
        };
        set(&self.memory_cards, usage.cards);
        set(&self.memory_events, usage.events);
        set(&self.memory_bytes, usage.bytes);
        let since = |now: u64, then: u64| now.saturating_sub(then);
        self.memory_evicted.inc_by(since(usage.evicted_cards, before.evicted_cards));
        self.memory_evicted_waiting.inc_by(since(usage.evicted_waiting, before.evicted_waiting));
    }

    pub fn checkpoint(&self, result: CheckpointResult) {
        count(&self.checkpoints, result.name());
    }

    /// A shard processed no records for `took`, because it wrote a checkpoint.
    pub fn checkpoint_stalled(&self, took: Duration) {
        self.checkpoint_stall.observe(took.as_secs_f64());
    }

    /// A partition's memory was restored from the history.
    pub fn restored(&self, result: RestoreResult, transactions: u64) {
        count(&self.restores, result.name());
        self.restored_transactions.inc_by(transactions);
    }

    /// This many offsets of the input were deleted before they were read.
    pub fn missed(&self, offsets: i64) {
        self.missed_records.inc_by(offsets.max(0).unsigned_abs());
    }

    /// History offsets that a partition's restore has left to read.
    pub fn set_restore_left(&self, partition: i32, records: i64) {
        child(&self.restore_records_left, &[&partition.to_string()]).set(records);
    }

    pub fn set_stuck_shards(&self, shards: usize) {
        self.stuck_shards.set(whole(shards));
    }

    /// Removes the series of a partition that this process no longer reads.
    pub fn forget_partition(&self, topic: &str, partition: i32) {
        self.set_consumer_lag(topic, partition, None);
        let partition = partition.to_string();
        let memory = [&self.memory_cards, &self.memory_events, &self.memory_bytes];
        for gauge in memory.into_iter().chain([&self.restore_records_left]) {
            let _ = gauge.remove_label_values(&[&partition]);
        }
    }
}

impl Exposition for Metrics {
    fn set_health(&self, ready: bool, partitions: &[(&'static str, usize)]) {
        self.set_health(ready, partitions);
    }

    fn render(&self) -> String {
        self.render()
    }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
