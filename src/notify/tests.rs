//! The core without Kafka and targets, in simulated time: what is counted, what is notified, and
//! that a restart gives the same.

mod random;

use super::admission::{Admission, Disposition};
use super::alert::{Alert, Example};
use super::cause::{ActiveCause, Cause};
use super::delivery_state::{END_REPEATED_MS, ResendPolicy};
use super::recovery::Recovery;
use super::settings::Policy;
use super::store::{CauseState, DueNotifications, PendingNotification, Store};
use super::wire::RequestContext;
use crate::rules::Severity;
use crate::transaction::{Currency, Money, Time};
use serde_json::Value;
use std::collections::BTreeMap;

const POLICY: Policy = Policy {
    severity_floor: Severity::Medium,
    quiet_ms: 100,
    age_limit_ms: 500,
    rate_cap: 3,
    rate_window_ms: 50,
    lookback_ms: 10_000,
    examples: 2,
};
/// As for Alertmanager.
const REPEATED: ResendPolicy = ResendPolicy { update_ms: 10, resend_ms: Some(30) };
/// As for a webhook.
const ONCE: ResendPolicy = ResendPolicy { update_ms: 40, resend_ms: None };

fn alert(id: u128, rule: &str, severity: Severity, minor: i64) -> Alert {
    let currency = Currency::parse("USD").unwrap();
    Alert {
        id,
        rule: rule.into(),
        severity,
        amount: Money { minor, currency },
        example: Example {
            at: Time(i64::try_from(id).unwrap()),
            alert_id: id,
            card: format!("c_{id}"),
            last4: Some("4242".into()),
            amount: "USD 1.00".into(),
            sentence: "a sentence".into(),
            evidence: r#"{"amount":1.0}"#.into(),
        },
    }
}

/// A store with its admission, and when each target was last notified.
struct NotifierFixture {
    store: Store,
    admission: Admission,
    pushed: Vec<Option<Time>>,
}

impl NotifierFixture {
    fn new(resend_policies: &[ResendPolicy]) -> Self {
        let store = Store::new(POLICY, resend_policies.to_vec());
        Self { store, admission: Admission::new(), pushed: vec![None; resend_policies.len()] }
    }

    fn count(&mut self, alert: &Alert, at: i64, now: i64) -> Disposition {
        self.store.count(&mut self.admission, alert, Time(at), Time(now))
    }

    fn high(&mut self, id: u128, rule: &str, now: i64) {
        assert_eq!(
            self.count(&alert(id, rule, Severity::High, 100), now, now),
            Disposition::Counted
        );
    }

    fn due(&self, target: usize, now: i64) -> DueNotifications {
        self.store.due_notifications(target, self.pushed[target], Time(now))
    }

    /// Delivers what is due for a target now; the target accepts all of it.
    fn notify_target(&mut self, target: usize, now: i64) -> Vec<PendingNotification> {
        self.store.settle(&mut self.admission, Time(now));
        let round = self.due(target, now);
        if !round.pending.is_empty() {
            self.store.accept(target, &round.pending, Time(now));
            self.pushed[target] = Some(Time(now));
        }
        round.pending
    }

    /// The same in short form: name, count, and whether it is the end.
    fn deliveries(&mut self, target: usize, now: i64) -> Vec<(String, u64, bool)> {
        self.notify_target(target, now).iter().map(short).collect()
    }
}

fn short(notice: &PendingNotification) -> (String, u64, bool) {
    let name = match &notice.cause {
        Cause::Rule { rule, severity } => format!("{rule}/{}", severity.name()),
        Cause::Storm => "storm".into(),
        Cause::Old => "old".into(),
    };
    (name, notice.active.aggregate.count, notice.is_end)
}

fn one(name: &str, count: u64, is_end: bool) -> Vec<(String, u64, bool)> {
    vec![(name.to_owned(), count, is_end)]
}

#[test]
fn a_cause_is_notified_when_it_begins_grows_and_becomes_quiet() {
    let mut fixture = NotifierFixture::new(&[ONCE]);
    fixture.high(1, "a", 1_000);
    assert_eq!(fixture.deliveries(0, 1_000), one("a/high", 1, false));
    fixture.high(2, "a", 1_010);
    assert_eq!(fixture.due(0, 1_039), DueNotifications::default(), "an update waits for its time");
    assert_eq!(fixture.deliveries(0, 1_040), one("a/high", 2, false));
    assert!(fixture.deliveries(0, 1_109).is_empty());
    let end = fixture.notify_target(0, 1_110);
    assert_eq!(short(&end[0]), ("a/high".into(), 2, true));
    assert_eq!((end[0].active.start, end[0].ends), (Time(1_000), Time(1_110)));
    fixture.store.sweep(Time(1_110));
    assert!(active_causes(&fixture.store).is_empty());
    fixture.high(3, "a", 1_111);
    assert_eq!(fixture.deliveries(0, 1_111), one("a/high", 1, false), "another active");
}

#[test]
fn alertmanager_gets_repeated_notifications_and_the_end_for_a_while() {
    let mut fixture = NotifierFixture::new(&[REPEATED]);
    fixture.high(1, "a", 1_000);
    let deliveries = fixture.notify_target(0, 1_000);
    assert_eq!(deliveries[0].ends, Time(1_100), "it ends by itself without further input");
    assert!(fixture.deliveries(0, 1_029).is_empty());
    assert_eq!(fixture.deliveries(0, 1_030), one("a/high", 1, false));
    assert_eq!(fixture.deliveries(0, 1_100), one("a/high", 1, true));
    assert_eq!(fixture.deliveries(0, 1_130), one("a/high", 1, true));
    fixture.store.sweep(Time(1_130));
    assert_eq!(active_causes(&fixture.store).len(), 1);
    let over = 1_100 + END_REPEATED_MS;
    assert!(fixture.deliveries(0, over).is_empty());
    fixture.store.sweep(Time(over));
    assert!(active_causes(&fixture.store).is_empty());
}

#[test]
fn a_recovered_target_is_notified_of_a_past_cause_before_the_cause_ends() {
    let mut fixture = NotifierFixture::new(&[REPEATED, ONCE]);
    fixture.high(1, "a", 1_000);
    fixture.deliveries(0, 1_000);
    assert_eq!(fixture.deliveries(0, 1_100), one("a/high", 1, true));
    // Another alert arrives before the second target was ever notified; no alert is lost.
    fixture.high(2, "a", 5_000);
    assert_eq!(fixture.deliveries(0, 5_000), one("a/high", 2, false));
    assert_eq!(fixture.deliveries(1, 9_000), one("a/high", 2, false));
    assert!(fixture.deliveries(1, 9_099).is_empty());
    assert_eq!(fixture.deliveries(1, 9_100), one("a/high", 2, true));
}

#[test]
fn an_alert_below_the_floor_an_old_one_and_a_duplicate_do_not_page() {
    let mut fixture = NotifierFixture::new(&[ONCE]);
    let low = alert(1, "a", Severity::Low, 1);
    let old = alert(2, "b", Severity::Critical, 1);
    assert_eq!(fixture.count(&low, 1_000, 1_000), Disposition::BelowFloor);
    assert_eq!(fixture.count(&old, 499, 1_000), Disposition::Old);
    assert_eq!(fixture.count(&old, 1_000, 1_000), Disposition::Repeated);
    let deliveries = fixture.notify_target(0, 1_000);
    assert_eq!(deliveries.iter().map(short).collect::<Vec<_>>(), one("old", 1, false));
    let deliveries = posted(&deliveries);
    assert_eq!(deliveries[0]["labels"]["severity"], "info");
    assert_eq!(
        deliveries[0]["annotations"]["runbook_url"],
        "docs/operating/runbook.md#redcardoldalerts"
    );
    let at_the_limit = alert(3, "b", Severity::Critical, 1);
    assert_eq!(fixture.count(&at_the_limit, 500, 1_000), Disposition::Counted);
}

#[test]
fn causes_above_the_limit_are_notified_in_one_summary_that_counts_them_all() {
    let mut fixture = NotifierFixture::new(&[ONCE]);
    for (id, rule) in ["a", "b", "c", "d", "e", "d"].iter().enumerate() {
        fixture.high(id as u128, rule, 1_000);
    }
    let deliveries = fixture.notify_target(0, 1_000);
    let names: Vec<_> = deliveries.iter().map(|notice| short(notice).0).collect();
    assert_eq!(names, ["a/high", "b/high", "c/high", "storm"]);
    let storm = &posted(&deliveries)[3];
    assert_eq!(storm["labels"]["alertname"], "RedcardAlertStorm");
    assert_eq!(storm["annotations"]["runbook_url"], "docs/operating/runbook.md#redcardalertstorm");
    assert_eq!(storm["annotations"]["count"], "3");
    assert_eq!(storm["annotations"]["causes"], "d (high): 2 alerts\ne (high): 1 alert\n");
    assert!(storm["annotations"]["not_shown"].as_str().unwrap().starts_with("1 of 3"), "{storm}");
    // Once the window has passed, another cause is notified individually.
    fixture.high(9, "f", 1_050);
    assert!(fixture.deliveries(0, 1_050).contains(&("f/high".into(), 1, false)));
    // A cause that is only in the summary stays there until it is over.
    fixture.high(10, "d", 1_060);
    assert!(fixture.deliveries(0, 1_090).contains(&("storm".into(), 4, false)));
    assert!(fixture.deliveries(0, 1_160).contains(&("storm".into(), 4, true)));
}

#[test]
fn offsets_are_confirmed_by_the_slowest_target() {
    let store = Store::new(POLICY, vec![ONCE, REPEATED]);
    store.confirm(0, [(0, 5), (1, 9)].into());
    assert_eq!(store.confirmed(), [].into());
    store.confirm(1, [(0, 7)].into());
    assert_eq!(store.confirmed(), [(0, 5)].into());
}

#[test]
fn labels_identify_a_cause_and_annotations_describe_it() {
    let mut fixture = NotifierFixture::new(&[ONCE]);
    fixture.high(1, "foreign", 1_000);
    fixture.high(2, "foreign", 1_001);
    fixture.high(3, "foreign", 1_002);
    let deliveries = fixture.notify_target(0, 1_002);
    let posted = &posted(&deliveries)[0];
    assert_eq!(
        posted["labels"].to_string(),
        r#"{"alertname":"RedcardRule","issuer":"bank","rule":"foreign","severity":"high"}"#
    );
    assert_eq!(posted["startsAt"], "1970-01-01T00:00:01.000Z");
    let annotations = &posted["annotations"];
    assert_eq!(
        annotations["summary"],
        "foreign: 3 alerts since 1970-01-01T00:00:01.000Z, USD 3.00 (3 alerts)"
    );
    let examples: Vec<&str> = annotations["examples"].as_str().unwrap().lines().collect();
    assert_eq!(examples.len(), 2);
    assert_eq!(
        examples[0],
        r#"1970-01-01T00:00:00.003Z c_3 …4242 USD 1.00: a sentence {"amount":1.0}"#
    );
    let delivery: Value = serde_json::from_slice(&context().webhook(&deliveries)).unwrap();
    let notification = &delivery["notifications"][0];
    assert_eq!(notification["status"], "firing");
    assert_eq!(notification["amounts"][0]["amount"], 300);
    assert_eq!((&notification["count"], &notification["not_shown"]), (&3.into(), &1.into()));
    let again: Value = serde_json::from_slice(&context().webhook(&deliveries)).unwrap();
    assert_eq!(again, delivery, "the same news has the same id");
}

fn context() -> RequestContext {
    RequestContext { issuer: "bank".into(), policy: POLICY }
}

fn posted(pending: &[PendingNotification]) -> Vec<Value> {
    serde_json::from_slice(&context().alertmanager(pending)).unwrap()
}

/// Every active cause and its state.
fn active_causes(store: &Store) -> BTreeMap<Cause, (ActiveCause, CauseState)> {
    let groups = store.groups.iter();
    groups.map(|group| (group.key().clone(), (group.active.clone(), group.state))).collect()
}

/// What is active, as a restart finds it.
fn active(store: &Store, now: i64) -> BTreeMap<Cause, (ActiveCause, CauseState)> {
    let mut all = active_causes(store);
    all.retain(|_, (active, _)| Time(now) < active.quiet_at(POLICY.quiet_ms));
    all
}
