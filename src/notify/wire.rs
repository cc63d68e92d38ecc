//! Serializes notifications: Alertmanager's v2 API, and the JSON of the webhook
//! (docs/operating/notify.md).
//!
//! Labels contain the cause and nothing else, so that grouping by them yields causes, not cards.

use super::alert::Example;
use super::cause::{ActiveCause, Cause};
use super::settings::Policy;
use super::store::PendingNotification;
use crate::hex::hex;
use crate::rules::{Severity, grouped, money, show_duration};
use crate::transaction::Time;
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The severity of a storm of causes.
const STORM_SEVERITY: Severity = Severity::High;
/// The severity of notifications that page no one; no alert has it.
const INFO: &str = "info";
/// The names of the alerts that page on-call; each has its section in the runbook.
pub const ALERT_NAMES: [&str; 3] = [RULE, STORM, OLD];
const RULE: &str = "RedcardRule";
const STORM: &str = "RedcardAlertStorm";
const OLD: &str = "RedcardOldAlerts";
/// Relative to redcard's repository, as in the alert rules for Prometheus.
const RUNBOOK: &str = "docs/operating/runbook.md";
/// How many bytes of the SHA-256 a notification's id shows.
const ID_BYTES: usize = 16;

/// What all notifications of a notifier have in common.
#[derive(Debug, Clone)]
pub struct RequestContext {
    pub issuer: String,
    pub policy: Policy,
}

type Labels<'a> = BTreeMap<&'static str, &'a str>;

/// An alert in Alertmanager's `POST /api/v2/alerts`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Posted<'a> {
    labels: Labels<'a>,
    annotations: BTreeMap<&'static str, String>,
    #[serde(serialize_with = "as_text")]
    starts_at: Time,
    #[serde(serialize_with = "as_text")]
    ends_at: Time,
}

/// The body of a webhook's request.
#[derive(Serialize)]
struct Delivery<'a> {
    version: &'static str,
    notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
struct Notification<'a> {
    id: String,
    status: &'static str,
    labels: Labels<'a>,
    summary: String,
    #[serde(serialize_with = "as_text")]
    starts_at: Time,
    #[serde(serialize_with = "as_text")]
    ends_at: Time,
    #[serde(serialize_with = "as_text")]
    last_alert_at: Time,
    count: u64,
    amounts: Vec<Amount>,
    causes: Vec<Named<'a>>,
    /// Alerts of rules that are not listed in `causes`.
    other_causes: u64,
    examples: Vec<ExampleJson<'a>>,
    /// Alerts that are counted but not among the examples.
    not_shown: u64,
}

#[derive(Serialize)]
struct Amount {
    currency: &'static str,
    /// In minor units.
    amount: i64,
    alerts: u64,
}

#[derive(Serialize)]
struct Named<'a> {
    rule: &'a str,
    severity: &'static str,
    alerts: u64,
}

#[derive(Serialize)]
struct ExampleJson<'a> {
    alert_id: String,
    #[serde(serialize_with = "as_text")]
    at: Time,
    card: &'a str,
    last4: Option<&'a str>,
    amount: &'a str,
    message: &'a str,
    /// JSON, possibly truncated.
    evidence: &'a str,
}

impl RequestContext {
    /// The body of Alertmanager's request.
    pub fn alertmanager(&self, pending: &[PendingNotification]) -> Vec<u8> {
        json(&pending.iter().map(|notice| self.posted(notice)).collect::<Vec<_>>())
    }

    /// The body of the webhook's request.
    pub fn webhook(&self, pending: &[PendingNotification]) -> Vec<u8> {
        let notifications = pending.iter().map(|notice| self.notification(notice)).collect();
        json(&Delivery { version: "1", notifications })
    }

    fn posted<'a>(&'a self, notice: &'a PendingNotification) -> Posted<'a> {
        let active = &notice.active;
        let aggregate = &active.aggregate;
        let mut annotations = BTreeMap::from([
            ("summary", self.summary(notice)),
            ("count", aggregate.count.to_string()),
            ("amounts", amounts(active)),
            ("last_alert", active.last.to_string()),
            ("examples", aggregate.examples.iter().map(example).collect::<Vec<_>>().join("\n")),
            ("not_shown", not_shown(active)),
            ("runbook_url", format!("{RUNBOOK}#{}", name(&notice.cause).to_lowercase())),
        ]);
        if !matches!(notice.cause, Cause::Rule { .. }) {
            annotations.insert("causes", causes(active));
        }
        Posted {
            labels: self.labels(&notice.cause),
            annotations,
            starts_at: active.start,
            ends_at: notice.ends,
        }
    }

    fn notification<'a>(&'a self, notice: &'a PendingNotification) -> Notification<'a> {
        let active = &notice.active;
        let aggregate = &active.aggregate;
        let named = aggregate.named.iter().map(|((rule, severity), alerts)| Named {
            rule,
            severity: severity.name(),
            alerts: *alerts,
        });
        Notification {
            id: self.id(notice),
            status: if notice.is_end { "resolved" } else { "firing" },
            labels: self.labels(&notice.cause),
            summary: self.summary(notice),
            starts_at: active.start,
            ends_at: notice.ends,
            last_alert_at: active.last,
            count: aggregate.count,
            amounts: aggregate
                .amounts
                .values()
                .map(|sum| Amount {
                    currency: sum.amount.currency.code(),
                    amount: sum.amount.minor,
                    alerts: sum.alerts,
                })
                .collect(),
            causes: named.collect(),
            other_causes: aggregate.unnamed,
            examples: aggregate.examples.iter().map(ExampleJson::of).collect(),
            not_shown: aggregate.not_shown(),
        }
    }

    fn labels<'a>(&'a self, cause: &'a Cause) -> Labels<'a> {
        let (rule, severity) = match cause {
            Cause::Rule { rule, severity } => (Some(&**rule), severity.name()),
            Cause::Storm => (None, STORM_SEVERITY.name()),
            Cause::Old => (None, INFO),
        };
        let fixed = [("alertname", name(cause)), ("severity", severity), ("issuer", &*self.issuer)];
        fixed.into_iter().chain(rule.map(|rule| ("rule", rule))).collect()
    }

    /// Equal for the same state of the same active cause, even if another instance sends it.
    fn id(&self, notice: &PendingNotification) -> String {
        let active = &notice.active;
        let labels: Vec<String> = self
            .labels(&notice.cause)
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let news = (active.start.millis(), active.aggregate.count, notice.is_end);
        let digest = Sha256::digest(format!("{}\0{news:?}", labels.join("\0")));
        hex(digest.get(..ID_BYTES).unwrap_or(&digest))
    }

    fn summary(&self, notice: &PendingNotification) -> String {
        let active = &notice.active;
        let count = counted(active.aggregate.count);
        let (start, amounts) = (active.start, amounts(active));
        match &notice.cause {
            Cause::Rule { rule, .. } => format!("{rule}: {count} since {start}, {amounts}"),
            Cause::Storm => format!(
                "alert storm: {count} since {start}, {amounts}, of {} causes above the limit of \
                 {} individual notifications in {}",
                active.aggregate.named.len(),
                self.policy.rate_cap,
                show_duration(self.policy.rate_window_ms),
            ),
            Cause::Old => format!(
                "{count} were older than {} when they were read, from {start} on; they page no one",
                show_duration(self.policy.age_limit_ms),
            ),
        }
    }
}

impl<'a> ExampleJson<'a> {
    fn of(example: &'a Example) -> Self {
        Self {
            alert_id: format!("{:032x}", example.alert_id),
            at: example.at,
            card: &example.card,
            last4: example.last4.as_deref(),
            amount: &example.amount,
            message: &example.sentence,
            evidence: &example.evidence,
        }
    }
}

fn name(cause: &Cause) -> &'static str {
    match cause {
        Cause::Rule { .. } => RULE,
        Cause::Storm => STORM,
        Cause::Old => OLD,
    }
}

fn counted(alerts: u64) -> String {
    let plural = if alerts == 1 { "" } else { "s" };
    format!("{} alert{plural}", grouped(alerts))
}

/// `EUR 12.00 (1 alert), USD 2,600.00 (3 alerts)`
fn amounts(active: &ActiveCause) -> String {
    let sums = active.aggregate.amounts.values();
    let shown = sums.map(|sum| {
        format!("{} ({})", money(sum.amount.minor, sum.amount.currency), counted(sum.alerts))
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// One line per rule.
fn causes(active: &ActiveCause) -> String {
    let aggregate = &active.aggregate;
    let mut text = String::new();
    for ((rule, severity), alerts) in &aggregate.named {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{rule} ({}): {}", severity.name(), counted(*alerts));
    }
    if aggregate.unnamed > 0 {
        let _ = writeln!(text, "other rules: {}", counted(aggregate.unnamed));
    }
    text
}

fn not_shown(active: &ActiveCause) -> String {
    match active.aggregate.not_shown() {
        0 => "none".to_owned(),
        left => format!(
            "{} of {} are counted and not shown here; all are in the alerts topic",
            grouped(left),
            grouped(active.aggregate.count)
        ),
    }
}

fn example(example: &Example) -> String {
    let last4 = example.last4.as_deref().map_or(String::new(), |last4| format!(" …{last4}"));
    format!(
        "{} {}{last4} {}: {} {}",
        example.at, example.card, example.amount, example.sentence, example.evidence
    )
}

fn json(value: &impl Serialize) -> Vec<u8> {
    // Every map here has string keys, and writing to a vector cannot fail.
    serde_json::to_vec(value).unwrap_or_default()
}

fn as_text<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}
