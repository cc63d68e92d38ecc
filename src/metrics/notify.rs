//! Counts what `redcard notify` does, in a separate registry: the notifier scores no
//! transactions.

use super::exposition::{Exposition, rendered};
use super::families::notify as n;
use super::families::{BUILD_INFO, DURATION_BUCKETS_S, Family, READY};
use super::register::{child, count, counters, gauges, histograms, named, set_info, single};
use crate::transaction::Time;
use prometheus::{
    Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry,
};
use std::collections::BTreeMap;
use std::time::Duration;

pub use super::families::notify::FAMILIES as NOTIFY_FAMILIES;

const OK: &str = "ok";
const FAILED: &str = "failed";
const ALONE: &str = "alone";
const IN_STORM: &str = "in_storm";

/// The label values that a notifier knows in advance.
#[derive(Debug, Clone, Copy)]
pub struct NotifyLabels<'l> {
    pub outcomes: &'l [&'static str],
    pub malformed: &'l [&'static str],
    pub targets: &'l [&'static str],
}

/// All metrics of a notifier.
#[derive(Debug)]
pub struct NotifyMetrics {
    registry: Registry,
    records_read: IntCounter,
    alerts: BTreeMap<&'static str, IntCounter>,
    malformed: BTreeMap<&'static str, IntCounter>,
    requests: IntCounterVec,
    request_duration: HistogramVec,
    last_accepted: IntGaugeVec,
    notified_alone: IntGauge,
    in_storm: IntGauge,
    unconfirmed: IntGauge,
    paused: IntGauge,
    ready: IntGauge,
}

impl NotifyMetrics {
    /// Every series that is known in advance starts at 0.
    pub fn new(labels: NotifyLabels<'_>) -> Self {
        let registry = Registry::new();
        let r = &registry;
        let by = |family: &Family, names: &[&'static str]| named(&counters(r, family), names);
        let active = gauges(r, &n::ACTIVE);
        set_info(&gauges(r, &BUILD_INFO), &[env!("CARGO_PKG_VERSION")]);
        let metrics = Self {
            records_read: single(&counters(r, &n::RECORDS_READ)),
            alerts: by(&n::ALERTS, labels.outcomes),
            malformed: by(&n::MALFORMED, labels.malformed),
            requests: counters(r, &n::REQUESTS),
            request_duration: histograms(r, &n::REQUEST_DURATION, DURATION_BUCKETS_S),
            last_accepted: gauges(r, &n::LAST_ACCEPTED),
            notified_alone: child(&active, &[ALONE]),
            in_storm: child(&active, &[IN_STORM]),
            unconfirmed: single(&gauges(r, &n::UNCONFIRMED)),
            paused: single(&gauges(r, &n::PAUSED)),
            ready: single(&gauges(r, &READY)),
            registry,
        };
        for target in labels.targets {
            for result in [OK, FAILED] {
                child(&metrics.requests, &[target, result]).inc_by(0);
            }
            let _: Histogram = child(&metrics.request_duration, &[target]);
            child(&metrics.last_accepted, &[target]).set(0);
        }
        metrics
    }

    pub fn read(&self) {
        self.records_read.inc();
    }

    /// How an alert was treated.
    pub fn disposition(&self, outcome: &str) {
        count(&self.alerts, outcome);
    }

    /// A record that is not a valid alert.
    pub fn malformed(&self, reason: &str) {
        count(&self.malformed, reason);
    }

    /// A request to a target, sent at `sent`.
    pub fn pushed(&self, target: &str, is_accepted: bool, took: Duration, sent: Time) {
        let result = if is_accepted { OK } else { FAILED };
        child(&self.requests, &[target, result]).inc();
        child(&self.request_duration, &[target]).observe(took.as_secs_f64());
        if is_accepted {
            let seconds = sent.millis().div_euclid(1_000);
            child(&self.last_accepted, &[target]).set(seconds);
        }
    }

    /// How many causes are active, how many of them are only in the storm's summary, how many
    /// records are unconfirmed, and whether reading waits for confirmation.
    pub fn state(&self, active: usize, in_storm: usize, unconfirmed: i64, is_paused: bool) {
        let gauge = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        self.notified_alone.set(gauge(active.saturating_sub(in_storm)));
        self.in_storm.set(gauge(in_storm));
        self.unconfirmed.set(unconfirmed);
        self.paused.set(i64::from(is_paused));
    }
}

impl Exposition for NotifyMetrics {
    fn set_health(&self, ready: bool, _partitions: &[(&'static str, usize)]) {
        self.ready.set(i64::from(ready));
    }

    fn render(&self) -> String {
        rendered(&self.registry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_is_there_from_the_start_and_counts() {
        let metrics = NotifyMetrics::new(NotifyLabels {
            outcomes: &["counted", "old"],
            malformed: &["json"],
            targets: &["webhook"],
        });
        let text = metrics.render();
        for family in NOTIFY_FAMILIES.iter().chain([&BUILD_INFO, &READY]) {
            let kind = format!("# TYPE {} {}\n", family.name, family.kind.name());
            assert!(text.contains(&kind), "{}\n{text}", family.name);
        }
        metrics.disposition("old");
        metrics.pushed("webhook", false, Duration::from_millis(1), Time(5_000));
        metrics.pushed("webhook", true, Duration::from_millis(1), Time(7_999));
        metrics.state(5, 2, 9, true);
        let text = metrics.render();
        for line in [
            "redcard_notify_alerts_total{outcome=\"old\"} 1",
            "redcard_notify_requests_total{result=\"failed\",target=\"webhook\"} 1",
            "redcard_notify_last_accepted_timestamp_seconds{target=\"webhook\"} 7\n",
            "redcard_notify_active_causes{notified=\"alone\"} 3",
            "redcard_notify_active_causes{notified=\"in_storm\"} 2",
            "redcard_notify_unconfirmed_records 9",
            "redcard_notify_paused 1",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
