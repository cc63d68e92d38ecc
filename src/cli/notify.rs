//! `redcard notify`: turns alerts into notifications. It connects the parts, waits for a signal or
//! a failure, and delivers what is left.

use super::environment::Environment;
use super::exit::Exit;
use super::http::{self, HttpServer};
use super::logging;
use super::settings::{ConfigArgs, located};
use super::signals::{Signals, end_now};
use crate::config::{Config, Credentials, Errors, ResolvedNotify};
use crate::http::Access;
use crate::kafka::Connection;
use crate::metrics::NotifyMetrics;
use crate::notify::{self, Notifier, NotifyHealth, Policy, Settings, Targets, Webhook};
use anyhow::Context;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

const EXAMPLES: &str = "\
Examples:
  redcard notify --config redcard.toml
  REDCARD__NOTIFY__ALERTMANAGERS=http://alertmanager:9093 redcard notify

It reads the alerts topic and notifies Alertmanager, a webhook, or both, about causes rather than
single alerts: docs/operating/notify.md says what it promises.

SIGTERM and Ctrl-C finish: what was read is delivered and committed, within delivery.shutdown_grace;
a second one ends the process at once. Active notifications stay active: the next start continues
with them.

Exit codes: 0 finished, 2 wrong arguments or configuration, 3 Kafka or a socket failed, or a target did
not accept in time, 130 or 143 ended by a second signal.";

/// Notify on-call about alerts, through Alertmanager or a webhook
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct NotifyArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

/// How long the runtime waits for tasks that do not end by themselves.
const RUNTIME_GRACE_MS: u64 = 100;

pub fn run(args: &NotifyArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let resolved = args.config.read(environment)?.resolve_notify()?;
    logging::start(resolved.log_format, environment)?;
    let runtime = Runtime::new().context("cannot start the runtime")?;
    let (listen, grace) = (resolved.notify.listen, resolved.shutdown_grace.as_duration());
    let access = http::access(&resolved.http_access)?;
    let settings = checked_settings(resolved)?;
    let ended = runtime.block_on(serve(&settings, (listen, access), grace));
    runtime.shutdown_timeout(Duration::from_millis(RUNTIME_GRACE_MS));
    ended.map(|()| Exit::Ok.into())
}

/// Checks whether the notifier would start with this configuration; returns the names of the
/// targets.
pub fn check(config: &Config) -> anyhow::Result<Vec<&'static str>> {
    Ok(checked_settings(config.resolve_notify()?)?.check()?)
}

/// Runs from opening the first socket to the last commit.
async fn serve(
    settings: &Settings,
    (listen, access): (SocketAddr, Access),
    grace: Duration,
) -> anyhow::Result<()> {
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let health = Arc::new(NotifyHealth::default());
    let metrics = Arc::new(NotifyMetrics::new(notify::metric_labels()));
    let reports = (Arc::clone(&metrics) as _, Arc::clone(&health) as _);
    let mut http = HttpServer::start("notify.listen", listen, access, reports).await?;
    let mut notifier = Notifier::start(settings, &metrics, &health)?;
    announce(settings, http.address);
    http.warn_if_open();
    let cause = tokio::select! {
        signal = signals.next() => {
            tracing::info!(?signal, grace_ms = grace.as_millis(), "finishing");
            Ok(())
        }
        failure = notifier.failed() => return Err(failure.into()),
        failure = http.failed() => Err(failure),
    };
    let stopped = tokio::select! {
        stopped = notifier.stop(grace) => stopped,
        again = signals.next() => end_now(again),
    };
    // An error that caused the stop is reported before one from stopping.
    cause?;
    stopped?;
    tracing::info!("finished");
    Ok(http.stop().await?)
}

/// The first line of the log. Omits addresses, which may hold secrets.
fn announce(settings: &Settings, address: SocketAddr) {
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        brokers = settings.connection.brokers,
        group = settings.connection.group_id,
        topic = settings.topic,
        issuer = settings.issuer,
        alertmanagers = settings.targets.alertmanagers.len(),
        webhook = settings.targets.webhook.is_some(),
        http = %address,
        "starting"
    );
}

/// The settings of a notifier, after the client library has accepted them.
fn checked_settings(resolved: ResolvedNotify) -> Result<Settings, Errors> {
    let origins = resolved.origins.clone();
    let settings = settings(resolved);
    settings.connection.check().map_err(|errors| located(&origins, errors))?;
    Ok(settings)
}

fn settings(resolved: ResolvedNotify) -> Settings {
    let configured = resolved.notify;
    let update = configured.update_interval.as_duration();
    Settings {
        connection: Connection {
            brokers: resolved.kafka.brokers.as_str().to_owned(),
            group_id: configured.group_id,
            client_id: format!("{}-notify", resolved.kafka.client_id),
            properties: resolved.kafka.properties.0,
        },
        topic: resolved.alerts.as_str().to_owned(),
        issuer: configured.issuer,
        policy: Policy {
            severity_floor: configured.severity_floor,
            quiet_ms: configured.quiet_time.as_ms(),
            age_limit_ms: configured.age_limit.as_ms(),
            rate_cap: configured.rate_cap,
            rate_window_ms: configured.rate_window.as_ms(),
            lookback_ms: configured.lookback.as_ms(),
            examples: configured.examples,
        },
        targets: Targets {
            alertmanagers: resolved.alertmanagers,
            credentials: resolved.credentials.map(|credentials| match credentials {
                Credentials::Bearer(token) => notify::Credentials::Bearer(token),
                Credentials::Basic { user, password } => {
                    notify::Credentials::Basic { user, password }
                }
            }),
            resend: configured.resend_interval.as_duration(),
            webhook: resolved.webhook.map(|webhook| Webhook {
                url: webhook.url,
                key: webhook.key,
                update,
            }),
            certificates: resolved.certificates,
            timeout: configured.request_timeout.as_duration(),
        },
    }
}
