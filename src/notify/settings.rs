//! Defines the settings that a notifier is started with.

use super::delivery_state::ResendPolicy;
use crate::kafka::Connection;
use crate::rules::Severity;
use std::fmt;
use std::time::Duration;
use zeroize::Zeroizing;

/// Everything that a [`Notifier`](super::Notifier) needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// With a separate consumer group.
    pub connection: Connection,
    /// Where alerts are published.
    pub topic: String,
    /// The label by which issuers are distinguished.
    pub issuer: String,
    pub policy: Policy,
    pub targets: Targets,
}

/// What is notified, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Less severe alerts are counted but not notified.
    pub severity_floor: Severity,
    /// A cause stops being active after this long without an alert.
    pub quiet_ms: i64,
    /// Alerts older than this when they are read page no one; at least the quiet time.
    pub age_limit_ms: i64,
    /// How many causes are notified individually, of those that become active within the window
    /// below.
    pub rate_cap: usize,
    pub rate_window_ms: i64,
    /// How far back a start reads to recover what was notified before.
    pub lookback_ms: i64,
    /// Examples that a notification shows.
    pub examples: usize,
}

/// The targets; at least one.
#[derive(Debug, Clone)]
pub struct Targets {
    /// Addresses of the members of one Alertmanager cluster; empty: none is notified.
    pub alertmanagers: Vec<String>,
    pub credentials: Option<Credentials>,
    /// How often Alertmanager is notified again.
    pub resend: Duration,
    pub webhook: Option<Webhook>,
    /// PEM certificates that are trusted in addition to the system's.
    pub certificates: Option<Vec<u8>>,
    /// The timeout of one request.
    pub timeout: Duration,
}

/// How this client authenticates to Alertmanager, or to a proxy in front of it.
#[derive(Clone)]
pub enum Credentials {
    Bearer(Zeroizing<String>),
    Basic { user: String, password: Zeroizing<String> },
}

/// A receiver of signed notifications.
#[derive(Clone)]
pub struct Webhook {
    pub url: String,
    /// The HMAC key.
    pub key: Zeroizing<Vec<u8>>,
    /// The minimum interval between notifications of new counts.
    pub update: Duration,
}

/// An address or certificate that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Without the address, which may hold a secret.
    #[error("`{key}` is not the address of a server")]
    Address { key: &'static str },
    #[error("`notify.webhook` or `notify.webhook_file` is not the address of a server")]
    WebhookAddress,
    #[error(
        "the credentials for Alertmanager contain a character that is invalid in an HTTP header"
    )]
    Credentials,
    #[error("the certificates that are to be trusted (`notify.ca_file`) cannot be used: {source}")]
    Certificates { source: native_tls::Error },
    #[error("the file of certificates that are to be trusted (`notify.ca_file`) holds none in PEM")]
    NoCertificate,
}

/// The minimum interval between updates with new counts to Alertmanager. They page no one.
const ALERTMANAGER_UPDATE_MS: i64 = 5_000;

impl Targets {
    pub(super) fn alertmanager_resend_policy(&self) -> ResendPolicy {
        ResendPolicy { update_ms: ALERTMANAGER_UPDATE_MS, resend_ms: Some(millis(self.resend)) }
    }
}

impl Webhook {
    pub(super) fn resend_policy(&self) -> ResendPolicy {
        ResendPolicy { update_ms: millis(self.update), resend_ms: None }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// The address may hold a secret too.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook(..)")
    }
}
