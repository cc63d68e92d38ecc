//! Instances join and leave, the broker stops and restarts: every transaction is scored.

use crate::support::broker::{self, Broker};
use crate::support::client::{self, Incoming, Outgoing};
use crate::support::messages::{Charge, traffic};
use crate::support::redcard::{Redcard, Setup, Topics};
use crate::support::{rules, wait_until};
use std::collections::{BTreeMap, BTreeSet};

fn records(charges: &[Charge]) -> Vec<Outgoing> {
    charges.iter().map(Charge::record).collect()
}

fn ids(decisions: &[Incoming]) -> Vec<String> {
    let id = |record: &Incoming| record.json()["transaction_id"].as_str().unwrap().to_owned();
    decisions.iter().map(id).collect()
}

/// Waits until each of the charges has a decision; returns all decisions, including duplicate ones.
fn all_decided(brokers: &str, topics: &Topics, charges: &[Charge]) -> Vec<String> {
    let expected: BTreeSet<String> = charges.iter().map(|c| c.id().to_owned()).collect();
    let what = format!("decisions on {} transactions", expected.len());
    let decisions = client::read_until(brokers, &topics.decisions, &what, |decisions| {
        decisions.len() >= expected.len()
            && ids(decisions).into_iter().collect::<BTreeSet<_>>() == expected
    });
    ids(&decisions)
}

fn assigned(redcard: &Redcard) -> f64 {
    redcard.metrics().sum("redcard_assigned_partitions", &[])
}

#[test]
fn two_instances_share_the_partitions_and_score_every_transaction() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "share", 6);
    let setup = Setup::new(brokers, &topics);
    let charges = traffic("share", 300, 6_000);
    let (before, rest) = charges.split_at(2_000);
    let (during, after) = rest.split_at(2_000);

    let first = setup.start_ready();
    client::produce(brokers, &topics.transactions, &records(before));
    let second = setup.start();
    client::produce(brokers, &topics.transactions, &records(during));
    wait_until("both instances have partitions", || {
        let (one, two) =
            (assigned(&first), second.get("/metrics").map_or(0.0, |_| assigned(&second)));
        (one >= 1.0 && two >= 1.0 && one + two == 6.0).then_some(())
    });
    all_decided(brokers, &topics, &charges[..4_000]);

    first.stop();
    client::produce(brokers, &topics.transactions, &records(after));
    all_decided(brokers, &topics, &charges);
    wait_until("the second instance has them all", || (assigned(&second) == 6.0).then_some(()));
    second.stop();
}

#[test]
fn sigterm_under_load_shuts_down_gracefully_and_a_restart_continues_from_there() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "drain", 4);
    let setup = Setup::new(brokers, &topics);
    let charges = traffic("drain", 500, 20_000);
    client::produce(brokers, &topics.transactions, &records(&charges[..10_000]));
    let redcard = setup.start_ready();
    redcard.wait_metric("redcard_records_read_total", &[], 1.0);
    let load = std::thread::scope(|scope| {
        let producing = scope.spawn(|| {
            client::produce(brokers, &topics.transactions, &records(&charges[10_000..]));
        });
        let output = redcard.stop();
        producing.join().unwrap();
        output
    });
    assert!(!load.contains("panicked"), "{load}");
    let second = setup.start_ready();
    let decided = all_decided(brokers, &topics, &charges);
    assert_eq!(decided.len(), charges.len(), "what was scored before the end was committed");
    second.stop();
}

#[test]
fn after_a_crash_no_decision_is_missing_and_a_repeated_alert_has_the_same_id() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "crash", 2);
    let setup = Setup::new(brokers, &topics)
        .set(
            "kafka",
            "properties",
            toml::Table::from_iter([("session.timeout.ms".into(), 6_000.into())]),
        )
        .rules(rules::ANY_CHARGE);
    let charges = traffic("crash", 100, 5_000);
    client::produce(brokers, &topics.transactions, &records(&charges));
    let mut redcard = setup.start_ready();
    redcard.wait_metric("redcard_records_read_total", &[], 100.0);
    redcard.signal("KILL");
    redcard.wait_end();
    let second = setup.start_ready();
    all_decided(brokers, &topics, &charges);
    second.stop();
    let mut alert_ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for alert in client::read_all(brokers, &topics.alerts) {
        let transaction = alert.json()["transaction_id"].as_str().unwrap().to_owned();
        alert_ids.entry(transaction).or_default().insert(alert.header("ce_id"));
    }
    assert_eq!(alert_ids.len(), charges.len());
    assert!(alert_ids.values().all(|ids| ids.len() == 1), "one id per transaction");
}

#[test]
fn members_without_partitions_leave_the_group_when_they_end() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "leave", 1);
    // The timeouts are longer than the test waits: a member that ends without leaving the group
    // would block the next instance.
    let setup = Setup::new(brokers, &topics)
        .set("kafka", "shards", 4)
        .property("session.timeout.ms", SESSION_TIMEOUT_MS)
        .property("max.poll.interval.ms", SESSION_TIMEOUT_MS);
    setup.start_ready().stop();
    setup.start_ready().stop();
}

/// The longest session timeout that a broker allows.
const SESSION_TIMEOUT_MS: i64 = 1_800_000;

#[test]
fn redcard_waits_for_a_broker_that_is_down() {
    let mut own = Broker::start_or_panic();
    let brokers = own.addresses();
    let topics = Topics::created(&brokers, "outage", 2);
    let mut redcard = Setup::new(&brokers, &topics).start_ready();
    let charges = traffic("outage", 50, 2_000);
    client::produce(&brokers, &topics.transactions, &records(&charges[..1_000]));
    redcard.wait_metric("redcard_records_read_total", &[], 1.0);
    let lines = |redcard: &Redcard| redcard.output().lines().count();
    let before = lines(&redcard);
    own.stop();
    wait_until("it notices", || (lines(&redcard) > before).then_some(()));
    assert!(redcard.is_running(), "{}", redcard.output());
    assert_eq!(redcard.get("/livez").map(|(status, _)| status), Some(200), "it waits, alive");
    own.restart();
    client::produce(&brokers, &topics.transactions, &records(&charges[1_000..]));
    all_decided(&brokers, &topics, &charges);
    redcard.stop();
}
