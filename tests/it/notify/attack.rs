//! Ten thousand alerts with one cause result in a handful of notifications with complete counts,
//! even if each side is restarted in the meantime.

use super::alertmanager::Alertmanager;
use super::receiver::Receiver;
use super::{Alert, KEY, NotifyFixture, WEBHOOK, WithTargets};
use crate::support::{broker, now, wait_until};
use serde_json::Value;

const RULE: &str = "foreign-web-shop-debit";
/// Longer than any pause between two parts of the attack on a slow machine.
const QUIET: &str = "60s";
/// Limits the requests to the webhook for an attack of 10,000 alerts: one update per interval, plus
/// a few for the beginning, the end and repeats after a restart.
const UPDATE_INTERVAL_S: u64 = 5;
const MORE_REQUESTS_MAX: u64 = 4;

#[test]
fn ten_thousand_alerts_of_one_cause_are_a_handful_of_notifications_despite_restarts() {
    let receiver = Receiver::start();
    let mut alertmanager = Alertmanager::start(&receiver);
    let fixture = NotifyFixture::new(broker::shared(), "attack", 3);
    let setup = fixture
        .setup()
        .set("notify", "quiet_time", QUIET)
        .with_webhook(&receiver)
        .with_alertmanager(&alertmanager.url());
    let wait_notified = |count: u64| {
        wait_until(&format!("the webhook has {count} alerts"), || {
            let mut all = receiver.notifications(WEBHOOK, KEY.as_bytes()).into_iter().rev();
            all.find(|notification| notification["count"] == count)
        })
    };

    let began = now();
    let mut redcard = setup.start_ready();
    fixture.publish(&Alert::many(0, 4_000, RULE, "high"));
    let first = alertmanager.wait_count(RULE, 4_000);
    let first_notification = wait_notified(4_000);
    wait_until("on-call is notified", || (!on_call(&receiver).is_empty()).then_some(()));
    wait_until("offsets are committed", || fixture.is_caught_up().then_some(()));

    // redcard is killed while alerts keep arriving.
    redcard.signal("KILL");
    redcard.wait_end();
    fixture.publish(&Alert::many(4_000, 3_000, RULE, "high"));
    let redcard = setup.start_ready();
    let second = alertmanager.wait_count(RULE, 7_000);
    assert_eq!(second["startsAt"], first["startsAt"]);
    assert_eq!(second["fingerprint"], first["fingerprint"]);
    assert_eq!(wait_notified(7_000)["starts_at"], first_notification["starts_at"]);

    // Alertmanager is restarted and has lost its alerts.
    alertmanager.stop();
    fixture.publish(&Alert::many(7_000, 3_000, RULE, "high"));
    redcard.wait_metric(
        "redcard_notify_requests_total",
        &[("target", "alertmanager"), ("result", "failed")],
        1.0,
    );
    alertmanager.launch();
    let third = alertmanager.wait_count(RULE, 10_000);
    assert_eq!(third["startsAt"], first["startsAt"]);
    assert_annotations(&third["annotations"]);

    // No further alerts arrive, so the cause is resolved.
    let last = wait_until("the webhook gets the resolved notification", || {
        let all = receiver.notifications(WEBHOOK, KEY.as_bytes());
        all.into_iter().find(|notification| notification["status"] == "resolved")
    });
    assert_notification(&last, &first_notification);
    wait_until("on-call gets the resolved notification", || {
        on_call(&receiver).iter().any(|body| body["status"] == "resolved").then_some(())
    });
    redcard.stop();
    assert!(fixture.is_caught_up());

    let pages = on_call(&receiver);
    let firing = pages.iter().filter(|body| body["status"] == "firing").count();
    assert_eq!((firing, pages.len()), (1, 2), "{pages:#?}");
    let requests = receiver.posted(WEBHOOK).len() as u64;
    let requests_max = began.elapsed().as_secs() / UPDATE_INTERVAL_S + MORE_REQUESTS_MAX;
    assert!((2..=requests_max).contains(&requests), "{requests} requests");
}

/// The notifications that Alertmanager sent to on-call.
fn on_call(receiver: &Receiver) -> Vec<Value> {
    receiver.posted("/on-call").iter().map(super::receiver::Posted::json).collect()
}

fn assert_annotations(annotations: &Value) {
    let text = |name: &str| annotations[name].as_str().unwrap();
    assert!(text("summary").starts_with("foreign-web-shop-debit: 10,000 alerts since "));
    assert_eq!(text("amounts"), "USD 260,000.00 (10,000 alerts)");
    assert!(text("not_shown").starts_with("9,995 of 10,000 are counted and not shown"));
    assert_eq!(text("runbook_url"), "docs/operating/runbook.md#redcardrule");
    let examples: Vec<&str> = text("examples").lines().collect();
    assert_eq!(examples.len(), 5);
    for example in examples {
        let shown = "…4242 USD 26.00: USD 26.00 at a web shop in DK {\"amount\":26.0}";
        assert!(example.contains(" c_") && example.ends_with(shown), "{example}");
    }
}

fn assert_notification(last: &Value, first: &Value) {
    assert_eq!(last["count"], 10_000);
    assert_eq!(last["not_shown"], 9_995);
    assert_eq!(last["amounts"][0]["amount"], 26_000_000);
    assert_eq!((&last["labels"], &last["starts_at"]), (&first["labels"], &first["starts_at"]));
    let labels = last["labels"].as_object().unwrap();
    let expected =
        [("alertname", "RedcardRule"), ("issuer", "bank"), ("rule", RULE), ("severity", "high")];
    assert_eq!(labels.len(), expected.len(), "the card is in no label: {labels:?}");
    for (name, value) in expected {
        assert_eq!(labels[name], value);
    }
}
