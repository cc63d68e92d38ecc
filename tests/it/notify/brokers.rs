//! Tests an outage of the brokers: a notifier that cannot read them reports it.

use super::receiver::Receiver;
use super::{Alert, KEY, NotifyFixture, WEBHOOK, WithTargets};
use crate::support::broker::Broker;
use crate::support::redcard::Redcard;
use crate::support::{now, wait_until};
use std::time::Instant;

#[test]
fn a_notifier_without_brokers_is_alive_but_not_ready_until_they_are_back() {
    let mut broker = Broker::start_or_panic();
    let receiver = Receiver::start();
    let fixture = NotifyFixture::new(&broker.addresses(), "away", 2);
    let setup = fixture.setup().with_webhook(&receiver);
    let mut reading = setup.start_ready();
    fixture.publish(&Alert::many(0, 5, "rule", "high"));
    wait_notified(&receiver, 5);
    wait_until("offsets are committed", || fixture.is_caught_up().then_some(()));

    broker.kill();
    wait_unreachable(&reading);
    assert_eq!(reading.metrics().sum("redcard_ready", &[]), 0.0);
    assert_eq!(reading.get("/livez").unwrap().0, 200, "a restart would not help");
    let began = now();
    let mut starting = setup.start_serving();
    wait_unreachable(&starting);
    wait_until("it retries", || (retries(&starting) > 1).then_some(()));

    broker.restart();
    reading.wait_ready();
    starting.wait_ready();
    assert_paced_retries(&starting, began);
    fixture.publish(&Alert::many(5, 5, "rule", "high"));
    wait_notified(&receiver, 10);
    let log = reading.stop();
    assert!(log.contains("the brokers do not answer; nothing is read until they do"), "{log}");
    assert!(log.contains("the brokers answer again"), "{log}");
    starting.stop();
}

fn wait_notified(receiver: &Receiver, count: u64) {
    wait_until(&format!("the webhook has {count} alerts"), || {
        let last = receiver.notifications(WEBHOOK, KEY.as_bytes()).pop()?;
        (last["count"] == count).then_some(())
    });
}

fn wait_unreachable(redcard: &Redcard) {
    wait_until("/readyz reports unreachable brokers", || {
        let (status, body) = redcard.get("/readyz")?;
        (status == 503 && body.contains("are not reached: cannot ask for the ")).then_some(())
    });
}

fn retries(redcard: &Redcard) -> usize {
    redcard.output().matches("the brokers do not answer; trying again").count()
}

/// Requests are at least a second apart, however many errors the client library reports.
fn assert_paced_retries(redcard: &Redcard, began: Instant) {
    let seconds = now().duration_since(began).as_secs();
    let retried = retries(redcard);
    assert!(
        retried as u64 <= seconds + 1,
        "{retried} retries in {seconds} s:\n{}",
        redcard.output()
    );
}
