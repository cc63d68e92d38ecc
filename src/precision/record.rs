//! The records of the topic of outcomes, as keys and values, and back (docs/reference/outcomes.md).
//!
//! The order of the fields here is the order of the keys.

use crate::decision::Decision;
use crate::hex::hex;
use crate::memory::{ChargeLink, OriginalId};
use crate::transaction::{Currency, Label, LabelValue, Time, WireName};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

const ALERT_KEY: &str = "alert/";
const CONTROL_KEY: &str = "control/";
const LABEL_KEY: &str = "label/";
const LINK_KEY: &str = "link/";

/// A record of the topic.
#[derive(Debug, Clone, PartialEq)]
pub enum OutcomeRecord<'a> {
    Alert(AlertRecord<'a>),
    Label(LabelRecord<'a>),
    Link(LinkRecord<'a>),
}

/// A published alert, or a decline that the control share let through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertRecord<'a> {
    #[serde(borrow)]
    pub alert_id: Cow<'a, str>,
    #[serde(borrow)]
    pub transaction_id: Cow<'a, str>,
    #[serde(borrow)]
    pub card: Cow<'a, str>,
    /// The time of the transaction.
    #[serde(with = "rfc3339")]
    pub time: Time,
    /// In minor units of `currency`; `None` without a rate.
    pub amount: Option<i64>,
    /// The base currency.
    #[serde(borrow)]
    pub currency: Cow<'a, str>,
    #[serde(borrow)]
    pub merchant: Cow<'a, str>,
    #[serde(borrow)]
    pub action: Cow<'a, str>,
    /// The live rules that fired.
    #[serde(borrow)]
    pub rules: Vec<FiredRule<'a>>,
    /// The probability with which the decline was let through; `None` for an alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propensity: Option<f64>,
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FiredRule<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    pub points: i32,
}

/// A label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelRecord<'a> {
    #[serde(borrow)]
    pub transaction_id: Cow<'a, str>,
    #[serde(borrow)]
    pub card: Cow<'a, str>,
    /// The card's token under the previous key, while two keys are in use.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub former_card: Option<Cow<'a, str>>,
    #[serde(with = "wire_name")]
    pub label: LabelValue,
    #[serde(with = "rfc3339")]
    pub known_at: Time,
    #[serde(borrow)]
    pub kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub source: Option<Cow<'a, str>>,
    /// The time of the transaction, if the label has it.
    #[serde(with = "optional_rfc3339", default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// In minor units of `currency`, if the label has the amount and there is a rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// The base currency, beside `amount`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub merchant: Option<Cow<'a, str>>,
}

/// A clearing or an increment of an alerted charge: a label with its id is a label of the charge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkRecord<'a> {
    #[serde(borrow)]
    pub card: Cow<'a, str>,
    /// The hash of the message's id.
    #[serde(with = "id_hash")]
    pub id: OriginalId,
    /// The time of the message, to the second.
    #[serde(with = "rfc3339")]
    pub time: Time,
    /// The hash of the charge's id.
    #[serde(with = "id_hash")]
    pub charge: OriginalId,
    /// The time of the charge, to the second.
    #[serde(with = "rfc3339")]
    pub charge_time: Time,
}

/// Why a record of the topic cannot be read. Its content is not quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    #[error("the key begins with none of `alert/`, `control/`, `label/` and `link/`")]
    UnknownKey,
    #[error("the value is not the JSON of such a record: error at column {column}")]
    InvalidValue { column: usize },
}

impl<'a> OutcomeRecord<'a> {
    pub fn parse(key: &[u8], value: &'a [u8]) -> Result<Self, RecordError> {
        if [ALERT_KEY, CONTROL_KEY].iter().any(|kind| key.starts_with(kind.as_bytes())) {
            parsed(value).map(Self::Alert)
        } else if key.starts_with(LABEL_KEY.as_bytes()) {
            parsed(value).map(Self::Label)
        } else if key.starts_with(LINK_KEY.as_bytes()) {
            parsed(value).map(Self::Link)
        } else {
            Err(RecordError::UnknownKey)
        }
    }
}

impl<'a> AlertRecord<'a> {
    pub fn of(decision: &'a Decision<'_>) -> Self {
        let (tx, ruleset) = (decision.transaction, decision.ruleset);
        let rules = decision.evaluation.fired.iter().filter_map(|fired| {
            let rule = ruleset.rules().get(fired.rule)?;
            Some(FiredRule { id: rule.id.as_str().into(), points: fired.points })
        });
        Self {
            alert_id: decision.alert_id().into(),
            transaction_id: (&*tx.id).into(),
            card: (&*tx.card.token).into(),
            time: tx.time,
            amount: tx.base_amount,
            currency: ruleset.environment.base_currency.code().into(),
            merchant: (&*tx.merchant.id).into(),
            action: decision.assessment.action.name().into(),
            rules: rules.collect(),
            propensity: decision.propensity(),
        }
    }

    pub fn key(&self) -> String {
        let kind = if self.propensity.is_some() { CONTROL_KEY } else { ALERT_KEY };
        format!("{kind}{}", self.alert_id)
    }

    pub fn write_json(&self, out: &mut Vec<u8>) {
        write(self, out);
    }
}

impl<'a> LabelRecord<'a> {
    /// `former_card` is the card's token under the previous key, which the label has lost if memory
    /// knows the card by another token. `base_currency` is that of the label's base amount.
    pub fn of(label: &'a Label<'_>, former_card: Option<&'a str>, base_currency: Currency) -> Self {
        let former_card = former_card.filter(|former| *former != label.card.token);
        Self {
            transaction_id: (&*label.transaction_id).into(),
            card: (&*label.card.token).into(),
            former_card: former_card.map(Cow::Borrowed),
            label: label.label,
            known_at: label.known_at,
            kind: label.kind.map(|kind| kind.name().into()),
            source: label.source.map(|source| source.name().into()),
            time: label.time,
            amount: label.base_amount,
            currency: label.base_amount.map(|_| base_currency.code().into()),
            merchant: label.merchant_id.as_deref().map(Cow::Borrowed),
        }
    }

    /// Labels that became known at different times have different keys: compaction keeps the last
    /// record of a key, which need not be the newest label of its transaction.
    pub fn key(&self) -> String {
        format!("{LABEL_KEY}{}/{}/{}", self.card, self.transaction_id, self.known_at)
    }

    pub fn write_json(&self, out: &mut Vec<u8>) {
        write(self, out);
    }
}

impl<'a> LinkRecord<'a> {
    /// `card` is the token that the card is remembered by.
    pub fn of(link: &ChargeLink, card: &'a str) -> Self {
        Self {
            card: card.into(),
            id: link.id(),
            time: link.time(),
            charge: link.charge_id(),
            charge_time: link.charge_time(),
        }
    }

    /// A message that turns out to belong to another charge replaces its record.
    pub fn key(&self) -> String {
        format!("{LINK_KEY}{}/{}", self.card, id_hash::text(self.id))
    }

    pub fn write_json(&self, out: &mut Vec<u8>) {
        write(self, out);
    }
}

fn parsed<'a, T: Deserialize<'a>>(value: &'a [u8]) -> Result<T, RecordError> {
    serde_json::from_slice(value)
        .map_err(|error| RecordError::InvalidValue { column: error.column() })
}

/// Appends a value as JSON.
fn write<T: Serialize>(value: &T, out: &mut Vec<u8>) {
    // Writing to a `Vec` cannot fail, and there are no maps.
    let written = serde_json::to_writer(out, value);
    debug_assert!(written.is_ok());
}

/// A time in RFC 3339.
mod rfc3339 {
    use super::{Cow, Deserialize, Deserializer, Serializer, Time};
    use serde::de::Error as _;

    pub fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(time)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Time::parse(&text).map_err(D::Error::custom)
    }
}

/// A time in RFC 3339, if there is one.
mod optional_rfc3339 {
    use super::{Deserialize, Deserializer, Serializer, Time, rfc3339};

    #[derive(Deserialize)]
    struct Present(#[serde(with = "rfc3339")] Time);

    #[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
    pub fn serialize<S: Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => rfc3339::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Time>, D::Error> {
        let present = Option::<Present>::deserialize(deserializer)?;
        Ok(present.map(|Present(time)| time))
    }
}

/// The hash of an id, as sixteen hexadecimal digits.
mod id_hash {
    use super::{Cow, Deserialize, Deserializer, OriginalId, Serializer, hex};
    use serde::de::Error as _;

    pub fn text(id: OriginalId) -> String {
        hex(&id.0.to_be_bytes())
    }

    pub fn serialize<S: Serializer>(id: &OriginalId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(*id))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OriginalId, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let hash = u64::from_str_radix(&text, 16);
        hash.map(OriginalId).map_err(|_| D::Error::custom("not the hash of an id"))
    }
}

/// A value by its name on the wire.
mod wire_name {
    use super::{Cow, Deserialize, Deserializer, Serializer, WireName};

    pub fn serialize<T: WireName, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(value.name())
    }

    pub fn deserialize<'de, T: WireName, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        T::from_name(&text).ok_or_else(|| serde::de::Error::custom("an unknown name"))
    }
}
