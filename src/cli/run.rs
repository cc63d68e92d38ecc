//! `redcard run`: the service. It connects the parts, waits for a signal or a failure, and drains.
//!
//! ```text
//! configuration ─▶ rules ─▶ HTTP ─▶ Kafka ─▶ … ─▶ SIGTERM, SIGINT ─▶ drain ─▶ exit 0
//!                    ▲                      ├──▶ a shard died ─────▶ drain ─▶ exit 3
//!                    └───────────────────── └──▶ SIGHUP, a file changed
//!                                                   a second signal ─▶ exit immediately
//! ```

use super::environment::Environment;
use super::exit::Exit;
use super::http::{self, HttpServer};
use super::settings::{self, ConfigArgs};
use super::signals::{Signals, end_now};
use super::{logging, reloading};
use crate::history::FormatVersion;
use crate::http::Access;
use crate::kafka;
use crate::kafka::{Service, StartError};
use crate::metrics::Metrics;
use crate::reload::{Origin, ReloadTargets};
use crate::rules::Sources;
use crate::status::Status;
use anyhow::Context;
use std::future::Future;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::{JoinError, spawn_blocking};

const EXAMPLES: &str = "\
Examples:
  redcard run --config redcard.toml
  REDCARD__KAFKA__BROKERS=kafka:9092 RUST_LOG=debug redcard run

It starts only with rules that pass their own tests. A change of the rule files, or SIGHUP, replaces
the rules between two transactions; if the new rules have errors or fail their tests, the old ones
stay active, and the log says why.

SIGTERM and Ctrl-C finish what was read, commit and leave the group, within delivery.shutdown_grace;
a second one ends the process at once.

Exit codes: 0 drained, 2 wrong arguments, configuration or rules, 3 Kafka or a socket failed,
130 or 143 ended by a second signal.";

/// Read transactions from Kafka, score each, publish alerts
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct RunArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Rules file or folder, instead of the configuration's or the shipped ones
    #[arg(long, value_name = "PATH")]
    rules: Option<std::path::PathBuf>,
}

/// How long the runtime waits for tasks that do not end by themselves.
const RUNTIME_GRACE_MS: u64 = 100;

pub fn run(args: RunArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let mut config = args.config.read(environment)?;
    config.rules.path = args.rules.or(config.rules.path);
    let resolved = config.resolve()?;
    logging::start(resolved.log_format, environment)?;
    let rules = reloading::load_tested(&resolved.rules, resolved.environment)?;
    let runtime = Runtime::new().context("cannot start the runtime")?;
    let grace = resolved.delivery.shutdown_grace.as_duration();
    let (listen, access) = (resolved.http_listen, http::access(&resolved.http_access)?);
    let settings = settings::checked_kafka(resolved, rules.ruleset)?;
    let ended = runtime.block_on(serve(settings, rules.origin, (listen, access), grace));
    runtime.shutdown_timeout(Duration::from_millis(RUNTIME_GRACE_MS));
    ended.map(|()| Exit::Ok.into())
}

/// Runs from opening the first socket to the last commit.
async fn serve(
    settings: kafka::Settings,
    rules: Option<(Origin, Sources)>,
    (listen, access): (SocketAddr, Access),
    grace: Duration,
) -> anyhow::Result<()> {
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let status = Arc::new(Status::new());
    let metrics: Arc<Metrics> = Arc::clone(&settings.metrics);
    let reports = (metrics as _, Arc::clone(&status) as _);
    let mut http = HttpServer::start("http.listen", listen, access, reports).await?;
    announce(&settings, http.address);
    http.warn_if_open();
    let (active_ruleset, metrics) = (Arc::clone(&settings.ruleset), Arc::clone(&settings.metrics));
    let targets = ReloadTargets { active_ruleset, metrics, status: Arc::clone(&status) };
    let _reloader = reloading::start(rules, targets)?;
    let Some(Started { service, asked_to_end }) = start(settings, status, &mut signals).await?
    else {
        tracing::info!("stopped before anything was read");
        return Ok(http.stop().await?);
    };
    let end = async {
        match asked_to_end {
            Some(signal) => signal,
            None => signals.next().await,
        }
    };
    let cause = tokio::select! {
        signal = end => {
            tracing::info!(?signal, grace_ms = grace.as_millis(), "draining");
            Ok(())
        }
        failure = service.wait_failed() => Err(failure.into()),
        failure = http.failed() => Err(failure),
    };
    let stopped = or_end_now(spawn_blocking(move || service.stop(grace)), &mut signals).await?;
    // An error that caused the stop is reported before one from stopping.
    cause?;
    tracing::info!(took_ms = stopped?.took.as_millis(), "drained");
    Ok(http.stop().await?)
}

/// The first line of the log, and warnings about risky settings.
fn announce(settings: &kafka::Settings, address: SocketAddr) {
    let ruleset = settings.ruleset.ruleset();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        ruleset = ruleset.id.name,
        ruleset_version = ruleset.id.version,
        ruleset_hash = ruleset.id.hash,
        rules = ruleset.rules().len(),
        brokers = settings.brokers,
        group = settings.group_id,
        topic = settings.topics.transactions,
        shards = settings.shards,
        http = %address,
        "starting"
    );
    if settings.topics.history.is_some() && settings.history_version < FormatVersion::V2 {
        tracing::warn!(
            "history.write_version is 1: a restore lacks what version 1 cannot hold (docs/reference/history.md); \
             set 2 once every instance runs this release"
        );
    }
    if settings.payload == kafka::DeadLetterPayload::Raw {
        tracing::warn!(
            "dead_letters.payload is \"raw\": dead letters contain their records unchanged, \
             including card numbers"
        );
    }
}

/// The running shards.
struct Started {
    service: Service,
    /// A signal that arrived during the start, too late to cancel it.
    asked_to_end: Option<Exit>,
}

/// Starts the shards once the brokers respond; `None` if a signal came first.
async fn start(
    settings: kafka::Settings,
    status: Arc<Status>,
    signals: &mut Signals,
) -> anyhow::Result<Option<Started>> {
    let cancelled = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&cancelled);
    let mut starting = spawn_blocking(move || Service::start_with(settings, status, &seen));
    let mut asked_to_end = None;
    let started = tokio::select! {
        started = &mut starting => started?,
        signal = signals.next() => {
            cancelled.store(true, Ordering::Relaxed);
            asked_to_end = Some(signal);
            or_end_now(starting, signals).await?
        }
    };
    match started {
        Ok(service) => Ok(Some(Started { service, asked_to_end })),
        Err(StartError::Cancelled { .. } | StartError::CancelledLists { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Waits for a task, or ends the process on another signal.
async fn or_end_now<T>(
    task: impl Future<Output = Result<T, JoinError>>,
    signals: &mut Signals,
) -> Result<T, JoinError> {
    tokio::select! {
        ended = task => ended,
        again = signals.next() => end_now(again),
    }
}
