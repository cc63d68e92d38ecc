//! Defines the names, labels and meanings of everything that `/metrics` exports, in one table.
//!
//! Labels are bounded codes: rule ids, reasons, actions, partitions. No label grows with cards,
//! merchants or messages. docs/reference/metrics.md repeats this table for operators; a test
//! requires the two to be equal.

/// A metric's type, in Prometheus' terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FamilyKind {
    Counter,
    Gauge,
    Histogram,
}

/// A metric family: its name, type, labels and help text.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    pub name: &'static str,
    pub kind: FamilyKind,
    pub labels: &'static [&'static str],
    pub help: &'static str,
}

impl FamilyKind {
    pub fn name(self) -> &'static str {
        match self {
            FamilyKind::Counter => "counter",
            FamilyKind::Gauge => "gauge",
            FamilyKind::Histogram => "histogram",
        }
    }
}

macro_rules! families {
    ($($constant:ident = $kind:ident $name:literal [$($label:literal),*] $help:literal;)+) => {
        $(pub(in crate::metrics) const $constant: Family =
            Family { name: $name, kind: FamilyKind::$kind, labels: &[$($label),*], help: $help };)+

        /// Every family that is exported.
        pub const FAMILIES: &[Family] = &[$($constant),+];
    };
}

families! {
    RECORDS_READ = Counter "redcard_records_read_total" []
        "Records read from the input topic: the sum of decisions, dead letters, duplicates, tombstones and warm-up transactions.";
    RECORDS_WITHOUT_KEY = Counter "redcard_records_without_key_total" []
        "Records read without a key. The charges of a card are then spread over the partitions, and each is scored without the others.";
    CARD_PARTITION_CHANGES = Counter "redcard_card_partition_changes_total" []
        "Times that a card moved to another partition, in a sample of at most 4,096 cards of this process.";
    DECISIONS = Counter "redcard_decisions_total" ["action"]
        "Decisions made, by action.";
    DEAD_LETTERS = Counter "redcard_dead_letters_total" ["reason"]
        "Input records that could not become a transaction, by reason code; redcard_labels_total counts rejected labels.";
    DUPLICATES = Counter "redcard_duplicates_total" []
        "Duplicate transactions, recognised and not scored again.";
    CONFLICTING_DUPLICATES = Counter "redcard_conflicting_duplicates_total" []
        "Duplicates (same type, id, merchant and second) and outcomes that differ from the transaction they repeat; what differs is dropped.";
    REUSED_IDS = Counter "redcard_reused_ids_total" []
        "Transactions with the type and id of another remembered transaction of their card, but another merchant or time; scored as separate transactions.";
    WARM_UP = Counter "redcard_warm_up_transactions_total" []
        "Transactions remembered but not scored, because memory was warming up.";
    CONTROL = Counter "redcard_control_decisions_total" []
        "Declines that the ruleset's control share let through.";
    TOMBSTONES = Counter "redcard_tombstones_total" []
        "Records without a value, skipped.";
    LABELS = Counter "redcard_labels_total" ["result"]
        "Records read from the topic of labels, by result: the label that was remembered (fraud, genuine, suspected, unknown), repeated, too_old (its transaction is older than the retention), rejected (a dead letter) or tombstone.";
    LABEL_BINDINGS = Counter "redcard_label_bindings_total" ["result"]
        "Labels read, by what is remembered of their transactions: bound (the charge), waits (only the card; the label waits for its transaction), unknown_card (not even the card; it waits as well), too_old (not kept: nothing, and the transaction is older than the retention) or repeated (not kept: an earlier label says the same).";
    LABEL_CHANGES = Counter "redcard_label_values_changed_total" ["field", "treatment"]
        "Values in labels that were changed or treated as absent, by treatment: unknown, dropped, truncated, repaired, or card_number (replaced).";
    ALERTS = Counter "redcard_alerts_total" ["severity"]
        "Alerts handed to the producer, by severity; severity none if no rule fired.";
    RULE_ALERTS = Counter "redcard_rule_alerts_total" ["rule", "severity"]
        "Alerts by the rule that contributed the most points (the first one on a tie) and by the alert's severity.";
    ALERT_COUNTRIES = Counter "redcard_alerts_by_country_total" ["country"]
        "Alerts by the merchant's country (ISO 3166-1 alpha-2); unknown if the transaction has none.";
    ALERT_CATEGORIES = Counter "redcard_alerts_by_category_total" ["category"]
        "Alerts by the group of the merchant's category code (ISO 18245); unknown if the transaction has none.";
    AMOUNT_AT_RISK = Counter "redcard_amount_at_risk_total" ["currency"]
        "Amounts of the transactions that raised alerts, by currency and in its major units: 26.5 is USD 26.50.";
    RULE_FIRED = Counter "redcard_rule_fired_total" ["rule", "severity", "mode"]
        "Transactions on which a rule fired; in mode shadow it changed no decision.";
    RULE_UNDECIDED = Counter "redcard_rule_undecided_total" ["rule"]
        "Transactions on which a rule was undecided, because something it needs was absent or saturated.";
    RULE_SNOOZED = Counter "redcard_rule_snoozed_total" ["rule"]
        "Transactions on which a rule did not fire only because it was snoozed for the card.";
    SHADOW_ALERTS = Counter "redcard_shadow_alerts_total" ["rule"]
        "Approved transactions that a shadow rule would have sent to review or declined if it had been live.";
    RULE_OUTCOMES = Gauge "redcard_rule_outcomes" ["rule", "label"]
        "Alerted transactions within labels.horizon that are older than labels.mature_after, by rule that fired and by label: fraud, genuine, or none.";
    RULE_OUTCOME_AMOUNT = Gauge "redcard_rule_outcome_amount" ["rule", "label"]
        "What these transactions amount to, in major units of the base currency.";
    RULE_RECENT_OUTCOMES = Gauge "redcard_rule_recent_outcomes" ["rule", "label"]
        "Those of redcard_rule_outcomes that became older than labels.mature_after within the last two weeks.";
    OUTCOMES = Gauge "redcard_outcomes" ["label"]
        "The transactions of redcard_rule_outcomes by label, each counted once, however many rules fired.";
    OUTCOME_AMOUNT = Gauge "redcard_outcome_amount" ["label"]
        "What they amount to, each counted once, in major units of the base currency.";
    MISSED_FRAUD = Gauge "redcard_missed_fraud" []
        "Transactions of the same age with a fraud label and without an alert, if the label has their time.";
    MISSED_FRAUD_AMOUNT = Gauge "redcard_missed_fraud_amount" []
        "What missed fraud amounts to, as far as labels have the amount, in major units of the base currency.";
    CONTROL_OUTCOMES = Gauge "redcard_control_outcomes" ["rule", "label"]
        "Declines that the control share let through, of the same age, by rule that fired and by label; rule (all) counts each once.";
    CONTROL_CLUSTERS = Gauge "redcard_control_clusters" ["rule"]
        "Pairs of card and calendar week that these declines belong to.";
    CONTROL_SQUARES = Gauge "redcard_control_squares" ["rule", "kind"]
        "Sums over these pairs, for the interval of the precision: of the squared declines, the squared fraud, and their product: kind declines, fraud or both.";
    CONTROL_SHARE = Gauge "redcard_control_share" []
        "The control share of the active ruleset; 0 without one.";
    OUTCOMES_HELD = Gauge "redcard_outcomes_held" ["kind"]
        "Alerts, labels, and links of messages to alerted charges, held to measure rules, of any age: kind alert, label or link.";
    OUTCOME_PARTITIONS = Gauge "redcard_outcome_partitions" ["state"]
        "Partitions of the outcomes topic that this process reads, by state: complete, or reading, which are not counted yet.";
    DECISION_SCORE = Histogram "redcard_decision_score" []
        "Scores of decisions, 0 to 1000.";
    DECISION_DURATION = Histogram "redcard_decision_duration_seconds" []
        "Time from polling a record until all its outputs are encoded and handed to the producer.";
    EVENT_AGE = Histogram "redcard_event_age_seconds" []
        "Time from a transaction's own time to its decision: the delay in the source and in the topic, including lag. A time in the future counts as 0.";
    LATE_TRANSACTIONS = Counter "redcard_late_transactions_total" ["kept"]
        "Transactions that arrived after newer ones of their card: kept (true), inserted in time order; or not kept (false), too old to be remembered.";
    SENSITIVE_FIELDS_DROPPED = Counter "redcard_sensitive_fields_dropped_total" []
        "Fields with sensitive authentication data (cvv, track2, pin_block and others), dropped unread.";
    UNLISTED_FIELDS = Counter "redcard_unlisted_fields_total" []
        "Ignored fields that docs/reference/transaction.md does not list, in objects that it does list.";
    UNKNOWN_VALUES = Counter "redcard_unknown_values_total" ["field"]
        "Unknown names and codes in optional fields: treated as absent, a decline reason as other.";
    INVALID_VALUES = Counter "redcard_invalid_values_total" ["field", "treatment"]
        "Invalid values of optional fields, by treatment: dropped (treated as absent), truncated, or repaired (unpaired surrogates replaced).";
    CARD_NUMBERS_MASKED = Counter "redcard_card_numbers_masked_total" ["field"]
        "Card numbers found and masked in fields that must not hold them.";
    COMMITS = Counter "redcard_commits_total" ["result"]
        "Commits of a batch, by result: ok; failed, which turned out not to be committed; aborted. The records of failed and aborted batches are processed again.";
    COMMIT_DURATION = Histogram "redcard_commit_duration_seconds" []
        "Time from the end of a batch to its commit.";
    BATCH_DURATION = Histogram "redcard_batch_duration_seconds" []
        "Time from a batch's first record to its commit: how long a Kafka transaction is open, and its alerts invisible.";
    FAULTS = Counter "redcard_kafka_faults_total" ["remedy"]
        "Failed requests before or during a commit, by remedy: retried, transaction aborted, or producer replaced.";
    DELIVERIES_FAILED = Counter "redcard_deliveries_failed_total" []
        "Output records that the broker refused or the client library gave up on.";
    REBALANCES = Counter "redcard_rebalances_total" ["kind"]
        "Partitions whose assignment changed, by kind: assigned, revoked, or lost without notice.";
    ASSIGNED_PARTITIONS = Gauge "redcard_assigned_partitions" []
        "Partitions of the input topic that this process reads.";
    CONSUMER_LAG = Gauge "redcard_consumer_lag_records" ["topic", "partition"]
        "Readable records of a partition that are not yet scored and committed; no series while the lag is unknown.";
    CHECKPOINTS = Counter "redcard_checkpoints_total" ["result"]
        "Checkpoints of a partition's memory, by result: saved; failed to be written; used by a restore; ignored by a restore, because damaged or of another history.";
    CHECKPOINT_STALL = Histogram "redcard_checkpoint_stall_seconds" []
        "Time for which a shard paused to write a checkpoint at the interval.";
    RESTORES = Counter "redcard_restores_total" ["result"]
        "Partitions restored from the history, by how the end of the history compared with the group's committed offset.";
    RESTORED_TRANSACTIONS = Counter "redcard_restored_transactions_total" []
        "Transactions read from the history into memory.";
    MISSED_RECORDS = Counter "redcard_missed_records_total" []
        "Offsets of the input topic that retention or an operator deleted before redcard read them, before or while an instance ran; never scored.";
    RESTORE_RECORDS_LEFT = Gauge "redcard_restore_records_left" ["partition"]
        "History offsets that a restore has left to read; no series for a partition that was never restored here.";
    LIST_RECORDS = Counter "redcard_list_records_total" ["result"]
        "Records read from the lists topic, by what they did: set or removed an entry; invalid ones are skipped, and the log says where they are.";
    LIST_ENTRIES = Gauge "redcard_list_entries" ["list"]
        "Entries in the lists topic, for each list that a rule names, and for snoozes.";
    LISTS_MISSING = Gauge "redcard_missing_lists" []
        "Lists that a rule names, that have no file, and that never had an entry in the lists topic; the log names them.";
    LIST_DELAY = Histogram "redcard_list_delay_seconds" []
        "Time from the timestamp of a record of the lists topic until its change is active, for records written since the start.";
    LISTS_READ = Gauge "redcard_lists_read_timestamp_seconds" []
        "When the lists topic was last found to be read to its end, in seconds since 1970; 0 if never.";
    MEMORY_CARDS = Gauge "redcard_memory_cards" ["partition"]
        "Cards remembered, by input partition.";
    MEMORY_EVENTS = Gauge "redcard_memory_events" ["partition"]
        "Charges and refunds remembered, by input partition.";
    MEMORY_BYTES = Gauge "redcard_memory_bytes" ["partition"]
        "Bytes used by the memory of cards, by input partition.";
    MEMORY_EVICTED = Counter "redcard_memory_evicted_cards_total" []
        "Cards evicted because a memory limit was reached.";
    MEMORY_EVICTED_WAITING = Counter "redcard_memory_evicted_adjustments_total" []
        "Clearings, reversals and labels evicted while waiting for their original, because the card held as many as memory.events_per_card allows.";
    MEMORY_LIMIT_CARDS = Gauge "redcard_memory_limit_cards" []
        "Maximum number of cards in the memory of one partition.";
    MEMORY_LIMIT_BYTES = Gauge "redcard_memory_limit_bytes" []
        "Maximum number of bytes in the memory of one partition.";
    READY = Gauge "redcard_ready" []
        "1 while /readyz returns 200, else 0.";
    PARTITIONS = Gauge "redcard_partitions" ["state"]
        "Partitions that this process reads, by the state of their memory: preparing, restoring, warming_up, ready or unreadable.";
    STUCK_SHARDS = Gauge "redcard_stuck_shards" []
        "Shards that have made no progress for 30 seconds; the log names the step they are in, and /livez fails.";
    RULESET_INFO = Gauge "redcard_ruleset_info" ["name", "version", "hash"]
        "The active ruleset; always 1.";
    RULESET_LOADED = Gauge "redcard_ruleset_loaded_timestamp_seconds" []
        "When valid rule files were last read, in seconds since 1970.";
    RELOADS = Counter "redcard_ruleset_reloads_total" ["result"]
        "Attempts to reload the ruleset, by result: replaced, unchanged, or refused, which leaves the previous one active.";
    RELOAD_SUCCESSFUL = Gauge "redcard_ruleset_reload_successful" []
        "1, or 0 while the rule files cannot be used and the previous ruleset stays active.";
    RELOAD_DURATION = Histogram "redcard_ruleset_reload_duration_seconds" []
        "Time to read, check, compile and test a ruleset.";
    BUILD_INFO = Gauge "redcard_build_info" ["version"]
        "The version of redcard; always 1.";
    PROCESS_CPU = Counter "process_cpu_seconds_total" []
        "User and system CPU time of the process; only on Linux, like all process_ metrics.";
    PROCESS_RESIDENT = Gauge "process_resident_memory_bytes" []
        "Memory of the process that is not swapped out.";
    PROCESS_OPEN_FILES = Gauge "process_open_fds" []
        "Open file descriptors of the process, including sockets.";
    PROCESS_START = Gauge "process_start_time_seconds" []
        "When the process started, in seconds since 1970.";
}

/// Buckets of every duration, seconds: 10 µs to 2.5 s.
pub const DURATION_BUCKETS_S: &[f64] = &[
    10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3,
    250e-3, 500e-3, 1.0, 2.5,
];

/// Buckets of scores, with inclusive upper bounds. The first holds decisions without points.
pub const SCORE_BUCKETS: &[f64] = &[
    0.0, 50.0, 100.0, 150.0, 200.0, 250.0, 300.0, 350.0, 400.0, 450.0, 500.0, 550.0, 600.0, 650.0,
    700.0, 750.0, 800.0, 850.0, 900.0, 950.0, 1000.0,
];

/// Buckets of ages, seconds: 10 ms to a day.
pub const AGE_BUCKETS_S: &[f64] = &[
    0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21_600.0,
    86_400.0,
];

/// What `redcard notify` exports in addition to the version.
pub mod notify {
    use super::{Family, FamilyKind};

    families! {
        RECORDS_READ = Counter "redcard_notify_records_read_total" []
            "Records that redcard notify read from the alerts topic: the sum of alerts and malformed records.";
        ALERTS = Counter "redcard_notify_alerts_total" ["outcome"]
            "Alerts read, by outcome: counted for a notification; old, in the summary that pages no one; below_floor, not severe enough; repeated, seen before.";
        MALFORMED = Counter "redcard_notify_malformed_total" ["reason"]
            "Records that are not valid alerts, by reason: another type, no value, not the JSON of an alert, or an invalid field.";
        REQUESTS = Counter "redcard_notify_requests_total" ["target", "result"]
            "Requests to a target, by result: ok if it accepted; failed if it did not, which are retried.";
        REQUEST_DURATION = Histogram "redcard_notify_request_duration_seconds" ["target"]
            "Time from a request to a target until its response or time-out.";
        LAST_ACCEPTED = Gauge "redcard_notify_last_accepted_timestamp_seconds" ["target"]
            "When a target last accepted a request, in seconds since 1970; 0 if not since the start.";
        ACTIVE = Gauge "redcard_notify_active_causes" ["notified"]
            "Active causes, by how they are notified: alone, or in_storm, in the storm's summary.";
        UNCONFIRMED = Gauge "redcard_notify_unconfirmed_records" []
            "Records read whose notifications not every target has accepted yet.";
        PAUSED = Gauge "redcard_notify_paused" []
            "1 while reading waits for the targets to accept, else 0.";
    }
}
