//! A fleet changes the format of its history one instance at a time, and back, under load; and an
//! instance finds a format that it does not know.

use super::expected::{self, Expected};
use super::fleet::Fleet;
use super::load::Load;
use super::setup;
use crate::support::client::{self, Outgoing};
use crate::support::messages::{Charge, yesterday_ms};
use crate::support::redcard::{Setup, Topics};
use crate::support::{broker, now, unique, wait_until, wait_within};
use redcard::history::{FormatVersion, Record, Writer};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const PARTITIONS: i32 = 4;
const SETTLE_LIMIT: Duration = Duration::from_secs(120);
/// How many records the fleet commits between two restarts, which shows that the instances that run
/// then work.
const RECORDS_BETWEEN: i64 = 200;

/// The instances of an upgrade: one that keeps its partitions across a restart, and others whose
/// partitions move.
const INSTANCES: [&str; 3] = ["named", "nameless-0", "nameless-1"];

struct UpgradeFixture {
    brokers: &'static str,
    topics: Topics,
    group: String,
}

impl UpgradeFixture {
    fn new(stem: &str, partitions: i32) -> Self {
        let brokers = broker::shared();
        Self { brokers, topics: Topics::created(brokers, stem, partitions), group: unique(stem) }
    }

    fn setup(&self, instance: &str, version: FormatVersion) -> Setup {
        let setup = setup(self.brokers, &self.topics, &self.group);
        let setup = setup.set("history", "write_version", i64::from(version.number()));
        if instance == "named" { setup.set("kafka", "instance", instance) } else { setup }
    }

    fn wait_caught_up(&self, mut maintain: impl FnMut()) {
        let settled = wait_within(SETTLE_LIMIT, || {
            maintain();
            client::is_caught_up(self.brokers, &self.topics.transactions, &self.group).then_some(())
        });
        assert!(settled.is_some(), "not everything is committed after {SETTLE_LIMIT:?}");
    }

    /// The format versions in the history of each partition.
    fn versions(&self) -> BTreeSet<(i32, u8)> {
        let all = client::read_all(self.brokers, &self.topics.history);
        all.iter().map(|record| (record.partition, record.value.as_ref().unwrap()[4])).collect()
    }

    fn decisions(&self) -> usize {
        client::read_all(self.brokers, &self.topics.decisions).len()
    }

    /// How many records of the input the group has committed.
    fn committed(&self) -> i64 {
        let committed = || client::committed(self.brokers, &self.topics.transactions, &self.group);
        let committed = wait_until("the brokers know the offsets", || committed().ok());
        committed.values().filter_map(|(committed, _)| *committed).sum()
    }

    /// Waits until the fleet has committed [`RECORDS_BETWEEN`] more records.
    fn wait_for_progress(&self, fleet: &mut Fleet) {
        let enough = self.committed() + RECORDS_BETWEEN;
        wait_until("the fleet commits", || {
            fleet.maintain();
            (self.committed() >= enough).then_some(())
        });
    }

    /// Restarts one instance after the other with another version.
    fn change(&self, fleet: &mut Fleet, version: FormatVersion) {
        for (number, instance) in INSTANCES.iter().enumerate() {
            fleet.log_event(&format!("{instance} is to write version {version}"));
            fleet.reconfigure(number, self.setup(instance, version));
            fleet.shut_down(number, Duration::ZERO);
            self.wait_for_progress(fleet);
        }
    }

    /// Checks that every record of the history equals what an undisturbed writer of its version
    /// would write for the same entries. A restore then gives the undisturbed memory, except for
    /// what that version cannot hold.
    fn check_history(&self, expected: &Expected) {
        let history = client::read_all(self.brokers, &self.topics.history);
        for (partition, entries) in &expected.entries {
            let mut left = entries.iter();
            for incoming in history.iter().filter(|record| record.partition == *partition) {
                let bytes = incoming.value.as_deref().unwrap();
                let header = Record::parse(bytes).unwrap().header;
                let mut writer = Writer::new(header.version, usize::MAX);
                writer.begin(&header.start);
                left.by_ref().take(header.entries as usize).for_each(|entry| writer.push(entry));
                let offset = incoming.offset;
                let record = writer.finish(header.next_offset, header.next_label);
                assert!(record == bytes, "{partition} offset {offset}");
            }
            assert_eq!(left.count(), 0, "entries of partition {partition} are missing");
        }
    }
}

#[test]
fn a_fleet_changes_the_format_of_its_history_and_back_under_load() {
    let fixture = UpgradeFixture::new("upgrade", PARTITIONS);
    let setups = INSTANCES.map(|name| (name.to_owned(), fixture.setup(name, FormatVersion::V1)));
    let mut fleet = Fleet::new("upgrade", setups);
    let mut load = Load::new(12, PARTITIONS).for_version_1();
    let stop = AtomicBool::new(false);
    let began = now();
    std::thread::scope(|scope| {
        let (brokers, topic) = (fixture.brokers, &fixture.topics.transactions);
        let loading = scope.spawn(|| load.run(brokers, topic, &fixture.group, &stop));
        let _stop = StopAtEnd(&stop);
        fixture.wait_for_progress(&mut fleet);
        let of = |number| (0..PARTITIONS).map(|p| (p, number)).collect::<BTreeSet<_>>();
        wait_until("every partition has a record of version 1", || {
            (fixture.versions() == of(1)).then_some(())
        });
        fixture.change(&mut fleet, FormatVersion::V2);
        let both: BTreeSet<_> = of(1).union(&of(2)).copied().collect();
        wait_until("every partition has a record of version 2", || {
            (fixture.versions() == both).then_some(())
        });
        fixture.change(&mut fleet, FormatVersion::V1);
        stop.store(true, Ordering::Relaxed);
        loading.join().unwrap();
    });
    fixture.wait_caught_up(|| fleet.maintain());
    fleet.shut_down_all();
    // A fresh instance restores everything and continues to score.
    let fresh = fixture.setup("fresh", FormatVersion::V2).start_ready();
    client::produce(fixture.brokers, &fixture.topics.transactions, &load.one_of_each_card());
    fixture.wait_caught_up(|| {});
    fresh.stop();
    let expected = expected::check_outputs(fixture.brokers, &fixture.topics, &fixture.group);
    fixture.check_history(&expected);
    eprintln!("{} records, {:?}", expected.records, began.elapsed());
}

/// Ends the load also if the test fails.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_history_of_a_later_release_is_refused_with_its_version_and_other_partitions_continue() {
    let fixture = UpgradeFixture::new("later", 2);
    let later = Outgoing {
        partition: Some(0),
        value: Some(b"RCHI\x03of a later release".to_vec()),
        ..Outgoing::default()
    };
    client::produce(fixture.brokers, &fixture.topics.history, &[later]);
    let redcard = fixture.setup("one", FormatVersion::V2).start_serving();
    let on = |partition, id: &str| Outgoing {
        partition: Some(partition),
        ..Charge::new(id, "c_1", yesterday_ms(), 2_000).record()
    };
    client::produce(
        fixture.brokers,
        &fixture.topics.transactions,
        &[on(0, "left"), on(1, "decided")],
    );
    wait_until("the other partition is scored", || (fixture.decisions() == 1).then_some(()));
    let response = wait_until("/readyz reports the unreadable history", || {
        let (status, response) = redcard.get("/readyz")?;
        (status == 503 && response.contains("version 3")).then_some(response)
    });
    for part in
        ["partition 0", "offset 0", "reads version 1 to 2", "run that release or a later one"]
    {
        assert!(response.contains(part), "{part} in: {response}");
    }
    redcard.wait_metric("redcard_partitions", &[("state", "unreadable")], 1.0);
    assert_eq!(fixture.decisions(), 1, "the unreadable partition is not scored");
    let (status, _) = redcard.get("/livez").unwrap();
    assert_eq!(status, 200);
    let log = redcard.stop();
    assert!(log.contains("the partition is not processed") && log.contains("version 3"), "{log}");
}

#[test]
fn every_start_warns_that_version_1_is_written() {
    let fixture = UpgradeFixture::new("warned", 1);
    for (version, warned) in [(FormatVersion::V1, true), (FormatVersion::V2, false)] {
        let log = fixture.setup("one", version).start_ready().stop();
        assert_eq!(log.contains("history.write_version is 1"), warned, "{log}");
    }
}
