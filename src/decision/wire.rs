//! Serializes decisions and alerts as JSON. The order of the fields here is the order of the keys.
//!
//! Numbers are written as serde_json writes them (plain integers, and decimals in the shortest form
//! that reads back as the same value), so equal decisions are equal bytes.

use super::decided::{self, Position};
use crate::memory::Event;
use crate::number::NearestDouble;
use crate::rules::{Fired, Ruleset, Value};
use crate::transaction::{Money, Time, WireName};
use serde::{Serialize, Serializer};
use std::sync::Arc;

impl decided::Decision<'_> {
    /// Appends the decision as one JSON object, without a line end.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        write(&Decision::of(self), out);
    }

    /// Appends the value of an alert (docs/reference/decision-and-alert.md). `decided_at` is the wall
    /// clock, if there is one; `source` is where the transaction was read from.
    pub fn write_alert(
        &self,
        decided_at: Option<Time>,
        source: Option<Position<'_>>,
        out: &mut Vec<u8>,
    ) {
        write(&AlertMessage::of(self, self.alert_id(), decided_at, source), out);
    }
}

/// Appends a value as JSON.
fn write<T: Serialize>(value: &T, out: &mut Vec<u8>) {
    // Writing to a `Vec` cannot fail, and every map here has string keys.
    let written = serde_json::to_writer(out, value);
    debug_assert!(written.is_ok());
}

#[derive(Serialize)]
struct Decision<'a> {
    transaction_id: &'a str,
    card: &'a str,
    #[serde(serialize_with = "as_text")]
    time: Time,
    score: i32,
    action: &'static str,
    rules: Vec<Rule<'a>>,
    undecided: Vec<&'a str>,
    /// Omitted if no shadow rule fired.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shadow: Vec<Rule<'a>>,
    /// Omitted unless a decline was let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    control: Option<Control>,
    ruleset: RulesetId<'a>,
    /// Always null: this version does not group alerts into incidents.
    incident: Option<&'a str>,
}

#[derive(Serialize)]
struct RulesetId<'a> {
    name: &'a str,
    version: &'a str,
    hash: &'a str,
}

#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
    points: i32,
    severity: &'static str,
    reason: &'a str,
    message: &'a str,
    evidence: Evidence<'a>,
    charges: Vec<Charge>,
}

/// A decline that was let through to learn its outcome.
#[derive(Serialize)]
struct Control {
    /// The probability with which such a decline is let through.
    propensity: f64,
    /// What the action would have been.
    action: &'static str,
}

struct Evidence<'a>(&'a [(Arc<str>, Value)]);

/// A remembered charge, as evidence.
#[derive(Serialize)]
struct Charge {
    #[serde(serialize_with = "as_text")]
    time: Time,
    /// Decimal, in the base currency.
    amount: Option<f64>,
    country: Option<String>,
    mcc: Option<String>,
    channel: Option<&'static str>,
    declined: bool,
    /// The amount of the attempt, if it differs from `amount`.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempted: Option<f64>,
}

#[derive(Serialize)]
struct AlertMessage<'a> {
    #[serde(flatten)]
    decision: Decision<'a>,
    alert_id: &'a str,
    severity: &'static str,
    /// As charged, in minor units of `currency`.
    amount: i64,
    currency: &'static str,
    last4: Option<&'a str>,
    merchant: WireMerchant<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<WireSource<'a>>,
}

#[derive(Serialize)]
struct WireMerchant<'a> {
    id: &'a str,
    name: Option<&'a str>,
    mcc: Option<String>,
    country: Option<String>,
}

#[derive(Serialize)]
struct WireSource<'a> {
    topic: &'a str,
    partition: i32,
    offset: i64,
}

impl<'a> Decision<'a> {
    pub fn of(decision: &'a decided::Decision<'_>) -> Self {
        let (ruleset, evaluation) = (decision.ruleset, decision.evaluation);
        let id_of = |index: &usize| ruleset.rules().get(*index).map(|rule| rule.id.as_str());
        Self {
            transaction_id: &decision.transaction.id,
            card: &decision.transaction.card.token,
            time: decision.transaction.time,
            score: decision.assessment.score,
            action: decision.assessment.action.name(),
            rules: rules(ruleset, &evaluation.fired),
            undecided: evaluation.undecided.iter().filter_map(id_of).collect(),
            shadow: rules(ruleset, &evaluation.shadow),
            control: control(decision),
            ruleset: RulesetId {
                name: &ruleset.id.name,
                version: &ruleset.id.version,
                hash: &ruleset.id.hash,
            },
            incident: None,
        }
    }
}

impl<'a> AlertMessage<'a> {
    pub fn of(
        decision: &'a decided::Decision<'_>,
        alert_id: &'a str,
        decided_at: Option<Time>,
        source: Option<Position<'a>>,
    ) -> Self {
        let tx = decision.transaction;
        Self {
            decision: Decision::of(decision),
            alert_id,
            severity: decision.assessment.severity_name(),
            amount: tx.amount.minor,
            currency: tx.amount.currency.code(),
            last4: tx.card.last4.as_deref(),
            merchant: WireMerchant {
                id: &tx.merchant.id,
                name: tx.merchant.name.as_deref(),
                mcc: tx.merchant.mcc.map(mcc_text),
                country: tx.merchant.country.map(|country| country.to_string()),
            },
            decided_at: decided_at.map(|at| at.to_string()),
            source: source.map(|Position { topic, partition, offset }| WireSource {
                topic,
                partition,
                offset,
            }),
        }
    }
}

fn control(decision: &decided::Decision<'_>) -> Option<Control> {
    let action = decision.assessment.uncontrolled_action().name();
    decision.propensity().map(|propensity| Control { propensity, action })
}

fn rules<'a>(ruleset: &'a Ruleset, fired: &'a [Fired]) -> Vec<Rule<'a>> {
    fired.iter().filter_map(|fired| rule(ruleset, fired)).collect()
}

fn rule<'a>(ruleset: &'a Ruleset, fired: &'a Fired) -> Option<Rule<'a>> {
    let info = ruleset.rules().get(fired.rule)?;
    let exponent = ruleset.environment.base_currency.exponent();
    Some(Rule {
        id: &info.id,
        points: fired.points,
        severity: info.severity.name(),
        reason: &info.reason,
        message: &fired.message,
        evidence: Evidence(&fired.evidence),
        charges: fired.charges.iter().map(|event| charge(event, exponent)).collect(),
    })
}

fn charge(event: &Event, exponent: u8) -> Charge {
    Charge {
        time: event.time(),
        amount: event.amount().map(|minor| major(minor, exponent)),
        country: event.country().map(|country| country.to_string()),
        mcc: event.mcc().map(mcc_text),
        channel: event.channel().map(WireName::name),
        declined: event.declined(),
        attempted: event
            .attempted()
            .filter(|attempted| event.amount() != Some(*attempted))
            .map(|minor| major(minor, exponent)),
    }
}

/// Minor units as a decimal.
fn major(minor: i64, exponent: u8) -> f64 {
    minor.nearest_double() / 10f64.powi(i32::from(exponent))
}

/// Four digits, as in ISO 18245.
fn mcc_text(mcc: u16) -> String {
    format!("{mcc:04}")
}

fn as_text<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

impl Serialize for Evidence<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name.as_ref(), WireValue(value))))
    }
}

/// A value of evidence as JSON: times in RFC 3339, durations in seconds as CEL writes them.
struct WireValue<'a>(&'a Value);

impl Serialize for WireValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::Double(value) => serializer.serialize_f64(*value),
            Value::Money(Money { minor, currency }) => {
                serializer.serialize_f64(major(*minor, currency.exponent()))
            }
            Value::Text(value) => serializer.serialize_str(value),
            Value::Time(value) => serializer.collect_str(value),
            Value::Duration(millis) => {
                serializer.collect_str(&format_args!("{}s", millis.nearest_double() / 1000.0))
            }
            Value::List(values) => serializer.collect_seq(values.iter().map(WireValue)),
            // Evidence holds plain values; the charge itself is listed among the charges.
            Value::Charge(event) => serializer.collect_str(&event.time()),
        }
    }
}
