//! Tests what is notified and what is not: old alerts, the severity floor, duplicates, invalid
//! records, storms.

use super::alertmanager::Alertmanager;
use super::receiver::{Posted, Receiver};
use super::{Alert, KEY, NotifyFixture, WEBHOOK, WithTargets};
use crate::support::client::{self, Outgoing};
use crate::support::messages::HOUR_MS;
use crate::support::{broker, wait_until, wall_millis};
use serde_json::Value;
use std::collections::BTreeMap;

#[test]
fn old_mild_duplicate_and_invalid_alerts_do_not_page() {
    let receiver = Receiver::start();
    let alertmanager = Alertmanager::start(&receiver);
    let fixture = NotifyFixture::new(broker::shared(), "selection", 1);
    let old = wall_millis() - 2 * HOUR_MS;
    fixture.publish(&[
        Alert::new(1, "old", "critical").published(old),
        Alert::new(2, "old", "critical").published(old + 1),
        Alert::new(3, "mild", "low"),
        Alert::new(4, "fresh", "high"),
        Alert::new(4, "fresh", "high"),
    ]);
    let mut other = Alert::new(5, "other", "critical").record();
    other.headers = vec![("ce_type".into(), b"other.v1".to_vec())];
    let secret = Outgoing::new("k", "{\"card\": \"top-secret\"");
    client::produce(&fixture.brokers, &fixture.topics.alerts, &[other, secret]);

    let setup = fixture.setup().with_alertmanager(&alertmanager.url());
    let redcard = setup.start_ready();
    let metrics = redcard.wait_metric("redcard_notify_records_read_total", &[], 7.0);
    let alerts =
        |outcome: &str| metrics.sum("redcard_notify_alerts_total", &[("outcome", outcome)]);
    let outcomes = ["old", "below_floor", "repeated", "counted"].map(alerts);
    assert_eq!(outcomes, [2.0, 1.0, 1.0, 1.0]);
    let malformed =
        |reason: &str| metrics.sum("redcard_notify_malformed_total", &[("reason", reason)]);
    assert_eq!(["type", "json"].map(malformed), [1.0, 1.0]);

    alertmanager.wait_count("fresh", 1);
    wait_until("all alerts are notified and committed", || fixture.is_caught_up().then_some(()));
    let notified = alertmanager.alerts();
    assert_eq!(notified.len(), 2, "{notified:#?}");
    let summary = notified.iter().find(|a| a["labels"]["alertname"] == "RedcardOldAlerts").unwrap();
    assert_eq!(summary["labels"]["severity"], "info");
    assert_eq!(summary["annotations"]["count"], "2");
    assert_eq!(summary["annotations"]["causes"], "old (critical): 2 alerts\n");
    wait_until("on-call is paged for the fresh alert", || {
        (!receiver.posted("/on-call").is_empty()).then_some(())
    });
    let log = redcard.stop();
    assert!(
        log.contains("skipped a record that is not a valid alert") && !log.contains("top-secret"),
        "{log}"
    );
    let pages: Vec<String> = receiver
        .posted("/")
        .iter()
        .map(|posted| String::from_utf8_lossy(&posted.body).into_owned())
        .collect();
    assert!(pages.iter().all(|page| page.contains("fresh") && !page.contains("Old")), "{pages:?}");
}

const CAP: u128 = 3;
const CAUSES: u128 = 10;
const EACH: u128 = 20;

#[test]
fn a_storm_of_causes_is_one_summary_with_all_counts_and_a_restart_does_not_page_again() {
    let receiver = Receiver::start();
    let alertmanager = Alertmanager::start(&receiver);
    let fixture = NotifyFixture::new(broker::shared(), "storm", 3);
    let setup = fixture
        .setup()
        .set("notify", "rate_cap", i64::try_from(CAP).unwrap())
        .with_webhook(&receiver)
        .with_alertmanager(&alertmanager.url());
    let mut redcard = setup.start_ready();
    let alerts: Vec<Alert> = (0..CAUSES)
        .flat_map(|cause| Alert::many(1_000 * cause, EACH, &format!("rule-{cause}"), "critical"))
        .collect();
    fixture.publish(&alerts);
    let storm = wait_until("the storm is notified", || {
        let mut alerts = alertmanager.alerts().into_iter();
        let expected = ((CAUSES - CAP) * EACH).to_string();
        alerts.find(|a| is_storm(a) && a["annotations"]["count"] == expected)
    });
    let annotations = &storm["annotations"];
    let causes: Vec<&str> = annotations["causes"].as_str().unwrap().lines().collect();
    assert_eq!(causes.len(), 7);
    assert!(causes.iter().all(|cause| cause.ends_with(" (critical): 20 alerts")), "{causes:?}");
    assert!(annotations["summary"].as_str().unwrap().contains(
        "of 7 causes above the limit of 3 \
         individual notifications in 10m"
    ));
    assert!(annotations["not_shown"].as_str().unwrap().starts_with("135 of 140 are counted"));
    wait_until("all alerts are notified and committed", || fixture.is_caught_up().then_some(()));
    let before = counts(&alertmanager.alerts());
    assert_eq!(before.len(), 4);
    assert_eq!(before.values().sum::<u128>(), CAUSES * EACH, "no alert is lost: {before:?}");
    let requests = receiver.posted(WEBHOOK).len();

    redcard.signal("KILL");
    redcard.wait_end();
    let redcard = setup.start_ready();
    let after_start = redcard.wait_metric(
        "redcard_notify_requests_total",
        &[("target", "alertmanager"), ("result", "ok")],
        2.0,
    );
    assert_eq!(after_start.sum("redcard_notify_records_read_total", &[]), 0.0);
    assert_eq!(counts(&alertmanager.alerts()), before, "the same causes with the same counts");
    redcard.stop();
    let since: Vec<Posted> = receiver.posted(WEBHOOK).split_off(requests);
    assert!(since.is_empty(), "notified again: {since:?}");
    let notifications = receiver.notifications(WEBHOOK, KEY.as_bytes());
    let named = |name: &str| notifications.iter().any(|n| n["labels"]["alertname"] == name);
    assert!(named("RedcardAlertStorm") && named("RedcardRule"));
}

fn is_storm(alert: &Value) -> bool {
    alert["labels"]["alertname"] == "RedcardAlertStorm"
}

/// The count of each alert, by its labels.
fn counts(alerts: &[Value]) -> BTreeMap<String, u128> {
    let count = |alert: &Value| alert["annotations"]["count"].as_str().unwrap().parse().unwrap();
    alerts.iter().map(|alert| (alert["labels"].to_string(), count(alert))).collect()
}
