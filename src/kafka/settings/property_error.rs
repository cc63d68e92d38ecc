//! Errors in the properties of the client library.

use std::fmt;

/// An invalid property of the client library, or an invalid combination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PropertyError {
    #[error("`{property}` must not be set to \"{value}\": {reason}")]
    Reserved { property: String, value: String, reason: &'static str },
    /// With the client library's own reason, which contains no secret value.
    #[error("`{property}`: {reason} (librdkafka)")]
    Refused { property: String, reason: String },
    #[error(
        "`{property}`: \"{value}\" is not a number that the client library takes: it would read {read}"
    )]
    Misread { property: String, value: String, read: String },
    /// Properties that are valid one by one but do not allow a client to be created. `properties`
    /// are those involved.
    #[error(
        "{}the Kafka {} cannot be created: {reason} (librdkafka)",
        Names(properties), clients.join(", ")
    )]
    Client { clients: Vec<&'static str>, properties: Vec<String>, reason: String },
    #[error(
        "`sasl.mechanism` is OAUTHBEARER, and redcard has no source of tokens for it: the connection \
         would never be made; use PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or a certificate"
    )]
    NoTokens,
    #[error(
        "`{address}` says `{protocol}` and `security.protocol` is `{security_protocol}`: the client \
         library would leave this broker out"
    )]
    BrokerProtocol { address: String, protocol: String, security_protocol: String },
    #[error(
        "`transaction.timeout.ms` is {timeout_ms} and `delivery.commit_interval` {interval_ms} ms: \
         transactions would time out before they are committed; let it be at least twice as long"
    )]
    TransactionTimeout { timeout_ms: u128, interval_ms: u128 },
}

/// All errors in the properties; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PropertyErrors(Vec<PropertyError>);

/// Quoted names, followed by a colon.
struct Names<'a>(&'a [String]);

impl PropertyError {
    /// The configuration keys involved, most relevant first.
    pub fn keys(&self) -> Vec<String> {
        match self {
            Self::Reserved { property, .. }
            | Self::Refused { property, .. }
            | Self::Misread { property, .. } => keys_of(property).to_vec(),
            Self::Client { properties, .. } => {
                properties.iter().flat_map(|property| keys_of(property)).collect()
            }
            Self::NoTokens => {
                ["sasl.mechanism", "sasl.mechanisms", "security.protocol"].map(keys_of).concat()
            }
            Self::BrokerProtocol { .. } => {
                let mut keys = vec!["kafka.brokers".to_owned()];
                keys.extend(keys_of("security.protocol"));
                keys
            }
            Self::TransactionTimeout { .. } => {
                let mut keys = keys_of("transaction.timeout.ms").to_vec();
                keys.push("delivery.commit_interval".to_owned());
                keys
            }
        }
    }
}

/// A property may be set in either table.
fn keys_of(property: &str) -> [String; 2] {
    [format!("kafka.properties.{property}"), format!("kafka.property_files.{property}")]
}

impl PropertyErrors {
    pub(in crate::kafka) fn unless_empty(errors: Vec<PropertyError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    pub fn into_vec(self) -> Vec<PropertyError> {
        self.0
    }
}

/// One error per line.
impl fmt::Display for PropertyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let line_end = if index == 0 { "" } else { "\n" };
            write!(f, "{line_end}{error}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            let before = if index == 0 { "" } else { ", " };
            write!(f, "{before}`{name}`")?;
        }
        f.write_str(if self.0.is_empty() { "" } else { ": " })
    }
}
