//! What follows from a configuration: the settings that the other folders take.

use super::{Config, Delivery, Kafka, LogFormat, Payload, Topics};
use crate::decode::{self, Tokenizer};
use crate::memory::Limits;
use crate::rules::Environment;
use crate::transaction::{BaseCurrency, Currency, RateError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The base currency where neither the configuration nor the source names one.
const BASE_CURRENCY_DEFAULT: &str = "USD";

/// A configuration with everything read that it names, its key file among it.
#[derive(Debug)]
pub struct Resolved {
    pub kafka: Kafka,
    pub topics: Topics,
    /// Threads that read Kafka, at least 1.
    pub shards: usize,
    /// Build the [`decode::Decoder`] from it.
    pub decoder: decode::Settings,
    /// Of each partition's memory.
    pub limits: Limits,
    /// What a ruleset is compiled against.
    pub environment: Environment,
    /// A file or a directory; `None`: the shipped ruleset.
    pub rules: Option<PathBuf>,
    pub delivery: Delivery,
    pub dead_letter_payload: Payload,
    pub http_listen: SocketAddr,
    pub log_format: LogFormat,
}

#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    #[error("cannot read the key file {} (`card_numbers.key_file`): {source}", path.display())]
    KeyFileUnreadable { path: PathBuf, source: std::io::Error },
    #[error("`money.rates`: {0}")]
    Rates(#[from] RateError),
}

impl Config {
    /// The settings that follow; reads the key file.
    pub fn resolve(&self) -> Result<Resolved, ResolveError> {
        let decoder = self.decoder()?;
        let environment = Environment {
            retention_ms: self.memory.retention.as_ms(),
            base_currency: decoder.base_currency.currency(),
        };
        Ok(Resolved {
            kafka: self.kafka.clone(),
            topics: self.topics.clone(),
            shards: self.kafka.shards.count(),
            decoder,
            limits: self.limits(),
            environment,
            rules: self.rules.path.clone(),
            delivery: self.delivery.clone(),
            dead_letter_payload: self.dead_letters.payload,
            http_listen: self.http.listen,
            log_format: self.log.format,
        })
    }

    fn decoder(&self) -> Result<decode::Settings, ResolveError> {
        Ok(decode::Settings {
            amounts: self.source.amounts,
            default_currency: self.source.default_currency,
            base_currency: self.base_currency()?,
            max_message_bytes: self.source.max_message_bytes,
            max_skew_ms: self.source.max_skew.as_ms(),
            tokenizer: self.card_numbers.key_file.as_deref().map(read_keys).transpose()?,
        })
    }

    fn base_currency(&self) -> Result<BaseCurrency, ResolveError> {
        let currency = self
            .money
            .base_currency
            .or(self.source.default_currency)
            .or_else(|| Currency::parse(BASE_CURRENCY_DEFAULT))
            .ok_or_else(|| RateError::UnknownCurrency { code: BASE_CURRENCY_DEFAULT.into() })?;
        Ok(BaseCurrency::new(currency, self.money.rates.iter())?)
    }

    fn limits(&self) -> Limits {
        Limits {
            retention_ms: self.memory.retention.as_ms(),
            events_per_card: self.memory.events_per_card,
            cards: self.memory.cards_per_partition,
            bytes: self.memory.bytes_per_partition,
        }
    }
}

fn read_keys(_path: &Path) -> Result<Tokenizer, ResolveError> {
    todo!("the tokenizer of decode")
}
