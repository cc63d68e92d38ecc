//! Defines everything that can be configured, by section, and the defaults.

use super::brokers::Brokers;
use super::duration::ConfigDuration;
use super::notify::Notify;
use super::origins::Origins;
use super::values::{
    Guarantee, LogFormat, Payload, Properties, PropertyFiles, Rates, Shards, TopicName,
};
use crate::decode::{self, Amounts, MESSAGE_DEFAULT_BYTES, Prefix, SKEW_DEFAULT_MINUTES, Times};
use crate::history::FormatVersion;
use crate::precision::{HORIZON_DEFAULT_DAYS, MATURE_AFTER_DEFAULT_DAYS};
use crate::topics;
use crate::transaction::Currency;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    pub kafka: Kafka,
    pub topics: Topics,
    pub source: Source,
    pub money: Money,
    pub card_numbers: CardNumbers,
    pub memory: Memory,
    pub history: History,
    pub labels: LabelTimes,
    pub rules: Rules,
    pub delivery: Delivery,
    pub dead_letters: DeadLetters,
    pub http: Http,
    pub notify: Notify,
    pub log: Log,
    /// Where values were set. Two configurations that differ only here are equal.
    pub origins: Origins,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Kafka {
    pub brokers: Brokers,
    pub group_id: String,
    /// The name by which brokers and their logs identify this client.
    pub client_id: String,
    /// The name of this instance within its group, the same at each start. With it, the instance
    /// keeps its transactions and its group membership across restarts.
    pub instance: Option<String>,
    /// The number of threads; each owns a consumer, a producer and the memory of its partitions.
    pub shards: Shards,
    /// Any properties of the client library, for the consumer, the producer and the admin client
    /// alike.
    pub properties: Properties,
    /// Properties whose values are in separate files.
    pub property_files: PropertyFiles,
}

pub type Topics = topics::Topics<TopicName>;

#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    pub amounts: Amounts,
    /// The format of `time` in messages.
    pub time: Times,
    /// The currency of messages without a `currency`.
    pub default_currency: Option<Currency>,
    pub max_message_bytes: usize,
    /// How far a transaction's time may be ahead of its record's timestamp.
    pub max_skew: ConfigDuration,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Money {
    /// By default the source's default currency, otherwise USD.
    pub base_currency: Option<Currency>,
    /// The value of one unit of each currency in a common reference; empty: the shipped rates.
    pub rates: Rates,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct CardNumbers {
    /// The keys of the HMAC (docs/operating/card-numbers.md).
    pub key_file: Option<PathBuf>,
    /// Numbers with these prefixes count as card numbers without a valid Luhn check digit.
    pub prefixes_without_check_digit: Vec<Prefix>,
    /// Fields that never contain a card number and are not searched for one.
    pub trusted_fields: Vec<decode::Field>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    /// How long a charge is remembered.
    pub retention: ConfigDuration,
    /// How far back the input is read into memory without a history; zero: not at all.
    pub warm_up: ConfigDuration,
    /// Where each partition's memory is saved on this machine; `None`: nowhere.
    pub checkpoint_dir: Option<PathBuf>,
    /// How often it is saved; zero: only when a partition is released.
    pub checkpoint_interval: ConfigDuration,
    pub events_per_card: usize,
    pub cards_per_partition: usize,
    pub bytes_per_partition: usize,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// The format in which history records are written.
    pub write_version: FormatVersion,
}

/// How rules are measured with labels.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelTimes {
    /// For how long an alerted transaction counts.
    pub horizon: ConfigDuration,
    /// How old a transaction is when most labels about it have arrived.
    pub mature_after: ConfigDuration,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// A file or a directory; `None`: the shipped ruleset.
    pub path: Option<PathBuf>,
    /// How often the files are checked if no event reports a change.
    pub poll_interval: ConfigDuration,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    pub guarantee: Guarantee,
    /// How often outputs are flushed and offsets committed.
    pub commit_interval: ConfigDuration,
    /// How long a shutdown may take.
    pub shutdown_grace: ConfigDuration,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeadLetters {
    pub payload: Payload,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Http {
    pub listen: SocketAddr,
    /// Contains the token that clients must send to read metrics.
    pub token_file: Option<PathBuf>,
    /// PEM certificates, the first with the private key in `key_file`: HTTP is then served over
    /// TLS.
    pub certificate_file: Option<PathBuf>,
    pub key_file: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Log {
    pub format: LogFormat,
}

pub const RETENTION_DEFAULT_DAYS: i64 = 30;
pub const EVENTS_PER_CARD_DEFAULT: usize = 256;
pub const CARDS_PER_PARTITION_DEFAULT: usize = 1_000_000;
pub const MEMORY_PER_PARTITION_DEFAULT_BYTES: usize = 512 * 1024 * 1024;
pub const CHECKPOINT_INTERVAL_DEFAULT_MINUTES: i64 = 10;
pub const RULES_POLL_DEFAULT_SECONDS: i64 = 30;
pub const COMMIT_INTERVAL_DEFAULT_MS: i64 = 50;
pub const SHUTDOWN_GRACE_DEFAULT_SECONDS: i64 = 20;
pub const HTTP_PORT_DEFAULT: u16 = 9464;

impl Default for Kafka {
    fn default() -> Self {
        Self {
            brokers: Brokers::default(),
            group_id: "redcard".into(),
            client_id: "redcard".into(),
            instance: None,
            shards: Shards::default(),
            properties: Properties::default(),
            property_files: PropertyFiles::default(),
        }
    }
}

impl Default for Source {
    fn default() -> Self {
        Self {
            amounts: Amounts::default(),
            time: Times::default(),
            default_currency: None,
            max_message_bytes: MESSAGE_DEFAULT_BYTES,
            max_skew: ConfigDuration::from_minutes(SKEW_DEFAULT_MINUTES),
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            retention: ConfigDuration::from_days(RETENTION_DEFAULT_DAYS),
            warm_up: ConfigDuration::from_seconds(0),
            checkpoint_dir: None,
            checkpoint_interval: ConfigDuration::from_minutes(CHECKPOINT_INTERVAL_DEFAULT_MINUTES),
            events_per_card: EVENTS_PER_CARD_DEFAULT,
            cards_per_partition: CARDS_PER_PARTITION_DEFAULT,
            bytes_per_partition: MEMORY_PER_PARTITION_DEFAULT_BYTES,
        }
    }
}

impl Default for LabelTimes {
    fn default() -> Self {
        Self {
            horizon: ConfigDuration::from_days(HORIZON_DEFAULT_DAYS),
            mature_after: ConfigDuration::from_days(MATURE_AFTER_DEFAULT_DAYS),
        }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self { path: None, poll_interval: ConfigDuration::from_seconds(RULES_POLL_DEFAULT_SECONDS) }
    }
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            guarantee: Guarantee::default(),
            commit_interval: ConfigDuration::from_ms(COMMIT_INTERVAL_DEFAULT_MS),
            shutdown_grace: ConfigDuration::from_seconds(SHUTDOWN_GRACE_DEFAULT_SECONDS),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), HTTP_PORT_DEFAULT),
            token_file: None,
            certificate_file: None,
            key_file: None,
        }
    }
}
