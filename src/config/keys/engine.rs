//! Defines the keys of `[memory]`, `[history]`, `[labels]`, `[rules]`, `[delivery]` and `[dead_letters]`.

use super::key::{Key, key};
use crate::config::duration::ConfigDuration;

const RETENTION_MIN_SECONDS: i64 = 1;
const RETENTION_MAX_DAYS: i64 = 3_660;
const EVENTS_PER_CARD_MAX: i64 = 65_536;
const CHECKPOINT_INTERVAL_MAX_DAYS: i64 = 30;
const COMMIT_INTERVAL_MAX_SECONDS: i64 = 60;
const RULES_POLL_MIN_SECONDS: i64 = 1;
const RULES_POLL_MAX_DAYS: i64 = 1;
const SHUTDOWN_GRACE_MAX_DAYS: i64 = 1;
const RETENTION_RANGE: (i64, i64) = (
    ConfigDuration::from_seconds(RETENTION_MIN_SECONDS).as_ms(),
    ConfigDuration::from_days(RETENTION_MAX_DAYS).as_ms(),
);
const RULES_POLL_RANGE: (i64, i64) = (
    ConfigDuration::from_seconds(RULES_POLL_MIN_SECONDS).as_ms(),
    ConfigDuration::from_days(RULES_POLL_MAX_DAYS).as_ms(),
);
const WARM_UP_RANGE: (i64, i64) = (0, ConfigDuration::from_days(RETENTION_MAX_DAYS).as_ms());
const CHECKPOINT_INTERVAL_RANGE: (i64, i64) =
    (0, ConfigDuration::from_days(CHECKPOINT_INTERVAL_MAX_DAYS).as_ms());
const COMMIT_INTERVAL_RANGE: (i64, i64) =
    (1, ConfigDuration::from_seconds(COMMIT_INTERVAL_MAX_SECONDS).as_ms());

pub(super) const MEMORY: &[Key] = &[
    key("memory", "retention", |config| &mut config.memory.retention).within(RETENTION_RANGE).doc(
        "How long a charge is remembered. No window of a rule may be longer; the shipped \
         ruleset looks back 30 days.",
    ),
    key("memory", "warm_up", |config| &mut config.memory.warm_up).within(WARM_UP_RANGE).doc(
        "How far back redcard reads the input without scoring it, if there is no history \
         yet ([memory](../concepts/memory.md#day-one-and-after-a-lost-history)). Zero: no \
         warm-up. It needs `topics.history`.",
    ),
    key("memory", "checkpoint_dir", |config| &mut config.memory.checkpoint_dir).doc(
        "A folder, used only by this instance, for checkpoints of each partition's memory. A \
         restart on this machine then reads only the end of the history \
         ([memory](../concepts/memory.md#checkpoints)). Empty: no checkpoints.",
    ),
    key("memory", "checkpoint_interval", |config| &mut config.memory.checkpoint_interval)
        .within(CHECKPOINT_INTERVAL_RANGE)
        .doc(
            "How often checkpoints are written. They are also written when a partition is revoked \
         and at a clean stop. Zero: only then.",
        ),
    key("memory", "events_per_card", |config| &mut config.memory.events_per_card)
        .within((1, EVENTS_PER_CARD_MAX))
        .doc("How many of a card's newest charges are remembered."),
    key("memory", "cards_per_partition", |config| &mut config.memory.cards_per_partition)
        .within((1, i64::MAX))
        .doc("Maximum number of cards that a partition remembers."),
    key("memory", "bytes_per_partition", |config| &mut config.memory.bytes_per_partition)
        .within((1, i64::MAX))
        .doc("Maximum number of bytes that a partition's memory takes."),
];

pub(super) const HISTORY: &[Key] =
    &[key("history", "write_version", |config| &mut config.history.write_version).doc(
        "The format version of new history records ([history](../reference/history.md)). Use \
         `1` only for a rolling upgrade from a release that reads only version 1, and for its \
         rollback ([upgrades](upgrades.md)); version 1 does not store everything. Both \
         versions are always read.",
    )];

pub(super) const LABELS: &[Key] = &[
    key("labels", "horizon", |config| &mut config.labels.horizon).within(RETENTION_RANGE).doc(
        "For how long an alerted transaction counts when rules are measured \
         ([measuring rules](measuring-rules.md)): longer than the latest labels take. \
         `topics.outcomes` is created with this retention.",
    ),
    key("labels", "mature_after", |config| &mut config.labels.mature_after)
        .within(WARM_UP_RANGE)
        .doc(
            "How old a transaction is when most labels about it have arrived. Younger ones do not \
             count when rules are measured. It must be shorter than `labels.horizon`.",
        ),
];

pub(super) const RULES: &[Key] = &[
    key("rules", "path", |config| &mut config.rules.path).doc(
        "A rules file, or a folder of `*.toml` files with the lists that they name ([which \
         files are read](../rules/reference.md#what-a-ruleset-holds)). Empty: the ruleset \
         that ships with redcard.",
    ),
    key("rules", "poll_interval", |config| &mut config.rules.poll_interval)
        .within(RULES_POLL_RANGE)
        .doc(
            "How often `redcard run` polls the files for changes. File system events normally \
         report a change at once, but network file systems send none.",
        ),
];

pub(super) const DELIVERY: &[Key] = &[
    key("delivery", "guarantee", |config| &mut config.delivery.guarantee).doc(
        "The delivery guarantee for readers of committed records \
         ([delivery](../concepts/delivery.md)).",
    ),
    key("delivery", "commit_interval", |config| &mut config.delivery.commit_interval)
        .within(COMMIT_INTERVAL_RANGE)
        .doc("How often outputs, history and offsets are committed."),
    key("delivery", "shutdown_grace", |config| &mut config.delivery.shutdown_grace)
        .within((0, ConfigDuration::from_days(SHUTDOWN_GRACE_MAX_DAYS).as_ms()))
        .doc(
            "How long a shutdown may take to process and commit the records already read. After \
         that the process exits anyway, and the next start reads the uncommitted records \
         again.",
        ),
];

pub(super) const DEAD_LETTERS: &[Key] =
    &[key("dead_letters", "payload", |config| &mut config.dead_letters.payload).doc(
        "Whether a dead letter carries the record's bytes. `\"raw\"` publishes the record's \
         bytes as the dead letter's value, including any card numbers in them. Every start \
         logs a warning about it.",
    )];
