//! Tests what `redcard run` does when topics are missing, and what it reports once it runs.

use crate::support::broker;
use crate::support::client;
use crate::support::messages::traffic;
use crate::support::redcard::{Setup, Topics};
use crate::support::{tools, wait_until};
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

#[test]
fn missing_topics_are_named_with_the_commands_that_make_them() {
    let brokers = broker::shared();
    let topics = Topics::named("missing");
    client::create_topic(brokers, &topics.alerts, 1);
    let mut redcard = Setup::new(brokers, &topics).start();
    let status = redcard.wait_end();
    assert_eq!(status.code(), Some(3), "{}", redcard.output());
    let log = redcard.output();
    let missing = [&topics.transactions, &topics.dead_letters, &topics.history, &topics.decisions];
    for topic in missing {
        assert!(log.contains(&format!("--topic {topic}")), "{topic} in: {log}");
    }
    assert!(log.contains("kafka-topics") && log.contains("--create"), "{log}");
    assert!(!log.contains(&format!("--topic {} ", topics.alerts)), "it is there: {log}");
    assert_eq!(client::partitions(brokers, &topics.transactions), 0);
}

#[test]
fn missing_topics_are_created_where_the_configuration_allows_it() {
    let brokers = broker::shared();
    let topics = Topics::named("created");
    let setup = Setup::new(brokers, &topics)
        .set("topics", "create", true)
        .set("topics", "partitions", 3)
        .set("topics", "replication_factor", 1);
    let redcard = setup.start_ready();
    let created = [
        &topics.transactions,
        &topics.alerts,
        &topics.dead_letters,
        &topics.history,
        &topics.decisions,
    ];
    for topic in created {
        assert_eq!(client::partitions(brokers, topic), 3, "{topic}");
    }
    redcard.stop();
}

#[test]
fn promtool_accepts_the_metrics() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "promtool", 2);
    let redcard = Setup::new(brokers, &topics).start_ready();
    let charges = traffic("promtool", 10, 100);
    let records: Vec<_> = charges.iter().map(|charge| charge.record()).collect();
    client::produce(brokers, &topics.transactions, &records);
    let metrics = redcard.wait_metric("redcard_decisions_total", &[], 100.0);
    let mut promtool = tools::promtool()
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    promtool.stdin.take().unwrap().write_all(metrics.text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let log = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && log.trim().is_empty(), "{log}\n{}", metrics.text);
    redcard.stop();
}

#[test]
fn every_known_series_is_zero_from_the_start() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "zero", 1);
    let redcard = Setup::new(brokers, &topics).start_ready();
    let metrics = redcard.metrics();
    for action in ["approve", "review", "decline"] {
        assert!(metrics.has("redcard_decisions_total", &[("action", action)]), "{action}");
    }
    let rules = metrics.samples.iter().filter(|s| s.name == "redcard_rule_fired_total").count();
    assert!(rules >= 8, "{rules} rules have a series\n{}", metrics.text);
    assert_eq!(metrics.sum("redcard_records_read_total", &[]), 0.0);
    assert!(metrics.has("redcard_ruleset_info", &[]) && metrics.has("redcard_build_info", &[]));
    redcard.stop();
}

#[test]
fn a_signal_during_the_start_ends_the_service() {
    let brokers = broker::shared();
    let topics = Topics::created(brokers, "early", 1);
    for after_ms in [0, 5, 20, 50, 100, 200] {
        let redcard = Setup::new(brokers, &topics).start();
        // Until the process listens for signals, a signal would kill it.
        wait_until("it serves", || redcard.get("/livez"));
        std::thread::sleep(Duration::from_millis(after_ms));
        redcard.stop();
    }
}
