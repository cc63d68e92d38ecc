//! Defines the demo's options, and derives the settings of its parts from them.

use super::feeder::{FeederEvent, FeederSettings};
use super::topics::{ALERTS, DEAD_LETTERS, PARTITIONS, TRANSACTIONS};
use super::wording::{FAINT, TITLE};
use crate::decode::Decoder;
use crate::generate;
use crate::history::FormatVersion;
use crate::kafka::{self, DeadLetterPayload, Feed};
use crate::memory::Limits;
use crate::metrics::Metrics;
use crate::precision::MeasureSettings;
use crate::printable::Printable;
use crate::reload::{ActiveRuleset, Origin};
use crate::rules::{Ruleset, RulesetId, Sources};
use crate::topics::Topics;
use crate::transaction::{DAY_MS, Time};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::Sender;
use std::time::Duration;

const GROUP: &str = "redcard-demo";

/// One member reads all partitions.
const SHARDS: usize = 1;
const COMMIT_INTERVAL: Duration = Duration::from_millis(50);
const WEEK_MS: i64 = 7 * DAY_MS;
/// Whole weeks, so that the same seed gives the same traffic whenever the demo runs.
pub(super) const HISTORY_MS: i64 = 4 * WEEK_MS;
/// 1970-01-05, a Monday.
const FIRST_MONDAY_MS: i64 = 4 * DAY_MS;

/// What the demo is run with.
#[derive(Debug)]
pub struct Options {
    pub seed: u64,
    pub cards: u32,
    /// Live messages per second.
    pub rate: f64,
    /// Probability that a genuine live charge is followed by a fraud.
    pub fraud_rate: f64,
    /// How long the live part lasts.
    pub duration: Duration,
    /// Where metrics are served, and whether the user chose that address.
    pub listen: (SocketAddr, bool),
    /// The wall clock at the start; the simulated time is shortly before.
    pub now: Time,
    pub decoder: Arc<Decoder>,
    pub limits: Limits,
    pub ruleset: Arc<Ruleset>,
    /// Where the rules were read from, and their sources; `None` for the shipped rules.
    pub origin: Option<(Origin, Sources)>,
}

impl Options {
    /// When the live part begins.
    pub(super) fn live_from(&self) -> Time {
        live_from(self.now)
    }

    fn traffic(&self) -> generate::GeneratorSettings {
        generate::GeneratorSettings {
            seed: self.seed,
            population: generate::Population::default(),
            cards: self.cards,
            fraud_rate: self.fraud_rate,
            start: Time(self.live_from().millis() - HISTORY_MS),
            fraud_from: self.live_from(),
            card_numbers: false,
        }
    }

    pub(super) fn feeder_settings(
        &self,
        feed: Feed,
        metrics: &Arc<Metrics>,
        events: Sender<FeederEvent>,
        stop: &Arc<AtomicBool>,
    ) -> FeederSettings {
        FeederSettings {
            traffic: self.traffic(),
            feed,
            metrics: Arc::clone(metrics),
            events,
            rate: self.rate,
            duration: self.duration,
            stop: Arc::clone(stop),
        }
    }

    /// The settings of the service, as `run` has them, with topics that already exist.
    pub(super) fn service(
        &self,
        brokers: &str,
        metrics: &Arc<Metrics>,
        active_ruleset: &Arc<ActiveRuleset>,
    ) -> kafka::Settings {
        kafka::Settings {
            brokers: brokers.to_owned(),
            group_id: GROUP.into(),
            client_id: GROUP.into(),
            properties: BTreeMap::new(),
            topics: Topics {
                transactions: TRANSACTIONS.into(),
                alerts: ALERTS.into(),
                dead_letters: DEAD_LETTERS.into(),
                history: None,
                partitions: PARTITIONS,
                replication_factor: 1,
                ..Topics::default()
            },
            // The embedded cluster does not support transactions well enough.
            guarantee: kafka::Guarantee::AtLeastOnce,
            instance: None,
            start_name: String::new(),
            history_version: FormatVersion::default(),
            measured: MeasureSettings::new(self.ruleset.environment.base_currency),
            warm_up: None,
            checkpoints: None,
            shards: SHARDS,
            commit_interval: COMMIT_INTERVAL,
            payload: DeadLetterPayload::None,
            feed_watch: Arc::default(),
            lists: Arc::default(),
            decoder: Arc::clone(&self.decoder),
            base_currency: self.ruleset.environment.base_currency,
            limits: self.limits,
            ruleset: Arc::clone(active_ruleset),
            metrics: Arc::clone(metrics),
        }
    }
}

/// The first output: what this is, where to look, what to try next.
pub(super) struct Introduction<'o> {
    pub options: &'o Options,
    pub address: SocketAddr,
}

impl fmt::Display for Introduction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { seed, cards, rate, duration, ruleset, .. } = self.options;
        let RulesetId { name, version, .. } = &ruleset.id;
        let rules = match ruleset.rules().len() {
            1 => "1 rule".to_owned(),
            rules => format!("{rules} rules"),
        };
        writeln!(
            f,
            "{TITLE}redcard demo{TITLE:#}: generated card traffic through Kafka, scored as it \
             arrives\n\x20 traffic  {cards} cards (seed {seed}): four weeks of history, then \
             {rate} messages a second for {} s\n\x20 Kafka    a cluster inside this process; \
             nothing to install, nothing is kept\n\x20 rules    {} {}, {rules}; yours \
             with --rules PATH, and edit them while it runs\n\x20 metrics  \
             http://{}/metrics\n\x20 next     redcard score FILE, redcard run --config FILE, \
             redcard simulate --help\n{FAINT}Ctrl-C ends it with a summary.{FAINT:#}\n",
            duration.as_secs(),
            Printable(name),
            Printable(version),
            self.address,
        )
    }
}

/// The latest Monday that is at least a week ago, so that a demo of ordinary length ends before
/// now.
fn live_from(now: Time) -> Time {
    let weeks = (now.millis() - FIRST_MONDAY_MS).div_euclid(WEEK_MS) - 1;
    Time(FIRST_MONDAY_MS + weeks * WEEK_MS)
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
