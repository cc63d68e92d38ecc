//! Tests what a starting instance knows: the memory of its predecessors, even if the history or the
//! group's offsets have changed in the meantime.

use super::expected;
use super::load::Load;
use super::setup;
use crate::support::client::{self, Outgoing};
use crate::support::messages::{Charge, HOUR_MS, yesterday_ms};
use crate::support::redcard::{Redcard, Setup, Topics};
use crate::support::{broker, rules, unique, wait_until};
use serde_json::Value;
use std::time::Duration;

const PARTITIONS: i32 = 2;
/// Longer than a broker waits for records before it answers a fetch.
const FETCH_WAIT: Duration = Duration::from_secs(1);

struct RestoreFixture {
    brokers: &'static str,
    topics: Topics,
    group: String,
}

impl RestoreFixture {
    fn new(stem: &str) -> Self {
        let brokers = broker::shared();
        let topics = Topics::created(brokers, stem, PARTITIONS);
        Self { brokers, topics, group: unique(stem) }
    }

    fn setup(&self) -> Setup {
        setup(self.brokers, &self.topics, &self.group).rules(&rules::daily("1", "charges_24h >= 2"))
    }

    fn produce(&self, records: &[Outgoing]) {
        client::produce(self.brokers, &self.topics.transactions, records);
    }

    fn wait_caught_up(&self) {
        wait_until("everything is committed", || {
            client::is_caught_up(self.brokers, &self.topics.transactions, &self.group).then_some(())
        });
    }

    /// The decision on the transaction `id`; there must be exactly one.
    fn decision(&self, id: &str) -> Value {
        self.wait_caught_up();
        let all = client::read_all(self.brokers, &self.topics.decisions);
        let mut own: Vec<Value> =
            all.iter().map(|d| d.json()).filter(|d| d["transaction_id"] == id).collect();
        assert_eq!(own.len(), 1, "decisions on {id}");
        own.remove(0)
    }

    fn decisions(&self) -> usize {
        client::read_all(self.brokers, &self.topics.decisions).len()
    }
}

/// Checks that the restores of all partitions ended with `result`.
fn assert_restored(redcard: &Redcard, result: &str) {
    let all = f64::from(PARTITIONS);
    let metrics = redcard.wait_metric("redcard_restores_total", &[], all);
    let found = metrics.sum("redcard_restores_total", &[("result", result)]);
    assert_eq!(found, all, "{result}\n{}", redcard.output());
}

/// A charge of the card `c_hourly` in the given hour.
fn hourly(id: &str, hour: i64) -> Charge {
    Charge::new(id, "c_hourly", yesterday_ms() + hour * HOUR_MS, 2_000)
}

#[test]
fn a_rule_over_a_day_fires_across_a_restart_even_if_the_rule_is_new() {
    for (first, second) in
        [("charges_24h >= 2", "charges_24h >= 2"), ("amount > 5000.00", "charges_24h >= 2")]
    {
        let fixture = RestoreFixture::new("day");
        let before = fixture.setup().rules(&rules::daily("1", first)).start_ready();
        assert_restored(&before, "fresh");
        fixture.produce(&[hourly("one", 0).record(), hourly("two", 9).record()]);
        assert_eq!(fixture.decision("two")["score"], 0);
        before.stop();
        let after = fixture.setup().rules(&rules::daily("2", second)).start_ready();
        fixture.produce(&[hourly("three", 18).record()]);
        let decision = fixture.decision("three");
        assert_eq!(decision["rules"][0]["message"], "2 charges in a day", "{decision}");
        after.stop();
    }
}

#[test]
fn processing_continues_after_a_history_that_is_ahead_of_the_groups_offsets() {
    let fixture = RestoreFixture::new("ahead");
    let start = || setup(fixture.brokers, &fixture.topics, &fixture.group).start_ready();
    let mut load = Load::new(3, PARTITIONS);
    let before = start();
    fixture.produce(&load.take(500));
    fixture.wait_caught_up();
    before.stop();
    let reset = [(0, 0), (1, 40)];
    client::commit(fixture.brokers, &fixture.topics.transactions, &fixture.group, &reset);
    let after = start();
    assert_restored(&after, "ahead");
    fixture.wait_caught_up();
    fixture.produce(&load.take(500));
    fixture.wait_caught_up();
    let log = after.stop();
    assert!(log.contains("the history covers more than the group committed"), "{log}");
    let again = start();
    assert_restored(&again, "agree");
    again.stop();
    expected::check(fixture.brokers, &fixture.topics, &fixture.group);
}

#[test]
fn a_lost_history_is_reported_and_rules_that_depend_on_it_are_undecided() {
    let fixture = RestoreFixture::new("behind");
    let before = fixture.setup().start_ready();
    fixture.produce(&[hourly("one", 0).record(), hourly("two", 1).record()]);
    // Gives each partition a committed offset; one without it has nothing to lose.
    let other = Charge::new("other", "c_other", yesterday_ms(), 2_000);
    fixture.produce(&(0..PARTITIONS).map(|p| on(p, &other)).collect::<Vec<_>>());
    fixture.wait_caught_up();
    before.stop();
    client::delete_topic(fixture.brokers, &fixture.topics.history);
    client::create_topic(fixture.brokers, &fixture.topics.history, PARTITIONS);
    let after = fixture.setup().set("memory", "retention", "5d").start_ready();
    assert_restored(&after, "behind");
    // The gap remains even if only invalid records are committed after it.
    let garbage =
        |p| Outgoing { partition: Some(p), ..Outgoing::new("c_hourly", "no transaction") };
    fixture.produce(&(0..PARTITIONS).map(garbage).collect::<Vec<_>>());
    fixture.wait_caught_up();
    let log = after.stop();
    assert!(log.contains("the history lacks what was scored"), "{log}");
    let again = fixture.setup().set("memory", "retention", "5d").start_ready();
    assert_restored(&again, "agree");
    let before = fixture.decisions();
    fixture.produce(&[hourly("three", 18).record()]);
    let decision = fixture.decision("three");
    assert_eq!(fixture.decisions(), before + 1, "nothing is scored again");
    assert_eq!(decision["rules"], Value::Array(vec![]), "{decision}");
    assert!(decision["undecided"].to_string().contains("daily"), "{decision}");
    again.stop();
}

#[test]
fn a_partition_added_at_run_time_waits_for_its_history_and_the_others_continue() {
    let fixture = RestoreFixture::new("added");
    let redcard = fixture.setup().property("topic.metadata.refresh.interval.ms", 500).start_ready();
    client::add_partitions(fixture.brokers, &fixture.topics.transactions, PARTITIONS + 1);
    wait_until("the new partition waits", || {
        let (status, response) = redcard.get("/readyz")?;
        (status == 503 && response.contains("partition 2") && response.contains("restored"))
            .then_some(())
    });
    fixture.produce(&[on(0, &hourly("one", 0))]);
    wait_until("another partition continues", || (fixture.decisions() == 1).then_some(()));
    client::add_partitions(fixture.brokers, &fixture.topics.history, PARTITIONS + 1);
    fixture.produce(&[on(PARTITIONS, &hourly("two", 0))]);
    wait_until("the new partition continues with its history", || {
        (fixture.decisions() == 2).then_some(())
    });
    redcard.stop();
}

#[test]
fn a_history_that_was_cut_within_the_retention_is_reported() {
    let fixture = RestoreFixture::new("cut");
    let before = fixture.setup().start_ready();
    for hour in 0..3 {
        fixture.produce(&[hourly(&format!("early-{hour}"), hour).record()]);
        fixture.wait_caught_up();
    }
    before.stop();
    let ends = client::ends(fixture.brokers, &fixture.topics.history);
    let (partition, end) = ends.into_iter().max_by_key(|(_, end)| *end).unwrap();
    // Deletes all but the last record and the marker behind it.
    client::delete_before(fixture.brokers, &fixture.topics.history, partition, end - 2);
    let after = fixture.setup().start_ready();
    let behind = [("result", "behind")];
    assert_eq!(after.metrics().sum("redcard_restores_total", &behind), 1.0);
    fixture.produce(&[hourly("late", 4).record()]);
    let decision = fixture.decision("late");
    assert!(decision["undecided"].to_string().contains("daily"), "{decision}");
    let log = after.stop();
    assert!(log.contains("a part of the history is missing"), "{log}");
}

#[test]
fn input_deleted_before_it_was_read_is_a_gap_and_is_counted() {
    let fixture = RestoreFixture::new("missed");
    let before = fixture.setup().start_ready();
    let filler = Charge::new("filler", "c_other", yesterday_ms(), 2_000);
    fixture.produce(&(0..PARTITIONS).map(|p| on(p, &filler)).collect::<Vec<_>>());
    fixture.produce(&[hourly("one", 0).record()]);
    fixture.wait_caught_up();
    before.stop();
    // While no instance reads, retention deletes the next records.
    produce_and_delete_two(&fixture);
    let after = fixture.setup().start_ready();
    let metrics = after.wait_metric("redcard_missed_records_total", &[], 2.0);
    assert_eq!(metrics.sum("redcard_missed_records_total", &[]), 2.0);
    assert_undecided_after_gap(&fixture);
    let log = after.stop();
    assert!(log.contains("were deleted before they were read"), "{log}");
    // The gap is in the history, so the next instance restores it as well.
    assert_gap_is_restored(&fixture);
}

/// The instance is paused, and retention overtakes it.
#[test]
fn input_deleted_under_a_running_instance_is_a_gap_and_is_counted() {
    let fixture = RestoreFixture::new("overtaken");
    // It must stay in the group meanwhile: another start would find the gap in another way.
    let mut redcard = fixture.setup().property("session.timeout.ms", "120000").start_ready();
    let filler = Charge::new("filler", "c_other", yesterday_ms(), 2_000);
    fixture.produce(&(0..PARTITIONS).map(|p| on(p, &filler)).collect::<Vec<_>>());
    fixture.produce(&[hourly("one", 0).record()]);
    fixture.wait_caught_up();
    redcard.signal("STOP");
    // The brokers answer the fetch in progress, which finds nothing yet.
    std::thread::sleep(FETCH_WAIT);
    produce_and_delete_two(&fixture);
    redcard.signal("CONT");
    assert_undecided_after_gap(&fixture);
    let metrics = redcard.wait_metric("redcard_missed_records_total", &[], 2.0);
    assert_eq!(metrics.sum("redcard_missed_records_total", &[]), 2.0);
    assert_eq!(metrics.sum("redcard_rebalances_total", &[("kind", "lost")]), 0.0);
    let log = redcard.stop();
    assert_eq!(log.matches("were deleted before they were read").count(), 1, "{log}");
    // The history has the gap as well.
    assert_gap_is_restored(&fixture);
}

/// Two charges that retention deletes before they are read.
fn produce_and_delete_two(fixture: &RestoreFixture) {
    fixture.produce(&[hourly("two", 1).record(), hourly("three", 2).record()]);
    for (partition, end) in client::ends(fixture.brokers, &fixture.topics.transactions) {
        client::delete_before(fixture.brokers, &fixture.topics.transactions, partition, end);
    }
}

fn assert_undecided_after_gap(fixture: &RestoreFixture) {
    fixture.produce(&[hourly("four", 3).record()]);
    let decision = fixture.decision("four");
    assert!(decision["undecided"].to_string().contains("daily"), "{decision}");
}

/// The next instance restores the gap too: the charges of a day are at least those it knows.
fn assert_gap_is_restored(fixture: &RestoreFixture) {
    let again = fixture.setup().start_ready();
    assert_restored(&again, "agree");
    fixture.produce(&[hourly("five", 4).record()]);
    let decision = fixture.decision("five");
    assert_eq!(decision["rules"][0]["message"], "at least 2 charges in a day", "{decision}");
    again.stop();
}

#[test]
fn a_recreated_input_is_not_scored_with_an_old_history() {
    let fixture = RestoreFixture::new("recreated");
    let before = fixture.setup().start_ready();
    fixture.produce(
        &(0..20).map(|hour| hourly(&format!("old-{hour}"), hour).record()).collect::<Vec<_>>(),
    );
    fixture.wait_caught_up();
    before.stop();
    client::delete_topic(fixture.brokers, &fixture.topics.transactions);
    client::create_topic(fixture.brokers, &fixture.topics.transactions, PARTITIONS);
    fixture.produce(&[hourly("new", 21).record()]);
    let decisions = fixture.decisions();
    let mut redcard = fixture.setup().start();
    assert_eq!(redcard.wait_end().code(), Some(3), "{}", redcard.output());
    let log = redcard.output();
    assert!(log.contains("but was already processed up to 20"), "{log}");
    assert_eq!(fixture.decisions(), decisions);
    let recreated = Topics { history: unique("recreated-history"), ..fixture.topics.clone() };
    let kept = &[("retention.ms", "-1")];
    client::create_topic_with(fixture.brokers, &recreated.history, (PARTITIONS, 1), kept);
    let recreated = RestoreFixture { topics: recreated, group: unique("recreated"), ..fixture };
    let redcard = recreated.setup().start_ready();
    assert_eq!(recreated.decision("new")["rules"], Value::Array(vec![]));
    redcard.stop();
}

fn on(partition: i32, charge: &Charge) -> Outgoing {
    Outgoing { partition: Some(partition), ..charge.record() }
}

#[test]
fn a_warm_up_publishes_nothing_continues_after_a_crash_and_is_followed_by_decisions() {
    const CARDS: usize = 100;
    const CHARGES_PER_CARD: usize = 200;
    let fixture = RestoreFixture::new("warm-up");
    let start_ms = yesterday_ms();
    let charge = |number: usize| {
        let (card, time) = (format!("c_{}", number % CARDS), start_ms + number as i64 * 100);
        Charge::new(&format!("old-{number}"), &card, time, 2_000).record()
    };
    let old = CARDS * CHARGES_PER_CARD;
    fixture.produce(&(0..old).map(charge).collect::<Vec<_>>());
    let warming = fixture.setup().set("memory", "warm_up", "30d");
    let mut before = warming.start();
    wait_until("the warm-up is on its way", || {
        let warmed = before.get("/metrics").is_some()
            && before.metrics().sum("redcard_warm_up_transactions_total", &[]) > 0.0;
        warmed.then_some(())
    });
    let (status, body) = before.get("/readyz").unwrap();
    let on_its_way = (status, body.contains("warm"));
    before.signal("KILL");
    before.wait_end();
    assert_eq!(fixture.decisions(), 0);
    let mut after = warming.start();
    after.wait_ready();
    let rest = after.metrics().sum("redcard_warm_up_transactions_total", &[]);
    assert!(rest < old as f64, "the second run continues where the first one was killed: {rest}");
    // If the first instance finished before it was killed, nothing was left to interrupt.
    assert!(on_its_way == (503, true) || rest == 0.0, "{on_its_way:?} {body}");
    fixture.wait_caught_up();
    assert_eq!(fixture.decisions(), 0);
    let live = |card: usize| {
        let time = start_ms + 20 * HOUR_MS;
        Charge::new(&format!("live-{card}"), &format!("c_{card}"), time, 2_000).record()
    };
    fixture.produce(&(0..CARDS).map(live).collect::<Vec<_>>());
    fixture.wait_caught_up();
    after.stop();
    let decisions = client::read_all(fixture.brokers, &fixture.topics.decisions);
    assert_eq!(decisions.len(), CARDS);
    for decision in decisions.iter().map(|decision| decision.json()) {
        let message = &decision["rules"][0]["message"];
        assert_eq!(*message, format!("{CHARGES_PER_CARD} charges in a day"), "{decision}");
    }
}

#[test]
fn a_history_topic_that_would_lose_or_misplace_memory_is_refused() {
    let day = &[("retention.ms", "86400000")][..];
    let compacted = &[("cleanup.policy", "compact")][..];
    for (partitions, configs, expected) in [
        (PARTITIONS + 1, &[][..], "has 3 partitions and"),
        (PARTITIONS, day, "has retention.ms = 86400000; the history needs"),
        (PARTITIONS, compacted, "has cleanup.policy = compact"),
    ] {
        let mut fixture = RestoreFixture::new("unfit");
        fixture.topics.history = unique("unfit-history");
        let history = &fixture.topics.history;
        client::create_topic_with(fixture.brokers, history, (partitions, 1), configs);
        let mut redcard = fixture.setup().start();
        let status = redcard.wait_end();
        let log = redcard.output();
        assert_eq!(status.code(), Some(3), "{log}");
        assert!(log.contains(expected) && log.contains(history.as_str()), "{expected}: {log}");
    }
}
