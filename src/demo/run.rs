//! Connects the parts of the demo, and watches until everything that was fed is read.

use super::alerts::{Alerts, AlertsError};
use super::error::DemoError;
use super::feeder;
use super::feeder::{FeedTotals, FeederEvent};
use super::options::{Introduction, Options};
use super::scoreboard::Scoreboard;
use super::topics::{ALERTS, DEAD_LETTERS, PARTITIONS, TRANSACTIONS};
use super::watch::Watch;
use super::web::{ListenError, Web};
use crate::kafka::{EmbeddedCluster, Feed, FeedError, Service};
use crate::metrics::Metrics;
use crate::reload::{ActiveRuleset, ReloadTargets, Reloader};
use crate::status::Status;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const STOP_GRACE: Duration = Duration::from_secs(10);

/// Runs the demo until its time is over or `stop` is set, and reports on `out`. The rules are
/// reloaded whenever `reload_requested` is set.
pub fn run(
    options: &Options,
    stop: &Arc<AtomicBool>,
    reload_requested: &AtomicBool,
    out: &mut dyn Write,
) -> Result<(), DemoError> {
    let cluster = EmbeddedCluster::start(&[TRANSACTIONS, ALERTS, DEAD_LETTERS], PARTITIONS)?;
    let brokers = cluster.brokers()?;
    let metrics = Arc::new(Metrics::new(&options.ruleset));
    let active_ruleset = ActiveRuleset::new(Arc::clone(&options.ruleset));
    let service = Service::start(options.service(&brokers, &metrics, &active_ruleset))?;
    let status = service.status();
    let demo = Demo {
        options,
        brokers: &brokers,
        metrics,
        status,
        active_ruleset,
        stop,
        reload_requested,
    };
    let shown = demo.show(out);
    // Also after a failure: the service would keep retrying against a cluster that is gone.
    let stopped = service.stop(STOP_GRACE);
    let (fed, mut watch) = shown?;
    stopped?;
    watch.wait_for_alerts(out)?;
    write!(out, "{}", watch.summary(fed, &demo.active_ruleset.ruleset()))?;
    Ok(())
}

/// What the demo shares with its parts while the service runs.
struct Demo<'d> {
    options: &'d Options,
    brokers: &'d str,
    metrics: Arc<Metrics>,
    status: Arc<Status>,
    active_ruleset: Arc<ActiveRuleset>,
    stop: &'d Arc<AtomicBool>,
    reload_requested: &'d AtomicBool,
}

impl Demo<'_> {
    /// From the introduction until everything that was fed is read.
    fn show(&self, out: &mut dyn Write) -> Result<(FeedTotals, Watch), DemoError> {
        let web = self.web()?;
        let reloader = self.reloader()?;
        write!(out, "{}", Introduction { options: self.options, address: web.address })?;
        let (sender, events) = channel();
        let mut watch = self.watch(events)?;
        let feeder = self.start_feeder(sender)?;
        let on_tick = || self.reload_if_requested(reloader.as_ref());
        let fed = watch_until_fed(&mut watch, feeder, self.stop, &on_tick, out)?;
        watch.wait_until_read(&fed, out)?;
        Ok((fed, watch))
    }

    fn web(&self) -> Result<Web, ListenError> {
        let (address, asked_for) = self.options.listen;
        Web::serve(address, asked_for, Arc::clone(&self.metrics), Arc::clone(&self.status))
    }

    fn watch(&self, events: Receiver<FeederEvent>) -> Result<Watch, AlertsError> {
        let alerts = Alerts::read(self.brokers, ALERTS, PARTITIONS)?;
        let board = Scoreboard::new(self.options.live_from().to_string());
        let (metrics, status) = (Arc::clone(&self.metrics), Arc::clone(&self.status));
        let (_, rules) = self.active_ruleset.follow();
        Ok(Watch::new(alerts, board, events, metrics, status, rules))
    }

    fn reloader(&self) -> Result<Option<Reloader>, DemoError> {
        let targets = ReloadTargets {
            active_ruleset: Arc::clone(&self.active_ruleset),
            metrics: Arc::clone(&self.metrics),
            status: Arc::clone(&self.status),
        };
        let start = |(origin, sources)| Reloader::start(origin, sources, targets);
        self.options.origin.clone().map(start).transpose().map_err(DemoError::Thread)
    }

    /// Reloads the rules if requested.
    fn reload_if_requested(&self, reloader: Option<&Reloader>) {
        if !self.reload_requested.swap(false, Ordering::Relaxed) {
            return;
        }
        match reloader {
            Some(reloader) => reloader.handle().request_reload(),
            None => tracing::warn!("SIGHUP: there is no file of rules to read again"),
        }
    }

    fn start_feeder(&self, events: Sender<FeederEvent>) -> Result<Feeding, DemoError> {
        let feed = Feed::connect(self.brokers, TRANSACTIONS, &BTreeMap::new())?;
        let settings = self.options.feeder_settings(feed, &self.metrics, events, self.stop);
        let thread = thread::Builder::new().name("feeder".into());
        thread.spawn(move || feeder::run(settings)).map_err(DemoError::Thread)
    }
}

type Feeding = JoinHandle<Result<FeedTotals, FeedError>>;

/// Watches until the feeder is done.
fn watch_until_fed(
    watch: &mut Watch,
    feeder: Feeding,
    stop: &AtomicBool,
    on_tick: &dyn Fn(),
    out: &mut dyn Write,
) -> Result<FeedTotals, DemoError> {
    let watched = watch.while_running(&feeder, on_tick, out);
    // The feeder may be waiting for a service that has died.
    stop.fetch_or(watched.is_err(), Ordering::Relaxed);
    let fed = feeder.join().map_err(|_| DemoError::FeederPanicked)?;
    watched?;
    Ok(fed?)
}
