//! What a [`Service`](super::Service) is started with, and the client library's properties that
//! come of it.
//!
//! The user's properties win over our defaults, except for those that the delivery promise stands
//! on: these are refused with the reason.

use crate::reload::InForce;
use crate::{decode, memory, metrics};
use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaConfRes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Everything that a [`Service`](super::Service) needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `host:port`, comma separated.
    pub brokers: String,
    pub group_id: String,
    pub client_id: String,
    /// Properties of the client library, for consumer, producer and admin client alike.
    pub properties: BTreeMap<String, String>,
    pub topics: Topics,
    /// Threads; each is a member of the group.
    pub shards: usize,
    /// How often outputs are waited for and offsets committed, at the latest.
    pub commit_interval: Duration,
    pub payload: DeadLetterPayload,
    pub decoder: Arc<decode::Decoder>,
    /// Of each partition's memory.
    pub limits: memory::Limits,
    /// What is decided by; the shards follow it.
    pub ruleset: Arc<InForce>,
    pub metrics: Arc<metrics::Metrics>,
}

/// Names of topics, and how missing ones are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    pub transactions: String,
    pub alerts: String,
    pub dead_letters: String,
    /// Without it decisions are not published.
    pub decisions: Option<String>,
    /// Whether missing topics are created.
    pub create: bool,
    /// Of topics that are created.
    pub partitions: i32,
    /// Of topics that are created.
    pub replication_factor: i32,
}

/// What of the input record a dead letter carries as its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeadLetterPayload {
    #[default]
    None,
    /// The record as it came, card numbers included.
    Raw,
}

/// A property of the client library that cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PropertyError {
    #[error("[kafka.properties] must not set `{property} = \"{value}\"`: {reason}")]
    Reserved { property: String, value: String, reason: &'static str },
    #[error("[kafka.properties] sets `{property}`, which the client library does not know")]
    Unknown { property: String },
    /// Without the value, which may be secret.
    #[error("[kafka.properties] sets `{property}` to a value that the client library refuses")]
    BadValue { property: String },
}

/// The user's value of a property that is refused, where only some values are.
type Refused = fn(&str) -> bool;

const ANY: Refused = |_| true;
const NOT_ALL: Refused = |value| !matches!(value, "all" | "-1");
const NOT_TRUE: Refused = |value| value != "true";

const SET_ELSEWHERE: &str = "it stands under [kafka] as a key of its own";
const COMMITS_LAST: &str =
    "redcard commits an offset only after everything that came of its record is acknowledged";
const NO_LOSS: &str = "alerts could be lost, doubled or reordered";

/// Properties that the delivery promise stands on, and those that have a key of their own.
const RESERVED: &[(&str, Refused, &str)] = &[
    ("bootstrap.servers", ANY, SET_ELSEWHERE),
    ("metadata.broker.list", ANY, SET_ELSEWHERE),
    ("group.id", ANY, SET_ELSEWHERE),
    ("client.id", ANY, SET_ELSEWHERE),
    ("enable.auto.commit", ANY, COMMITS_LAST),
    ("enable.auto.offset.store", ANY, COMMITS_LAST),
    ("enable.idempotence", NOT_TRUE, NO_LOSS),
    ("acks", NOT_ALL, NO_LOSS),
    ("request.required.acks", NOT_ALL, NO_LOSS),
    ("transactional.id", ANY, "delivery is at least once, without Kafka transactions"),
    ("test.mock.num.brokers", ANY, "each client would talk to a cluster of its own"),
];

const SHARED_DEFAULTS: &[(&str, &str)] = &[("socket.keepalive.enable", "true")];

const CONSUMER_DEFAULTS: &[(&str, &str)] = &[
    ("auto.offset.reset", "earliest"),
    ("isolation.level", "read_committed"),
    // A full local queue otherwise holds fetching back for a second.
    ("fetch.queue.backoff.ms", "1"),
    // Parsed on the polling thread, so not often.
    ("statistics.interval.ms", "10000"),
];

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
    // Without end: whether to go on without the broker is the operator's decision, not a timer's.
    ("message.timeout.ms", "0"),
];

impl Settings {
    /// The first property that must not be set, or that the client library refuses, if any.
    pub fn check_properties(&self) -> Result<(), PropertyError> {
        for (property, value) in &self.properties {
            for (reserved, refused, reason) in RESERVED {
                if property == reserved && refused(value) {
                    let (property, value) = (property.clone(), value.clone());
                    return Err(PropertyError::Reserved { property, value, reason });
                }
            }
            check_property(property, value)?;
        }
        Ok(())
    }

    pub(super) fn consumer_config(&self, shard: usize) -> ClientConfig {
        let mut config = self.config(&format!("{}-{shard}", self.client_id), CONSUMER_DEFAULTS);
        config.set("group.id", &self.group_id);
        config.set("enable.auto.commit", "false");
        config.set("enable.auto.offset.store", "false");
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
        config
    }

    pub(super) fn admin_config(&self) -> ClientConfig {
        self.config(&format!("{}-admin", self.client_id), &[])
    }

    fn config(&self, client_id: &str, defaults: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        for (property, value) in SHARED_DEFAULTS.iter().chain(defaults) {
            if !self.is_overridden(property) {
                config.set(*property, *value);
            }
        }
        for (property, value) in &self.properties {
            config.set(property, value);
        }
        config.set("bootstrap.servers", &self.brokers);
        config.set("client.id", client_id);
        config
    }

    /// Whether the user set a property, also by its other name.
    fn is_overridden(&self, property: &str) -> bool {
        let other = match property {
            "linger.ms" => "queue.buffering.max.ms",
            "compression.type" => "compression.codec",
            "message.timeout.ms" => "delivery.timeout.ms",
            same => same,
        };
        self.properties.contains_key(property) || self.properties.contains_key(other)
    }
}

/// Asks the client library, which starts nothing for it.
fn check_property(property: &str, value: &str) -> Result<(), PropertyError> {
    let mut config = ClientConfig::new();
    config.set(property, value);
    let property = property.to_owned();
    match config.create_native_config() {
        Ok(_) => Ok(()),
        Err(KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, ..)) => {
            Err(PropertyError::Unknown { property })
        }
        Err(_) => Err(PropertyError::BadValue { property }),
    }
}

impl Topics {
    /// Every topic that must be there, each once.
    pub(super) fn all(&self) -> Vec<&str> {
        let mut names = vec![&*self.transactions, &*self.alerts, &*self.dead_letters];
        names.extend(self.decisions.as_deref());
        names.sort_unstable();
        names.dedup();
        names
    }
}
