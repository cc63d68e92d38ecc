//! Turns a configuration into the settings that the other folders need.

use super::error::Errors;
use super::origins::Origins;
use super::resolve_error::{ResolveError, SameTopic};
use super::secrets::{self, HttpAccess};
use super::settings::{Config, Delivery, Http, Kafka, LabelTimes, Rules, Topics};
use super::values::{LogFormat, Payload, TopicName};
use crate::decode::{self, Tokenizer};
use crate::history::FormatVersion;
use crate::memory::Limits;
use crate::precision::MeasureSettings;
use crate::rules::Environment;
use crate::transaction::{BaseCurrency, Currency, RateError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// The base currency if neither the configuration nor the source names one.
const BASE_CURRENCY_DEFAULT: &str = "USD";

/// A configuration after everything that it names has been read, including its key file.
#[derive(Debug)]
pub struct Resolved {
    pub kafka: Kafka,
    pub topics: Topics,
    /// The number of threads that read Kafka, at least 1.
    pub shards: usize,
    /// Input for the [`decode::Decoder`].
    pub decoder: decode::DecodeSettings,
    /// The limits of each partition's memory.
    pub limits: Limits,
    /// What a ruleset is compiled for.
    pub environment: Environment,
    /// The format in which history records are written.
    pub history_version: FormatVersion,
    /// How rules are measured with labels.
    pub measured: MeasureSettings,
    pub rules: Rules,
    /// How far back the input is read into memory without a history.
    pub warm_up: Option<Duration>,
    /// Where and how often memory is saved on this machine.
    pub checkpoints: Option<(PathBuf, Duration)>,
    pub delivery: Delivery,
    pub dead_letter_payload: Payload,
    pub http_listen: SocketAddr,
    pub http_access: HttpAccess,
    pub log_format: LogFormat,
    pub origins: Origins,
}

impl Config {
    /// Resolves the settings; reads the key file.
    pub fn resolve(&self) -> Result<Resolved, ResolveError> {
        self.check_topics()?;
        let decoder = self.decoder()?;
        let environment = self.rules_environment()?;
        Ok(Resolved {
            kafka: self.kafka()?,
            topics: self.topics.clone(),
            shards: self.kafka.shards.count(),
            decoder,
            limits: self.limits(),
            environment,
            history_version: self.history.write_version,
            measured: self.measured()?,
            rules: self.rules.clone(),
            warm_up: self.warm_up()?,
            checkpoints: self.checkpoints()?,
            delivery: self.delivery.clone(),
            dead_letter_payload: self.dead_letters.payload,
            http_listen: self.http.listen,
            http_access: self.http_access()?,
            log_format: self.log.format,
            origins: self.origins.clone(),
        })
    }

    /// What HTTP clients must present; reads the files that contain it.
    pub fn http_access(&self) -> Result<HttpAccess, ResolveError> {
        let Http { token_file, certificate_file, key_file, .. } = &self.http;
        let token = token_file.as_deref().map(|path| secrets::text(path, "http.token_file"));
        let tls = match (certificate_file, key_file) {
            (None, None) => None,
            (Some(certificates), Some(key)) => Some((
                secrets::bytes(certificates, "http.certificate_file")?.to_vec(),
                secrets::bytes(key, "http.key_file")?,
            )),
            _ => return Err(ResolveError::HalfOfTls),
        };
        Ok(HttpAccess { token: token.transpose()?, tls })
    }

    /// The Kafka settings with the properties from separate files.
    pub(super) fn kafka(&self) -> Result<Kafka, ResolveError> {
        let mut kafka = self.kafka.clone();
        secrets::properties(&mut kafka.properties.0, &kafka.property_files.0)?;
        Ok(kafka)
    }

    /// What rules are compiled for; reads no key file.
    pub fn rules_environment(&self) -> Result<Environment, ResolveError> {
        Ok(Environment {
            retention_ms: self.memory.retention.as_ms(),
            events_per_card: self.memory.events_per_card,
            base_currency: self.base_currency()?.currency(),
        })
    }

    /// Checks that each topic has only one use, and that labels can be remembered.
    fn check_topics(&self) -> Result<(), ResolveError> {
        let mut seen: Vec<(&'static str, &TopicName)> = Vec::new();
        for (key, name) in self.topics.by_key() {
            let Some(name) = name else { continue };
            if let Some((earlier, _)) = seen.iter().find(|(_, known)| *known == name) {
                let error = SameTopic { earlier, key, name: name.as_str().to_owned() };
                let keys = [key.to_owned(), (*earlier).to_owned()];
                let mut errors = Errors::default();
                self.origins.locate(&mut errors, &keys, error);
                return Err(errors.into());
            }
            seen.push((key, name));
        }
        match self.topics.labels {
            None => Ok(()),
            Some(_) if self.topics.history.is_none() => Err(ResolveError::NoHistoryOfLabels),
            Some(_) if self.history.write_version == FormatVersion::V1 => {
                Err(ResolveError::LabelsInVersion1)
            }
            Some(_) => Ok(()),
        }
    }

    fn measured(&self) -> Result<MeasureSettings, ResolveError> {
        let LabelTimes { horizon, mature_after } = self.labels;
        if mature_after >= horizon {
            return Err(ResolveError::NeverMature { mature_after, horizon });
        }
        if self.topics.outcomes.is_some() && self.topics.labels.is_none() {
            return Err(ResolveError::NoLabelsOfOutcomes);
        }
        Ok(MeasureSettings {
            horizon_ms: horizon.as_ms(),
            mature_after_ms: mature_after.as_ms(),
            ..MeasureSettings::new(self.base_currency()?.currency())
        })
    }

    fn checkpoints(&self) -> Result<Option<(PathBuf, Duration)>, ResolveError> {
        match &self.memory.checkpoint_dir {
            Some(_) if self.topics.history.is_none() => Err(ResolveError::NoHistory),
            folder => Ok(folder
                .clone()
                .map(|folder| (folder, self.memory.checkpoint_interval.as_duration()))),
        }
    }

    fn warm_up(&self) -> Result<Option<Duration>, ResolveError> {
        let back = Some(self.memory.warm_up.as_duration()).filter(|back| !back.is_zero());
        match back {
            Some(_) if self.topics.history.is_none() => Err(ResolveError::NoHistoryToWarmUp),
            back => Ok(back),
        }
    }

    fn decoder(&self) -> Result<decode::DecodeSettings, ResolveError> {
        let card_numbers = &self.card_numbers;
        Ok(decode::DecodeSettings {
            amounts: self.source.amounts,
            times: self.source.time,
            default_currency: self.source.default_currency,
            base_currency: self.base_currency()?,
            max_message_bytes: self.source.max_message_bytes,
            max_skew_ms: self.source.max_skew.as_ms(),
            tokenizer: card_numbers.key_file.as_deref().map(read_keys).transpose()?,
            card_numbers: decode::CardNumbers {
                prefixes_without_check_digit: card_numbers.prefixes_without_check_digit.clone(),
                trusted_fields: card_numbers.trusted_fields.clone(),
            },
        })
    }

    fn base_currency(&self) -> Result<BaseCurrency, ResolveError> {
        let currency = self
            .money
            .base_currency
            .or(self.source.default_currency)
            .or_else(|| Currency::parse(BASE_CURRENCY_DEFAULT))
            .ok_or_else(|| RateError::UnknownCurrency { code: BASE_CURRENCY_DEFAULT.into() })?;
        if self.money.rates.is_empty() {
            return Ok(BaseCurrency::with_shipped_rates(currency));
        }
        if !self.money.rates.iter().any(|(code, _)| code == currency.code()) {
            return Err(ResolveError::NoBaseRate { base: currency.code() });
        }
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

fn read_keys(path: &Path) -> Result<Tokenizer, ResolveError> {
    let unreadable = |source| ResolveError::KeyFileUnreadable { path: path.to_owned(), source };
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(unreadable)?);
    let wrong = |source| ResolveError::KeyFile { path: path.to_owned(), source };
    Tokenizer::from_toml(&text).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigDuration;
    use crate::transaction::Money;

    fn config(variables: &[(&str, &str)]) -> Config {
        Config::read(None, variables.iter().copied()).unwrap()
    }

    #[track_caller]
    fn check_base(variables: &[(&str, &str)], expected: &str) {
        let resolved = config(variables).resolve().unwrap();
        assert_eq!(resolved.environment.base_currency.code(), expected);
        assert_eq!(resolved.decoder.base_currency.currency().code(), expected);
    }

    #[test]
    fn the_base_currency_is_the_configured_one_else_the_sources_else_the_dollar() {
        let base = ("REDCARD__MONEY__BASE_CURRENCY", "DKK");
        let source = ("REDCARD__SOURCE__DEFAULT_CURRENCY", "EUR");
        check_base(&[], "USD");
        check_base(&[source], "EUR");
        check_base(&[base], "DKK");
        check_base(&[base, source], "DKK");
    }

    #[test]
    fn configured_rates_replace_the_shipped_ones() {
        let convert = |variables: &[(&str, &str)], code: &str| {
            let resolved = config(variables).resolve().unwrap();
            let currency = Currency::parse(code).unwrap();
            resolved.decoder.base_currency.convert(Money { minor: 1_000, currency })
        };
        assert!(convert(&[], "EUR").is_some_and(|cents| cents != 2_000));
        assert!(convert(&[], "GBP").is_some());
        let rates = [("REDCARD__MONEY__RATES__EUR", "2"), ("REDCARD__MONEY__RATES__USD", "1")];
        assert_eq!(convert(&rates, "EUR"), Some(2_000));
        assert_eq!(convert(&rates, "GBP"), None);
    }

    #[test]
    fn rates_without_the_base_currency_are_refused_because_their_unit_is_unknown() {
        let rates = [("REDCARD__MONEY__RATES__EUR", "2")];
        for base in ["USD", "DKK"] {
            let base_currency = ("REDCARD__MONEY__BASE_CURRENCY", base);
            let error = config(&[rates[0], base_currency]).resolve().unwrap_err().to_string();
            assert!(error.contains(&format!("no rate for the base currency {base}")), "{error}");
        }
        let base_currency = ("REDCARD__MONEY__BASE_CURRENCY", "EUR");
        assert!(config(&[rates[0], base_currency]).resolve().is_ok());
    }

    #[test]
    fn a_topic_that_is_input_and_output_is_refused() {
        for key in ["ALERTS", "DEAD_LETTERS", "DECISIONS"] {
            let variable = format!("REDCARD__TOPICS__{key}");
            let error = config(&[(&variable, "transactions")]).resolve().unwrap_err().to_string();
            let key = key.to_lowercase();
            assert!(
                error.contains(&format!("`topics.{key}` are both \"transactions\"")),
                "{error}"
            );
        }
    }

    #[test]
    fn lengths_of_time_and_bounds_reach_their_places() {
        let resolved = config(&[
            ("REDCARD__MEMORY__RETENTION", "1d"),
            ("REDCARD__MEMORY__EVENTS_PER_CARD", "7"),
            ("REDCARD__MEMORY__CARDS_PER_PARTITION", "8"),
            ("REDCARD__MEMORY__BYTES_PER_PARTITION", "9"),
            ("REDCARD__SOURCE__MAX_SKEW", "2s"),
            ("REDCARD__DELIVERY__SHUTDOWN_GRACE", "3s"),
        ])
        .resolve()
        .unwrap();
        let retention_ms = ConfigDuration::from_days(1).as_ms();
        assert_eq!(
            resolved.limits,
            Limits { retention_ms, events_per_card: 7, cards: 8, bytes: 9 }
        );
        assert_eq!(resolved.environment.retention_ms, retention_ms);
        assert_eq!(resolved.decoder.max_skew_ms, 2_000);
        assert_eq!(resolved.delivery.shutdown_grace.as_duration().as_secs(), 3);
        assert!(resolved.shards >= 1);
    }

    #[test]
    fn rules_are_measured_with_labels_that_have_time_to_arrive() {
        let measured = config(&[("REDCARD__LABELS__HORIZON", "90d")]).resolve().unwrap().measured;
        assert_eq!(measured.horizon_ms, ConfigDuration::from_days(90).as_ms());
        assert_eq!(measured.mature_after_ms, ConfigDuration::from_days(30).as_ms());
        let outcomes = ("REDCARD__TOPICS__OUTCOMES", "outcomes");
        let labels = ("REDCARD__TOPICS__LABELS", "labels");
        assert!(config(&[outcomes, labels]).resolve().is_ok());
        for (variables, expected) in [
            (&[outcomes][..], "`topics.outcomes` is set and `topics.labels` is empty"),
            (&[("REDCARD__LABELS__HORIZON", "30d")], "`labels.mature_after` is 30d and"),
            (&[labels, ("REDCARD__TOPICS__OUTCOMES", "labels")], "are both \"labels\""),
        ] {
            let error = config(variables).resolve().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_key_file_becomes_a_tokenizer_or_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.toml");
        let resolve = |content: &str| {
            std::fs::write(&path, content).unwrap();
            config(&[("REDCARD__CARD_NUMBERS__KEY_FILE", path.to_str().unwrap())]).resolve()
        };
        let key = "0123456789abcdef".repeat(4);
        let resolved = resolve(&format!("current = \"1\"\n[keys]\n1 = \"{key}\"")).unwrap();
        assert!(resolved.decoder.tokenizer.is_some());
        let error = resolve(&format!("current = \"2\"\n[keys]\n1 = \"{key}\"")).unwrap_err();
        assert!(error.to_string().contains("keys.toml (`card_numbers.key_file`): "), "{error}");
        assert!(!format!("{error:?}").contains("0123"));
    }
}
