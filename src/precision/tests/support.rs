//! Builds records with few words.

use crate::fixtures;
use crate::memory::OriginalId;
use crate::precision::{
    AlertRecord, FiredRule, LabelRecord, LinkRecord, MeasureSettings, OutcomeRecord,
};
use crate::transaction::{DAY_MS, LabelValue, Time};

pub fn settings() -> MeasureSettings {
    MeasureSettings::new(fixtures::dollar())
}

pub fn day(day: i64) -> Time {
    Time(day * DAY_MS)
}

/// An alert about transaction `id` of card `c`.
pub fn alert(id: &str, time: Time, amount: i64, rules: &[&'static str]) -> AlertRecord<'static> {
    AlertRecord {
        alert_id: format!("alert of {id}").into(),
        transaction_id: id.to_owned().into(),
        card: "c".into(),
        time,
        amount: Some(amount),
        currency: "USD".into(),
        merchant: "m".into(),
        action: "review".into(),
        rules: rules.iter().map(|id| FiredRule { id: (*id).into(), points: 100 }).collect(),
        propensity: None,
    }
}

/// A label about transaction `id` of card `c`.
pub fn label(id: &str, label: LabelValue, known_at: Time) -> LabelRecord<'static> {
    LabelRecord {
        transaction_id: id.to_owned().into(),
        card: "c".into(),
        former_card: None,
        label,
        known_at,
        kind: None,
        source: None,
        time: None,
        amount: None,
        currency: None,
        merchant: None,
    }
}

/// The message `id` of card `c` belongs to the charge `charge`.
pub fn link((id, time): (&str, Time), (charge, charge_time): (&str, Time)) -> LinkRecord<'static> {
    let (id, charge) = (OriginalId::of(id), OriginalId::of(charge));
    LinkRecord { card: "c".into(), id, time, charge, charge_time }
}

impl From<LinkRecord<'static>> for OutcomeRecord<'static> {
    fn from(record: LinkRecord<'static>) -> Self {
        Self::Link(record)
    }
}

impl From<AlertRecord<'static>> for OutcomeRecord<'static> {
    fn from(record: AlertRecord<'static>) -> Self {
        Self::Alert(record)
    }
}

impl From<LabelRecord<'static>> for OutcomeRecord<'static> {
    fn from(record: LabelRecord<'static>) -> Self {
        Self::Label(record)
    }
}
