//! Tests which partitions members keep when an instance leaves and returns, with both group
//! protocols, named and unnamed.

use super::expected;
use super::fixture::LoadFixture;
use super::{SESSION_TIMEOUT_MS, base_setup, setup};
use crate::support::redcard::{Redcard, Setup};
use crate::support::wait_until;
use std::collections::BTreeSet;

const CHARGES: usize = 300;

type Protocol = (&'static str, fn(&LoadFixture) -> Setup);

/// The assignment protocols.
const PROTOCOLS: &[Protocol] = &[
    ("cooperative", |fixture| setup(fixture.brokers, &fixture.topics, &fixture.group)),
    ("eager", |fixture| {
        let setup = setup(fixture.brokers, &fixture.topics, &fixture.group);
        setup.property("partition.assignment.strategy", "range")
    }),
    ("broker", |fixture| {
        let setup = base_setup(fixture.brokers, &fixture.topics, &fixture.group);
        setup.property("group.protocol", "consumer")
    }),
];

fn assigned(redcard: &Redcard) -> f64 {
    redcard
        .get("/metrics")
        .map_or(0.0, |_| redcard.metrics().sum("redcard_assigned_partitions", &[]))
}

fn rebalances(redcard: &Redcard) -> f64 {
    redcard.metrics().sum("redcard_rebalances_total", &[])
}

fn wait_shared(one: &Redcard, other: &Redcard) {
    wait_until("both have two partitions", || {
        (assigned(one) == 2.0 && assigned(other) == 2.0).then_some(())
    });
}

#[test]
fn partitions_move_to_new_members_and_from_killed_ones_under_every_protocol() {
    for (name, setup) in PROTOCOLS {
        eprintln!("{name}");
        let mut fixture = LoadFixture::new(name);
        let first = setup(&fixture).start_ready();
        fixture.decide_more(CHARGES);
        let mut second = setup(&fixture).start();
        wait_shared(&first, &second);
        fixture.decide_more(CHARGES);
        second.signal("KILL");
        second.wait_end();
        fixture.decide_more(CHARGES);
        wait_until("one has them all", || (assigned(&first) == 4.0).then_some(()));
        let third = setup(&fixture).start();
        wait_shared(&first, &third);
        first.stop();
        fixture.decide_more(CHARGES);
        third.stop();
        expected::check(fixture.brokers, &fixture.topics, &fixture.group);
    }
}

#[test]
fn a_named_instance_that_is_back_within_its_session_keeps_its_partitions() {
    for (name, setup) in PROTOCOLS {
        eprintln!("{name}");
        let mut fixture = LoadFixture::new(name);
        let named = |instance: &str| {
            let setup = setup(&fixture).set("kafka", "instance", instance);
            match *name {
                "broker" => setup,
                _ => setup.property("session.timeout.ms", 40 * SESSION_TIMEOUT_MS),
            }
        };
        let (one, other) = (named("one"), named("other"));
        let stays = one.start_ready();
        let mut goes = other.start();
        wait_shared(&stays, &goes);
        fixture.decide_more(CHARGES);
        let (before, changes) = (owned(&goes), rebalances(&stays));
        // With the newer protocol, the broker frees a name only when its session expires or the
        // member leaves, so a killed instance could not return in time.
        goes.signal(if *name == "broker" { "TERM" } else { "KILL" });
        goes.wait_end();
        let back = other.start();
        wait_shared(&stays, &back);
        fixture.decide_more(CHARGES);
        assert_eq!(owned(&back), before, "{name}");
        assert_eq!(rebalances(&stays), changes, "{name}: the others notice nothing");
        stays.stop();
        back.stop();
        expected::check(fixture.brokers, &fixture.topics, &fixture.group);
    }
}

/// The partitions of an instance, as its metrics show them.
fn owned(redcard: &Redcard) -> BTreeSet<String> {
    wait_until("the metrics show its partitions", || {
        let samples = redcard.metrics().samples;
        let of_partitions = samples.iter().filter(|s| s.name == "redcard_memory_cards");
        let owned: BTreeSet<String> =
            of_partitions.filter_map(|s| s.labels.get("partition").cloned()).collect();
        (owned.len() as f64 == assigned(redcard)).then_some(owned)
    })
}
