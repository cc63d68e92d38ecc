//! What redcard counts, for Prometheus.
//!
//! [`Metrics`] is one per process and shared; a shard counts its records into a [`Recorder`] of its
//! own, which costs no atomic operation per record and is added up with every batch. Names and
//! labels stand in `metrics/families.rs`. This module knows nothing of Kafka or HTTP.

mod families;
mod recorder;
mod rulesets;
#[cfg(test)]
mod tests;
mod totals;

pub use families::{DURATION_BUCKETS_S, FAMILIES, Family, Kind};
pub use recorder::Recorder;
pub use rulesets::ReloadResult;
pub use totals::{Buckets, Totals};

use crate::decode::Reason;
use crate::memory::Usage;
use crate::rules::{Action, Mode, Ruleset, Severity};
use families as f;
use prometheus::core::{Collector, MetricVec, MetricVecBuilder};
use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, TextEncoder,
};
use rulesets::Shown;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

/// The media type of [`Metrics::render`]: the text format of Prometheus.
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// The label of an alert without a rule that fired.
const NO_SEVERITY: &str = "none";

/// What came of an offset commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitResult {
    Ok,
    Failed,
    /// Taken back as a whole: its records are decided again.
    Aborted,
}

/// A change of the assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RebalanceKind {
    Assigned,
    Revoked,
    /// Taken away without notice: another member may already read the partitions.
    Lost,
}

/// Everything that redcard counts.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    records_read: IntCounter,
    /// In the order of [`Action::ALL`].
    decisions: Vec<IntCounter>,
    /// In the order of [`Reason::ALL`].
    dead_letters: Vec<IntCounter>,
    duplicates: IntCounter,
    tombstones: IntCounter,
    warm_up: IntCounter,
    /// In the order of [`Severity::ALL`], then [`NO_SEVERITY`].
    alerts: Vec<IntCounter>,
    rule_fired: IntCounterVec,
    rule_undecided: IntCounterVec,
    decision_duration: Histogram,
    late_kept: IntCounter,
    late_not_kept: IntCounter,
    sensitive_fields_dropped: IntCounter,
    unknown_values: IntCounter,
    card_numbers_masked: IntCounter,
    commits: BTreeMap<&'static str, IntCounter>,
    commit_duration: Histogram,
    deliveries_failed: IntCounter,
    rebalances: BTreeMap<&'static str, IntCounter>,
    assigned_partitions: IntGauge,
    consumer_lag: IntGaugeVec,
    checkpoints: BTreeMap<&'static str, IntCounter>,
    checkpoint_stall: Histogram,
    restores: BTreeMap<&'static str, IntCounter>,
    restored_transactions: IntCounter,
    restore_records_left: IntGaugeVec,
    memory_cards: IntGaugeVec,
    memory_events: IntGaugeVec,
    memory_bytes: IntGaugeVec,
    memory_evicted: IntCounter,
    stuck_shards: IntGauge,
    ruleset_info: IntGaugeVec,
    shown: Mutex<Shown>,
    reloads: BTreeMap<&'static str, IntCounter>,
    reload_duration: Histogram,
    reload_successful: IntGauge,
    ruleset_loaded: IntGauge,
}

impl Metrics {
    /// Every series that can be known beforehand stands at 0.
    pub fn new(ruleset: &Ruleset) -> Self {
        let registry = Registry::new();
        let r = &registry;
        let late = counters(r, &f::LATE_TRANSACTIONS);
        set_info(&gauges(r, &f::BUILD_INFO), &[env!("CARGO_PKG_VERSION")]);
        let metrics = Self {
            records_read: single(&counters(r, &f::RECORDS_READ)),
            decisions: children(
                &counters(r, &f::DECISIONS),
                Action::ALL.iter().map(|action| action.name()),
            ),
            dead_letters: children(
                &counters(r, &f::DEAD_LETTERS),
                Reason::ALL.iter().map(|reason| reason.code()),
            ),
            duplicates: single(&counters(r, &f::DUPLICATES)),
            tombstones: single(&counters(r, &f::TOMBSTONES)),
            warm_up: single(&counters(r, &f::WARM_UP)),
            alerts: children(
                &counters(r, &f::ALERTS),
                Severity::ALL.iter().map(|severity| severity.name()).chain([NO_SEVERITY]),
            ),
            rule_fired: counters(r, &f::RULE_FIRED),
            rule_undecided: counters(r, &f::RULE_UNDECIDED),
            decision_duration: single(&histograms(r, &f::DECISION_DURATION)),
            late_kept: child(&late, &["true"]),
            late_not_kept: child(&late, &["false"]),
            sensitive_fields_dropped: single(&counters(r, &f::SENSITIVE_FIELDS_DROPPED)),
            unknown_values: single(&counters(r, &f::UNKNOWN_VALUES)),
            card_numbers_masked: single(&counters(r, &f::CARD_NUMBERS_MASKED)),
            commits: named(&counters(r, &f::COMMITS), CommitResult::ALL.map(CommitResult::name)),
            commit_duration: single(&histograms(r, &f::COMMIT_DURATION)),
            deliveries_failed: single(&counters(r, &f::DELIVERIES_FAILED)),
            rebalances: named(
                &counters(r, &f::REBALANCES),
                RebalanceKind::ALL.map(RebalanceKind::name),
            ),
            assigned_partitions: single(&gauges(r, &f::ASSIGNED_PARTITIONS)),
            consumer_lag: gauges(r, &f::CONSUMER_LAG),
            checkpoints: named(
                &counters(r, &f::CHECKPOINTS),
                CheckpointResult::ALL.map(CheckpointResult::name),
            ),
            checkpoint_stall: single(&histograms(r, &f::CHECKPOINT_STALL)),
            restores: named(
                &counters(r, &f::RESTORES),
                RestoreResult::ALL.map(RestoreResult::name),
            ),
            restored_transactions: single(&counters(r, &f::RESTORED_TRANSACTIONS)),
            restore_records_left: gauges(r, &f::RESTORE_RECORDS_LEFT),
            memory_cards: gauges(r, &f::MEMORY_CARDS),
            memory_events: gauges(r, &f::MEMORY_EVENTS),
            memory_bytes: gauges(r, &f::MEMORY_BYTES),
            memory_evicted: single(&counters(r, &f::MEMORY_EVICTED)),
            stuck_shards: single(&gauges(r, &f::STUCK_SHARDS)),
            ruleset_info: gauges(r, &f::RULESET_INFO),
            shown: Mutex::default(),
            reloads: named(&counters(r, &f::RELOADS), ReloadResult::ALL.map(ReloadResult::name)),
            reload_duration: single(&histograms(r, &f::RELOAD_DURATION)),
            reload_successful: single(&gauges(r, &f::RELOAD_SUCCESSFUL)),
            ruleset_loaded: single(&gauges(r, &f::RULESET_LOADED)),
            registry,
        };
        metrics.reload_successful.set(1);
        metrics.ruleset_in_force(ruleset);
        metrics
    }

    /// A shard's own counters; `ruleset` is the one that it decides by.
    pub fn recorder(&self, ruleset: &Ruleset) -> Recorder {
        Recorder::new(self, ruleset)
    }

    /// The text format of Prometheus ([`CONTENT_TYPE`]).
    pub fn render(&self) -> String {
        let mut out = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut out) {
            tracing::error!(%error, "cannot render metrics");
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    /// An offset commit, answered `took` after it was asked for.
    pub fn commit(&self, result: CommitResult, took: Duration) {
        count(&self.commits, result.name());
        self.commit_duration.observe(took.as_secs_f64());
    }

    pub fn delivery_failed(&self) {
        self.deliveries_failed.inc();
    }

    /// A change of the assignment, after which this process has `delta` partitions more.
    pub fn rebalance(&self, kind: RebalanceKind, delta: i64) {
        count(&self.rebalances, kind.name());
        self.assigned_partitions.add(delta);
    }

    /// Records of a partition not yet read and acknowledged.
    pub fn set_consumer_lag(&self, topic: &str, partition: i32, records: i64) {
        child(&self.consumer_lag, &[topic, &partition.to_string()]).set(records);
    }

    /// The size of a partition's memory, and how many cards it evicted since the last call.
    pub fn set_memory(&self, partition: i32, usage: Usage, evicted: u64) {
        let partition = partition.to_string();
        let set = |gauge: &IntGaugeVec, value: usize| {
            child(gauge, &[&partition]).set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        set(&self.memory_cards, usage.cards);
        set(&self.memory_events, usage.events);
        set(&self.memory_bytes, usage.bytes);
        self.memory_evicted.inc_by(evicted);
    }

    pub fn checkpoint(&self, result: CheckpointResult) {
        count(&self.checkpoints, result.name());
    }

    /// A shard took no records for so long, because it wrote a checkpoint.
    pub fn checkpoint_stalled(&self, took: Duration) {
        self.checkpoint_stall.observe(took.as_secs_f64());
    }

    /// A partition's memory was read from the history.
    pub fn restored(&self, result: RestoreResult, transactions: u64) {
        count(&self.restores, result.name());
        self.restored_transactions.inc_by(transactions);
    }

    /// History offsets that a partition's restore still has before it.
    pub fn set_restore_left(&self, partition: i32, records: i64) {
        child(&self.restore_records_left, &[&partition.to_string()]).set(records);
    }

    pub fn set_stuck_shards(&self, shards: usize) {
        self.stuck_shards.set(i64::try_from(shards).unwrap_or(i64::MAX));
    }

    /// Takes away the series of a partition that this process no longer reads.
    pub fn forget_partition(&self, topic: &str, partition: i32) {
        let partition = partition.to_string();
        // An error says that there is no such series, which is what is wanted.
        let _ = self.consumer_lag.remove_label_values(&[topic, &partition]);
        let memory = [&self.memory_cards, &self.memory_events, &self.memory_bytes];
        for gauge in memory.into_iter().chain([&self.restore_records_left]) {
            let _ = gauge.remove_label_values(&[&partition]);
        }
    }
}

impl CommitResult {
    const ALL: [Self; 3] = [Self::Ok, Self::Failed, Self::Aborted];

    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

/// What became of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointResult {
    Saved,
    Failed,
    Used,
    Ignored,
}

impl CheckpointResult {
    const ALL: [Self; 4] = [Self::Saved, Self::Failed, Self::Used, Self::Ignored];

    /// Of one that was to be written.
    pub fn of(saved: bool) -> Self {
        if saved { Self::Saved } else { Self::Failed }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Failed => "failed",
            Self::Used => "used",
            Self::Ignored => "ignored",
        }
    }
}

/// How a restored history and the group's committed offset stood to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreResult {
    Agree,
    /// Neither was there.
    Fresh,
    Ahead,
    Behind,
}

impl RestoreResult {
    const ALL: [Self; 4] = [Self::Agree, Self::Fresh, Self::Ahead, Self::Behind];

    fn name(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Fresh => "fresh",
            Self::Ahead => "ahead",
            Self::Behind => "behind",
        }
    }
}

impl RebalanceKind {
    const ALL: [Self; 3] = [Self::Assigned, Self::Revoked, Self::Lost];

    fn name(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Revoked => "revoked",
            Self::Lost => "lost",
        }
    }
}

/// The label of a rule's mode.
fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "live",
        Mode::Shadow => "shadow",
        Mode::Off => "off",
    }
}

fn counters(registry: &Registry, family: &Family) -> IntCounterVec {
    let vec = IntCounterVec::new(Opts::new(family.name, family.help), family.labels);
    register(registry, vec)
}

fn gauges(registry: &Registry, family: &Family) -> IntGaugeVec {
    let vec = IntGaugeVec::new(Opts::new(family.name, family.help), family.labels);
    register(registry, vec)
}

fn histograms(registry: &Registry, family: &Family) -> HistogramVec {
    let opts = HistogramOpts::new(family.name, family.help).buckets(f::DURATION_BUCKETS_S.to_vec());
    register(registry, HistogramVec::new(opts, family.labels))
}

#[expect(
    clippy::expect_used,
    reason = "families are constants: every one of them is registered by the unit tests"
)]
fn register<C: Collector + Clone + 'static>(registry: &Registry, vec: prometheus::Result<C>) -> C {
    let vec = vec.expect("a family's name and labels are well formed");
    registry.register(Box::new(vec.clone())).expect("each family is registered once");
    vec
}

#[expect(
    clippy::expect_used,
    reason = "it fails only for a wrong number of labels, which the unit tests would find"
)]
fn child<B: MetricVecBuilder>(vec: &MetricVec<B>, labels: &[&str]) -> B::M {
    vec.get_metric_with_label_values(labels).expect("as many labels as the family has")
}

fn single<B: MetricVecBuilder>(vec: &MetricVec<B>) -> B::M {
    child(vec, &[])
}

fn children<'n>(vec: &IntCounterVec, names: impl Iterator<Item = &'n str>) -> Vec<IntCounter> {
    names.map(|name| child(vec, &[name])).collect()
}

fn named<const N: usize>(
    vec: &IntCounterVec,
    names: [&'static str; N],
) -> BTreeMap<&'static str, IntCounter> {
    names.into_iter().map(|name| (name, child(vec, &[name]))).collect()
}

fn set_info(vec: &IntGaugeVec, labels: &[&str]) {
    child(vec, labels).set(1);
}

fn count(counters: &BTreeMap<&'static str, IntCounter>, name: &str) {
    if let Some(counter) = counters.get(name) {
        counter.inc();
    }
}
