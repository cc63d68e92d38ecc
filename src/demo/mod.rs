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
pub mod pace;
mod scoreboard;
mod summary;
mod watch;
mod web;
mod wording;

pub use alerts::AlertsError;
pub use cluster::ClusterError;
pub use web::ListenError;

use crate::decode::Decoder;
use crate::generate;
use crate::kafka::{self, DeadLetterPayload, Service, StartError, StopError};
use crate::memory::Limits;
use crate::metrics::Metrics;
use crate::rules::{Ruleset, RulesetId};
use crate::transaction::{DAY_MS, Time};
use alerts::Alerts;
use cluster::Cluster;
use feed::{Feed, FeedError};
use feeder::{Fed, News, Orders};
use scoreboard::Scoreboard;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use watch::Watch;
use web::Web;
use wording::{FAINT, TITLE};

const TRANSACTIONS: &str = "transactions";
const ALERTS: &str = "alerts";
const DEAD_LETTERS: &str = "transactions.dlq";
const GROUP: &str = "redcard-demo";

const WEEK_MS: i64 = 7 * DAY_MS;
/// Whole weeks, so that the same seed gives the same traffic whenever the demo is run.
const HISTORY_MS: i64 = 4 * WEEK_MS;
/// 1970-01-05, a Monday.
const FIRST_MONDAY_MS: i64 = 4 * DAY_MS;

/// One member reads all partitions.
const SHARDS: usize = 1;
const COMMIT_INTERVAL: Duration = Duration::from_millis(50);
const STOP_GRACE: Duration = Duration::from_secs(10);

/// What the demo is run with.
#[derive(Debug)]
pub struct Options {
    pub seed: u64,
    pub cards: u32,
    /// Live messages a second.
    pub rate: f64,
    /// How likely a genuine live charge is followed by a fraud.
    pub fraud_rate: f64,
    /// How long the live part lasts.
    pub duration: Duration,
    /// Where metrics are served, and whether somebody asked for just that address.
    pub listen: (SocketAddr, bool),
    /// The wall clock at the start: what is shown lies shortly before.
    pub now: Time,
    pub decoder: Arc<Decoder>,
    pub limits: Limits,
    pub ruleset: Arc<Ruleset>,
}

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
    let board = Scoreboard::new(live_from(options.now).to_string());
    let mut watch = Watch::new(alerts, board, news, metrics, service.status());
    let watched = watch.while_running(&feeder, out);
    // The feeder may wait for a service that is no more.
    stop.fetch_or(watched.is_err(), Ordering::Relaxed);
    let fed = feeder.join().map_err(|_| DemoError::FeederPanicked)?;
    watched?;
    let fed = fed?;
    watch.until_read(&fed, out)?;
    service.stop(STOP_GRACE)?;
    watch.until_alerts_are_here(out)?;
    write!(out, "{}", watch.summary(fed, &options.ruleset))?;
    Ok(())
}

fn start_feeder(orders: Orders) -> Result<JoinHandle<Result<Fed, FeedError>>, DemoError> {
    let thread = thread::Builder::new().name("feeder".into());
    thread.spawn(move || feeder::run(orders)).map_err(DemoError::Thread)
}

/// The last Monday that is at least a week ago, so that a demo of ordinary length ends before now.
fn live_from(now: Time) -> Time {
    let weeks = (now.millis() - FIRST_MONDAY_MS).div_euclid(WEEK_MS) - 1;
    Time(FIRST_MONDAY_MS + weeks * WEEK_MS)
}

impl Options {
    fn traffic(&self) -> generate::Settings {
        generate::Settings {
            seed: self.seed,
            cards: self.cards,
            fraud_rate: self.fraud_rate,
            start: Time(live_from(self.now).millis() - HISTORY_MS),
            fraud_from: live_from(self.now),
            card_numbers: false,
        }
    }

    fn orders(
        &self,
        feed: Feed,
        metrics: &Arc<Metrics>,
        news: Sender<News>,
        stop: &Arc<AtomicBool>,
    ) -> Orders {
        Orders {
            settings: self.traffic(),
            feed,
            metrics: Arc::clone(metrics),
            news,
            rate: self.rate,
            duration: self.duration,
            stop: Arc::clone(stop),
        }
    }

    /// As `run` starts it, on topics that are there.
    fn service(&self, brokers: &str, metrics: &Arc<Metrics>) -> kafka::Settings {
        kafka::Settings {
            brokers: brokers.to_owned(),
            group_id: GROUP.into(),
            client_id: GROUP.into(),
            properties: BTreeMap::new(),
            topics: kafka::Topics {
                transactions: TRANSACTIONS.into(),
                alerts: ALERTS.into(),
                dead_letters: DEAD_LETTERS.into(),
                decisions: None,
                create: false,
                partitions: cluster::PARTITIONS,
                replication_factor: 1,
            },
            shards: SHARDS,
            commit_interval: COMMIT_INTERVAL,
            payload: DeadLetterPayload::None,
            decoder: Arc::clone(&self.decoder),
            limits: self.limits,
            ruleset: Arc::clone(&self.ruleset),
            metrics: Arc::clone(metrics),
        }
    }
}

/// The first thing that is said: what this is, where to look, what to try next.
struct Introduction<'o> {
    options: &'o Options,
    address: SocketAddr,
}

impl fmt::Display for Introduction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { seed, cards, rate, duration, ruleset, .. } = self.options;
        let (rules, RulesetId { name, version, .. }) = (ruleset.rules().len(), &ruleset.id);
        writeln!(
            f,
            "{TITLE}redcard demo{TITLE:#}: invented card traffic through Kafka, judged as it comes\n\
             \x20 traffic  {cards} cards (seed {seed}): four weeks of history, then {rate} messages a second for {} s\n\
             \x20 Kafka    a cluster inside this process; nothing to install, nothing is kept\n\
             \x20 rules    {name} {version}, {rules} rules; yours with --rules PATH\n\
             \x20 metrics  http://{}/metrics\n\
             \x20 next     redcard score FILE, redcard run --config FILE, redcard simulate --help\n\
             {FAINT}Ctrl-C ends it with a summary.{FAINT:#}\n",
            duration.as_secs(),
            self.address,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_present_begins_on_a_monday_a_week_or_two_ago() {
        let text = |now: &str| live_from(Time::parse_rfc3339(now).unwrap()).to_string();
        assert_eq!(text("2026-01-05T00:00:00Z"), "2025-12-29T00:00:00.000Z");
        assert_eq!(text("2026-01-11T23:59:59Z"), "2025-12-29T00:00:00.000Z");
        assert_eq!(text("2026-01-14T12:00:00Z"), "2026-01-05T00:00:00.000Z");
    }
}
