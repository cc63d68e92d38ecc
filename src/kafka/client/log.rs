//! Logs the messages of the client library and suppresses repeated ones.
//!
//! While a broker is unavailable, every client repeats itself several times a second. The first
//! line of a kind is logged immediately. Repetitions within [`QUIET`] are counted, and the next
//! line of that kind shows the count.

use crate::clock::monotonic_now;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::producer::{DeliveryResult, ProducerContext};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const QUIET: Duration = Duration::from_secs(10);
/// The maximum number of kinds that are remembered; the library has some dozens of facilities.
const KINDS_MAX: usize = 256;

/// The log of one client. It is also the context of a client that needs no other callbacks.
#[derive(Debug)]
pub struct ClientLog {
    client: &'static str,
    repeats: Mutex<Repeats>,
}

/// When each kind of line was last logged, and how many lines were suppressed since.
#[derive(Debug, Default)]
struct Repeats {
    kinds: HashMap<String, (Instant, u64)>,
}

impl Repeats {
    /// If the line is to be logged: the number of lines of its kind that were suppressed before it.
    fn pass(&mut self, kind: &str, now: Instant) -> Option<u64> {
        if let Some((shown, suppressed)) = self.kinds.get_mut(kind) {
            if now.saturating_duration_since(*shown) < QUIET {
                *suppressed += 1;
                return None;
            }
            *shown = now;
            return Some(std::mem::take(suppressed));
        }
        if self.kinds.len() >= KINDS_MAX {
            self.kinds.clear();
        }
        self.kinds.insert(kind.to_owned(), (now, 0));
        Some(0)
    }
}

impl ClientLog {
    pub fn new(client: &'static str) -> Self {
        Self { client, repeats: Mutex::new(Repeats::default()) }
    }

    fn pass(&self, kind: &str) -> Option<u64> {
        let mut repeats = self.repeats.lock().unwrap_or_else(PoisonError::into_inner);
        repeats.pass(kind, monotonic_now())
    }
}

impl ClientContext for ClientLog {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        let client = self.client;
        // An operator who sets the property `debug` wants every line.
        if matches!(level, RDKafkaLogLevel::Debug) {
            tracing::debug!(target: "librdkafka", client, facility, "{line}");
            return;
        }
        let Some(suppressed) = self.pass(facility) else { return };
        match level {
            // Every client gets all properties, so a property that this client ignores is not worth
            // a warning.
            _ if facility == "CONFWARN" && line.contains("will be ignored by this") => {
                tracing::debug!(target: "librdkafka", client, facility, suppressed, "{line}");
            }
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error => {
                tracing::error!(target: "librdkafka", client, facility, suppressed, "{line}");
            }
            RDKafkaLogLevel::Warning => {
                tracing::warn!(target: "librdkafka", client, facility, suppressed, "{line}");
            }
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
                tracing::info!(target: "librdkafka", client, facility, suppressed, "{line}");
            }
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // The library reports the end of a partition as an error if the configuration enables it.
        if matches!(
            error.rdkafka_error_code(),
            Some(rdkafka::error::RDKafkaErrorCode::PartitionEOF)
        ) {
            return;
        }
        if let Some(suppressed) = self.pass(&error.to_string()) {
            let client = self.client;
            tracing::warn!(target: "librdkafka", client, %error, suppressed, "{reason}");
        }
    }
}

impl ConsumerContext for ClientLog {}

/// For a producer that sends nothing.
impl ProducerContext for ClientLog {
    type DeliveryOpaque = ();

    fn delivery(&self, _result: &DeliveryResult<'_>, _opaque: ()) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_line_is_suppressed_and_counted() {
        let mut repeats = Repeats::default();
        let start = monotonic_now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(repeats.pass("FAIL", at(0)), Some(0));
        assert_eq!(repeats.pass("FAIL", at(1)), None);
        assert_eq!(repeats.pass("FAIL", at(9)), None);
        assert_eq!(repeats.pass("REQTMOUT", at(9)), Some(0));
        assert_eq!(repeats.pass("FAIL", at(10)), Some(2));
        assert_eq!(repeats.pass("FAIL", at(20)), Some(0));
    }

    #[test]
    fn the_number_of_remembered_message_kinds_is_bounded() {
        let mut repeats = Repeats::default();
        let start = monotonic_now();
        for kind in 0..10 * KINDS_MAX {
            repeats.pass(&kind.to_string(), start);
        }
        assert!(repeats.kinds.len() <= KINDS_MAX);
    }
}
