//! Rejects properties of the client library that a user must not set, and properties that the
//! library rejects.

use super::text::{reason, redacted};
use crate::config;
use crate::kafka::settings::PropertyError;
use rdkafka::ClientConfig;
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
pub const SECURITY_PROTOCOL: &str = "security.protocol";
const SECURITY_PROTOCOL_DEFAULT: &str = "plaintext";

/// An error for each property that must not be set or that the client library rejects by itself.
pub fn check(properties: &BTreeMap<String, String>) -> Vec<PropertyError> {
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
pub fn broker_protocol_error(
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

#[cfg(test)]
mod tests {
    use super::*;

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
