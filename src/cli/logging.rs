//! Logs: a line an event on standard error, human or JSON, as much as `RUST_LOG` asks for.

use super::Environment;
use crate::config::LogFormat;
use anstream::{AutoStream, ColorChoice};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

const LEVEL_DEFAULT: &str = "info";

/// Why logs cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("RUST_LOG is no filter such as `info` or `redcard=debug`: {0}")]
    Filter(#[from] ParseError),
    #[error("logs are started already: {0}")]
    Started(Box<dyn std::error::Error + Send + Sync>),
}

/// Whether `RUST_LOG` is a filter.
pub fn check(environment: &Environment) -> Result<(), LogError> {
    filter(environment).map(drop)
}

/// Sends what `tracing` and `log` report to standard error, from now on.
pub fn start(format: LogFormat, environment: &Environment) -> Result<(), LogError> {
    let filter = filter(environment)?;
    let colour = AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour);
    match format {
        LogFormat::Human => logs.try_init(),
        LogFormat::Json => logs.json().flatten_event(true).with_ansi(false).try_init(),
    }
    .map_err(LogError::Started)
}

fn filter(environment: &Environment) -> Result<EnvFilter, LogError> {
    Ok(EnvFilter::builder().parse(level(environment))?)
}

fn level(environment: &Environment) -> &str {
    let variable = environment.iter().find(|(name, _)| name == "RUST_LOG");
    let text = variable.and_then(|(_, value)| value.to_str());
    text.filter(|text| !text.is_empty()).unwrap_or(LEVEL_DEFAULT)
}
