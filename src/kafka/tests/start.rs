//! Tests the checks of a service before it starts.

use super::support::*;
use crate::kafka::{Guarantee, Service, Settings, StartError};
use crate::status::Status;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[test]
fn missing_topics_are_all_named_with_the_commands_that_make_them() {
    let cluster = Cluster::new();
    let mut settings = cluster.settings();
    settings.topics.alerts = "no-alerts".into();
    settings.topics.decisions = Some("no-decisions".into());
    let error = Service::start(settings).unwrap_err().to_string();
    let brokers = &cluster.brokers;
    assert_eq!(
        error,
        format!(
            "missing topics: no-alerts, no-decisions; create them:\n\
             kafka-topics.sh --bootstrap-server {brokers} --create --topic no-alerts --partitions 4 --replication-factor 1\n\
             kafka-topics.sh --bootstrap-server {brokers} --create --topic no-decisions --partitions 4 --replication-factor 1"
        )
    );
}

#[test]
fn the_commands_omit_settings_that_are_left_to_the_broker() {
    let cluster = Cluster::new();
    let mut settings = cluster.settings();
    settings.topics.alerts = "no-alerts".into();
    settings.topics.partitions = -1;
    settings.topics.replication_factor = -1;
    let error = Service::start(settings).unwrap_err().to_string();
    assert!(error.ends_with("--create --topic no-alerts"), "{error}");
}

#[test]
fn a_property_that_would_break_the_promise_is_refused() {
    let cluster = Cluster::new();
    for (property, value, refused) in [
        ("enable.auto.commit", "true", true),
        ("enable.idempotence", "false", true),
        ("acks", "1", true),
        ("group.id", "other", true),
        ("fetch.min.byte", "1", true),
        ("fetch.min.bytes", "many", true),
        ("acks", "all", false),
        ("auto.offset.reset", "latest", false),
        ("linger.ms", "20", false),
    ] {
        let mut settings = cluster.settings();
        settings.properties.insert(property.into(), value.into());
        let checked = settings.check_properties();
        assert_eq!(checked.is_err(), refused, "{property}={value}");
        if refused {
            let error = Service::start(settings).unwrap_err().to_string();
            assert!(error.contains(property), "{error}");
        }
    }
}

#[test]
fn a_transaction_that_would_time_out_before_its_commit_is_refused() {
    let cluster = Cluster::new();
    for (guarantee, interval_s, refused) in [
        (Guarantee::ExactlyOnce, 6, true),
        (Guarantee::ExactlyOnce, 5, false),
        (Guarantee::AtLeastOnce, 60, false),
    ] {
        let commit_interval = Duration::from_secs(interval_s);
        let settings = Settings { guarantee, commit_interval, ..cluster.settings() };
        let checked = settings.check_properties();
        assert_eq!(checked.is_err(), refused, "{guarantee:?} {interval_s} s: {checked:?}");
    }
}

#[test]
fn the_users_properties_win_over_the_defaults() {
    let mut settings = Cluster::new().settings();
    for (property, value) in
        [("queue.buffering.max.ms", "7"), ("compression.codec", "zstd"), ("fetch.min.bytes", "9")]
    {
        settings.properties.insert(property.into(), value.into());
    }
    let producer = settings.producer_config(3);
    assert_eq!(producer.get("linger.ms"), None);
    assert_eq!(producer.get("queue.buffering.max.ms"), Some("7"));
    assert_eq!(producer.get("compression.type"), None);
    assert_eq!(producer.get("client.id"), Some("redcard-3"));
    let consumer = settings.consumer_config(0);
    assert_eq!(consumer.get("fetch.min.bytes"), Some("9"));
    assert_eq!(consumer.get("enable.auto.commit"), Some("false"));
    assert_eq!(consumer.get("partition.assignment.strategy"), Some("cooperative-sticky"));
}

#[test]
fn a_start_without_brokers_retries_and_can_be_cancelled() {
    let mut settings = Cluster::new().settings();
    let hangs_up = TcpListener::bind("127.0.0.1:0").unwrap();
    settings.brokers = hangs_up.local_addr().unwrap().to_string();
    settings.properties.insert("reconnect.backoff.ms".into(), "100".into());
    let cancelled = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancelled);
    let starting =
        std::thread::spawn(move || Service::start_with(settings, Arc::new(Status::new()), &flag));
    for _ in 0..3 {
        drop(hangs_up.accept().unwrap());
    }
    assert!(!starting.is_finished());
    cancelled.store(true, Ordering::Relaxed);
    let error = starting.join().unwrap().unwrap_err();
    assert!(matches!(error, StartError::Cancelled { .. }), "{error}");
}
