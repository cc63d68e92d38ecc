//! The demo: runs the same service as `run` on generated traffic and a Kafka cluster inside this
//! process, reads its alerts back, and compares them with the actual frauds.
//!
//! ```text
//! feeder.rs ──▶ `transactions` ──▶ kafka::Service ──▶ `alerts` ──▶ alerts.rs ──▶ wording.rs
//!     │                                 │                              │
//!     └── news: what is fraud ──────────┼──────────────────▶ scoreboard.rs ──▶ summary.rs
//!                          rule files ──┤
//!                                       └── metrics ──▶ web.rs, summary.rs
//! ```
//!
//! The demo itself decides nothing. Its time is simulated and runs faster than the wall clock:
//! history first, to give every card habits, then some days with fraud.

mod alerts;
mod feeder;
mod options;
pub mod pace;
mod scoreboard;
mod summary;
mod watch;
mod web;
mod wording;

pub use alerts::AlertsError;
pub use options::Options;
pub use web::ListenError;

use crate::kafka::{
    ClusterError, EmbeddedCluster, Feed, FeedError, Service, StartError, StopError,
};
use crate::metrics::Metrics;
use crate::reload::{ActiveRuleset, ReloadTargets, Reloader};
use crate::status::Status;
use alerts::Alerts;
use feeder::{Fed, FeederEvent};
use options::Introduction;
use scoreboard::Scoreboard;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use watch::Watch;
use web::Web;

const TRANSACTIONS: &str = "transactions";
const ALERTS: &str = "alerts";
const DEAD_LETTERS: &str = "transactions.dlq";
const PARTITIONS: i32 = 4;

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

/// Runs the demo until its time is over or `stop` is set, and reports on `out`. The rules are
/// reloaded whenever `read_again` is set.
pub fn run(
    options: &Options,
    stop: &Arc<AtomicBool>,
    read_again: &AtomicBool,
    out: &mut dyn Write,
) -> Result<(), DemoError> {
    let cluster = EmbeddedCluster::start(&[TRANSACTIONS, ALERTS, DEAD_LETTERS], PARTITIONS)?;
    let brokers = cluster.brokers()?;
    let metrics = Arc::new(Metrics::new(&options.ruleset));
    let in_force = ActiveRuleset::new(Arc::clone(&options.ruleset));
    let service = Service::start(options.service(&brokers, &metrics, &in_force))?;
    let status = service.status();
    let demo = Demo { options, brokers: &brokers, metrics, status, in_force, stop, read_again };
    let shown = demo.show(out);
    // Also after a failure: the service would keep retrying against a cluster that is gone.
    let stopped = service.stop(STOP_GRACE);
    let (fed, mut watch) = shown?;
    stopped?;
    watch.until_alerts_are_here(out)?;
    write!(out, "{}", watch.summary(fed, &demo.in_force.ruleset()))?;
    Ok(())
}

/// What the demo shares with its parts while the service runs.
struct Demo<'d> {
    options: &'d Options,
    brokers: &'d str,
    metrics: Arc<Metrics>,
    status: Arc<Status>,
    in_force: Arc<ActiveRuleset>,
    stop: &'d Arc<AtomicBool>,
    read_again: &'d AtomicBool,
}

impl Demo<'_> {
    /// From the introduction until everything that was fed is read.
    fn show(&self, out: &mut dyn Write) -> Result<(Fed, Watch), DemoError> {
        let web = self.web()?;
        let reloader = self.reloader()?;
        write!(out, "{}", Introduction { options: self.options, address: web.address })?;
        let (sender, news) = channel();
        let mut watch = self.watch(news)?;
        let feeder = self.start_feeder(sender)?;
        let in_between = || self.ask(reloader.as_ref());
        let fed = attend(&mut watch, feeder, self.stop, &in_between, out)?;
        watch.until_read(&fed, out)?;
        Ok((fed, watch))
    }

    fn web(&self) -> Result<Web, ListenError> {
        let (address, asked_for) = self.options.listen;
        Web::serve(address, asked_for, Arc::clone(&self.metrics), Arc::clone(&self.status))
    }

    fn watch(&self, news: Receiver<FeederEvent>) -> Result<Watch, AlertsError> {
        let alerts = Alerts::read(self.brokers, ALERTS, PARTITIONS)?;
        let board = Scoreboard::new(self.options.live_from().to_string());
        let (metrics, status) = (Arc::clone(&self.metrics), Arc::clone(&self.status));
        let (_, rules) = self.in_force.follow();
        Ok(Watch::new(alerts, board, news, metrics, status, rules))
    }

    fn reloader(&self) -> Result<Option<Reloader>, DemoError> {
        let audience = ReloadTargets {
            in_force: Arc::clone(&self.in_force),
            metrics: Arc::clone(&self.metrics),
            status: Arc::clone(&self.status),
        };
        let start = |(origin, sources)| Reloader::start(origin, sources, audience);
        self.options.origin.clone().map(start).transpose().map_err(DemoError::Thread)
    }

    /// Reloads the rules if requested.
    fn ask(&self, reloader: Option<&Reloader>) {
        if !self.read_again.swap(false, Ordering::Relaxed) {
            return;
        }
        match reloader {
            Some(reloader) => reloader.asking().ask(),
            None => tracing::warn!("SIGHUP: there is no file of rules to read again"),
        }
    }

    fn start_feeder(&self, news: Sender<FeederEvent>) -> Result<Feeding, DemoError> {
        let feed = Feed::connect(self.brokers, TRANSACTIONS, &BTreeMap::new())?;
        let orders = self.options.orders(feed, &self.metrics, news, self.stop);
        let thread = thread::Builder::new().name("feeder".into());
        thread.spawn(move || feeder::run(orders)).map_err(DemoError::Thread)
    }
}

type Feeding = JoinHandle<Result<Fed, FeedError>>;

/// Watches until the feeder is done.
fn attend(
    watch: &mut Watch,
    feeder: Feeding,
    stop: &AtomicBool,
    in_between: &dyn Fn(),
    out: &mut dyn Write,
) -> Result<Fed, DemoError> {
    let watched = watch.while_running(&feeder, in_between, out);
    // The feeder may be waiting for a service that has died.
    stop.fetch_or(watched.is_err(), Ordering::Relaxed);
    let fed = feeder.join().map_err(|_| DemoError::FeederPanicked)?;
    watched?;
    Ok(fed?)
}
