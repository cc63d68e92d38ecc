//! The settings of a [`Service`](super::Service), and the client library's properties that result
//! from them.
//!
//! The user's properties override our defaults. Properties that the delivery guarantee depends on
//! cannot be set; they are rejected with a reason.

mod clients;
mod property_error;
mod redacted_debug;
mod reserved;
mod topic_names;

pub use property_error::{PropertyError, PropertyErrors};
pub use topic_names::Topics;

use self::clients::{Plan, Role};
use super::feed_watch::FeedWatch;
use crate::history::FormatVersion;
use crate::memory::{CheckpointError, Mark};
use crate::reload::ActiveRuleset;
use crate::transaction::Currency;
use crate::{decode, memory, metrics};
use rdkafka::ClientConfig;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64;

/// Everything that a [`Service`](super::Service) needs.
#[derive(Clone)]
pub struct Settings {
    /// `host:port`, comma separated.
    pub brokers: String,
    pub group_id: String,
    pub client_id: String,
    /// Properties of the client library, for consumer, producer and admin client.
    pub properties: BTreeMap<String, String>,
    pub topics: Topics,
    pub guarantee: Guarantee,
    /// This instance's name in its group; `None`: a random name for each start.
    pub instance: Option<String>,
    /// The name of this start, used if the instance has no name.
    pub start_name: String,
    /// The format of new history records.
    pub history_version: FormatVersion,
    /// How far back the input is read into a memory that has no history.
    pub warm_up: Option<Duration>,
    /// The number of threads; each is a member of the group.
    pub shards: usize,
    /// The maximum time between two commits.
    pub commit_interval: Duration,
    pub payload: DeadLetterPayload,
    pub decoder: Arc<decode::Decoder>,
    /// The currency of amounts in memory and history.
    pub base_currency: Currency,
    /// The limits of each partition's memory.
    pub limits: memory::Limits,
    /// `None`: every restore reads the whole history.
    pub checkpoints: Option<CheckpointSettings>,
    /// The ruleset that the shards follow.
    pub ruleset: Arc<ActiveRuleset>,
    pub metrics: Arc<metrics::Metrics>,
    /// Shared by the shards.
    pub feed_watch: Arc<FeedWatch>,
}

/// The brokers, and the names that this client uses there.
#[derive(Clone)]
pub struct Connection {
    pub brokers: String,
    pub group_id: String,
    pub client_id: String,
    pub properties: BTreeMap<String, String>,
}

/// Where and how often checkpoints are saved on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointSettings {
    /// Used by this process alone.
    pub folder: PathBuf,
    /// Zero: only when a partition is revoked or the shard stops.
    pub interval: Duration,
}

/// The guarantee for a consumer that reads committed records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guarantee {
    /// The outputs of each record are published exactly once.
    #[default]
    ExactlyOnce,
    /// The outputs are published once or more often, with the same ids.
    AtLeastOnce,
}

/// The part of the input record that a dead letter carries as its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeadLetterPayload {
    #[default]
    None,
    /// The unchanged record, card numbers included.
    Raw,
}

const SHARED_DEFAULTS: &[(&str, &str)] = &[("socket.keepalive.enable", "true")];

const CONSUMER_DEFAULTS: &[(&str, &str)] = &[
    ("auto.offset.reset", "earliest"),
    ("isolation.level", "read_committed"),
    // By default, a full local queue stops fetching for a second.
    ("fetch.queue.backoff.ms", "1"),
    // A broker answers the requests of a connection one after the other. While the other partitions
    // are quiet, the requests of a restore wait for the fetch in progress. With the library's
    // default of 500 ms they would always time out.
    ("fetch.wait.max.ms", "100"),
];

const STATISTICS_INTERVAL: &str = "statistics.interval.ms";
/// Statistics are parsed on the polling thread, so not often.
const STATISTICS_INTERVAL_DEFAULT_MS: &str = "10000";

/// With the newer group protocol (KIP-848) the broker determines these, and a client that sets them
/// is rejected.
const CLASSIC_GROUP_DEFAULTS: &[(&str, &str)] = &[
    ("partition.assignment.strategy", "cooperative-sticky"),
    // How long a failed member, or an unavailable broker, blocks its partitions. The library's
    // default of 45 s is long for a decision that is needed before the money moves.
    ("session.timeout.ms", "10000"),
];

const PRODUCER_DEFAULTS: &[(&str, &str)] = &[
    ("linger.ms", "1"),
    ("compression.type", "lz4"),
    // Partitions by key as Java clients do, so that other tools find a card's alerts.
    ("partitioner", "murmur2_random"),
];

const READER_DEFAULTS: &[(&str, &str)] = &[
    ("fetch.queue.backoff.ms", "1"),
    // A newly opened partition waits for the fetch in progress. For partitions at their end, that
    // fetch waits for records that may never be written.
    ("fetch.wait.max.ms", "10"),
];

const TOPIC_READER_DEFAULTS: &[(&str, &str)] =
    &[("fetch.queue.backoff.ms", "1"), ("statistics.interval.ms", "0")];

/// Properties of group members only.
const MEMBERSHIP: [&str; 3] =
    ["group.instance.id", "group.protocol", "partition.assignment.strategy"];

const TRANSACTION_TIMEOUT: &str = "transaction.timeout.ms";
/// The maximum time for which an unfinished transaction blocks readers of committed records.
const TRANSACTION_TIMEOUT_DEFAULT_MS: &str = "10000";

impl Settings {
    /// Checks that the client library accepts the properties and can create every client of a
    /// service with them. Connects to nothing.
    pub fn check(&self) -> Result<(), PropertyErrors> {
        let mut errors = self.property_errors();
        if errors.is_empty() {
            errors = self.connection().refusals(&self.plans());
        }
        PropertyErrors::unless_empty(errors)
    }

    /// Checks whether each property may be set, without creating clients.
    pub fn check_properties(&self) -> Result<(), PropertyErrors> {
        PropertyErrors::unless_empty(self.property_errors())
    }

    fn property_errors(&self) -> Vec<PropertyError> {
        let mut errors = reserved::check(&self.properties);
        errors.extend(self.transaction_timeout_error());
        errors
    }

    fn transaction_timeout_error(&self) -> Option<PropertyError> {
        let timeout = self.properties.get(TRANSACTION_TIMEOUT).map(String::as_str);
        // A value that is not a number has its own error.
        let timeout_ms = timeout.unwrap_or(TRANSACTION_TIMEOUT_DEFAULT_MS).parse().ok()?;
        let interval_ms = self.commit_interval.as_millis();
        let is_short = self.guarantee == Guarantee::ExactlyOnce && timeout_ms < 2 * interval_ms;
        is_short.then_some(PropertyError::TransactionTimeout { timeout_ms, interval_ms })
    }

    /// The clients of a service.
    fn plans(&self) -> Vec<Plan> {
        let mut plans = vec![
            Plan::new("consumer", Role::Consumer, self.consumer_config(0)),
            Plan::new("producer", Role::Producer, self.producer_config(0)),
            Plan::new("admin client", Role::Admin, self.admin_config()),
        ];
        if self.topics.history.is_some() {
            let config = self.connection().reader_config(0, "read_committed");
            plans.push(Plan::new("history reader", Role::Consumer, config));
        }
        plans
    }

    /// Checks that a checkpoint belongs to this partition.
    pub(super) fn check_mark(&self, partition: i32, mark: &Mark) -> Result<(), CheckpointError> {
        if mark.partition != partition {
            return Err(CheckpointError::OtherPartition { found: mark.partition });
        }
        if mark.origin != self.origin() {
            return Err(CheckpointError::OtherOrigin);
        }
        if mark.base_currency != self.base_currency {
            return Err(CheckpointError::OtherCurrency { found: mark.base_currency });
        }
        Ok(())
    }

    /// Identifies what a partition's memory belongs to, apart from the partition number.
    pub(super) fn origin(&self) -> u64 {
        let history = self.topics.history.as_deref().unwrap_or_default();
        // Names of topics and groups contain no zero byte.
        let names = [&*self.group_id, &*self.topics.transactions, history].join("\0");
        xxh3_64(names.as_bytes())
    }

    pub(super) fn consumer_config(&self, shard: usize) -> ClientConfig {
        let mut config = self.config(&format!("{}-{shard}", self.client_id), CONSUMER_DEFAULTS);
        config.set("group.id", &self.group_id);
        config.set("enable.auto.commit", "false");
        config.set("enable.auto.offset.store", "false");
        let interval = self.properties.get(STATISTICS_INTERVAL).map(String::as_str);
        config.set(STATISTICS_INTERVAL, interval.unwrap_or(STATISTICS_INTERVAL_DEFAULT_MS));
        if self.warm_up.is_some() {
            config.set("enable.partition.eof", "true");
        }
        if let Some(instance) = &self.instance {
            config.set("group.instance.id", format!("{instance}-{shard}"));
        }
        let broker_assigns = self.properties.get("group.protocol").is_some_and(|p| p == "consumer");
        for (property, value) in CLASSIC_GROUP_DEFAULTS {
            if !broker_assigns && !self.properties.contains_key(*property) {
                config.set(*property, *value);
            }
        }
        config
    }

    pub(super) fn producer_config(&self, shard: usize) -> ClientConfig {
        let mut config = self.config(&format!("{}-{shard}", self.client_id), PRODUCER_DEFAULTS);
        config.set("enable.idempotence", "true");
        match self.guarantee {
            Guarantee::ExactlyOnce => {
                config.set("transactional.id", self.transactional_id(shard));
                if !self.properties.contains_key(TRANSACTION_TIMEOUT) {
                    config.set(TRANSACTION_TIMEOUT, TRANSACTION_TIMEOUT_DEFAULT_MS);
                }
            }
            // No timeout: the operator decides whether to continue without the broker, not a timer.
            // A transaction has its own timeout.
            Guarantee::AtLeastOnce if !self.is_overridden("message.timeout.ms") => {
                config.set("message.timeout.ms", "0");
            }
            Guarantee::AtLeastOnce => {}
        }
        config
    }

    /// The same after each start of a named instance, so a restarted instance ends the transaction
    /// that it left open.
    pub(super) fn transactional_id(&self, shard: usize) -> String {
        let instance = self.instance.as_deref().unwrap_or(&self.start_name);
        format!("{}-{instance}-{shard}", self.group_id)
    }

    pub(super) fn admin_config(&self) -> ClientConfig {
        self.config(&format!("{}-admin", self.client_id), &[])
    }

    /// How to reach the brokers.
    pub(super) fn connection(&self) -> Connection {
        Connection {
            brokers: self.brokers.clone(),
            group_id: self.group_id.clone(),
            client_id: self.client_id.clone(),
            properties: self.properties.clone(),
        }
    }

    fn config(&self, client_id: &str, defaults: &[(&str, &str)]) -> ClientConfig {
        self.connection().config(client_id, defaults)
    }

    fn is_overridden(&self, property: &str) -> bool {
        is_overridden(&self.properties, property)
    }
}

impl Connection {
    /// The configuration of a partition reader. It belongs to no group, but the library requires a
    /// group id.
    pub(super) fn reader_config(&self, shard: usize, isolation: &str) -> ClientConfig {
        let client_id = format!("{}-{shard}-history", self.client_id);
        let mut config = self.config(&client_id, READER_DEFAULTS);
        for property in MEMBERSHIP {
            config.remove(property);
        }
        config.set("group.id", format!("{}-history-reader", self.group_id));
        config.set("enable.auto.commit", "false");
        config.set("enable.auto.offset.store", "false");
        config.set("enable.partition.eof", "true");
        config.set("auto.offset.reset", "earliest");
        config.set("isolation.level", isolation);
        config
    }

    /// Checks that the client library accepts the properties and can create topic readers and a
    /// sender of records with them. Connects to nothing.
    pub fn check(&self) -> Result<(), PropertyErrors> {
        let mut errors = reserved::check(&self.properties);
        if errors.is_empty() {
            let reader = self.reader_config(0, "read_committed");
            errors = self.refusals(&[
                Plan::new("topic reader", Role::Consumer, self.topic_reader_config()),
                Plan::new("history reader", Role::Consumer, reader),
                Plan::new("producer", Role::Producer, self.sender_config()),
            ]);
        }
        PropertyErrors::unless_empty(errors)
    }

    fn refusals(&self, plans: &[Plan]) -> Vec<PropertyError> {
        let mut errors = clients::refusals(plans, &self.properties);
        errors.extend(reserved::broker_protocol_error(&self.brokers, &self.properties));
        errors
    }

    /// The configuration of a topic reader, which commits under the group's name without being a
    /// member.
    pub(super) fn topic_reader_config(&self) -> ClientConfig {
        let mut config = self.config(&self.client_id, TOPIC_READER_DEFAULTS);
        for property in MEMBERSHIP {
            config.remove(property);
        }
        config.set("group.id", &self.group_id);
        config.set("enable.auto.commit", "false");
        config.set("enable.auto.offset.store", "false");
        config.set("enable.partition.eof", "true");
        config.set("auto.offset.reset", "earliest");
        config.set("isolation.level", "read_committed");
        config
    }

    /// The configuration of a producer that sends records again, without a transaction.
    pub(super) fn sender_config(&self) -> ClientConfig {
        let mut config = self.config(&format!("{}-sender", self.client_id), PRODUCER_DEFAULTS);
        config.set("enable.idempotence", "true");
        config
    }

    fn config(&self, client_id: &str, defaults: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        for (property, value) in SHARED_DEFAULTS.iter().chain(defaults) {
            if !is_overridden(&self.properties, property) {
                config.set(*property, *value);
            }
        }
        for (property, value) in &self.properties {
            config.set(property, value);
        }
        // Only the consumer's statistics are used.
        config.set(STATISTICS_INTERVAL, "0");
        config.set("bootstrap.servers", &self.brokers);
        config.set("client.id", client_id);
        config
    }
}

/// Whether the user set a property, under this name or its alias.
fn is_overridden(properties: &BTreeMap<String, String>, property: &str) -> bool {
    let other = match property {
        "linger.ms" => "queue.buffering.max.ms",
        "compression.type" => "compression.codec",
        "message.timeout.ms" => "delivery.timeout.ms",
        same => same,
    };
    properties.contains_key(property) || properties.contains_key(other)
}
