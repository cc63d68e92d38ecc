//! Serializes a report as one JSON object; docs/rules/explain.md describes the fields.

use super::past_lists::{ListsBasis, ListsReport};
use super::report::{AlertStatus, Decided, Report, RuleReport};
use crate::cli::answer::{AnswerJson, ChargeJson, ValueJson};
use crate::memory::Role;
use crate::rules::{Mode, Part, RuleOutcome, RuleStatus, Why};
use crate::transaction::WireName;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::json;

pub struct ReportJson<'r>(pub &'r Report);

impl Serialize for ReportJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0;
        let (past, id) = (&report.remembered, &report.ruleset);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("transaction_id", &report.id)?;
        map.serialize_entry("type", report.kind.name())?;
        map.serialize_entry("card", &report.card)?;
        map.serialize_entry("time", &report.time.to_string())?;
        map.serialize_entry("place", &report.place)?;
        map.serialize_entry("fields", &FieldsJson(report))?;
        map.serialize_entry(
            "remembered",
            &json!({
                "charges": past.charges,
                "refunds": past.refunds,
                "since": past.oldest.map(|time| time.to_string()),
                "cut": past.cut.map(|time| time.to_string()),
            }),
        )?;
        map.serialize_entry(
            "ruleset",
            &json!({"name": id.name, "version": id.version, "hash": id.hash}),
        )?;
        map.serialize_entry("lists", &report.lists.as_ref().map(lists))?;
        map.serialize_entry("role", role(report))?;
        map.serialize_entry("decision", &report.decided.as_ref().map(decision))?;
        let rules: Vec<RuleJson<'_>> =
            report.rules.iter().map(|rule| RuleJson(rule, report)).collect();
        map.serialize_entry("rules", &rules)?;
        map.end()
    }
}

fn lists(lists: &ListsReport) -> serde_json::Value {
    let (version, as_of) = match &lists.basis {
        ListsBasis::Version(version) => (Some(version), None),
        ListsBasis::Time(time) => (None, Some(time.to_string())),
        ListsBasis::WithoutTopic => (None, None),
    };
    json!({
        "topic": lists.topic,
        "version": version,
        "as_of": as_of,
        "uncertain": lists.uncertain,
        "missing": lists.missing,
    })
}

/// The role of the message in memory.
fn role(report: &Report) -> &'static str {
    match report.role {
        _ if report.decided.is_none() => "duplicate",
        Role::Charge => "charge",
        Role::Refund => "refund",
        Role::Settles => "settles",
        Role::Unlisted => "unlisted",
        Role::Reverses => "reverses",
        Role::Response => "outcome",
    }
}

fn decision(decided: &Decided) -> serde_json::Value {
    let (alert, held_back_by) = match &decided.alert {
        AlertStatus::Published => ("published", None),
        AlertStatus::NotWanted => ("none", None),
        AlertStatus::LetThrough => ("control", None),
        AlertStatus::HeldBack { by, at, .. } => {
            ("held_back", Some(json!({"time": at.to_string(), "severity": by.name()})))
        }
    };
    json!({
        "score": decided.score,
        "action": decided.action.name(),
        "severity": decided.severity.map(|severity| severity.name()),
        "alert": alert,
        "held_back_by": held_back_by,
    })
}

struct FieldsJson<'r>(&'r Report);

impl Serialize for FieldsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Report { fields, currency, .. } = self.0;
        serializer
            .collect_map(fields.iter().map(|(path, value)| (path, ValueJson(value, *currency))))
    }
}

struct RuleJson<'r>(&'r RuleReport, &'r Report);

impl Serialize for RuleJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let RuleJson(RuleReport { info, explanation, .. }, report) = self;
        let fired = match &explanation.outcome {
            RuleOutcome::Fired(fired) => Some(fired),
            _ => None,
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &info.id)?;
        map.serialize_entry("description", &info.description)?;
        map.serialize_entry("mode", mode(info.mode))?;
        map.serialize_entry("outcome", outcome(&explanation.outcome))?;
        map.serialize_entry("points", &fired.map(|fired| fired.points))?;
        map.serialize_entry("severity", info.severity.name())?;
        map.serialize_entry("reason", &info.reason)?;
        map.serialize_entry("action", &info.action.map(|action| action.name()))?;
        map.serialize_entry("message", &fired.map(|fired| &fired.message))?;
        map.serialize_entry("when", &PartJson(&explanation.when, report))?;
        let points = explanation.points.as_ref().map(|part| PartJson(part, report));
        map.serialize_entry("points_from", &points)?;
        let message = explanation.message.iter().map(|part| PartJson(part, report));
        map.serialize_entry("message_from", &message.collect::<Vec<_>>())?;
        map.end()
    }
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "live",
        Mode::Shadow => "shadow",
        Mode::Off => "off",
    }
}

fn outcome(outcome: &RuleOutcome) -> &'static str {
    match outcome {
        RuleOutcome::Fired(_) => "fired",
        RuleOutcome::NotFired => "not_fired",
        RuleOutcome::Undecided => "undecided",
        RuleOutcome::Snoozed(_) => "snoozed",
        RuleOutcome::NotRun(standing) => match standing {
            RuleStatus::On | RuleStatus::Off => "off",
            RuleStatus::NotYet(_) => "not_yet",
            RuleStatus::Over(_) => "over",
            RuleStatus::OutsideRollout(_) => "outside_rollout",
        },
    }
}

struct PartJson<'r>(&'r Part, &'r Report);

impl Serialize for PartJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let PartJson(part, report) = self;
        let currency = report.currency;
        let charges = part.charges.iter().map(|event| {
            let id = report.names.get(&event.id()).map(String::as_str);
            ChargeJson { event, id, currency }
        });
        let below = part.parts.iter().map(|part| PartJson(part, report));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("expression", &part.text)?;
        map.serialize_entry("value", &part.answer.as_ref().map(|it| AnswerJson(it, currency)))?;
        map.serialize_entry("why", &part.why.iter().map(why).collect::<Vec<_>>())?;
        map.serialize_entry("charges", &charges.collect::<Vec<_>>())?;
        map.serialize_entry("more_charges", &part.more_charges)?;
        map.serialize_entry("parts", &below.collect::<Vec<_>>())?;
        map.end()
    }
}

fn why(why: &Why) -> serde_json::Value {
    let (code, field, until) = match why {
        Why::Missing(field) => ("missing", Some(*field), None),
        Why::NoCharge => ("no_charge", None, None),
        Why::TooFew => ("too_few", None, None),
        Why::ChargeLacks(field) => ("charge_lacks", Some(*field), None),
        Why::ChargesLack(field) => ("charges_lack", Some(*field), None),
        Why::NoResult => ("no_result", None, None),
        Why::Cut(until) => ("cut", None, until.map(|time| time.to_string())),
    };
    json!({"code": code, "field": field, "until": until, "text": why.to_string()})
}
