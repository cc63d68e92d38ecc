//! Tests the harness itself: records that it writes can be read back, and processes that it starts
//! end.

use crate::support::broker::{self, Broker};
use crate::support::client::{self, Outgoing};
use crate::support::guard::Guarded;
use crate::support::{unique, wait_until, wall_millis};
use std::process::{Command, Stdio};

#[test]
fn records_are_read_as_they_were_written() {
    let (brokers, topic) = (broker::shared(), unique("harness"));
    client::create_topic(brokers, &topic, 3);
    assert_eq!(client::partitions(brokers, &topic), 3);
    let full = Outgoing {
        key: Some(b"k".to_vec()),
        value: Some(b"v".to_vec()),
        headers: vec![("h".into(), b"1".to_vec()), ("h2".into(), b"".to_vec())],
        timestamp_ms: Some(wall_millis() - 60_000),
        partition: Some(2),
    };
    let tombstone =
        Outgoing { key: Some(b"gone".to_vec()), partition: Some(1), ..Outgoing::default() };
    client::produce(brokers, &topic, &[full.clone(), tombstone]);
    let mut read = client::read_at_least(brokers, &topic, 2);
    read.sort_by_key(|record| record.partition);
    assert_eq!((read[0].partition, read[0].value.as_deref()), (1, None));
    let back = &read[1];
    assert_eq!((back.partition, back.offset, back.timestamp_ms), (2, 0, full.timestamp_ms));
    assert_eq!((&back.key, &back.value, &back.headers), (&full.key, &full.value, &full.headers));
}

#[test]
fn a_restarted_broker_has_its_stored_records() {
    let mut own = Broker::start_or_panic();
    let (brokers, topic) = (own.addresses(), unique("restart"));
    client::create_topic(&brokers, &topic, 1);
    client::produce(&brokers, &topic, &[Outgoing::new("k", "before")]);
    own.stop();
    assert_eq!(client::brokers_known(&brokers), 0);
    own.restart();
    assert_eq!(client::read_all(&brokers, &topic)[0].value.as_deref(), Some(&b"before"[..]));
}

#[test]
fn a_guarded_child_ends_when_its_guard_process_ends() {
    let directory = tempfile::tempdir().unwrap().keep();
    // The child reads from a pipe that nothing is ever written to.
    let mut command = Command::new("sh");
    command.args(["-c", "read -r _"]).stdin(Stdio::piped());
    let mut waiting = Guarded::spawn(&mut command, Some(directory.clone())).unwrap();
    waiting.close_pipe();
    wait_until("the watchdog kills the child", || (!waiting.is_running()).then_some(()));
    wait_until("the watchdog removes its directory", || {
        (!std::fs::exists(&directory).unwrap()).then_some(())
    });
}
