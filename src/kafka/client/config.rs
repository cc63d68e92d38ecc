//! The client library's configuration of each client.
//!
//! The user's properties override our defaults. Properties that the delivery guarantee depends on
//! cannot be set; they are rejected with a reason (`properties/`).

use crate::kafka::settings::{Connection, Guarantee, Settings};
use rdkafka::ClientConfig;
use std::collections::BTreeMap;

const SHARED_DEFAULTS: &[(&str, &str)] = &[
    ("socket.keepalive.enable", "true"),
    // A broker that has just started may answer that a topic or a partition does not exist. The
    // client believes it until it asks again; by the library's default, for up to five minutes. In
    // that time a member does not join its group, and a restore does not find the history's end.
    ("topic.metadata.refresh.interval.ms", "10000"),
];

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

pub const TRANSACTION_TIMEOUT: &str = "transaction.timeout.ms";
/// The maximum time for which an unfinished transaction blocks readers of committed records.
pub const TRANSACTION_TIMEOUT_DEFAULT_MS: &str = "10000";

impl Settings {
    pub(in crate::kafka) fn consumer_config(&self, shard: usize) -> ClientConfig {
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

    pub(in crate::kafka) fn producer_config(&self, shard: usize) -> ClientConfig {
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

    pub(in crate::kafka) fn admin_config(&self) -> ClientConfig {
        self.connection().admin_config()
    }

    fn config(&self, client_id: &str, defaults: &[(&str, &str)]) -> ClientConfig {
        self.connection().config(client_id, defaults)
    }

    fn is_overridden(&self, property: &str) -> bool {
        is_overridden(&self.properties, property)
    }
}

impl Connection {
    pub(in crate::kafka) fn admin_config(&self) -> ClientConfig {
        self.config(&format!("{}-admin", self.client_id), &[])
    }

    /// The configuration of a partition reader. It belongs to no group, but the library requires a
    /// group id.
    pub(in crate::kafka) fn reader_config(
        &self,
        shard: usize,
        what: &str,
        isolation: &str,
    ) -> ClientConfig {
        let client_id = format!("{}-{shard}-{what}", self.client_id);
        let mut config = self.config(&client_id, READER_DEFAULTS);
        for property in MEMBERSHIP {
            config.remove(property);
        }
        config.set("group.id", format!("{}-{what}-reader", self.group_id));
        config.set("enable.auto.commit", "false");
        config.set("enable.auto.offset.store", "false");
        config.set("enable.partition.eof", "true");
        config.set("auto.offset.reset", "earliest");
        config.set("isolation.level", isolation);
        config
    }

    /// The configuration of a topic reader, which commits under the group's name without being a
    /// member.
    pub(in crate::kafka) fn topic_reader_config(&self) -> ClientConfig {
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
    pub(in crate::kafka) fn sender_config(&self) -> ClientConfig {
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
