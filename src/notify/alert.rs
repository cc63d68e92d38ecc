//! Parses an alert from its record (docs/reference/decision-and-alert.md) into what notifications
//! show of it.
//!
//! No error quotes the record. Texts are truncated, and searched for card numbers once more before
//! they leave for systems that do not expect any.

use crate::decode::mask_card_numbers;
use crate::printable::{self, Printable};
use crate::rules::{Severity, money};
use crate::transaction::{Currency, Money, Time};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::sync::Arc;

/// The `ce_type` of the alerts that this module reads.
pub const ALERT_TYPE: &str = "redcard.alert.v1";

/// The rule's name if no rule that fired is listed.
const NO_RULE: &str = "none";
const RULE_MAX_CHARS: usize = 200;
const CARD_MAX_CHARS: usize = 100;
const SENTENCE_MAX_CHARS: usize = 300;
const EVIDENCE_MAX_CHARS: usize = 1_000;

/// One alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// A repeated alert has the same id.
    pub id: u128,
    /// The rule that fired with the most points; the first one on a tie.
    pub rule: Arc<str>,
    pub severity: Severity,
    /// In the currency of the charge.
    pub amount: Money,
    pub example: Example,
}

/// What a notification shows of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// When its record was written.
    pub at: Time,
    pub alert_id: u128,
    /// The card's token.
    pub card: String,
    pub last4: Option<String>,
    /// For example `USD 26.00`.
    pub amount: String,
    /// The rule's message.
    pub sentence: String,
    /// As JSON.
    pub evidence: String,
}

/// Why a record is not a valid alert. Contains nothing from the record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("its `ce_type` is not `{ALERT_TYPE}`")]
    Type,
    #[error("it has no value")]
    Empty,
    #[error("its value is not the JSON of an alert, from line {line}, column {column} on")]
    Json { line: usize, column: usize },
    #[error("its `{field}` is not what an alert has there")]
    Field { field: &'static str },
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    card: Cow<'a, str>,
    #[serde(borrow)]
    alert_id: Cow<'a, str>,
    #[serde(borrow)]
    severity: Cow<'a, str>,
    amount: i64,
    #[serde(borrow)]
    currency: Cow<'a, str>,
    #[serde(borrow)]
    last4: Option<Cow<'a, str>>,
    #[serde(borrow)]
    rules: Vec<WireRule<'a>>,
}

#[derive(Deserialize)]
struct WireRule<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    points: i64,
    #[serde(borrow)]
    message: Cow<'a, str>,
    #[serde(borrow)]
    evidence: &'a RawValue,
}

impl Malformed {
    pub const REASONS: [&'static str; 4] = ["type", "empty", "json", "field"];

    /// A bounded code for metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Empty => "empty",
            Self::Json { .. } => "json",
            Self::Field { .. } => "field",
        }
    }
}

impl Alert {
    /// Parses a record's value; `kind` is its `ce_type`, `at` its timestamp.
    pub fn read(kind: Option<&[u8]>, value: Option<&[u8]>, at: Time) -> Result<Self, Malformed> {
        if kind.is_some_and(|kind| kind != ALERT_TYPE.as_bytes()) {
            return Err(Malformed::Type);
        }
        let wire: Wire<'_> = serde_json::from_slice(value.ok_or(Malformed::Empty)?)
            .map_err(|error| Malformed::Json { line: error.line(), column: error.column() })?;
        wire.alert(at)
    }
}

impl Wire<'_> {
    fn alert(&self, at: Time) -> Result<Alert, Malformed> {
        let field = |field| Malformed::Field { field };
        let severity = Severity::ALL.iter().find(|severity| severity.name() == self.severity);
        let currency = Currency::parse(&self.currency).ok_or(field("currency"))?;
        let id = u128::from_str_radix(&self.alert_id, 16).map_err(|_| field("alert_id"))?;
        let rule = self.heaviest();
        Ok(Alert {
            id,
            rule: rule.map_or(Cow::from(NO_RULE), |rule| shown(&rule.id, RULE_MAX_CHARS)).into(),
            severity: *severity.ok_or(field("severity"))?,
            amount: Money { minor: self.amount, currency },
            example: Example {
                at,
                alert_id: id,
                card: shown(&self.card, CARD_MAX_CHARS).into_owned(),
                last4: self.last4.as_deref().map(last_four),
                amount: money(self.amount, currency),
                sentence: rule
                    .map_or(String::new(), |r| shown(&r.message, SENTENCE_MAX_CHARS).into_owned()),
                evidence: rule
                    .map_or("{}".to_owned(), |r| shown_json(r.evidence.get(), EVIDENCE_MAX_CHARS)),
            },
        })
    }

    fn heaviest(&self) -> Option<&WireRule<'_>> {
        // On a tie, `max_by_key` returns the last one.
        self.rules.iter().rev().max_by_key(|rule| rule.points)
    }
}

/// At most four characters, even if the field is longer.
fn last_four(text: &str) -> String {
    let start = text.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    Printable(text.get(start..).unwrap_or_default()).to_string()
}

/// JSON that is safe to display and still parses to the same value, truncated likewise.
fn shown_json(json: &str, max_chars: usize) -> String {
    cut(printable::json(&mask_card_numbers(json)), max_chars).into_owned()
}

/// The text without card numbers, safe to display, truncated to `max_chars`.
fn shown(text: &str, max_chars: usize) -> Cow<'_, str> {
    match mask_card_numbers(text) {
        Cow::Borrowed(text) => cut(Printable(text).into_cow(), max_chars),
        Cow::Owned(text) => cut(Printable(&text).to_string().into(), max_chars),
    }
}

fn cut(masked: Cow<'_, str>, max_chars: usize) -> Cow<'_, str> {
    match masked.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", masked.get(..end).unwrap_or_default()).into(),
        None => masked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn value() -> Value {
        json!({
            "transaction_id": "t1", "card": "c_9f21", "severity": "high",
            "alert_id": "000000000000000000000000000000ff", "amount": 260_000, "currency": "USD",
            "last4": "4242",
            "rules": [
                {"id": "mild", "points": 100, "message": "m", "evidence": {}},
                {"id": "first", "points": 400, "message": "USD 2,600.00 in DK", "evidence": {"amount": 2600.0}},
                {"id": "second", "points": 400, "message": "n", "evidence": {}},
            ],
        })
    }

    fn read(value: &Value) -> Result<Alert, Malformed> {
        Alert::read(Some(ALERT_TYPE.as_bytes()), Some(value.to_string().as_bytes()), Time(7))
    }

    #[test]
    fn the_rule_with_the_most_points_names_an_alert_and_of_equal_ones_the_first() {
        let alert = read(&value()).unwrap();
        assert_eq!((&*alert.rule, alert.severity, alert.id), ("first", Severity::High, 255));
        assert_eq!((alert.amount.minor, alert.amount.currency.code()), (260_000, "USD"));
        let example = alert.example;
        assert_eq!((example.card.as_str(), example.last4.as_deref()), ("c_9f21", Some("4242")));
        assert_eq!((example.amount.as_str(), example.at), ("USD 2,600.00", Time(7)));
        assert_eq!(example.sentence, "USD 2,600.00 in DK");
        assert_eq!(example.evidence, r#"{"amount":2600.0}"#);
        let mut none = value();
        none["rules"] = json!([]);
        assert_eq!(&*read(&none).unwrap().rule, "none");
    }

    #[test]
    fn an_invalid_alert_is_rejected_without_quoting_it() {
        let other = Alert::read(Some(b"other.v1"), Some(b"{}"), Time(0)).unwrap_err();
        assert_eq!(other, Malformed::Type);
        assert_eq!(Alert::read(None, None, Time(0)).unwrap_err(), Malformed::Empty);
        for text in ["", "{", "[]", r#"{"card": "secret"}"#] {
            let error = Alert::read(None, Some(text.as_bytes()), Time(0)).unwrap_err();
            assert!(matches!(error, Malformed::Json { .. }), "{text}");
            assert!(!error.to_string().contains("secret"));
        }
        for (field, wrong) in [("severity", "x"), ("currency", "XXQ"), ("alert_id", "zz")] {
            let mut value = value();
            value[field] = wrong.into();
            assert_eq!(read(&value).unwrap_err(), Malformed::Field { field });
        }
    }

    #[test]
    fn texts_are_cut_and_no_card_number_is_in_them() {
        let mut value = value();
        value["rules"][1]["message"] = format!("4111111111111111 {}", "x".repeat(400)).into();
        value["card"] = "4111 1111 1111 1111".into();
        value["last4"] = "4111111111111111".into();
        let example = read(&value).unwrap().example;
        assert_eq!(example.sentence.chars().count(), SENTENCE_MAX_CHARS + 1);
        assert!(!format!("{example:?}").replace(' ', "").contains("41111111"), "{example:?}");
        assert_eq!(example.last4.as_deref(), Some("1111"));
    }
}
