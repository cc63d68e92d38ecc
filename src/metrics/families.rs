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
        $(pub(in crate::metrics) const $constant: Family =
            Family { name: $name, kind: Kind::$kind, labels: &[$($label),*], help: $help };)+

        /// Every family that is exported.
        pub const FAMILIES: &[Family] = &[$($constant),+];
    };
}

families! {
    RECORDS_READ = Counter "redcard_records_read_total" []
        "Records read from the transaction topic: decisions, dead letters, duplicates, tombstones and warm-up transactions add up to it.";
    RECORDS_WITHOUT_KEY = Counter "redcard_records_without_key_total" []
        "Records read that have no key: the charges of a card are then spread over the partitions, and each is decided without the others.";
    CARD_PARTITION_CHANGES = Counter "redcard_card_partition_changes_total" []
        "Times that a card was seen in another partition than before, among a sample of at most 4,096 cards of this process.";
    DECISIONS = Counter "redcard_decisions_total" ["action"]
        "Decisions taken, by action.";
    DEAD_LETTERS = Counter "redcard_dead_letters_total" ["reason"]
        "Records that could not become a transaction, by reason code.";
    DUPLICATES = Counter "redcard_duplicates_total" []
        "Redelivered transactions: recognised, not decided again.";
    CONFLICTING_DUPLICATES = Counter "redcard_conflicting_duplicates_total" []
        "Duplicates that say something else than the transaction they repeat (same type, id, merchant and second): not decided again.";
    REUSED_IDS = Counter "redcard_reused_ids_total" []
        "Transactions with the type and id of another remembered one of their card, at another merchant or time: decided as transactions of their own.";
    WARM_UP = Counter "redcard_warm_up_transactions_total" []
        "Transactions remembered without being decided, because memory was warming up.";
    TOMBSTONES = Counter "redcard_tombstones_total" []
        "Records without a value: skipped.";
    ALERTS = Counter "redcard_alerts_total" ["severity"]
        "Alerts handed to the producer, by severity; none where no rule fired.";
    RULE_ALERTS = Counter "redcard_rule_alerts_total" ["rule", "severity"]
        "Alerts by the rule that gave most points to them, the first of those that gave the same, and by the alert's severity.";
    ALERT_COUNTRIES = Counter "redcard_alerts_by_country_total" ["country"]
        "Alerts by the merchant's country (ISO 3166-1 alpha-2); unknown where the transaction names none.";
    ALERT_CATEGORIES = Counter "redcard_alerts_by_category_total" ["category"]
        "Alerts by the group of the merchant's category code (ISO 18245); unknown where the transaction has none.";
    AMOUNT_AT_RISK = Counter "redcard_amount_at_risk_total" ["currency"]
        "Amounts of the transactions that raised alerts, by their currency and in whole units of it: 26.5 are USD 26.50.";
    RULE_FIRED = Counter "redcard_rule_fired_total" ["rule", "severity", "mode"]
        "Transactions on which a rule fired; in mode shadow it changed no decision.";
    RULE_UNDECIDED = Counter "redcard_rule_undecided_total" ["rule"]
        "Transactions on which a rule could not be decided, because something it needs was absent or saturated.";
    SHADOW_ALERTS = Counter "redcard_shadow_alerts_total" ["rule"]
        "Transactions that were approved and that a shadow rule, had it been live, would have had reviewed or declined.";
    DECISION_SCORE = Histogram "redcard_decision_score" []
        "Scores of decisions, 0 to 1000.";
    DECISION_DURATION = Histogram "redcard_decision_duration_seconds" []
        "Time from a record's being polled to everything that came of it being encoded and handed to the producer.";
    EVENT_AGE = Histogram "redcard_event_age_seconds" []
        "Time from a transaction's own time to its decision: what the source, the topic and a backlog held it back. A time ahead of ours counts as 0.";
    LATE_TRANSACTIONS = Counter "redcard_late_transactions_total" ["kept"]
        "Transactions older than others of their card: put in their place, or too old to be remembered.";
    SENSITIVE_FIELDS_DROPPED = Counter "redcard_sensitive_fields_dropped_total" []
        "Fields with sensitive authentication data (cvv, track2, pin_block and others), dropped unread.";
    UNLISTED_FIELDS = Counter "redcard_unlisted_fields_total" []
        "Fields that docs/transaction.md does not list, at the places where listed ones are: ignored.";
    UNKNOWN_VALUES = Counter "redcard_unknown_values_total" ["field"]
        "Names and codes of optional fields that redcard does not know: treated as missing, a decline reason as other.";
    INVALID_VALUES = Counter "redcard_invalid_values_total" ["field", "treatment"]
        "Invalid values of optional fields, by what was done: dropped (treated as missing), truncated, or repaired (unpaired surrogates replaced).";
    CARD_NUMBERS_MASKED = Counter "redcard_card_numbers_masked_total" ["field"]
        "Card numbers found in fields that are not for them, and replaced.";
    COMMITS = Counter "redcard_commits_total" ["result"]
        "Commits of a batch, by result: ok; failed: not committed, as it turned out; aborted. The records of the latter two are taken again.";
    COMMIT_DURATION = Histogram "redcard_commit_duration_seconds" []
        "Time from the end of a batch to its being committed.";
    BATCH_DURATION = Histogram "redcard_batch_duration_seconds" []
        "Time from a batch's first record to its being committed, which is how long a Kafka transaction is open: its alerts are not seen before.";
    FAULTS = Counter "redcard_kafka_faults_total" ["remedy"]
        "Requests on the way to a commit that failed, by what is done about it: retried, the transaction aborted, or the producer replaced.";
    DELIVERIES_FAILED = Counter "redcard_deliveries_failed_total" []
        "Output records that the broker refused or the client library gave up on.";
    REBALANCES = Counter "redcard_rebalances_total" ["kind"]
        "Changes of the assignment: partitions assigned, revoked, or lost without notice.";
    ASSIGNED_PARTITIONS = Gauge "redcard_assigned_partitions" []
        "Partitions of the transaction topic that this process reads.";
    CONSUMER_LAG = Gauge "redcard_consumer_lag_records" ["topic", "partition"]
        "Records of a partition that can be read and are not yet decided and committed; no series while it is not known.";
    CHECKPOINTS = Counter "redcard_checkpoints_total" ["result"]
        "Checkpoints of a partition's memory, by result: saved; failed: not written; used by a restore; ignored by one, because it was damaged or of another history.";
    CHECKPOINT_STALL = Histogram "redcard_checkpoint_stall_seconds" []
        "Time for which a shard stood still to write a checkpoint at the interval.";
    RESTORES = Counter "redcard_restores_total" ["result"]
        "Partitions whose memory was read from the history, by how its end and the group's committed offset stood to each other.";
    RESTORED_TRANSACTIONS = Counter "redcard_restored_transactions_total" []
        "Transactions read from the history into memory.";
    MISSED_RECORDS = Counter "redcard_missed_records_total" []
        "Offsets of the transaction topic that were gone before they were read, because its retention or somebody took them: nobody decided on them.";
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
    MEMORY_EVICTED_WAITING = Counter "redcard_memory_evicted_adjustments_total" []
        "Clearings and reversals evicted because memory.events_per_card was reached, while they waited for their original.";
    MEMORY_LIMIT_CARDS = Gauge "redcard_memory_limit_cards" []
        "Cards that the memory of one partition holds at most.";
    MEMORY_LIMIT_BYTES = Gauge "redcard_memory_limit_bytes" []
        "Bytes that the memory of one partition takes at most.";
    READY = Gauge "redcard_ready" []
        "1 while /readyz says yes, else 0.";
    PARTITIONS = Gauge "redcard_partitions" ["state"]
        "Partitions that this process reads, by the state of their memory: preparing, restoring, warming_up, ready or unreadable.";
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
    PROCESS_CPU = Counter "process_cpu_seconds_total" []
        "User and system time of the process; Linux alone, like all of process_.";
    PROCESS_RESIDENT = Gauge "process_resident_memory_bytes" []
        "Memory of the process that is not swapped out.";
    PROCESS_OPEN_FILES = Gauge "process_open_fds" []
        "Open file descriptors of the process, sockets included.";
    PROCESS_START = Gauge "process_start_time_seconds" []
        "When the process started, in seconds since 1970.";
}

/// Buckets of every duration, seconds: 10 µs to 2.5 s.
pub const DURATION_BUCKETS_S: &[f64] = &[
    10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3,
    250e-3, 500e-3, 1.0, 2.5,
];

/// Buckets of scores: each holds those up to its bound. Nothing fired below the first.
pub const SCORE_BUCKETS: &[f64] = &[
    0.0, 50.0, 100.0, 150.0, 200.0, 250.0, 300.0, 350.0, 400.0, 450.0, 500.0, 550.0, 600.0, 650.0,
    700.0, 750.0, 800.0, 850.0, 900.0, 950.0, 1000.0,
];

/// Buckets of ages, seconds: 10 ms to a day.
pub const AGE_BUCKETS_S: &[f64] = &[
    0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21_600.0,
    86_400.0,
];

/// What `redcard notify` exports, beside the version.
pub mod notify {
    use super::{Family, Kind};

    families! {
        RECORDS_READ = Counter "redcard_notify_records_read_total" []
            "Records that redcard notify read from the alerts topic: alerts and what is no alert add up to it.";
        ALERTS = Counter "redcard_notify_alerts_total" ["outcome"]
            "Alerts read, by outcome: counted for a notification; old: in the summary that pages nobody; below_floor: not severe enough; repeated: seen before.";
        MALFORMED = Counter "redcard_notify_malformed_total" ["reason"]
            "Records that are no alert, by reason: the type that they say, no value, no JSON of an alert, or a field that is none.";
        REQUESTS = Counter "redcard_notify_requests_total" ["target", "result"]
            "Requests to a target, by result: ok where it accepted, failed where it did not; these are tried again.";
        REQUEST_DURATION = Histogram "redcard_notify_request_duration_seconds" ["target"]
            "Time from a request to a target to its answer, or to giving up on one.";
        LAST_ACCEPTED = Gauge "redcard_notify_last_accepted_timestamp_seconds" ["target"]
            "When a target last accepted a request, in seconds since 1970; 0: not since the start.";
        ACTIVE = Gauge "redcard_notify_active_causes" ["told"]
            "Causes whose alerts keep coming, by how they are told: alone, or in_storm: in the storm's summary.";
        UNCONFIRMED = Gauge "redcard_notify_unconfirmed_records" []
            "Records that were read and of which not every target has accepted what came of them.";
        PAUSED = Gauge "redcard_notify_paused" []
            "1 while reading waits for the targets to accept, else 0.";
    }
}
