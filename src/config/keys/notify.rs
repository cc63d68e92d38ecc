//! Defines the keys of `[notify]`.

use super::key::{Key, key};
use crate::config::duration::ConfigDuration;

const NOTIFY_MAX_DAYS: i64 = 7;
const RATE_CAP_MAX: i64 = 1_000;
const EXAMPLES_MAX: i64 = 50;
const RESEND_MAX_MINUTES: i64 = 60;
const REQUEST_TIMEOUT_MIN_MS: i64 = 100;
const REQUEST_TIMEOUT_MAX_SECONDS: i64 = 120;
const NOTIFY_RANGE: (i64, i64) =
    (ConfigDuration::from_seconds(1).as_ms(), ConfigDuration::from_days(NOTIFY_MAX_DAYS).as_ms());
const RESEND_RANGE: (i64, i64) = (
    ConfigDuration::from_seconds(1).as_ms(),
    ConfigDuration::from_minutes(RESEND_MAX_MINUTES).as_ms(),
);
const REQUEST_TIMEOUT_RANGE: (i64, i64) =
    (REQUEST_TIMEOUT_MIN_MS, ConfigDuration::from_seconds(REQUEST_TIMEOUT_MAX_SECONDS).as_ms());

pub(super) const NOTIFY: &[Key] = &[
    key("notify", "group_id", |config| &mut config.notify.group_id).doc(
        "The consumer group that stores its position in the alerts topic; the group has no \
         members.",
    ),
    key("notify", "listen", |config| &mut config.notify.listen).doc(
        "Address and port of the notifier's `/metrics`, `/livez` and `/readyz`. As with \
         `http.listen`, a start on a non-loopback address without `http.token_file` logs a \
         warning.",
    ),
    key("notify", "issuer", |config| &mut config.notify.issuer)
        .doc("The value of the label `issuer` in all notifications."),
    key("notify", "alertmanagers", |config| &mut config.notify.alertmanagers).doc(
        "Addresses of Alertmanager, such as `http://alertmanager:9093`: all members of one \
         cluster, comma separated. Empty: Alertmanager is not used.",
    ),
    key("notify", "alertmanager_user", |config| &mut config.notify.alertmanager_user)
        .doc("The user for basic authentication with Alertmanager."),
    key("notify", "alertmanager_password_file", |config| {
        &mut config.notify.alertmanager_password_file
    })
    .doc("A file with that user's password."),
    key("notify", "alertmanager_token_file", |config| &mut config.notify.alertmanager_token_file)
        .doc("A file with a bearer token, used instead of user and password."),
    key("notify", "webhook", |config| &mut config.notify.webhook)
        .doc("An address that receives signed notifications. Empty: no webhook."),
    key("notify", "webhook_file", |config| &mut config.notify.webhook_file)
        .doc("A file with that address, if its path or query is secret."),
    key("notify", "webhook_key_file", |config| &mut config.notify.webhook_key_file)
        .doc("A file with the signing key, at least 32 bytes."),
    key("notify", "ca_file", |config| &mut config.notify.ca_file)
        .doc("Certificates in PEM that are trusted for `https://`, in addition to the system's."),
    key("notify", "severity_floor", |config| &mut config.notify.severity_floor)
        .doc("Less severe alerts are counted in a metric and not notified."),
    key("notify", "quiet_time", |config| &mut config.notify.quiet_time)
        .within(NOTIFY_RANGE)
        .doc("A cause ends when no alert of it has arrived for this long."),
    key("notify", "age_limit", |config| &mut config.notify.age_limit).within(NOTIFY_RANGE).doc(
        "Alerts published longer ago than this when they are read are counted in a summary \
         and page no one. At least the quiet time.",
    ),
    key("notify", "rate_cap", |config| &mut config.notify.rate_cap).within((1, RATE_CAP_MAX)).doc(
        "How many causes that begin within `notify.rate_window` are notified individually; \
         one summary covers the rest.",
    ),
    key("notify", "rate_window", |config| &mut config.notify.rate_window)
        .within(NOTIFY_RANGE)
        .doc("The time in which causes count towards `notify.rate_cap`."),
    key("notify", "lookback", |config| &mut config.notify.lookback)
        .within(NOTIFY_RANGE)
        .doc("How far back a start reads earlier alerts again. At least the quiet time."),
    key("notify", "examples", |config| &mut config.notify.examples)
        .within((1, EXAMPLES_MAX))
        .doc("How many of the latest alerts a notification shows."),
    key("notify", "resend_interval", |config| &mut config.notify.resend_interval)
        .within(RESEND_RANGE)
        .doc("How often active causes are resent to Alertmanager."),
    key("notify", "update_interval", |config| &mut config.notify.update_interval)
        .within(RESEND_RANGE)
        .doc("The minimum time between two updates to the webhook with new counts."),
    key("notify", "request_timeout", |config| &mut config.notify.request_timeout)
        .within(REQUEST_TIMEOUT_RANGE)
        .doc("How long a request may take."),
];
