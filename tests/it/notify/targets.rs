//! Tests targets that reject notifications: no offsets are committed until they accept, and the
//! operator can see why.

use super::alertmanager::Alertmanager;
use super::receiver::Receiver;
use super::{Alert, KEY, NotifyFixture, WEBHOOK, WithTargets};
use crate::support::{broker, certificates, wait_until};

#[test]
fn nothing_is_committed_before_every_target_has_accepted() {
    let receiver = Receiver::start();
    receiver.answer(503);
    let fixture = NotifyFixture::new(broker::shared(), "refusing", 2);
    let redcard = fixture
        .setup()
        .file("token", "open-sesame\n")
        .set("notify", "alertmanager_token_file", "token")
        .with_webhook(&receiver)
        .with_alertmanager(&receiver.url("/am/"))
        .start_serving();
    fixture.publish(&Alert::many(0, 50, "rule", "high"));
    for target in ["alertmanager", "webhook"] {
        let failed = [("target", target), ("result", "failed")];
        redcard.wait_metric("redcard_notify_requests_total", &failed, 3.0);
    }
    let (status, body) = redcard.get("/readyz").unwrap();
    assert_eq!(status, 503);
    assert!(body.contains("does not accept: it answered 503"), "{body}");
    assert!(!fixture.is_caught_up(), "offsets are committed before every target accepted");

    receiver.answer(200);
    wait_until("offsets are committed", || fixture.is_caught_up().then_some(()));
    wait_until("it is ready", || {
        redcard.get("/readyz").filter(|(status, _)| *status == 200).map(drop)
    });
    let last = receiver.notifications(WEBHOOK, KEY.as_bytes()).pop().unwrap();
    assert_eq!(last["count"], 50);
    let posted = receiver.posted("/am/api/v2/alerts");
    assert!(posted.iter().all(|posted| posted.header("authorization") == "Bearer open-sesame"));
    let log = redcard.stop();
    assert!(!log.contains("open-sesame") && !log.contains(KEY), "{log}");
}

#[test]
fn over_tls_the_one_member_of_a_cluster_that_accepts_is_enough() {
    let (certificate, key) = certificates::loopback();
    let receiver = Receiver::start_with_tls(&certificate, &key);
    let refusing = Receiver::start();
    refusing.answer(500);
    let fixture = NotifyFixture::new(broker::shared(), "cluster", 1);
    let members = format!("http://127.0.0.1:1, {}, {}", refusing.url(""), receiver.url("/am"));
    let setup = fixture
        .setup()
        .file("password", "open sesame\n")
        .set("notify", "alertmanager_user", "Aladdin")
        .set("notify", "alertmanager_password_file", "password")
        .with_secret_webhook(&receiver)
        .with_alertmanager(&members);

    // Without a trusted certificate, the target is sent nothing.
    let redcard = setup.start_serving();
    fixture.publish(&Alert::many(0, 5, "rule", "high"));
    let failed = [("target", "webhook"), ("result", "failed")];
    redcard.wait_metric("redcard_notify_requests_total", &failed, 1.0);
    let (_, body) = redcard.get("/readyz").unwrap();
    assert!(body.contains("certificate"), "{body}");
    assert!(!fixture.is_caught_up() && receiver.posted("/").is_empty());
    drop(redcard);

    let setup = setup.file("ca.pem", &certificate).set("notify", "ca_file", "ca.pem");
    let redcard = setup.start_ready();
    wait_until("offsets are committed", || fixture.is_caught_up().then_some(()));
    assert_eq!(receiver.notifications(WEBHOOK, KEY.as_bytes()).pop().unwrap()["count"], 5);
    assert!(!refusing.posted("/api/v2/alerts").is_empty(), "every member is notified");
    let posted = receiver.posted("/am/api/v2/alerts");
    let basic = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    assert!(!posted.is_empty() && posted.iter().all(|p| p.header("authorization") == basic));
    let log = redcard.stop();
    assert!(!log.contains("open sesame") && !log.contains(basic), "{log}");
    assert!(!log.contains(&receiver.url(WEBHOOK)), "{log}");
}

#[test]
fn two_notifiers_report_one_cause_to_alertmanager_and_page_once() {
    let receiver = Receiver::start();
    let alertmanager = Alertmanager::start(&receiver);
    let fixture = NotifyFixture::new(broker::shared(), "two", 2);
    let setup = fixture.setup().with_alertmanager(&alertmanager.url());
    let both = [setup.start_ready(), setup.start_ready()];
    fixture.publish(&Alert::many(0, 300, "rule", "high"));
    alertmanager.wait_count("rule", 300);
    for redcard in &both {
        redcard.wait_metric("redcard_notify_alerts_total", &[("outcome", "counted")], 300.0);
    }
    wait_until("offsets are committed", || fixture.is_caught_up().then_some(()));
    assert_eq!(alertmanager.alerts().len(), 1);
    let pages = wait_until("on-call is paged", || {
        let posted = receiver.posted("/on-call");
        (!posted.is_empty()).then_some(posted)
    });
    let [page] = &pages[..] else { panic!("{pages:?}") };
    assert_eq!(page.json()["alerts"].as_array().unwrap().len(), 1);
    both.into_iter().for_each(|redcard| drop(redcard.stop()));
    assert_eq!(receiver.posted("/on-call").len(), 1, "on-call is not paged again");
}

#[test]
fn a_critical_cause_pages_by_itself_while_others_are_active() {
    let receiver = Receiver::start();
    let alertmanager = Alertmanager::start(&receiver);
    let fixture = NotifyFixture::new(broker::shared(), "critical", 1);
    let redcard = fixture.setup().with_alertmanager(&alertmanager.url()).start_ready();
    let paged = |rule: &str| {
        wait_until(&format!("on-call is paged for {rule}"), || {
            let mut pages = receiver.posted("/on-call").into_iter().map(|page| page.json());
            pages.find(|page| page["alerts"].to_string().contains(&format!("\"rule\":\"{rule}\"")))
        })
    };
    fixture.publish(&Alert::many(0, 10, "busy", "high"));
    paged("busy");
    fixture.publish(&Alert::many(10, 1, "drained", "critical"));
    let page = paged("drained");
    assert_eq!(page["groupLabels"]["rule"], "drained", "{page}");
    assert_eq!(page["alerts"].as_array().unwrap().len(), 1, "{page}");
    redcard.stop();
}

#[test]
fn a_stop_sends_pending_notifications_and_reports_if_it_cannot() {
    let receiver = Receiver::start();
    let fixture = NotifyFixture::new(broker::shared(), "stopping", 1);
    let setup = fixture
        .setup()
        .set("notify", "update_interval", "1h")
        .set("delivery", "shutdown_grace", "2m")
        .with_webhook(&receiver);
    let redcard = setup.start_ready();
    fixture.publish(&Alert::many(0, 1, "rule", "high"));
    wait_until("the first alert is notified", || {
        (!receiver.posted(WEBHOOK).is_empty()).then_some(())
    });
    fixture.publish(&Alert::many(1, 9, "rule", "high"));
    redcard.wait_metric("redcard_notify_alerts_total", &[("outcome", "counted")], 10.0);
    redcard.stop();
    let last = receiver.notifications(WEBHOOK, KEY.as_bytes()).pop().unwrap();
    assert_eq!(last["count"], 10, "pending alerts are sent at the stop");
    assert!(fixture.is_caught_up());

    receiver.answer(500);
    let mut redcard = setup.set("delivery", "shutdown_grace", "3s").start_ready();
    fixture.publish(&Alert::many(10, 1, "other", "high"));
    let failed = [("target", "webhook"), ("result", "failed")];
    redcard.wait_metric("redcard_notify_requests_total", &failed, 1.0);
    redcard.signal("TERM");
    assert_eq!(redcard.wait_end().code(), Some(3));
    assert!(redcard.output().contains("not every target accepted"), "{}", redcard.output());
    assert!(!fixture.is_caught_up(), "the next start reads it again");
}

/// More alerts than the notifier reads while no target accepts.
const MANY: u128 = 130_000;
const READ_MAX: f64 = 120_000.0;

#[test]
fn reading_pauses_for_a_target_that_is_far_behind_and_resumes_when_it_accepts() {
    let receiver = Receiver::start();
    receiver.answer(503);
    let fixture = NotifyFixture::new(broker::shared(), "pausing", 2);
    let redcard = fixture.setup().with_webhook(&receiver).start();
    fixture.publish(&Alert::many(0, MANY, "rule", "high"));
    redcard.wait_metric("redcard_notify_paused", &[], 1.0);
    let read = redcard.metrics().sum("redcard_notify_records_read_total", &[]);
    assert!((100_000.0..READ_MAX).contains(&read), "{read} records were read");
    assert!(!fixture.is_caught_up());

    receiver.answer(200);
    let counted = [("outcome", "counted")];
    redcard.wait_metric("redcard_notify_alerts_total", &counted, MANY as f64);
    wait_until("the webhook has them all", || {
        let last = receiver.notifications(WEBHOOK, KEY.as_bytes()).pop()?;
        (last["count"] == MANY as u64).then_some(())
    });
    wait_until("offsets are committed", || fixture.is_caught_up().then_some(()));
    assert_eq!(redcard.metrics().sum("redcard_notify_paused", &[]), 0.0);
    redcard.stop();
}
