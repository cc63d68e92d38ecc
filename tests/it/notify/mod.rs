//! Tests `redcard notify` with a real Kafka broker, a real Alertmanager, and HTTP receivers.

mod alertmanager;
mod attack;
mod brokers;
mod configuration;
pub mod receiver;
mod selection;
mod targets;

use crate::support::client::{self, Outgoing};
use crate::support::messages::rfc3339;
use crate::support::redcard::{Setup, Topics};
use crate::support::{unique, wall_millis};
use serde_json::json;

/// The key of the webhook's signature.
const KEY: &str = "0123456789abcdef0123456789abcdef";
const WEBHOOK: &str = "/redcard";

/// A topic of alerts, and the group of a notifier.
struct NotifyFixture {
    brokers: String,
    topics: Topics,
    group: String,
}

impl NotifyFixture {
    fn new(brokers: &str, stem: &str, partitions: i32) -> Self {
        let topics = Topics::named(stem);
        client::create_topic(brokers, &topics.alerts, partitions);
        Self { brokers: brokers.to_owned(), topics, group: unique("notify") }
    }

    /// The setup of a notifier for this topic, without targets yet.
    fn setup(&self) -> Setup {
        Setup::new(&self.brokers, &self.topics)
            .service("notify")
            .set("notify", "group_id", self.group.as_str())
            .set("notify", "issuer", "bank")
            .set("notify", "resend_interval", "1s")
            .set("notify", "update_interval", "5s")
    }

    fn publish(&self, alerts: &[Alert]) {
        let records: Vec<Outgoing> = alerts.iter().map(Alert::record).collect();
        client::produce(&self.brokers, &self.topics.alerts, &records);
    }

    fn is_caught_up(&self) -> bool {
        client::is_caught_up(&self.brokers, &self.topics.alerts, &self.group)
    }
}

trait WithTargets {
    fn with_webhook(self, receiver: &receiver::Receiver) -> Self;
    /// The same, with the webhook's address in a file.
    fn with_secret_webhook(self, receiver: &receiver::Receiver) -> Self;
    fn with_alertmanager(self, url: &str) -> Self;
}

impl WithTargets for Setup {
    fn with_webhook(self, receiver: &receiver::Receiver) -> Self {
        self.file("webhook.key", &format!("{KEY}\n"))
            .set("notify", "webhook_key_file", "webhook.key")
            .set("notify", "webhook", receiver.url(WEBHOOK))
    }

    fn with_secret_webhook(self, receiver: &receiver::Receiver) -> Self {
        self.file("webhook.key", &format!("{KEY}\n"))
            .set("notify", "webhook_key_file", "webhook.key")
            .file("webhook.address", &format!("{}\n", receiver.url(WEBHOOK)))
            .set("notify", "webhook_file", "webhook.address")
    }

    fn with_alertmanager(self, url: &str) -> Self {
        self.set("notify", "alertmanagers", url)
    }
}

/// An alert in the format in which redcard publishes it (docs/reference/decision-and-alert.md).
#[derive(Debug, Clone)]
struct Alert {
    id: u128,
    rule: String,
    severity: &'static str,
    published_ms: i64,
}

impl Alert {
    fn new(id: u128, rule: &str, severity: &'static str) -> Self {
        Self { id, rule: rule.to_owned(), severity, published_ms: wall_millis() }
    }

    /// `count` alerts of one cause, each of a different card.
    fn many(first: u128, count: u128, rule: &str, severity: &'static str) -> Vec<Self> {
        (first..first + count).map(|id| Self::new(id, rule, severity)).collect()
    }

    fn published(self, published_ms: i64) -> Self {
        Self { published_ms, ..self }
    }

    fn record(&self) -> Outgoing {
        let card = format!("c_{}", self.id);
        let value = json!({
            "transaction_id": format!("t_{}", self.id), "card": card,
            "time": rfc3339(self.published_ms), "score": 640, "action": "decline",
            "rules": [
                {"id": "mild", "points": 40, "severity": "low", "reason": "MILD",
                 "message": "mild", "evidence": {}, "charges": []},
                {"id": self.rule, "points": 600, "severity": self.severity, "reason": "R",
                 "message": "USD 26.00 at a web shop in DK", "evidence": {"amount": 26.0},
                 "charges": []},
            ],
            "undecided": [], "ruleset": {"name": "r", "version": "1", "hash": "h"},
            "incident": null, "alert_id": format!("{:032x}", self.id), "severity": self.severity,
            "amount": 2_600, "currency": "USD", "last4": "4242",
            "merchant": {"id": "m_1", "name": null, "mcc": null, "country": null},
            "decided_at": rfc3339(self.published_ms),
            "source": {"topic": "transactions", "partition": 0, "offset": 1},
        });
        let mut record = Outgoing::new(card, value.to_string());
        record.timestamp_ms = Some(self.published_ms);
        record.headers = vec![("ce_type".into(), b"redcard.alert.v1".to_vec())];
        record
    }
}
