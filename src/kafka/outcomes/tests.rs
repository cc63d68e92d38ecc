//! Tests the follower with a log in memory.

use super::follower::Follower;
use super::log::{OutcomeItem, OutcomeLog};
use crate::clock::monotonic_now;
use crate::fixtures;
use crate::kafka::shard::ports::{Fault, Reason};
use crate::metrics::Metrics;
use crate::precision::MeasureSettings;
use crate::status::{MemoryState, PartitionState, Status};
use crate::transaction::{DAY_MS, Time};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The records of each partition, and how far each open one was read.
#[derive(Default)]
struct Log {
    records: BTreeMap<i32, Vec<(String, String)>>,
    open: BTreeMap<i32, usize>,
    /// Whether the end of a partition was reported since its last record.
    ended: BTreeMap<i32, bool>,
    /// Partitions whose end is not reported.
    slow: Vec<i32>,
    fails: bool,
}

#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Log>>);

struct Reader {
    log: Shared,
    key: String,
    value: String,
}

impl OutcomeLog for Reader {
    fn open(&mut self, partition: i32) -> Result<(), Fault> {
        let mut log = self.log.0.borrow_mut();
        if log.fails {
            return Err(Fault::Retriable(Reason::of("down", &std::fmt::Error)));
        }
        log.open.insert(partition, 0);
        log.ended.insert(partition, false);
        Ok(())
    }

    fn close(&mut self, partition: i32) {
        self.log.0.borrow_mut().open.remove(&partition);
    }

    fn next(&mut self, _wait: Duration) -> Result<Option<OutcomeItem<'_>>, Fault> {
        let mut log = self.log.0.borrow_mut();
        let Log { records, open, ended, slow, .. } = &mut *log;
        for (partition, at) in open {
            let partition = *partition;
            if let Some((key, value)) = records.entry(partition).or_default().get(*at) {
                (self.key, self.value) = (key.clone(), value.clone());
                let offset = i64::try_from(*at).unwrap();
                *at += 1;
                ended.insert(partition, false);
                let (key, value) = (self.key.as_bytes(), self.value.as_bytes());
                return Ok(Some(OutcomeItem::Record { partition, offset, key, value }));
            }
            if !slow.contains(&partition) && !ended.insert(partition, true).unwrap_or_default() {
                return Ok(Some(OutcomeItem::End { partition }));
            }
        }
        Ok(None)
    }
}

struct Test {
    log: Shared,
    status: Arc<Status>,
    metrics: Arc<Metrics>,
    follower: Follower<Reader>,
    now: Instant,
}

const WALL: Time = Time(1_000 * DAY_MS);

impl Test {
    fn new() -> Self {
        let (log, now) = (Shared::default(), monotonic_now());
        let reader = Reader { log: log.clone(), key: String::new(), value: String::new() };
        let status = Arc::new(Status::new());
        let metrics = Arc::new(Metrics::new(&fixtures::high_amount_ruleset()));
        let shared = (Arc::clone(&status), Arc::clone(&metrics));
        let settings = MeasureSettings::new(fixtures::dollar());
        let follower = Follower::new(reader, "outcomes".into(), settings, shared, now);
        Self { log, status, metrics, follower, now }
    }

    fn owns(&self, partition: i32) {
        let state = PartitionState { shard: 0, memory: MemoryState::Ready };
        self.status.set_partition(partition, state);
    }

    /// An alert of 60 days ago, and a label.
    fn publish(&self, partition: i32, id: &str, label: &str) {
        let time = Time(WALL.millis() - 60 * DAY_MS);
        let alert = format!(
            r#"{{"alert_id":"{id}","transaction_id":"{id}","card":"c","time":"{time}","amount":250,"currency":"USD","merchant":"m","action":"review","rules":[{{"id":"fast","points":9}}]}}"#
        );
        let label = format!(
            r#"{{"transaction_id":"{id}","card":"c","label":"{label}","known_at":"{time}","kind":null,"source":null}}"#
        );
        let mut log = self.log.0.borrow_mut();
        let records = log.records.entry(partition).or_default();
        records.push((format!("alert/{id}"), alert));
        records.push((format!("label/c/{id}/{time}"), label));
    }

    /// Reads everything, two seconds later, and reports if a report is due.
    fn step(&mut self) -> Result<(), Fault> {
        self.now += Duration::from_secs(2);
        self.follower.read(self.now, Duration::ZERO)?;
        if self.follower.is_report_due(self.now) {
            self.follower.report(WALL);
            self.follower.reported(self.now, self.now);
        }
        Ok(())
    }

    #[track_caller]
    fn check(&self, series: &[&str]) {
        let text = self.metrics.render();
        for series in series {
            assert!(text.lines().any(|line| line == *series), "{series}\n{text}");
        }
    }
}

#[test]
fn partitions_are_counted_while_this_instance_reads_them() {
    let mut test = Test::new();
    test.publish(0, "a", "fraud");
    test.publish(1, "b", "genuine");
    test.publish(2, "c", "fraud");
    test.owns(0);
    test.owns(1);
    test.step().unwrap();
    test.check(&[
        r#"redcard_rule_outcomes{label="fraud",rule="fast"} 1"#,
        r#"redcard_rule_outcomes{label="genuine",rule="fast"} 1"#,
        r#"redcard_outcome_amount{label="fraud"} 2.5"#,
        r#"redcard_outcome_partitions{state="complete"} 2"#,
    ]);
    // A record that arrives later is counted, and so is a partition that is taken over.
    test.publish(0, "d", "unknown");
    test.owns(2);
    test.step().unwrap();
    test.check(&[
        r#"redcard_outcomes{label="fraud"} 2"#,
        r#"redcard_outcomes{label="none"} 1"#,
        r#"redcard_outcome_partitions{state="complete"} 3"#,
    ]);
    test.status.remove_partition(0, 0);
    test.status.remove_partition(0, 2);
    test.step().unwrap();
    test.check(&[
        r#"redcard_outcomes{label="fraud"} 0"#,
        r#"redcard_outcomes{label="genuine"} 1"#,
        r#"redcard_outcomes_held{kind="alert"} 1"#,
    ]);
    assert_eq!(test.log.0.borrow().open.keys().collect::<Vec<_>>(), [&1]);
}

#[test]
fn a_partition_is_not_counted_before_its_end_was_reached() {
    let mut test = Test::new();
    test.publish(0, "a", "fraud");
    test.log.0.borrow_mut().slow = vec![0];
    test.owns(0);
    test.step().unwrap();
    test.check(&[
        r#"redcard_outcomes{label="fraud"} 0"#,
        r#"redcard_outcome_partitions{state="reading"} 1"#,
    ]);
    test.log.0.borrow_mut().slow.clear();
    test.step().unwrap();
    test.check(&[
        r#"redcard_outcomes{label="fraud"} 1"#,
        r#"redcard_outcome_partitions{state="reading"} 0"#,
    ]);
}

#[test]
fn invalid_records_are_skipped_and_a_failure_is_tried_again() {
    let mut test = Test::new();
    let mut records = vec![("other".to_owned(), "{}".to_owned())];
    records.push(("alert/x".to_owned(), String::new()));
    test.log.0.borrow_mut().records.insert(0, records);
    test.publish(0, "a", "fraud");
    test.log.0.borrow_mut().fails = true;
    test.owns(0);
    assert!(test.step().is_err());
    test.log.0.borrow_mut().fails = false;
    test.step().unwrap();
    test.check(&[r#"redcard_outcomes{label="fraud"} 1"#]);
}
