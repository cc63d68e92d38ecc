//! The configuration file: TOML, unknown keys refused, overridden by `REDCARD__SECTION__KEY`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything that can be configured. Durations are text such as `"30d"`, parsed when it is read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub kafka: Kafka,
    pub topics: Topics,
    pub source: Source,
    pub money: Money,
    pub card_numbers: CardNumbers,
    pub memory: Memory,
    pub rules: Rules,
    pub delivery: Delivery,
    pub dead_letters: DeadLetters,
    pub http: Http,
    pub log: Log,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Kafka {
    /// `host:port`, comma separated.
    pub brokers: String,
    pub group_id: String,
    /// Threads; each owns a consumer, a producer and the memory of its partitions.
    pub shards: usize,
    /// Any property of the client library, for consumer, producer and admin client alike.
    pub properties: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Topics {
    pub transactions: String,
    pub alerts: String,
    pub dead_letters: String,
    /// Empty: decisions are not published.
    pub decisions: String,
    /// Whether missing topics are created.
    pub create: bool,
    /// Of topics that are created.
    pub partitions: i32,
    pub replication_factor: i32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Source {
    /// `minor` or `major`.
    pub amounts: String,
    pub default_currency: Option<String>,
    pub max_message_bytes: usize,
    pub max_skew: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Money {
    /// By default the source's default currency, else USD.
    pub base_currency: Option<String>,
    /// What one unit of each currency is worth in one common reference.
    pub rates: BTreeMap<String, f64>,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct CardNumbers {
    /// The keys of the HMAC, one `version = "hex"` a line; see docs/card-numbers.md.
    pub key_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Memory {
    pub retention: String,
    pub events_per_card: usize,
    /// Per partition.
    pub cards_per_partition: usize,
    /// Per partition.
    pub bytes_per_partition: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// A file or a directory; without it the shipped ruleset.
    pub path: Option<PathBuf>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// How often outputs are flushed and offsets committed.
    pub commit_interval: String,
    /// How long a shutdown may take.
    pub shutdown_grace: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeadLetters {
    /// `none` or `raw`.
    pub payload: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    pub listen: SocketAddr,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `human` or `json`.
    pub format: String,
}

impl Default for Config {
    fn default() -> Self {
        todo!("config")
    }
}

impl Default for Kafka {
    fn default() -> Self {
        todo!("config")
    }
}

impl Default for Topics {
    fn default() -> Self {
        todo!("config")
    }
}

impl Default for Source {
    fn default() -> Self {
        todo!("config")
    }
}

impl Default for Money {
    fn default() -> Self {
        todo!("config")
    }
}

impl Default for Memory {
    fn default() -> Self {
        todo!("config")
    }
}

impl Default for Rules {
    fn default() -> Self {
        todo!("config")
    }
}

impl Default for Delivery {
    fn default() -> Self {
        todo!("config")
    }
}

impl Default for DeadLetters {
    fn default() -> Self {
        todo!("config")
    }
}

impl Default for Http {
    fn default() -> Self {
        todo!("config")
    }
}

impl Default for Log {
    fn default() -> Self {
        todo!("config")
    }
}
