//! The names, labels and meanings of everything that `/metrics` shows, in one table.
//!
//! Labels are bounded codes: rule ids, reasons, actions, partitions. Nothing here can grow with
//! cards, merchants or messages. docs/metrics.md repeats this table for operators; a test holds the
//! two together.

/// What a metric is, in Prometheus' words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// A metric family: a name and everything that is fixed of it.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    pub help: &'static str,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }
}

macro_rules! families {
    ($($constant:ident = $kind:ident $name:literal [$($label:literal),*] $help:literal;)+) => {
        $(pub(super) const $constant: Family =
            Family { name: $name, kind: Kind::$kind, labels: &[$($label),*], help: $help };)+

        /// Every family that redcard exports.
        pub const FAMILIES: &[Family] = &[$($constant),+];
    };
}

families! {
    RECORDS_READ = Counter "redcard_records_read_total" []
        "Records read from the transaction topic: decisions, dead letters, duplicates, tombstones and warm-up transactions add up to it.";
    DECISIONS = Counter "redcard_decisions_total" ["action"]
        "Decisions taken, by action.";
    DEAD_LETTERS = Counter "redcard_dead_letters_total" ["reason"]
        "Records that could not become a transaction, by reason code.";
    DUPLICATES = Counter "redcard_duplicates_total" []
        "Redelivered transactions: recognised, not decided again.";
    WARM_UP = Counter "redcard_warm_up_transactions_total" []
        "Transactions remembered without being decided, because memory was warming up.";
    TOMBSTONES = Counter "redcard_tombstones_total" []
        "Records without a value: skipped.";
    ALERTS = Counter "redcard_alerts_total" ["severity"]
        "Alerts handed to the producer, by severity; none where no rule fired.";
    RULE_FIRED = Counter "redcard_rule_fired_total" ["rule", "severity", "mode"]
        "Transactions on which a rule fired; in mode shadow it changed no decision.";
    RULE_UNDECIDED = Counter "redcard_rule_undecided_total" ["rule"]
        "Transactions on which a rule could not be decided, because something it needs was absent or saturated.";
    DECISION_DURATION = Histogram "redcard_decision_duration_seconds" []
        "Time from a record's being polled to everything that came of it being encoded and handed to the producer.";
    LATE_TRANSACTIONS = Counter "redcard_late_transactions_total" ["kept"]
        "Transactions older than others of their card: put in their place, or too old to be remembered.";
    SENSITIVE_FIELDS_DROPPED = Counter "redcard_sensitive_fields_dropped_total" []
        "Fields with sensitive authentication data (cvv, track2, pin_block and others), dropped unread.";
    UNKNOWN_VALUES = Counter "redcard_unknown_values_total" []
        "Unknown values of optional enumerations, taken as missing.";
    CARD_NUMBERS_MASKED = Counter "redcard_card_numbers_masked_total" []
        "Card numbers found in fields that are not for them, and replaced.";
    COMMITS = Counter "redcard_commits_total" ["result"]
        "Commits of a batch, by result: ok; failed: not committed, as it turned out; aborted. The records of the latter two are taken again.";
    COMMIT_DURATION = Histogram "redcard_commit_duration_seconds" []
        "Time from the end of a batch to its being committed.";
    DELIVERIES_FAILED = Counter "redcard_deliveries_failed_total" []
        "Output records that the broker refused or the client library gave up on.";
    REBALANCES = Counter "redcard_rebalances_total" ["kind"]
        "Changes of the assignment: partitions assigned, revoked, or lost without notice.";
    ASSIGNED_PARTITIONS = Gauge "redcard_assigned_partitions" []
        "Partitions of the transaction topic that this process reads.";
    CONSUMER_LAG = Gauge "redcard_consumer_lag_records" ["topic", "partition"]
        "Records of a partition not yet read and acknowledged; no series while it is not known.";
    CHECKPOINTS = Counter "redcard_checkpoints_total" ["result"]
        "Checkpoints of a partition's memory, by result: saved; failed: not written; used by a restore; ignored by one, because it was damaged or of another history.";
    CHECKPOINT_STALL = Histogram "redcard_checkpoint_stall_seconds" []
        "Time for which a shard stood still to write a checkpoint at the interval.";
    RESTORES = Counter "redcard_restores_total" ["result"]
        "Partitions whose memory was read from the history, by how its end and the group's committed offset stood to each other.";
    RESTORED_TRANSACTIONS = Counter "redcard_restored_transactions_total" []
        "Transactions read from the history into memory.";
    RESTORE_RECORDS_LEFT = Gauge "redcard_restore_records_left" ["partition"]
        "History offsets that a restore still has before it; no series for a partition that was never restored here.";
    MEMORY_CARDS = Gauge "redcard_memory_cards" ["partition"]
        "Cards remembered, by input partition.";
    MEMORY_EVENTS = Gauge "redcard_memory_events" ["partition"]
        "Charges and refunds remembered, by input partition.";
    MEMORY_BYTES = Gauge "redcard_memory_bytes" ["partition"]
        "Bytes taken by the memory of cards, by input partition.";
    MEMORY_EVICTED = Counter "redcard_memory_evicted_cards_total" []
        "Cards evicted from memory for want of room.";
    STUCK_SHARDS = Gauge "redcard_stuck_shards" []
        "Shards that have not moved for 30 seconds; the log says what they are at, and /livez fails.";
    RULESET_INFO = Gauge "redcard_ruleset_info" ["name", "version", "hash"]
        "The ruleset in force; always 1.";
    RULESET_LOADED = Gauge "redcard_ruleset_loaded_timestamp_seconds" []
        "When the rule files were last read and found good, in seconds since 1970.";
    RELOADS = Counter "redcard_ruleset_reloads_total" ["result"]
        "Attempts to replace the ruleset, by result: replaced, unchanged, or refused, which leaves the old one in force.";
    RELOAD_SUCCESSFUL = Gauge "redcard_ruleset_reload_successful" []
        "1, or 0 while the rule files cannot be used and an older ruleset stays in force.";
    RELOAD_DURATION = Histogram "redcard_ruleset_reload_duration_seconds" []
        "Time to read, check, compile and test a ruleset.";
    BUILD_INFO = Gauge "redcard_build_info" ["version"]
        "The version of redcard; always 1.";
}

/// Buckets of every duration, seconds: 10 µs to 2.5 s.
pub const DURATION_BUCKETS_S: &[f64] = &[
    10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3,
    250e-3, 500e-3, 1.0, 2.5,
];
