//! Tests an outage of the broker that is longer than any timeout: what redcard costs and logs
//! meanwhile, and that it continues afterwards.

use super::expected;
use super::load::Load;
use super::{SESSION_TIMEOUT_MS, TRANSACTION_TIMEOUT_MS, setup};
use crate::support::broker::Broker;
use crate::support::redcard::Topics;
use crate::support::{client, now, unique, wait_until};
use std::time::Duration;

const PARTITIONS: i32 = 4;
const CHARGES: usize = 2_000;
const AWAY: Duration =
    Duration::from_millis(2 * (SESSION_TIMEOUT_MS + TRANSACTION_TIMEOUT_MS).unsigned_abs());
/// Share of one core, while no work is possible.
const IDLE_SHARE_MAX: f64 = 0.15;
const GROWTH_MAX_BYTES: u64 = 64 << 20;
const LINES_PER_SECOND_MAX: usize = 5;

#[test]
fn an_outage_longer_than_every_timeout_costs_little_and_redcard_recovers() {
    let mut own = Broker::start_or_panic();
    let (brokers, group) = (own.addresses(), unique("outage"));
    let topics = Topics::created(&brokers, "outage", PARTITIONS);
    let mut load = Load::new(5, PARTITIONS);
    // Long enough for a transaction to be open when the broker stops.
    let setup = setup(&brokers, &topics, &group).set("delivery", "commit_interval", "2s");
    let mut redcard = setup.start_ready();
    client::produce(&brokers, &topics.transactions, &load.take(CHARGES));
    wait_until("an open transaction", || {
        (!client::read_uncommitted(&brokers, &topics.decisions).is_empty()).then_some(())
    });
    own.stop();
    let (lines, before, began) = (redcard.output().lines().count(), redcard.usage(), now());
    // The sleep is the measured period, in which no work is possible.
    std::thread::sleep(AWAY);
    let (after, log) = (redcard.usage(), redcard.output());
    assert!(redcard.is_running(), "{log}");
    assert_eq!(redcard.get("/livez").map(|(status, _)| status), Some(200), "it waits, alive");
    let away = began.elapsed();
    let share = (after.cpu - before.cpu).as_secs_f64() / away.as_secs_f64();
    let new_lines: Vec<&str> = log.lines().skip(lines).collect();
    eprintln!("{share:.3} of a core, {} lines, {before:?} {after:?}", new_lines.len());
    assert!(share < IDLE_SHARE_MAX, "{share} of a core");
    assert!(after.resident_bytes < before.resident_bytes + GROWTH_MAX_BYTES, "{after:?}");
    let most = LINES_PER_SECOND_MAX * usize::try_from(away.as_secs()).unwrap();
    assert!(new_lines.len() < most, "{} lines:\n{}", new_lines.len(), new_lines.join("\n"));
    own.restart();
    client::produce(&brokers, &topics.transactions, &load.take(CHARGES));
    wait_until("everything is committed", || {
        client::is_caught_up(&brokers, &topics.transactions, &group).then_some(())
    });
    redcard.stop();
    expected::check(&brokers, &topics, &group);
}
