//! Tests members that join and leave the group: what was scored stays committed, and nothing is
//! left out.

use super::support::*;
use crate::clock::monotonic_now;
use crate::kafka::{Service, Settings, StopError};
use rdkafka::message::Message;
use std::collections::BTreeSet;
use std::time::Duration;

fn assigned(settings: &Settings) -> f64 {
    metric(settings, "redcard_assigned_partitions")
}

fn check_two_members(strategy: &str) {
    let cluster = Cluster::new();
    let member = || {
        let mut settings = cluster.settings();
        let property = "partition.assignment.strategy";
        settings.properties.insert(property.into(), strategy.into());
        settings
    };
    let (first, second) = (member(), member());
    let one = Service::start(first.clone()).unwrap();
    wait_for("all partitions", || assigned(&first) == 4.0);
    cluster.produce((0..200).map(|n| charge(n, 10_000)));
    // Unlike a broker, the embedded cluster rejects commits while a member joins. The tests on a
    // real broker let members join while others score.
    wait_for("all offsets", || cluster.committed_records() == 200);
    let other = Service::start(second.clone()).unwrap();
    wait_for("two each", || assigned(&first) == 2.0 && assigned(&second) == 2.0);
    cluster.produce((200..400).map(|n| charge(n, 10_000)));
    wait_for("all offsets", || cluster.committed_records() == 400);
    stop(one);
    wait_for("all of them", || assigned(&second) == 4.0);
    cluster.produce((400..600).map(|n| charge(n, 10_000)));
    wait_for("all offsets", || cluster.committed_records() == 600);
    wait_ready(&other);
    stop(other);
    let alerts = cluster.read(ALERTS, 600);
    let cards: BTreeSet<_> = alerts.iter().map(|alert| alert.key().unwrap().to_vec()).collect();
    // Revoked partitions were committed before their release, so nothing was read twice.
    assert_eq!((alerts.len(), cards.len()), (600, 600));
    let read = |settings| metric(settings, "redcard_records_read_total");
    assert_eq!(read(&first) + read(&second), 600.0);
    assert_eq!(metric(&first, "redcard_rebalances_total{kind=\"lost\"}"), 0.0);
}

#[test]
fn two_members_share_the_partitions_and_one_takes_over_cooperative() {
    check_two_members("cooperative-sticky");
}

#[test]
fn two_members_share_the_partitions_and_one_takes_over_eager() {
    check_two_members("range");
}

#[test]
fn two_shards_of_one_process_share_the_partitions() {
    let cluster = Cluster::new();
    let settings = Settings { shards: 2, ..cluster.settings() };
    let service = Service::start(settings.clone()).unwrap();
    wait_ready(&service);
    wait_for("both to have some", || {
        let partitions = service.status().partitions();
        let shards: BTreeSet<_> = partitions.values().map(|state| state.shard).collect();
        partitions.len() == 4 && shards.len() == 2
    });
    cluster.produce((0..100).map(|n| charge(n, 100)));
    wait_for("all offsets", || cluster.committed_records() == 100);
    stop(service);
}

#[test]
fn a_member_without_partitions_is_ready() {
    let cluster = Cluster::new();
    let settings = Settings { shards: 5, ..cluster.settings() };
    let service = Service::start(settings).unwrap();
    wait_ready(&service);
    stop(service);
}

#[test]
fn a_stop_under_load_commits_what_was_scored_and_a_restart_continues_from_there() {
    let cluster = Cluster::new();
    let settings = cluster.settings();
    cluster.produce((0..20_000).map(|n| charge(n, 100)));
    let service = Service::start(settings.clone()).unwrap();
    wait_for("some records", || metric(&settings, "redcard_records_read_total") > 0.0);
    stop(service);
    let read = metric(&settings, "redcard_records_read_total");
    assert_eq!(cluster.committed_records() as f64, read);
    let again = cluster.settings();
    let service = Service::start(again.clone()).unwrap();
    wait_for("all offsets", || cluster.committed_records() == 20_000);
    stop(service);
    assert_eq!(read + metric(&again, "redcard_records_read_total"), 20_000.0);
}

#[test]
fn a_stop_right_after_the_start_does_not_hang() {
    let cluster = Cluster::new();
    for pause_ms in [0, 50, 500, 1000, 3000] {
        let service = Service::start(cluster.settings()).unwrap();
        std::thread::sleep(Duration::from_millis(pause_ms));
        stop(service);
    }
}

#[test]
fn a_stop_without_a_broker_ends_within_its_grace_and_reports_open_work() {
    let cluster = Cluster::new();
    let settings = cluster.settings();
    let service = Service::start(settings.clone()).unwrap();
    wait_ready(&service);
    cluster.produce((0..40).map(|n| charge(n, 10_000)));
    wait_for("the records", || metric(&settings, "redcard_records_read_total") > 0.0);
    cluster.mock.broker_down(-1).unwrap();
    let before = monotonic_now();
    let stopped = service.stop(Duration::from_secs(3));
    assert!(monotonic_now() - before < PATIENCE, "it waits for longer than its grace");
    // Whether the outputs were sent before the broker went down is a matter of milliseconds.
    assert!(
        matches!(stopped, Ok(_) | Err(StopError::Unacknowledged { .. } | StopError::Grace { .. })),
        "{stopped:?}"
    );
}
