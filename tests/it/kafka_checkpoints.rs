//! Restarts an instance on the same machine, with and without a usable checkpoint.

use crate::support::broker;
use crate::support::client::{self, Incoming};
use crate::support::messages::{Charge, MINUTE_MS, traffic, yesterday_ms};
use crate::support::metrics::Samples;
use crate::support::redcard::{Setup, THIRD_CHARGE_RULES, Topics};
use std::path::PathBuf;
use tempfile::TempDir;

const BEFORE: usize = 300;

/// A stopped service that has scored some traffic and two charges of the card `c_third`.
struct Stopped {
    brokers: &'static str,
    topics: Topics,
    setup: Setup,
    folder: TempDir,
}

impl Stopped {
    fn new(stem: &str) -> Self {
        let brokers = broker::shared();
        let topics = Topics::created(brokers, stem, 1);
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup::new(brokers, &topics).rules(THIRD_CHARGE_RULES).set(
            "memory",
            "checkpoint_dir",
            folder.path().join("memory").to_str().unwrap(),
        );
        let redcard = setup.start_ready();
        let mut charges = traffic(stem, 20, BEFORE - 2);
        charges.extend((1..=2).map(|minute| third_card(stem, minute)));
        produce(brokers, &topics, &charges);
        redcard.wait_metric("redcard_decisions_total", &[], BEFORE as f64);
        redcard.stop();
        Self { brokers, topics, setup, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("memory/partition-0.checkpoint")
    }

    /// Starts the service again and checks that it recognises the card's next charge as its third.
    fn check(&self, stem: &str, result: &str, restored: usize) {
        let redcard = self.setup.start_ready();
        let samples = redcard.metrics();
        let log = redcard.output();
        assert_eq!(checkpoints(&samples, result), 1.0, "{result}: {}\n{log}", samples.text);
        let transactions = samples.sum("redcard_restored_transactions_total", &[]);
        assert_eq!(transactions, restored as f64, "{log}");
        produce(self.brokers, &self.topics, &[third_card(stem, 3)]);
        redcard.wait_metric("redcard_decisions_total", &[], 1.0);
        redcard.stop();
        let decisions = client::read_all(self.brokers, &self.topics.decisions);
        let third = decisions.iter().map(Incoming::json).rfind(|d| d["card"] == "c_third");
        assert_eq!(third.unwrap()["action"], "decline");
    }
}

fn third_card(stem: &str, minute: i64) -> Charge {
    let time = yesterday_ms() + minute * MINUTE_MS;
    Charge::new(&format!("{stem}-third-{minute}"), "c_third", time, 500)
}

fn produce(brokers: &str, topics: &Topics, charges: &[Charge]) {
    let records: Vec<_> = charges.iter().map(Charge::record).collect();
    client::produce(brokers, &topics.transactions, &records);
}

fn checkpoints(samples: &Samples, result: &str) -> f64 {
    samples.sum("redcard_checkpoints_total", &[("result", result)])
}

#[test]
fn a_restart_with_a_checkpoint_does_not_reread_the_history() {
    let stopped = Stopped::new("checkpoint");
    assert!(std::fs::exists(stopped.file()).unwrap());
    stopped.check("checkpoint", "used", 0);
}

#[test]
fn a_damaged_checkpoint_is_ignored_and_the_history_read() {
    let stopped = Stopped::new("damaged");
    let mut bytes = std::fs::read(stopped.file()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(stopped.file(), bytes).unwrap();
    stopped.check("damaged", "ignored", BEFORE);
}

/// An earlier release's checkpoint holds other data about each message than this release expects.
#[test]
fn a_checkpoint_of_another_format_is_ignored_and_the_history_read() {
    let stopped = Stopped::new("format");
    let mut bytes = std::fs::read(stopped.file()).unwrap();
    assert_eq!(bytes[..5], *b"RCCP\x02");
    bytes[4] = 1;
    std::fs::write(stopped.file(), bytes).unwrap();
    stopped.check("format", "ignored", BEFORE);
}

#[test]
fn a_checkpoint_of_another_history_is_ignored() {
    let (stopped, other) = (Stopped::new("own"), Stopped::new("other"));
    std::fs::copy(other.file(), stopped.file()).unwrap();
    stopped.check("own", "ignored", BEFORE);
}

#[test]
fn a_killed_instance_leaves_its_last_periodic_checkpoint() {
    let stopped = Stopped::new("killed");
    let at_interval = stopped.setup.clone().set("memory", "checkpoint_interval", "100ms");
    let mut redcard = at_interval.start_ready();
    produce(stopped.brokers, &stopped.topics, &traffic("killed-more", 20, 50));
    redcard.wait_metric("redcard_decisions_total", &[], 50.0);
    redcard.wait_metric("redcard_checkpoints_total", &[("result", "saved")], 1.0);
    redcard.signal("KILL");
    redcard.wait_end();
    let again = stopped.setup.start_ready();
    let samples = again.metrics();
    assert_eq!(checkpoints(&samples, "used"), 1.0, "{}", again.output());
    assert!(samples.sum("redcard_restored_transactions_total", &[]) < BEFORE as f64);
    again.stop();
}
