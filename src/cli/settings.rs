//! Loads what commands start from: the configuration and its ruleset.

use super::environment::Environment;
use super::terminal;
use crate::checkpoint::{Checkpoints, FileError};
use crate::clock::wall_now;
use crate::config::{Config, Errors, Guarantee, Origins, Payload, Resolved};
use crate::decode::Decoder;
use crate::kafka::{self, PropertyErrors};
use crate::metrics::Metrics;
use crate::printable::Printable;
use crate::reload::ActiveRuleset;
use crate::rule_tests;
use crate::rules::{self, Ruleset, Sources};
use rand::TryRng;
use rand::rngs::SysRng;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// `--config FILE`, the same for every command.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// Configuration file (TOML); without one, the defaults and REDCARD__SECTION__KEY variables
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// A ruleset that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    #[error("rules: {0}")]
    Unreadable(#[from] rules::ReadError),
    #[error(
        "{failed} of the ruleset's {all} tests failed; `redcard rules test` shows the outcome of \
         each"
    )]
    Tests { failed: usize, all: usize },
    #[error("none of the ruleset's {all} tests has `{text}` in its name")]
    NoSuchTest { text: String, all: usize },
    /// Contains all errors, rendered for display.
    #[error("{0}")]
    Refused(String),
}

impl ConfigArgs {
    /// Whether a configuration file is given.
    pub fn is_given(&self) -> bool {
        self.config.is_some()
    }

    pub fn read(&self, environment: &Environment) -> Result<Config, Errors> {
        Config::read(self.config.as_deref(), environment.iter().cloned())
    }
}

/// Reads and compiles the ruleset at `path`, or the shipped one, and prints its lints.
pub fn ruleset(
    path: Option<&Path>,
    environment: rules::Environment,
) -> Result<Ruleset, RulesError> {
    compile(&sources(path)?, environment)
}

/// The sources of the ruleset at `path`, or of the shipped one.
pub fn sources(path: Option<&Path>) -> Result<Sources, RulesError> {
    Ok(match path {
        Some(path) => Sources::read(path)?,
        None => Sources::shipped(),
    })
}

/// Compiles a ruleset and prints its lints.
pub fn compile(sources: &Sources, environment: rules::Environment) -> Result<Ruleset, RulesError> {
    match sources.compile_as_of(environment, wall_now()) {
        Ok((ruleset, lints)) => {
            terminal::styled(&lints.render(true));
            Ok(ruleset)
        }
        Err(errors) => Err(refused(errors)),
    }
}

/// Runs the ruleset's tests and prints the differences. Returns the number of tests if all passed.
pub fn run_tests(
    sources: &Sources,
    ruleset: &Arc<Ruleset>,
    environment: rules::Environment,
) -> Result<usize, RulesError> {
    let results = rule_tests::run(sources, ruleset, environment).map_err(refused)?;
    for result in &results {
        for difference in &result.differences {
            let (place, name) = (&result.place, &result.name);
            let text = format!("{place}: test \"{name}\": {difference}");
            terminal::error(Printable(&text));
        }
    }
    match results.iter().filter(|result| !result.passed()).count() {
        0 => Ok(results.len()),
        failed => Err(RulesError::Tests { failed, all: results.len() }),
    }
}

/// A ruleset's errors, rendered for display.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub fn refused(errors: rules::Diagnostics) -> RulesError {
    RulesError::Refused(errors.render(true))
}

/// The settings of the Kafka service, after the client library has accepted them.
pub fn checked_kafka(resolved: Resolved, ruleset: Arc<Ruleset>) -> Result<kafka::Settings, Errors> {
    let origins = resolved.origins.clone();
    let settings = kafka(resolved, ruleset);
    settings.check().map_err(|errors| located(&origins, errors))?;
    if let Some(places) = &settings.checkpoints {
        let probed = Checkpoints::new(&places.folder, 0).probe();
        probed.map_err(|error| located_at(&origins, "memory.checkpoint_dir", error))?;
    }
    Ok(settings)
}

/// The errors of the client library, located at the values that cause them.
pub fn located(origins: &Origins, refused: PropertyErrors) -> Errors {
    let mut errors = Errors::default();
    for error in refused.into_vec() {
        origins.locate(&mut errors, &error.keys(), error);
    }
    errors
}

fn located_at(origins: &Origins, key: &str, error: FileError) -> Errors {
    let mut errors = Errors::default();
    origins.locate(&mut errors, &[key.to_owned()], error);
    errors
}

/// The settings of the Kafka service, with new metrics.
fn kafka(resolved: Resolved, ruleset: Arc<Ruleset>) -> kafka::Settings {
    let metrics = Arc::new(Metrics::new(&ruleset));
    kafka::Settings {
        brokers: resolved.kafka.brokers.as_str().to_owned(),
        group_id: resolved.kafka.group_id,
        client_id: resolved.kafka.client_id,
        instance: resolved.kafka.instance,
        start_name: start_name(),
        properties: resolved.kafka.properties.0,
        guarantee: match resolved.delivery.guarantee {
            Guarantee::ExactlyOnce => kafka::Guarantee::ExactlyOnce,
            Guarantee::AtLeastOnce => kafka::Guarantee::AtLeastOnce,
        },
        history_version: resolved.history_version,
        measured: resolved.measured,
        warm_up: resolved.warm_up,
        checkpoints: resolved
            .checkpoints
            .map(|(folder, interval)| kafka::CheckpointSettings { folder, interval }),
        topics: resolved.topics.map(|topic| topic.as_str().to_owned()),
        shards: resolved.shards,
        commit_interval: resolved.delivery.commit_interval.as_duration(),
        payload: match resolved.dead_letter_payload {
            Payload::None => kafka::DeadLetterPayload::None,
            Payload::Raw => kafka::DeadLetterPayload::Raw,
        },
        decoder: Arc::new(Decoder::new(resolved.decoder)),
        base_currency: resolved.environment.base_currency,
        limits: resolved.limits,
        ruleset: ActiveRuleset::new(ruleset),
        metrics,
        feed_watch: Arc::default(),
        lists: Arc::default(),
    }
}

/// A name for this start; a collision with another start's name is practically impossible.
fn start_name() -> String {
    let mut bytes = [0; 8];
    match SysRng.try_fill_bytes(&mut bytes) {
        Ok(()) => format!("{:016x}", u64::from_le_bytes(bytes)),
        // Without random bytes, the process id and the time distinguish starts.
        Err(_) => format!("{}-{:x}", std::process::id(), wall_now().millis()),
    }
}
