//! Parses the bootstrap addresses of a Kafka cluster.
//!
//! The client library only logs an address that it cannot use, skips it, and waits for brokers that
//! it does not have. Here such an address is an error.

use super::error::InvalidValue;
use super::field::{Field, Raw, invalid_value};
use std::net::Ipv6Addr;
use std::str::FromStr;
use toml_edit::{Item, value};

/// `host:port`, comma separated, without white space; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brokers(String);

/// Text that is not the address of a broker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not the address of a broker: `host:port` is expected, as in \"kafka-1:9092, kafka-2:9092\""
)]
pub struct BrokerError(String);

const EXPECTED: &str = "addresses of brokers, as in \"kafka-1:9092, kafka-2:9092\"";
/// Security protocols that the client library accepts as a prefix of an address, in lower case.
const PROTOCOLS: [&str; 4] = ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"];

impl Brokers {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Brokers {
    fn default() -> Self {
        Self("localhost:9092".into())
    }
}

impl FromStr for Brokers {
    type Err = BrokerError;

    fn from_str(text: &str) -> Result<Self, BrokerError> {
        let parts = text.split(',').map(str::trim);
        let addresses: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        match addresses.iter().find(|address| !is_address(address)) {
            Some(wrong) => Err(BrokerError((*wrong).to_owned())),
            None if addresses.is_empty() => Err(BrokerError(text.to_owned())),
            None => Ok(Self(addresses.join(","))),
        }
    }
}

impl Field for Brokers {
    fn set(&mut self, raw: &Raw<'_>) -> Result<(), InvalidValue> {
        let text = raw.filled_text()?;
        *self = text.parse().map_err(|BrokerError(wrong)| invalid_value(EXPECTED, &wrong))?;
        Ok(())
    }

    fn show(&self) -> Item {
        value(self.as_str())
    }

    fn kind(&self) -> String {
        "addresses".into()
    }
}

/// `[protocol://]host[:port]`; the host may be an IPv6 address, in brackets if a port follows.
fn is_address(text: &str) -> bool {
    let rest = match text.split_once("://") {
        Some((protocol, rest)) if PROTOCOLS.contains(&&*protocol.to_lowercase()) => rest,
        Some(_) => return false,
        None => text,
    };
    if rest.parse::<Ipv6Addr>().is_ok() {
        return true;
    }
    if let Some((host, port)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return host.parse::<Ipv6Addr>().is_ok() && is_port;
    }
    match rest.split_once(':') {
        Some((host, port)) => is_host(host) && is_port(port),
        None => is_host(rest),
    }
}

/// A name or an IPv4 address. Underscores are not valid in host names but are common inside
/// clusters.
fn is_host(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !text.is_empty() && text.chars().all(legal)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let parsed = text.parse::<Brokers>();
        let parsed = parsed.as_ref().map(Brokers::as_str).map_err(|BrokerError(wrong)| &**wrong);
        assert_eq!(parsed, expected, "{text:?}");
    }

    #[test]
    fn addresses_are_hosts_with_or_without_a_port() {
        check("a:1", Ok("a:1"));
        check(" a:1 , b_c.d-e:65535", Ok("a:1,b_c.d-e:65535"));
        check("kafka", Ok("kafka"));
        check("a:1,,b:2,", Ok("a:1,b:2"));
        check("[::1]:9092,::1,[fe80::1],10.0.0.1:1", Ok("[::1]:9092,::1,[fe80::1],10.0.0.1:1"));
        check("SASL_SSL://a:1", Ok("SASL_SSL://a:1"));
    }

    #[test]
    fn what_the_client_library_would_leave_out_is_refused() {
        check("", Err(""));
        check(", ,", Err(", ,"));
        for wrong in [
            "a:port",
            "a:",
            "a:0",
            "a:65536",
            "a:+1",
            ":9092",
            "a b:1",
            "a:1:2",
            "a:1;b:2",
            "http://a:1",
            "a:1/path",
            "[::1",
            "[a]:1",
            "größe:1",
            "a:1\u{1b}[2J",
        ] {
            check(wrong, Err(wrong));
        }
    }
}
