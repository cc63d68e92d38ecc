//! Defines the value types that only the configuration has.

use crate::transaction::Currency;
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// How many threads read Kafka.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shards {
    /// One per processor that this process may use.
    #[default]
    Auto,
    Exactly(NonZeroUsize),
}

/// A topic name that Kafka accepts: 1 to 249 of letters, digits, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicName(pub(super) String);

/// How much of its record's value a dead letter contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Payload {
    #[default]
    None,
    /// The record's bytes unchanged, including any card numbers.
    Raw,
}

/// What a consumer that reads only committed records can rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guarantee {
    #[default]
    ExactlyOnce,
    AtLeastOnce,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    #[default]
    Human,
    Json,
}

/// Properties of the Kafka client library. Values that may be secret are never displayed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Properties(pub BTreeMap<String, String>);

/// For each secret property of the Kafka client library, the file that contains its value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PropertyFiles(pub BTreeMap<String, PathBuf>);

/// Addresses of servers, comma separated. Parts that may be secret are never displayed: users and
/// passwords, paths, queries.
#[derive(Clone, PartialEq, Eq)]
pub struct Addresses(pub String);

/// The value of one unit of each currency in a common reference; positive and finite.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rates(pub(super) Vec<(Currency, f64)>);

const TOPIC_NAME_MAX_CHARS: usize = 249;

/// Parts of a property's name that mark its value as secret.
const SECRET_PARTS: [&str; 8] =
    ["password", "secret", "key", "token", "credential", "jaas", "oauthbearer", "pem"];

pub(super) const REDACTED: &str = "(redacted)";

impl TopicName {
    /// A legal name of a topic.
    pub fn parse(text: &str) -> Option<Self> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let named = (1..=TOPIC_NAME_MAX_CHARS).contains(&text.len()) && text.chars().all(legal);
        (named && text != "." && text != "..").then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for TopicName {
    fn from(default: &'static str) -> Self {
        Self(default.to_owned())
    }
}

impl Shards {
    /// The number of threads on this machine.
    pub fn count(self) -> usize {
        let auto = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        match self {
            Shards::Auto => auto(),
            Shards::Exactly(count) => count.get(),
        }
    }
}

impl Properties {
    /// Every property with its value, or with [`REDACTED`] instead.
    pub(super) fn redacted(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), if is_secret(name) { REDACTED } else { value }))
    }
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.redacted()).finish()
    }
}

impl Addresses {
    /// The scheme, host and port of each address, and [`LEFT_OUT`] for the rest.
    pub(super) fn redacted(&self) -> String {
        let parts = self.0.split(',').map(|part| redacted_address(part.trim()));
        parts.collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

const LEFT_OUT: &str = "…";

/// Leaves out everything that is not certainly a server's name.
fn redacted_address(address: &str) -> String {
    let known = ["http://", "https://"].into_iter();
    let mut split = known.filter_map(|scheme| Some((scheme, address.strip_prefix(scheme)?)));
    let Some((scheme, rest)) = split.next() else { return LEFT_OUT.to_owned() };
    let is_named =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest.split_at(end) {
        // A password may contain a slash, so the name before a later `@` may be a user's.
        (server, more) if !server.chars().all(is_named) || more.contains('@') => {
            format!("{scheme}{LEFT_OUT}")
        }
        (server, "") => format!("{scheme}{server}"),
        (server, _) => format!("{scheme}{server}/{LEFT_OUT}"),
    }
}

/// Whether a property's value may be secret, by its name.
pub fn is_secret(property: &str) -> bool {
    let property = property.to_lowercase();
    // The location of a key is not secret.
    let is_place = property.ends_with(".location");
    !is_place && SECRET_PARTS.iter().any(|part| property.contains(part))
}

/// Properties of the client library with a second name, and their first (librdkafka,
/// CONFIGURATION.md).
const ALIASES: [(&str, &str); 11] = [
    ("acks", "request.required.acks"),
    ("bootstrap.servers", "metadata.broker.list"),
    ("compression.type", "compression.codec"),
    ("delivery.timeout.ms", "message.timeout.ms"),
    ("linger.ms", "queue.buffering.max.ms"),
    ("max.in.flight", "max.in.flight.requests.per.connection"),
    ("max.partition.fetch.bytes", "fetch.message.max.bytes"),
    ("retries", "message.send.max.retries"),
    ("sasl.mechanism", "sasl.mechanisms"),
    ("sasl.oauthbearer.client.credentials.client.id", "sasl.oauthbearer.client.id"),
    ("sasl.oauthbearer.client.credentials.client.secret", "sasl.oauthbearer.client.secret"),
];

/// The first name of a property that has two.
pub(super) fn first_name(property: &str) -> &str {
    ALIASES.iter().find(|(alias, _)| *alias == property).map_or(property, |(_, first)| *first)
}

impl Rates {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> {
        self.0.iter().map(|(currency, rate)| (currency.code(), *rate))
    }

    pub(super) fn set(&mut self, currency: Currency, rate: f64) {
        self.0.retain(|(known, _)| *known != currency);
        self.0.push((currency, rate));
        self.0.sort_by_key(|(known, _)| known.code());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_name_is_what_kafka_accepts() {
        for name in ["transactions", "transactions.dlq", "A-b_9", "..."] {
            assert!(TopicName::parse(name).is_some(), "{name:?}");
        }
        for name in ["", ".", "..", "a b", "a/b", "größe", &"x".repeat(250)] {
            assert!(TopicName::parse(name).is_none(), "{name:?}");
        }
    }

    #[test]
    fn of_an_address_only_the_server_is_shown() {
        for (text, expected) in [
            ("http://a:9093", "http://a:9093"),
            ("https://[::1]:1/", "https://[::1]:1/…"),
            ("https://h/hunter2", "https://h/…"),
            ("https://h?token=hunter2", "https://h/…"),
            ("https://h#hunter2", "https://h/…"),
            ("https://me:hunter2@h/x", "https://…"),
            ("https://me:hunter2/x@h/x", "https://…"),
            ("https://hunter2/x@h", "https://…"),
            ("http://a:1, http://b:2/hunter2,hunter2", "http://a:1, http://b:2/…, …"),
            ("HTTP://hunter2", "…"),
            ("hunter2", "…"),
        ] {
            let addresses = Addresses(text.to_owned());
            assert_eq!(addresses.redacted(), expected);
            assert_eq!(format!("{addresses:?}"), expected);
        }
    }

    #[test]
    fn a_secret_property_is_in_no_debug_print() {
        let names = ["sasl.password", "ssl.key.pem", "ssl.keystore.password", "sasl.jaas.config"];
        let secrets = names.map(|name| (name.to_owned(), "hunter2".to_owned()));
        let shown = format!("{:?}", Properties(BTreeMap::from(secrets)));
        assert!(!shown.contains("hunter2"), "{shown}");
        for open in ["linger.ms", "ssl.key.location"] {
            let shown = format!("{:?}", Properties(BTreeMap::from([(open.into(), "5".into())])));
            assert_eq!(shown, format!("{{\"{open}\": \"5\"}}"));
        }
    }
}
