//! Writes logs to standard error, one event per line, as text or JSON, filtered by `RUST_LOG`.
//!
//! Invisible characters in an event are escaped when it is written, whichever field they are in. An
//! event of several lines (the errors of a ruleset) is indented, so that no text in it looks like a
//! separate line.

use super::environment::Environment;
use crate::config::LogFormat;
use crate::printable::{self, PrintableLines, PrintableStyled};
use anstream::{AutoStream, ColorChoice};
use std::io::{self, Write};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

const LEVEL_DEFAULT: &str = "info";

/// Why logging cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("RUST_LOG is not a filter such as `info` or `redcard=debug`: {0}")]
    Filter(#[from] ParseError),
    #[error("logs are started already: {0}")]
    Started(Box<dyn std::error::Error + Send + Sync>),
}

/// Checks that `RUST_LOG` is a valid filter.
pub fn check(environment: &Environment) -> Result<(), LogError> {
    filter(environment).map(drop)
}

/// Starts to send what `tracing` and `log` report to standard error.
pub fn start(format: LogFormat, environment: &Environment) -> Result<(), LogError> {
    let filter = filter(environment)?;
    let colour = AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
    let form = match format {
        LogFormat::Json => Form::Json,
        LogFormat::Human if colour => Form::Coloured,
        LogFormat::Human => Form::Plain,
    };
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || Escaping { form })
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

/// How events are written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Plain,
    /// The colours are the formatter's, which escapes those in the text of an event.
    Coloured,
    Json,
}

/// Standard error with escaping. The formatter writes each event in a single call.
struct Escaping {
    form: Form,
}

const CONTINUED: &str = "\n    ";

impl Write for Escaping {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        io::stderr().write_all(self.form.escaped(&text).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl Form {
    fn escaped(self, event: &str) -> String {
        let (event, end) = match event.strip_suffix('\n') {
            Some(event) => (event, "\n"),
            None => (event, ""),
        };
        let escaped = match self {
            Form::Plain => PrintableLines(event).to_string().replace('\n', CONTINUED),
            Form::Coloured => PrintableStyled(event).to_string().replace('\n', CONTINUED),
            Form::Json => printable::json(event).into_owned(),
        };
        escaped + end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_in_an_event_is_escaped_and_no_text_begins_a_line() {
        let event = "INFO x: a\u{202e}\u{9b}31m\nINFO forged\n";
        assert_eq!(Form::Plain.escaped(event), "INFO x: a\\u{202e}\\u{9b}31m\n    INFO forged\n");
        let coloured = "\u{1b}[32mINFO\u{1b}[0m a\u{1b}]0;x\n";
        assert_eq!(Form::Coloured.escaped(coloured), "\u{1b}[32mINFO\u{1b}[0m a\\u{1b}]0;x\n");
        let json = "{\"message\":\"a\u{202e}\"}\n";
        assert_eq!(Form::Json.escaped(json), "{\"message\":\"a\\u202e\"}\n");
    }
}
