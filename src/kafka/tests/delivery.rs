//! Tests which outputs result from which input, and that nothing is committed before its outputs
//! are acknowledged.

use super::support::*;
use crate::kafka::{DeadLetterPayload, Service, ShardError, StopError};
use rdkafka::message::Message;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// Long enough for the client to notice the outage.
const AWAY: Duration = Duration::from_secs(2);
const HIGH: u32 = 10_000;
const LOW: u32 = 100;

fn json(record: &impl Message) -> Value {
    serde_json::from_slice(record.payload().unwrap()).unwrap()
}

#[test]
fn every_record_ends_somewhere_and_the_counts_add_up() {
    let (cluster, mut records) = (Cluster::new(), Vec::new());
    records.extend((0..100).map(|n| charge(n, if n % 10 == 0 { HIGH } else { LOW })));
    records.extend((0..20).map(|n| charge(n, LOW)));
    records.extend((0..4).map(Input::tombstone));
    records.extend((0..4).map(|partition| Input::new(partition, "{\"id\": ")));
    let (settings, total) = (cluster.settings(), records.len());
    cluster.produce(records);
    let service = Service::start(settings.clone()).unwrap();
    let decisions = cluster.read(DECISIONS, 100);
    let alerts = cluster.read(ALERTS, 10);
    let dead_letters = cluster.read(DEAD_LETTERS, 4);
    wait_for("all offsets", || cluster.committed_records() == 128);
    stop(service);
    assert_eq!((decisions.len(), alerts.len(), dead_letters.len(), total), (100, 10, 4, 128));
    for (prefix, expected) in [
        ("redcard_records_read_total", 128.0),
        ("redcard_decisions_total", 100.0),
        ("redcard_decisions_total{action=\"decline\"}", 10.0),
        ("redcard_duplicates_total", 20.0),
        ("redcard_tombstones_total", 4.0),
        ("redcard_dead_letters_total", 4.0),
        ("redcard_alerts_total{severity=\"high\"}", 10.0),
        ("redcard_rule_fired_total", 10.0),
        ("redcard_decision_duration_seconds_count", 128.0),
        ("redcard_deliveries_failed_total", 0.0),
        ("redcard_commits_total{result=\"failed\"}", 0.0),
        ("redcard_assigned_partitions", 0.0),
    ] {
        assert_eq!(metric(&settings, prefix), expected, "{prefix}");
    }
}

#[test]
fn an_alert_is_a_cloud_event_about_its_card() {
    let cluster = Cluster::new();
    cluster.produce([charge(2, HIGH)]);
    let service = Service::start(cluster.settings()).unwrap();
    let alert = cluster.read(ALERTS, 1).remove(0);
    stop(service);
    let value = json(&alert);
    assert_eq!(alert.key(), Some(b"c_2".as_slice()));
    let expected = [
        ("ce_specversion", "1.0"),
        ("ce_id", value["alert_id"].as_str().unwrap()),
        ("ce_source", "/redcard/redcard"),
        ("ce_type", "redcard.alert.v1"),
        ("ce_time", "2026-01-05T10:15:30.123Z"),
        ("ce_subject", "c_2"),
        ("content-type", "application/json"),
    ];
    assert_eq!(headers(&alert), expected.map(|(key, value)| (key.into(), value.into())));
    assert_eq!(
        value["source"],
        serde_json::json!({"topic": TRANSACTIONS, "partition": 2, "offset": 0})
    );
}

#[test]
fn a_dead_letter_has_a_reason_and_copies_only_what_has_no_card_number() {
    let cluster = Cluster::new();
    let dirty = Input::new(1, "{no json").key("4242 4242 4242 4242");
    cluster.produce([
        Input::new(1, "{no json").key("k").header("trace", "abc").header("pan", "4242424242424242"),
        dirty.header("4242-4242-4242-4242", "x"),
    ]);
    let service = Service::start(cluster.settings()).unwrap();
    let letters = cluster.read(DEAD_LETTERS, 2);
    stop(service);
    let (clean, dirty) = letters
        .iter()
        .partition::<Vec<_>, _>(|letter| headers(letter).iter().any(|(key, _)| key == "trace"));
    assert_eq!(clean[0].key(), Some(b"k".as_slice()));
    assert_eq!(dirty[0].key(), None);
    assert_eq!(clean[0].payload(), Some([].as_slice()));
    let all = headers(clean[0]);
    let expected = [
        ("trace", "abc"),
        ("__connect.errors.topic", TRANSACTIONS),
        ("__connect.errors.partition", "1"),
        ("__connect.errors.offset", "0"),
        ("__connect.errors.connector.name", "redcard"),
        ("__connect.errors.stage", "decode"),
        ("__connect.errors.exception.class.name", "not_json"),
    ];
    assert_eq!(all[..7], expected.map(|(key, value)| (key.into(), value.into())));
    assert_eq!(all[7].0, "__connect.errors.exception.message");
    assert_eq!(headers(dirty[0]).len(), 7);
}

#[test]
fn a_raw_dead_letter_that_is_too_large_is_published_without_its_value() {
    let cluster = Cluster::new();
    let mut settings = cluster.settings();
    settings.payload = DeadLetterPayload::Raw;
    settings.properties.insert("message.max.bytes".into(), "2000".into());
    cluster.produce([Input::new(0, "small").key("k"), Input::new(0, "x".repeat(5000)).key("k")]);
    let service = Service::start(settings).unwrap();
    let letters = cluster.read(DEAD_LETTERS, 2);
    stop(service);
    let values: BTreeSet<_> = letters.iter().map(|letter| letter.payload().unwrap()).collect();
    assert_eq!(values, BTreeSet::from([b"small".as_slice(), b"".as_slice()]));
    assert!(letters.iter().all(|letter| letter.key() == Some(b"k")));
}

#[test]
fn nothing_is_committed_before_its_outputs_are_acknowledged() {
    let (cluster, settings) = (Cluster::new(), Cluster::settings);
    let settings = settings(&cluster);
    cluster.produce((0..40).map(|n| charge(n, HIGH)));
    let not_leader = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
    // The client retries, and each attempt consumes one of these errors.
    let refuse = || cluster.mock.request_errors(RDKafkaApiKey::Produce, &[not_leader; 10_000]);
    refuse();
    let service = Service::start(settings.clone()).unwrap();
    wait_for("all partitions", || metric(&settings, "redcard_assigned_partitions") == 4.0);
    // A commit would be due after 50 ms. Each query takes longer, because it opens a connection
    // first.
    for _ in 0..10 {
        refuse();
        assert_eq!(cluster.committed_records(), 0);
    }
    assert!(service.status().alive().ok, "it waits, but its loop moves");
    cluster.mock.clear_request_errors(RDKafkaApiKey::Produce);
    wait_for("all offsets", || cluster.committed_records() == 40);
    assert_eq!(cluster.read(ALERTS, 40).len(), 40);
    // Reading continues where it was paused.
    cluster.produce((40..80).map(|n| charge(n, HIGH)));
    wait_for("later offsets", || cluster.committed_records() == 80);
    stop(service);
    assert_eq!(cluster.read(ALERTS, 80).len(), 80);
    assert_eq!(metric(&settings, "redcard_records_read_total"), 80.0);
}

#[test]
fn a_delivery_that_cannot_be_retried_ends_the_shard_and_names_the_record() {
    let (cluster, settings) = (Cluster::new(), Cluster::settings);
    let settings = settings(&cluster);
    cluster.produce([charge(3, HIGH)]);
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    cluster.mock.request_errors(RDKafkaApiKey::Produce, &[refused; 100]);
    let service = Service::start(settings.clone()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let failure = runtime.block_on(service.wait_failed());
    assert!(matches!(failure.error, ShardError::Delivery { .. }), "{failure}");
    assert!(failure.to_string().contains("transactions partition 3 offset 0"), "{failure}");
    let alive = service.status().alive();
    assert_eq!(alive.reasons["failure"], failure.to_string());
    let stopped = service.stop(GRACE);
    assert_eq!(stopped, Err(StopError::Failed(failure)));
    assert_eq!(cluster.committed_records(), 0);
    assert!(metric(&settings, "redcard_deliveries_failed_total") >= 1.0);
}

#[test]
fn an_alert_too_large_for_the_topic_ends_the_shard() {
    let cluster = Cluster::new();
    let mut settings = cluster.settings();
    settings.properties.insert("message.max.bytes".into(), "1000".into());
    settings.topics.decisions = None;
    let long = "m".repeat(990);
    cluster.produce([Input::new(
        0,
        format!(
            r#"{{"id":"t","type":"authorization","time":"2026-01-05T10:15:30Z","card":{{"token":"c"}},
                "amount":{HIGH},"currency":"USD","merchant":{{"id":"m","name":"{long}"}}}}"#
        ),
    )]);
    let service = Service::start(settings).unwrap();
    wait_for("the failure", || !service.status().alive().ok);
    let error = service.stop(GRACE).unwrap_err().to_string();
    assert!(error.contains("topic alerts rejected the alert"), "{error}");
    assert_eq!(cluster.committed_records(), 0);
}

#[test]
fn a_broker_outage_loses_nothing() {
    let (cluster, settings) = (Cluster::new(), Cluster::settings);
    let settings = settings(&cluster);
    let service = Service::start(settings.clone()).unwrap();
    wait_ready(&service);
    cluster.produce((0..40).map(|n| charge(n, HIGH)));
    wait_for("the first records", || metric(&settings, "redcard_records_read_total") > 0.0);
    cluster.mock.broker_down(-1).unwrap();
    std::thread::sleep(AWAY);
    assert!(service.status().alive().ok);
    cluster.mock.broker_up(-1).unwrap();
    cluster.produce((40..80).map(|n| charge(n, HIGH)));
    wait_for("all offsets", || cluster.committed_records() == 80);
    stop(service);
    let alerts = cluster.read(ALERTS, 80);
    let cards: BTreeSet<_> = alerts.iter().map(|alert| alert.key().unwrap().to_vec()).collect();
    assert_eq!(cards.len(), 80);
}

#[test]
fn a_full_local_queue_is_back_pressure_and_not_an_error() {
    let cluster = Cluster::new();
    let mut settings = cluster.settings();
    settings.properties.insert("queue.buffering.max.messages".into(), "5".into());
    cluster.produce((0..400).map(|n| charge(n, HIGH)));
    let service = Service::start(settings.clone()).unwrap();
    wait_for("all offsets", || cluster.committed_records() == 400);
    stop(service);
    assert_eq!(cluster.read(ALERTS, 400).len(), 400);
    assert_eq!(metric(&settings, "redcard_deliveries_failed_total"), 0.0);
}
