//! An instance that is no longer a member, or whose transaction timed out, cannot publish what it
//! had begun.

use super::expected;
use super::fixture::{LoadFixture, PARTITIONS};
use crate::support::redcard::{Redcard, Setup};
use crate::support::{client, wait_until, wait_within};
use std::time::Duration;

const CHARGES: usize = 400;
/// Long enough for the test to see decisions that are published but not committed.
const LONG_COMMIT_INTERVAL: &str = "5s";
const TRANSACTION_TIMEOUT_MS: i64 = 10_000;

impl LoadFixture {
    /// The setup of an instance with long transactions.
    fn slow(&self) -> Setup {
        self.setup()
            .set("delivery", "commit_interval", LONG_COMMIT_INTERVAL)
            .property("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS)
    }

    fn produce(&mut self, count: usize) {
        client::produce(self.brokers, &self.topics.transactions, &self.load.take(count));
    }

    fn wait_caught_up(&self) {
        wait_until("everything is committed", || {
            client::is_caught_up(self.brokers, &self.topics.transactions, &self.group).then_some(())
        });
    }

    /// Gives the instance work, and stops its process while decisions are published but not
    /// committed.
    fn stop_in_a_transaction(&mut self, redcard: &mut Redcard) {
        wait_until("the process is stopped within a transaction", || {
            self.produce(CHARGES);
            wait_until("an open transaction with decisions", || self.is_open().then_some(()));
            redcard.signal("STOP");
            // The instance may have committed just before it was stopped.
            let is_open = self.is_open();
            if !is_open {
                redcard.signal("CONT");
            }
            is_open.then_some(())
        });
    }

    /// Whether there are decisions of an open transaction.
    fn is_open(&self) -> bool {
        client::is_open(self.brokers, &self.topics.decisions)
    }

    /// Whether there are decisions of an aborted transaction.
    fn has_aborted(&self) -> bool {
        let all = client::read_uncommitted(self.brokers, &self.topics.decisions).len();
        all > client::read_all(self.brokers, &self.topics.decisions).len()
    }

    fn check(&self) {
        expected::check(self.brokers, &self.topics, &self.group);
    }
}

fn assigned(redcard: &Redcard) -> f64 {
    redcard.metrics().sum("redcard_assigned_partitions", &[])
}

#[test]
fn an_instance_that_slept_past_its_session_cannot_publish_and_joins_again() {
    let mut fixture = LoadFixture::new("zombie");
    let mut sleeper = fixture.slow().start_ready();
    sleeper.wait_metric("redcard_assigned_partitions", &[], f64::from(PARTITIONS));
    fixture.stop_in_a_transaction(&mut sleeper);
    let successor = fixture.setup().start();
    fixture.wait_caught_up();
    sleeper.signal("CONT");
    sleeper.wait_metric("redcard_rebalances_total", &[("kind", "lost")], 1.0);
    wait_until("both have partitions", || {
        let (one, other) = (assigned(&sleeper), assigned(&successor));
        (one >= 1.0 && other >= 1.0 && one + other == f64::from(PARTITIONS)).then_some(())
    });
    fixture.produce(CHARGES);
    fixture.wait_caught_up();
    sleeper.stop();
    successor.stop();
    fixture.check();
}

#[test]
fn a_timed_out_transaction_is_processed_again_with_a_new_producer() {
    let mut fixture = LoadFixture::new("timed-out");
    let mut redcard = fixture.slow().property("session.timeout.ms", 300_000).start_ready();
    redcard.wait_metric("redcard_assigned_partitions", &[], f64::from(PARTITIONS));
    wait_until("the broker aborts a transaction", || {
        fixture.stop_in_a_transaction(&mut redcard);
        client::wait_settled(fixture.brokers, &fixture.topics.decisions);
        // The process may have been stopped while its commit was already in flight.
        let is_aborted = fixture.has_aborted();
        redcard.signal("CONT");
        is_aborted.then_some(())
    });
    fixture.wait_caught_up();
    let log = redcard.stop();
    assert!(log.contains("the producer is replaced"), "{log}");
    fixture.check();
}

#[test]
fn a_timed_out_transaction_that_is_not_continued_is_aborted_by_the_broker() {
    let mut fixture = LoadFixture::new("abandoned");
    let mut redcard = fixture.slow().start_ready();
    redcard.wait_metric("redcard_assigned_partitions", &[], f64::from(PARTITIONS));
    fixture.stop_in_a_transaction(&mut redcard);
    redcard.signal("KILL");
    redcard.wait_end();
    let successor = fixture.setup().start();
    fixture.wait_caught_up();
    successor.stop();
    fixture.check();
}

/// Time limit for two instances with the same name to fence each other until one gives up.
const CONFLICT_LIMIT: Duration = Duration::from_secs(600);

#[test]
fn two_live_instances_with_one_name_report_the_conflict() {
    let mut fixture = LoadFixture::new("namesakes");
    let named = fixture.setup().set("kafka", "instance", "twin");
    let mut instances = [named.start_ready(), named.start()];
    let ended = wait_within(CONFLICT_LIMIT, || {
        fixture.produce(20);
        instances.iter_mut().position(|twin| !twin.is_running())
    });
    let ended = ended.expect("two instances of one name go on side by side");
    let status = instances[ended].wait_end();
    let log = instances[ended].output();
    assert_eq!(status.code(), Some(3), "{log}");
    assert!(log.contains("two instances must not share `kafka.instance`"), "{log}");
    // The other instance may have been fenced as often by then.
    drop(instances);
    let successor = named.start_ready();
    fixture.wait_caught_up();
    successor.stop();
    fixture.check();
}
