//! Defines the `[notify]` section.

use super::duration::ConfigDuration;
use super::values::Addresses;
use crate::rules::Severity;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// The `[notify]` section.
#[derive(Debug, Clone, PartialEq)]
pub struct Notify {
    /// The consumer group that holds its offsets in the alerts topic.
    pub group_id: String,
    pub listen: SocketAddr,
    /// The value of the label that distinguishes issuers.
    pub issuer: String,
    /// Addresses of the members of one Alertmanager cluster, comma separated.
    pub alertmanagers: Option<Addresses>,
    pub alertmanager_user: Option<String>,
    pub alertmanager_password_file: Option<PathBuf>,
    pub alertmanager_token_file: Option<PathBuf>,
    pub webhook: Option<Addresses>,
    /// A file with the address, for an address that is secret.
    pub webhook_file: Option<PathBuf>,
    pub webhook_key_file: Option<PathBuf>,
    /// PEM certificates that are trusted in addition to the system's.
    pub ca_file: Option<PathBuf>,
    pub severity_floor: Severity,
    pub quiet_time: ConfigDuration,
    pub age_limit: ConfigDuration,
    pub rate_cap: usize,
    pub rate_window: ConfigDuration,
    /// How far back a start reads to recover what was notified before.
    pub lookback: ConfigDuration,
    pub examples: usize,
    pub resend_interval: ConfigDuration,
    /// The minimum interval between notifications of new counts to the webhook.
    pub update_interval: ConfigDuration,
    pub request_timeout: ConfigDuration,
}

pub const NOTIFY_PORT_DEFAULT: u16 = 9465;
pub const QUIET_TIME_DEFAULT_MINUTES: i64 = 15;
pub const AGE_LIMIT_DEFAULT_MINUTES: i64 = 60;
pub const RATE_CAP_DEFAULT: usize = 20;
pub const RATE_WINDOW_DEFAULT_MINUTES: i64 = 10;
pub const LOOKBACK_DEFAULT_MINUTES: i64 = 12 * 60;
pub const EXAMPLES_DEFAULT: usize = 5;
pub const RESEND_DEFAULT_SECONDS: i64 = 30;
pub const UPDATE_DEFAULT_SECONDS: i64 = 30;
pub const REQUEST_TIMEOUT_DEFAULT_SECONDS: i64 = 10;

impl Default for Notify {
    fn default() -> Self {
        Self {
            group_id: "redcard-notify".into(),
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), NOTIFY_PORT_DEFAULT),
            issuer: "default".into(),
            alertmanagers: None,
            alertmanager_user: None,
            alertmanager_password_file: None,
            alertmanager_token_file: None,
            webhook: None,
            webhook_file: None,
            webhook_key_file: None,
            ca_file: None,
            severity_floor: Severity::Medium,
            quiet_time: ConfigDuration::from_minutes(QUIET_TIME_DEFAULT_MINUTES),
            age_limit: ConfigDuration::from_minutes(AGE_LIMIT_DEFAULT_MINUTES),
            rate_cap: RATE_CAP_DEFAULT,
            rate_window: ConfigDuration::from_minutes(RATE_WINDOW_DEFAULT_MINUTES),
            lookback: ConfigDuration::from_minutes(LOOKBACK_DEFAULT_MINUTES),
            examples: EXAMPLES_DEFAULT,
            resend_interval: ConfigDuration::from_seconds(RESEND_DEFAULT_SECONDS),
            update_interval: ConfigDuration::from_seconds(UPDATE_DEFAULT_SECONDS),
            request_timeout: ConfigDuration::from_seconds(REQUEST_TIMEOUT_DEFAULT_SECONDS),
        }
    }
}
