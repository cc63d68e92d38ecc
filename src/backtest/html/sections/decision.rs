//! Reads a decision as `redcard score` writes it (docs/reference/decision-and-alert.md), for what explains
//! it.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// A decision, as far as it is shown. What is missing is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExplainedDecision {
    pub rules: Vec<ExplainedRule>,
    pub shadow: Vec<ExplainedRule>,
    pub undecided: Vec<String>,
}

/// A rule that fired.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExplainedRule {
    pub id: String,
    pub points: i64,
    pub message: String,
    pub evidence: ExplainedEvidence,
    pub charges: Vec<ExplainedCharge>,
}

/// Names and values in their order, which says what the condition is about.
#[derive(Debug, Default)]
pub struct ExplainedEvidence(pub Vec<(String, Value)>);

/// A charge that made a rule fire.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExplainedCharge {
    pub time: String,
    pub amount: Option<f64>,
    pub attempted: Option<f64>,
    pub country: Option<String>,
    pub mcc: Option<String>,
    pub channel: Option<String>,
    pub declined: bool,
}

impl ExplainedDecision {
    /// Nothing of a text that is not a decision.
    pub fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for ExplainedEvidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pairs)
    }
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = ExplainedEvidence;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(ExplainedEvidence(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_keeps_its_order() {
        let json = r#"{"rules": [{"id": "r", "points": 5, "message": "m", "evidence": {"z": 1, "a": "x"},
            "charges": [{"time": "t", "amount": null, "declined": true}]}], "undecided": ["u"]}"#;
        let decision = ExplainedDecision::read(json);
        let [rule] = decision.rules.as_slice() else { panic!("{decision:?}") };
        let names: Vec<&str> = rule.evidence.0.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["z", "a"]);
        assert!(rule.charges[0].declined && rule.charges[0].amount.is_none());
        assert_eq!(decision.undecided, ["u"]);
        assert!(ExplainedDecision::read("[]").rules.is_empty());
    }
}
