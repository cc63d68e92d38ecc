//! Every key there is, and the field that it sets: the one list that files, variables, the printed
//! configuration and the documents are held against.

use super::error::{Problem, Wrong};
use super::field::{Field, Raw};
use super::printed::printable;
use super::{Config, Span};
use toml_edit::{DocumentMut, Item, Table};

/// One key of the configuration.
pub(super) struct Key {
    pub section: &'static str,
    pub name: &'static str,
    pub field: fn(&mut Config) -> &mut dyn Field,
    /// Bounds in the unit of the field.
    range: (i64, i64),
}

const ANY: (i64, i64) = (i64::MIN, i64::MAX);
const SHARDS_MAX: i64 = 256;
const PARTITIONS_MAX: i64 = 100_000;
const REPLICATION_FACTOR_MAX: i64 = 1_000;
const MESSAGE_MAX_BYTES: i64 = 64 * 1024 * 1024;
const SKEW_MAX_DAYS: i64 = 365;
const RETENTION_MIN_SECONDS: i64 = 1;
const RETENTION_MAX_DAYS: i64 = 3_660;
const EVENTS_PER_CARD_MAX: i64 = 65_536;
const CHECKPOINT_INTERVAL_MAX_DAYS: i64 = 30;
const COMMIT_INTERVAL_MAX_SECONDS: i64 = 60;
const RULES_POLL_MIN_SECONDS: i64 = 1;
const RULES_POLL_MAX_DAYS: i64 = 1;
const SHUTDOWN_GRACE_MAX_DAYS: i64 = 1;
const NOTIFY_MAX_DAYS: i64 = 7;
const RATE_CAP_MAX: i64 = 1_000;
const EXAMPLES_MAX: i64 = 50;
const RESEND_MAX_MINUTES: i64 = 60;
const REQUEST_TIMEOUT_MIN_MS: i64 = 100;
const REQUEST_TIMEOUT_MAX_SECONDS: i64 = 120;

/// In the order in which they are documented and printed.
pub(super) const KEYS: &[Key] = &[
    key("kafka", "brokers", ANY, |config| &mut config.kafka.brokers),
    key("kafka", "group_id", ANY, |config| &mut config.kafka.group_id),
    key("kafka", "client_id", ANY, |config| &mut config.kafka.client_id),
    key("kafka", "instance", ANY, |config| &mut config.kafka.instance),
    key("kafka", "shards", (1, SHARDS_MAX), |config| &mut config.kafka.shards),
    key("kafka", "properties", ANY, |config| &mut config.kafka.properties),
    key("kafka", "property_files", ANY, |config| &mut config.kafka.property_files),
    key("topics", "transactions", ANY, |config| &mut config.topics.transactions),
    key("topics", "alerts", ANY, |config| &mut config.topics.alerts),
    key("topics", "dead_letters", ANY, |config| &mut config.topics.dead_letters),
    key("topics", "decisions", ANY, |config| &mut config.topics.decisions),
    key("topics", "history", ANY, |config| &mut config.topics.history),
    key("topics", "create", ANY, |config| &mut config.topics.create),
    key("topics", "partitions", (-1, PARTITIONS_MAX), |config| &mut config.topics.partitions),
    key("topics", "replication_factor", (-1, REPLICATION_FACTOR_MAX), |config| {
        &mut config.topics.replication_factor
    }),
    key("source", "amounts", ANY, |config| &mut config.source.amounts),
    key("source", "time", ANY, |config| &mut config.source.time),
    key("source", "default_currency", ANY, |config| &mut config.source.default_currency),
    key("source", "max_message_bytes", (1, MESSAGE_MAX_BYTES), |config| {
        &mut config.source.max_message_bytes
    }),
    key("source", "max_skew", (0, Span::from_days(SKEW_MAX_DAYS).as_ms()), |config| {
        &mut config.source.max_skew
    }),
    key("money", "base_currency", ANY, |config| &mut config.money.base_currency),
    key("money", "rates", ANY, |config| &mut config.money.rates),
    key("card_numbers", "key_file", ANY, |config| &mut config.card_numbers.key_file),
    key("card_numbers", "prefixes_without_check_digit", ANY, |config| {
        &mut config.card_numbers.prefixes_without_check_digit
    }),
    key("card_numbers", "trusted_fields", ANY, |config| &mut config.card_numbers.trusted_fields),
    key("memory", "retention", RETENTION_RANGE, |config| &mut config.memory.retention),
    key("memory", "warm_up", WARM_UP_RANGE, |config| &mut config.memory.warm_up),
    key("memory", "checkpoint_dir", ANY, |config| &mut config.memory.checkpoint_dir),
    key("memory", "checkpoint_interval", CHECKPOINT_INTERVAL_RANGE, |config| {
        &mut config.memory.checkpoint_interval
    }),
    key("memory", "events_per_card", (1, EVENTS_PER_CARD_MAX), |config| {
        &mut config.memory.events_per_card
    }),
    key("memory", "cards_per_partition", (1, i64::MAX), |config| {
        &mut config.memory.cards_per_partition
    }),
    key("memory", "bytes_per_partition", (1, i64::MAX), |config| {
        &mut config.memory.bytes_per_partition
    }),
    key("history", "write_version", ANY, |config| &mut config.history.write_version),
    key("rules", "path", ANY, |config| &mut config.rules.path),
    key("rules", "poll_interval", RULES_POLL_RANGE, |config| &mut config.rules.poll_interval),
    key("delivery", "guarantee", ANY, |config| &mut config.delivery.guarantee),
    key("delivery", "commit_interval", COMMIT_INTERVAL_RANGE, |config| {
        &mut config.delivery.commit_interval
    }),
    key(
        "delivery",
        "shutdown_grace",
        (0, Span::from_days(SHUTDOWN_GRACE_MAX_DAYS).as_ms()),
        |config| &mut config.delivery.shutdown_grace,
    ),
    key("dead_letters", "payload", ANY, |config| &mut config.dead_letters.payload),
    key("http", "listen", ANY, |config| &mut config.http.listen),
    key("http", "token_file", ANY, |config| &mut config.http.token_file),
    key("http", "certificate_file", ANY, |config| &mut config.http.certificate_file),
    key("http", "key_file", ANY, |config| &mut config.http.key_file),
    key("notify", "group_id", ANY, |config| &mut config.notify.group_id),
    key("notify", "listen", ANY, |config| &mut config.notify.listen),
    key("notify", "issuer", ANY, |config| &mut config.notify.issuer),
    key("notify", "alertmanagers", ANY, |config| &mut config.notify.alertmanagers),
    key("notify", "alertmanager_user", ANY, |config| &mut config.notify.alertmanager_user),
    key("notify", "alertmanager_password_file", ANY, |config| {
        &mut config.notify.alertmanager_password_file
    }),
    key("notify", "alertmanager_token_file", ANY, |config| {
        &mut config.notify.alertmanager_token_file
    }),
    key("notify", "webhook", ANY, |config| &mut config.notify.webhook),
    key("notify", "webhook_file", ANY, |config| &mut config.notify.webhook_file),
    key("notify", "webhook_key_file", ANY, |config| &mut config.notify.webhook_key_file),
    key("notify", "ca_file", ANY, |config| &mut config.notify.ca_file),
    key("notify", "severity_floor", ANY, |config| &mut config.notify.severity_floor),
    key("notify", "quiet_time", NOTIFY_RANGE, |config| &mut config.notify.quiet_time),
    key("notify", "age_limit", NOTIFY_RANGE, |config| &mut config.notify.age_limit),
    key("notify", "rate_cap", (1, RATE_CAP_MAX), |config| &mut config.notify.rate_cap),
    key("notify", "rate_window", NOTIFY_RANGE, |config| &mut config.notify.rate_window),
    key("notify", "lookback", NOTIFY_RANGE, |config| &mut config.notify.lookback),
    key("notify", "examples", (1, EXAMPLES_MAX), |config| &mut config.notify.examples),
    key("notify", "resend_interval", RESEND_RANGE, |config| &mut config.notify.resend_interval),
    key("notify", "update_interval", RESEND_RANGE, |config| &mut config.notify.update_interval),
    key("notify", "request_timeout", REQUEST_TIMEOUT_RANGE, |config| {
        &mut config.notify.request_timeout
    }),
    key("log", "format", ANY, |config| &mut config.log.format),
];

const RETENTION_RANGE: (i64, i64) = (
    Span::from_seconds(RETENTION_MIN_SECONDS).as_ms(),
    Span::from_days(RETENTION_MAX_DAYS).as_ms(),
);
const RULES_POLL_RANGE: (i64, i64) = (
    Span::from_seconds(RULES_POLL_MIN_SECONDS).as_ms(),
    Span::from_days(RULES_POLL_MAX_DAYS).as_ms(),
);
const WARM_UP_RANGE: (i64, i64) = (0, Span::from_days(RETENTION_MAX_DAYS).as_ms());
const CHECKPOINT_INTERVAL_RANGE: (i64, i64) =
    (0, Span::from_days(CHECKPOINT_INTERVAL_MAX_DAYS).as_ms());
const COMMIT_INTERVAL_RANGE: (i64, i64) =
    (1, Span::from_seconds(COMMIT_INTERVAL_MAX_SECONDS).as_ms());

const NOTIFY_RANGE: (i64, i64) =
    (Span::from_seconds(1).as_ms(), Span::from_days(NOTIFY_MAX_DAYS).as_ms());
const RESEND_RANGE: (i64, i64) =
    (Span::from_seconds(1).as_ms(), Span::from_minutes(RESEND_MAX_MINUTES).as_ms());
const REQUEST_TIMEOUT_RANGE: (i64, i64) =
    (REQUEST_TIMEOUT_MIN_MS, Span::from_seconds(REQUEST_TIMEOUT_MAX_SECONDS).as_ms());

const fn key(
    section: &'static str,
    name: &'static str,
    range: (i64, i64),
    field: fn(&mut Config) -> &mut dyn Field,
) -> Key {
    Key { section, name, field, range }
}

impl Key {
    /// `section.name`
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// Sets its field, and says why it can't.
    pub fn set(&self, config: &mut Config, raw: &Raw<'_>) -> Result<(), Problem> {
        let field = (self.field)(config);
        let (min, max) = self.range;
        let set = field.set(raw).and_then(|()| field.within(min, max));
        set.map_err(|wrong| self.problem(wrong))
    }

    pub fn problem(&self, wrong: Wrong) -> Problem {
        Problem::Value { key: self.path(), wrong }
    }
}

pub(super) fn find(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.section == section && key.name == name)
}

pub(super) fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| key.section == name)
}

/// How alike two names must be to be taken for one misspelt (Jaro-Winkler, 0 to 1).
const LIKENESS_MIN: f64 = 0.8;

/// The section that was probably meant; also where the name is that of a key.
pub(super) fn near_section(name: &str) -> Option<String> {
    let alike = KEYS.iter().map(|key| (key.section.to_owned(), key.section));
    nearest(name, alike).or_else(|| nearest(name, KEYS.iter().map(|key| (key.path(), key.name))))
}

/// The key that was probably meant: one of the section, else one of any.
pub(super) fn near_key(section: &str, name: &str) -> Option<String> {
    let here = KEYS.iter().filter(|key| key.section == section);
    nearest(name, here.map(|key| (key.path(), key.name)))
        .or_else(|| nearest(name, KEYS.iter().map(|key| (key.path(), key.name))))
}

fn nearest<'a>(name: &str, candidates: impl Iterator<Item = (String, &'a str)>) -> Option<String> {
    candidates
        .map(|(shown, known)| (strsim::jaro_winkler(name, known), shown))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, shown)| shown)
}

/// Every key with its value, in the order of [`KEYS`].
pub(super) fn to_document(config: &Config) -> DocumentMut {
    let mut config = config.clone();
    let mut document = DocumentMut::new();
    for key in KEYS {
        let section = document.entry(key.section).or_insert_with(|| Item::Table(Table::new()));
        let shown = printable((key.field)(&mut config).show());
        if let Some(section) = section.as_table_mut() {
            section.insert(key.name, shown);
        }
    }
    document
}
