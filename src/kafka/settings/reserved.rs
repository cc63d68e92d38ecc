//! Rejects properties of the client library that a user must not set, and properties that the
//! library rejects.

use super::PropertyError;
use crate::config;
use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use std::collections::BTreeMap;

/// Whether the user's value of a property is rejected.
type IsRefused = fn(&str) -> bool;

const ANY: IsRefused = |_| true;
const NOT_ALL: IsRefused = |value| !matches!(value, "all" | "-1");
const NOT_TRUE: IsRefused = |value| value != "true";
const NOT_COMMITTED: IsRefused = |value| value != "read_committed";

const SET_ELSEWHERE: &str = "it has its own key under [kafka]";
const COMMITS_LAST: &str =
    "redcard commits an offset only after all outputs of its record are acknowledged";
const NO_LOSS: &str = "alerts could be lost, doubled or reordered";

/// Properties that the delivery guarantee depends on, and those that have their own configuration
/// key.
const RESERVED: &[(&str, IsRefused, &str)] = &[
    ("bootstrap.servers", ANY, SET_ELSEWHERE),
    ("metadata.broker.list", ANY, SET_ELSEWHERE),
    ("group.id", ANY, SET_ELSEWHERE),
    ("client.id", ANY, SET_ELSEWHERE),
    ("enable.auto.commit", ANY, COMMITS_LAST),
    ("enable.auto.offset.store", ANY, COMMITS_LAST),
    ("enable.idempotence", NOT_TRUE, NO_LOSS),
    ("acks", NOT_ALL, NO_LOSS),
    ("request.required.acks", NOT_ALL, NO_LOSS),
    ("transactional.id", ANY, "it is built from `kafka.instance` and the number of the shard"),
    ("group.instance.id", ANY, "it is built from `kafka.instance` and the number of the shard"),
    ("isolation.level", NOT_COMMITTED, "an aborted record must not be treated as a committed one"),
    ("test.mock.num.brokers", ANY, "each client would use a different cluster"),
];

/// The client library prints fractions with six digits.
const READ_DIFFERENCE: f64 = 1e-5;
/// A secret of at least this length does not occur in other words by chance.
const SECRET_ANYWHERE_MIN_BYTES: usize = 8;
pub(super) const SECURITY_PROTOCOL: &str = "security.protocol";
const SECURITY_PROTOCOL_DEFAULT: &str = "plaintext";

/// An error for each property that must not be set or that the client library rejects by itself.
pub(super) fn check(properties: &BTreeMap<String, String>) -> Vec<PropertyError> {
    let each = properties.iter().filter_map(|(property, value)| {
        reserved(property, value).or_else(|| refused(property, value))
    });
    each.chain(no_tokens(properties)).collect()
}

fn reserved(property: &str, value: &str) -> Option<PropertyError> {
    let is_reserved =
        |(name, refused, _): &&(&str, IsRefused, &str)| *name == property && refused(value);
    RESERVED.iter().find(is_reserved).map(|(_, _, reason)| PropertyError::Reserved {
        property: property.to_owned(),
        value: value.to_owned(),
        reason,
    })
}

/// Checks a property with the client library, which starts nothing for this.
fn refused(property: &str, value: &str) -> Option<PropertyError> {
    let mut config = ClientConfig::new();
    config.set(property, value);
    match config.create_native_config() {
        Ok(native) => native.get(property).ok().and_then(|read| misread(property, value, read)),
        Err(error) => {
            let (name, reason) = (property.to_owned(), reason(&error));
            let secrets = config::is_secret_property(property).then_some(value);
            let reason = redacted(&reason, secrets);
            Some(PropertyError::Refused { property: name, reason })
        }
    }
}

/// The client library silently reads `30s` as 30, `010` as 8 and 2³² + 5 as 5.
fn misread(property: &str, value: &str, read: String) -> Option<PropertyError> {
    let (property, value) = (property.to_owned(), value.trim().to_owned());
    let begins_as_number = value.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let is_hexadecimal = value.to_lowercase().starts_with("0x");
    let taken: f64 = read.parse().ok().filter(|_| begins_as_number && !is_hexadecimal)?;
    let is_same = value.parse().is_ok_and(|meant: f64| (meant - taken).abs() < READ_DIFFERENCE);
    (!is_same).then_some(PropertyError::Misread { property, value, read })
}

/// The client library accepts OAUTHBEARER, but then waits for a token that redcard never supplies.
fn no_tokens(properties: &BTreeMap<String, String>) -> Option<PropertyError> {
    let is = |property: &str, value: &str| {
        properties.get(property).is_some_and(|set| set.eq_ignore_ascii_case(value))
    };
    let uses_sasl = is(SECURITY_PROTOCOL, "sasl_ssl") || is(SECURITY_PROTOCOL, "sasl_plaintext");
    let wants_token = is("sasl.mechanism", "OAUTHBEARER") || is("sasl.mechanisms", "OAUTHBEARER");
    let makes_own =
        ["true", "t", "1"].iter().any(|yes| is("enable.sasl.oauthbearer.unsecure.jwt", yes));
    (uses_sasl && wants_token && !makes_own).then_some(PropertyError::NoTokens)
}

/// The first broker address whose protocol differs from the clients' protocol.
pub(super) fn broker_protocol_error(
    brokers: &str,
    properties: &BTreeMap<String, String>,
) -> Option<PropertyError> {
    let spoken = properties.get(SECURITY_PROTOCOL).map(String::as_str);
    let spoken = spoken.unwrap_or(SECURITY_PROTOCOL_DEFAULT);
    brokers.split(',').find_map(|address| {
        let (protocol, _) = address.trim().split_once("://")?;
        (!protocol.eq_ignore_ascii_case(spoken)).then(|| PropertyError::BrokerProtocol {
            address: address.trim().to_owned(),
            protocol: protocol.to_owned(),
            security_protocol: spoken.to_owned(),
        })
    })
}

/// The client library's reason, without the text that the binding adds.
pub(super) fn reason(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, reason, ..) | KafkaError::ClientCreation(reason) => {
            reason.trim().trim_end_matches(':').to_owned()
        }
        KafkaError::Nul(_) => "it contains a NUL character".to_owned(),
        other => other.to_string(),
    }
}

/// A reason without secret values. A short secret is replaced only if it is a whole word, because
/// it may occur in other words by chance.
pub(super) fn redacted<'s>(reason: &str, secrets: impl IntoIterator<Item = &'s str>) -> String {
    let filled = secrets.into_iter().filter(|secret| !secret.is_empty());
    filled.fold(reason.to_owned(), |reason, secret| {
        let is_shown = secret.len() >= SECRET_ANYWHERE_MIN_BYTES || is_word_of(&reason, secret);
        if is_shown { reason.replace(secret, "(redacted)") } else { reason }
    })
}

/// Whether a text contains a name that is not part of a longer one: `retries` is not in
/// `max.retries`.
pub(super) fn is_word_of(text: &str, name: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    text.match_indices(name).any(|(start, _)| {
        let (before, behind) = (text.get(..start), text.get(start + name.len()..));
        let before = before.and_then(|text| text.chars().next_back());
        let mut behind = behind.unwrap_or_default().chars();
        let (next, second) = (behind.next(), behind.next());
        // A full stop at the end of a sentence is not part of the name.
        let ends_sentence = next == Some('.') && !second.is_some_and(joins);
        !before.is_some_and(joins) && (ends_sentence || !next.is_some_and(joins))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, name: &str, expected: bool) {
        assert_eq!(is_word_of(text, name), expected, "{name} in {text:?}");
    }

    #[test]
    fn a_name_is_found_as_a_word_of_its_own() {
        check("`retries` must be set", "retries", true);
        check("retries", "retries", true);
        check("set max.retries first", "retries", false);
        check("use ssl.key.location.", "ssl.key.location", true);
        check("use ssl.key.location", "ssl.key", false);
        check("mechanism GSSAPI: recompile", "GSSAPI", true);
    }

    #[test]
    fn a_secret_is_not_quoted_and_a_short_one_does_not_blacken_other_words() {
        let reason = "bad password \"p\" in hunter2hunter2";
        assert_eq!(redacted(reason, ["hunter2hunter2"]), "bad password \"p\" in (redacted)");
        assert_eq!(redacted("bad password", ["p"]), "bad password");
        assert_eq!(redacted("bad: s3cr", ["s3cr"]), "bad: (redacted)");
    }

    #[test]
    fn a_number_is_read_as_it_is_written() {
        let check = |value: &str, read: &str, expected: bool| {
            let found = misread("x", value, read.to_owned()).is_some();
            assert_eq!(found, expected, "{value} {read}");
        };
        check("5", "5", false);
        check("0.5", "0.500000", false);
        check("0x10", "16", false);
        check("1", "true", false);
        check("all", "-1", false);
        check("10.0.0.1:9", "10.0.0.1:9", false);
        check("30s", "30", true);
        check("010", "8", true);
        check("1.5", "1", true);
        check("4294967301", "5", true);
    }
}
