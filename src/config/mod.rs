//! The configuration: a TOML file, overridden by `REDCARD__SECTION__KEY` in the environment.
//!
//! Values are parsed into their types as they are read, so that an error has its line, and all
//! errors of a file are reported together. This folder knows what can be configured and which
//! values are valid. It starts nothing and knows neither Kafka nor HTTP.
//! docs/operating/configuration.md describes every key, and `config/redcard.toml` has every
//! default; both are generated from keys/.
//!
//! ```text
//! file ────────▶ file.rs ──────┐
//!                              ├─▶ keys/: which field ──▶ scalars.rs, lists.rs, tables.rs: which type
//! environment ─▶ overrides.rs ─┘                                          │
//!                                   Resolved ◀─ resolve.rs ◀─ Config ◀────┘
//! ```

mod brokers;
mod duration;
mod error;
mod example;
mod field;
mod file;
mod keys;
mod lists;
mod notify;
mod origins;
mod overrides;
mod printed;
mod read;
mod resolve;
mod resolve_error;
mod resolve_notify;
mod scalars;
mod secrets;
mod settings;
mod tables;
#[cfg(test)]
mod tests;
mod values;

pub use brokers::Brokers;
pub use duration::ConfigDuration;
pub use error::{ConfigPlace, Errors, InvalidValue, Located, Problem};
pub use notify::Notify;
pub use origins::Origins;
pub use overrides::process_environment;
pub use resolve::Resolved;
pub use resolve_error::ResolveError;
pub use resolve_notify::{Credentials, NotifyConfigError, ResolvedNotify, WebhookSecret};
pub use secrets::{HttpAccess, text as read_secret};
pub use settings::{
    CARDS_PER_PARTITION_DEFAULT, CHECKPOINT_INTERVAL_DEFAULT_MINUTES, COMMIT_INTERVAL_DEFAULT_MS,
    CardNumbers, Config, DeadLetters, Delivery, EVENTS_PER_CARD_DEFAULT, HTTP_PORT_DEFAULT,
    History, Http, Kafka, Log, MEMORY_PER_PARTITION_DEFAULT_BYTES, Memory, Money,
    RETENTION_DEFAULT_DAYS, RULES_POLL_DEFAULT_SECONDS, Rules, SHUTDOWN_GRACE_DEFAULT_SECONDS,
    Source, Topics,
};
pub use values::{
    Addresses, Guarantee, LogFormat, Payload, Properties, PropertyFiles, Rates, Shards, TopicName,
    is_secret as is_secret_property,
};
