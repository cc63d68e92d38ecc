//! The demo: generated traffic through the same service as `run`, on a Kafka cluster inside this
//! process, with its alerts read back and held against what was really fraud.
//!
//! ```text
//! feeder.rs ──▶ `transactions` ──▶ kafka::Service ──▶ `alerts` ──▶ alerts.rs ──▶ wording.rs
//!     │                                 │                              │
//!     └── news: what is fraud ──────────┼──────────────────▶ scoreboard.rs ──▶ summary.rs
//!                                       └── metrics ──▶ web.rs, summary.rs
//! ```
//!
//! It decides nothing itself. Its time is simulated and runs faster than the wall clock: history
//! first, so that every card has habits, then some days in which fraud happens.

mod alerts;
mod cluster;
pub mod feed;
mod feeder;
mod options;
pub mod pace;
mod scoreboard;
mod summary;
mod watch;
mod web;
mod wording;

pub use alerts::AlertsError;
pub use cluster::ClusterError;
pub use options::Options;
pub use web::ListenError;

use crate::kafka::{Service, StartError, StopError};
use crate::metrics::Metrics;
use alerts::Alerts;
use cluster::Cluster;
use feed::{Feed, FeedError};
use feeder::{Fed, Orders};
use options::Introduction;
use scoreboard::Scoreboard;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use watch::Watch;
use web::Web;

const TRANSACTIONS: &str = "transactions";
const ALERTS: &str = "alerts";
const DEAD_LETTERS: &str = "transactions.dlq";

const STOP_GRACE: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error("cannot start the service")]
    Start(#[from] StartError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    #[error("the feeder: {0}")]
    Feed(#[from] FeedError),
    #[error("the feeding thread panicked")]
    FeederPanicked,
    #[error(transparent)]
    Alerts(#[from] AlertsError),
    #[error("the service failed: {reasons}")]
    Failed { reasons: String },
    #[error("{missing} records did not arrive, and nothing has moved for {} s", waited.as_secs())]
    Stuck { missing: u64, waited: Duration },
    #[error("cannot stop the service")]
    Stop(#[from] StopError),
    #[error("cannot write")]
    Output(#[from] io::Error),
}

/// Runs the demo until its time is over or `stop` is set, and tells about it on `out`.
pub fn run(
    options: &Options,
    stop: &Arc<AtomicBool>,
    out: &mut dyn Write,
) -> Result<(), DemoError> {
    let cluster = Cluster::start(&[TRANSACTIONS, ALERTS, DEAD_LETTERS])?;
    let brokers = cluster.brokers()?;
    let metrics = Arc::new(Metrics::new(&options.ruleset));
    let service = Service::start(options.service(&brokers, &metrics))?;
    let (listen, asked_for) = options.listen;
    let web = Web::serve(listen, asked_for, Arc::clone(&metrics), service.status())?;
    write!(out, "{}", Introduction { options, address: web.address })?;
    let (sender, news) = channel();
    let feed = Feed::connect(&brokers, TRANSACTIONS, &BTreeMap::new())?;
    let feeder = start_feeder(options.orders(feed, &metrics, sender, stop))?;
    let alerts = Alerts::read(&brokers, ALERTS, cluster::PARTITIONS)?;
    let board = Scoreboard::new(options.live_from().to_string());
    let mut watch = Watch::new(alerts, board, news, metrics, service.status());
    let fed = attend(&mut watch, feeder, stop, out)?;
    watch.until_read(&fed, out)?;
    service.stop(STOP_GRACE)?;
    watch.until_alerts_are_here(out)?;
    write!(out, "{}", watch.summary(fed, &options.ruleset))?;
    Ok(())
}

/// Watches until the feeder is done.
fn attend(
    watch: &mut Watch,
    feeder: JoinHandle<Result<Fed, FeedError>>,
    stop: &AtomicBool,
    out: &mut dyn Write,
) -> Result<Fed, DemoError> {
    let watched = watch.while_running(&feeder, out);
    // The feeder may wait for a service that is no more.
    stop.fetch_or(watched.is_err(), Ordering::Relaxed);
    let fed = feeder.join().map_err(|_| DemoError::FeederPanicked)?;
    watched?;
    Ok(fed?)
}

fn start_feeder(orders: Orders) -> Result<JoinHandle<Result<Fed, FeedError>>, DemoError> {
    let thread = thread::Builder::new().name("feeder".into());
    thread.spawn(move || feeder::run(orders)).map_err(DemoError::Thread)
}
