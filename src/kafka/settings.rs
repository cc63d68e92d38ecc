//! What a [`Service`](super::Service) is started with, and the client library's properties that
//! follow from it.
//!
//! The user's properties win over our defaults, except for those that the delivery promise depends
//! on: these are refused with the reason.

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
    /// Properties of the client library, for consumer, producer and admin client alike.
    pub properties: BTreeMap<String, String>,
    pub topics: Topics,
    pub guarantee: Guarantee,
    /// What this instance is called among those of its group; `None`: a random name for each start.
    pub instance: Option<String>,
    /// The name of this start, where the instance has none.
    pub start_name: String,
    /// The format of the history records that are written.
    pub history_version: FormatVersion,
    /// How far back the input is read into a memory that has no history.
    pub warm_up: Option<Duration>,
    /// Threads; each is a member of the group.
    pub shards: usize,
    /// How often outputs are waited for and offsets committed, at the latest.
    pub commit_interval: Duration,
    pub payload: DeadLetterPayload,
    pub decoder: Arc<decode::Decoder>,
    /// What amounts in memory and history are in.
    pub base_currency: Currency,
    /// Of each partition's memory.
    pub limits: memory::Limits,
    /// `None`: every restore reads the whole history.
    pub checkpoints: Option<CheckpointSettings>,
    /// What is decided by; the shards follow it.
    pub ruleset: Arc<ActiveRuleset>,
    pub metrics: Arc<metrics::Metrics>,
    /// Shared by the shards.
    pub feed_watch: Arc<FeedWatch>,
}

/// How the brokers are reached, and what this client calls itself there.
#[derive(Clone)]
pub struct Connection {
    pub brokers: String,
    pub group_id: String,
    pub client_id: String,
    pub properties: BTreeMap<String, String>,
}

/// Where and how often memories are kept on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointSettings {
    /// Of this process alone.
    pub folder: PathBuf,
    /// Zero: only when a partition is given up.
    pub interval: Duration,
}

/// What a reader of committed records may count on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guarantee {
    /// Each record's outputs are there once.
    #[default]
    ExactlyOnce,
    /// They are there once or more often, with the same ids.
    AtLeastOnce,
}

/// What of the input record a dead letter carries as its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeadLetterPayload {
    #[default]
    None,
    /// The record as it came, card numbers included.
    Raw,
}

const SHARED_DEFAULTS: &[(&str, &str)] = &[("socket.keepalive.enable", "true")];

const CONSUMER_DEFAULTS: &[(&str, &str)] = &[
    ("auto.offset.reset", "earliest"),
    ("isolation.level", "read_committed"),
    // A full local queue otherwise holds fetching back for a second.
    ("fetch.queue.backoff.ms", "1"),
    // A broker answers a connection's requests one after the other. What a restore asks of it while
    // the other partitions are quiet waits for the fetch under way, and by the library's own 500 ms
    // its answers would never be in time.
    ("fetch.wait.max.ms", "100"),
];

const STATISTICS_INTERVAL: &str = "statistics.interval.ms";
/// Parsed on the polling thread, so not often.
const STATISTICS_INTERVAL_DEFAULT_MS: &str = "10000";

/// The newer group protocol (KIP-848) decides these on the broker and refuses them.
const CLASSIC_GROUP_DEFAULTS: &[(&str, &str)] = &[
    ("partition.assignment.strategy", "cooperative-sticky"),
    // How long a member that died, or a broker that was away, holds its partitions back. The
    // library's own 45 s are long for a decision that is wanted before the money moves.
    ("session.timeout.ms", "10000"),
];

const PRODUCER_DEFAULTS: &[(&str, &str)] = &[
    ("linger.ms", "1"),
    ("compression.type", "lz4"),
    // As Java clients partition by key, so that other tools find a card's alerts where they look.
    ("partitioner", "murmur2_random"),
];

const READER_DEFAULTS: &[(&str, &str)] = &[
    ("fetch.queue.backoff.ms", "1"),
    // A partition that is opened waits for the fetch under way, which for those at their end is a
    // wait for records that nobody writes.
    ("fetch.wait.max.ms", "10"),
];

const KEEPER_DEFAULTS: &[(&str, &str)] =
    &[("fetch.queue.backoff.ms", "1"), ("statistics.interval.ms", "0")];

/// Of the members of a group alone.
const MEMBERSHIP: [&str; 3] =
    ["group.instance.id", "group.protocol", "partition.assignment.strategy"];

const TRANSACTION_TIMEOUT: &str = "transaction.timeout.ms";
/// How long readers of committed records wait at most for a transaction that nobody ends.
const TRANSACTION_TIMEOUT_DEFAULT_MS: &str = "10000";

impl Settings {
    /// Whether the client library takes the properties and creates every client of a service with
    /// them. It connects to nothing.
    pub fn check(&self) -> Result<(), PropertyErrors> {
        let mut errors = self.property_errors();
        if errors.is_empty() {
            errors = self.connection().refusals(&self.plans());
        }
        PropertyErrors::unless_empty(errors)
    }

    /// Whether the properties may be set, each by itself.
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
        // What is not a number was refused by itself.
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

    /// Whether a checkpoint is that of this partition.
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

    /// What a partition's memory belongs to, beside its number.
    pub(super) fn origin(&self) -> u64 {
        let history = self.topics.history.as_deref().unwrap_or_default();
        // No topic or group has a zero byte in its name.
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
            // Without end: whether to go on without the broker is the operator's decision, not a
            // timer's. A transaction has its own end.
            Guarantee::AtLeastOnce if !self.is_overridden("message.timeout.ms") => {
                config.set("message.timeout.ms", "0");
            }
            Guarantee::AtLeastOnce => {}
        }
        config
    }

    /// Stable for a named instance, so that a restarted one ends what it left open.
    pub(super) fn transactional_id(&self, shard: usize) -> String {
        let instance = self.instance.as_deref().unwrap_or(&self.start_name);
        format!("{}-{instance}-{shard}", self.group_id)
    }

    pub(super) fn admin_config(&self) -> ClientConfig {
        self.config(&format!("{}-admin", self.client_id), &[])
    }

    /// How the brokers are reached.
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
    /// Of a reader of partitions, which belongs to no group: the library asks for a name anyway.
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

    /// Whether the client library takes the properties and creates readers of topics, and a sender of
    /// records, with them. It connects to nothing.
    pub fn check(&self) -> Result<(), PropertyErrors> {
        let mut errors = reserved::check(&self.properties);
        if errors.is_empty() {
            let reader = self.reader_config(0, "read_committed");
            errors = self.refusals(&[
                Plan::new("topic reader", Role::Consumer, self.keeper_config()),
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

    /// Of a reader of a whole topic, which keeps its place under the group's name and is no member.
    pub(super) fn keeper_config(&self) -> ClientConfig {
        let mut config = self.config(&self.client_id, KEEPER_DEFAULTS);
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

    /// Of a producer that sends records again, without a transaction.
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
        // The consumer's are read, and nobody's else.
        config.set(STATISTICS_INTERVAL, "0");
        config.set("bootstrap.servers", &self.brokers);
        config.set("client.id", client_id);
        config
    }
}

/// Whether the user set a property, also by its other name.
fn is_overridden(properties: &BTreeMap<String, String>, property: &str) -> bool {
    let other = match property {
        "linger.ms" => "queue.buffering.max.ms",
        "compression.type" => "compression.codec",
        "message.timeout.ms" => "delivery.timeout.ms",
        same => same,
    };
    properties.contains_key(property) || properties.contains_key(other)
}
