//! Tests the brokers' error answers to a transaction: it is retried, aborted, or resolved by a new
//! producer. The embedded cluster supplies the answers. It does not store the offsets of
//! transactions, so a resolved transaction always turns out to be uncommitted.

use super::support::*;
use crate::kafka::{Guarantee, Service};
use rdkafka::mocking::MockCoordinator;
use rdkafka::types::RDKafkaApiKey::{
    self, AddOffsetsToTxn, AddPartitionsToTxn, EndTxn, TxnOffsetCommit,
};
use rdkafka::types::RDKafkaRespErr::{self, *};

const HIGH: u32 = 10_000;
const CHARGES: usize = 40;

/// The first outcome of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    Committed,
    Aborted,
    /// The producer had to be replaced, and the group's offsets show that nothing was committed.
    Replaced,
}

/// Checks that everything is scored and counted once, whatever the answers, and that the outcome
/// is counted.
fn check(request: RDKafkaApiKey, answers: &[RDKafkaRespErr], expected: First) {
    let cluster = Cluster::new();
    let mut settings = cluster.settings();
    settings.guarantee = Guarantee::ExactlyOnce;
    cluster.produce((0..CHARGES).map(|number| charge(number, HIGH)));
    cluster.mock.request_errors(request, answers);
    let service = Service::start(settings.clone()).unwrap();
    wait_for("the decisions", || metric(&settings, "redcard_decisions_total") == 40.0);
    stop(service);
    let commits =
        |result: &str| metric(&settings, &format!("redcard_commits_total{{result=\"{result}\"}}"));
    let case = format!("{request:?} {answers:?}");
    assert_eq!(metric(&settings, "redcard_records_read_total"), 40.0, "{case}");
    assert_eq!(metric(&settings, "redcard_alerts_total"), 40.0, "{case}");
    assert_eq!(metric(&settings, "redcard_duplicates_total"), 0.0, "{case}");
    assert!(commits("ok") >= 1.0, "{case}");
    let (aborted, failed) = (commits("aborted"), commits("failed"));
    // On a busy machine a timeout may occur as well.
    let happened = match expected {
        First::Committed => aborted + failed == 0.0,
        First::Aborted => aborted > 0.0,
        First::Replaced => failed > 0.0,
    };
    assert!(happened, "{case}: {aborted} aborted, {failed} failed");
}

#[test]
fn a_transient_error_is_retried() {
    check(AddOffsetsToTxn, &[RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS; 3], First::Committed);
    check(TxnOffsetCommit, &[RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS], First::Committed);
    check(EndTxn, &[RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE; 3], First::Committed);
    check(EndTxn, &[RD_KAFKA_RESP_ERR__TRANSPORT; 2], First::Committed);
}

#[test]
fn a_transaction_that_cannot_be_committed_is_aborted_and_its_records_are_processed_again() {
    check(TxnOffsetCommit, &[RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID], First::Aborted);
    check(TxnOffsetCommit, &[RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION], First::Aborted);
}

#[test]
fn a_broken_producer_is_replaced_and_the_commit_resolved() {
    check(EndTxn, &[RD_KAFKA_RESP_ERR_PRODUCER_FENCED], First::Replaced);
    check(AddOffsetsToTxn, &[RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH], First::Replaced);
}

#[test]
fn a_permanent_authorization_error_ends_the_shard() {
    let cluster = Cluster::new();
    let mut settings = cluster.settings();
    settings.guarantee = Guarantee::ExactlyOnce;
    cluster.produce((0..CHARGES).map(|number| charge(number, HIGH)));
    let forbidden = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    cluster.mock.request_errors(AddPartitionsToTxn, &[forbidden; 10_000]);
    let service = Service::start(settings.clone()).unwrap();
    wait_for("the end of the shard", || service.status().alive().reasons.contains_key("failure"));
    let failure = service.status().alive().reasons["failure"].clone();
    assert!(failure.contains("uthoriz"), "{failure}");
}

/// The group's coordinator leads no partition and becomes unavailable. No call that waits for this
/// broker may block the shard: it replaces its producer and continues when the coordinator is back.
#[test]
fn a_long_coordinator_outage_only_replaces_the_producer() {
    const COORDINATOR: i32 = 2;
    let cluster = Cluster::of(2);
    let mut settings = cluster.settings();
    settings.guarantee = Guarantee::ExactlyOnce;
    // Otherwise the member would consider itself lost first.
    settings.properties.insert("session.timeout.ms".into(), "60000".into());
    let transactional_id = settings.transactional_id(0);
    cluster.mock.coordinator(MockCoordinator::Group(GROUP.into()), COORDINATOR).unwrap();
    cluster.mock.coordinator(MockCoordinator::Transaction(transactional_id), 1).unwrap();
    let service = Service::start(settings.clone()).unwrap();
    let decided = |count: f64| metric(&settings, "redcard_decisions_total") == count;
    cluster.produce((0..CHARGES).map(|number| charge(number, HIGH)));
    wait_for("the first decisions", || decided(40.0));
    cluster.mock.broker_down(COORDINATOR).unwrap();
    cluster.produce((CHARGES..2 * CHARGES).map(|number| charge(number, HIGH)));
    wait_for("another producer", || {
        metric(&settings, "redcard_kafka_faults_total{remedy=\"replaced\"}") >= 1.0
    });
    assert_eq!(metric(&settings, "redcard_stuck_shards"), 0.0);
    assert!(decided(40.0), "decided without a coordinator");
    cluster.mock.broker_up(COORDINATOR).unwrap();
    wait_for("all decisions", || decided(80.0));
    stop(service);
    assert_eq!(metric(&settings, "redcard_records_read_total"), 80.0);
}
