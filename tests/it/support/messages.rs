//! Generates transactions as a source would write them (docs/reference/transaction.md), for tests
//! to vary.

use super::client::Outgoing;
use super::wall_millis;
use ::redcard::transaction::{Field, FieldType};
use serde_json::{Value, json};

pub const MINUTE_MS: i64 = 60_000;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A message; its record key is the card token.
#[derive(Debug, Clone)]
pub struct Charge(Value);

impl Charge {
    /// An approved chip payment with a debit card at a domestic grocer; the amount is in cents.
    pub fn new(id: &str, card: &str, time_ms: i64, amount: i64) -> Self {
        Self(json!({
            "id": id,
            "type": "authorization",
            "time": rfc3339(time_ms),
            "card": {"token": card, "last4": "4242", "brand": "visa", "funding": "debit",
                     "country": "US", "status": "active"},
            "cardholder": {"id": "u_17", "country": "US"},
            "amount": amount,
            "currency": "USD",
            "merchant": {"id": "m_grocer", "name": "Corner Grocer", "mcc": "5411", "country": "US"},
            "terminal": {"id": "t_1"},
            "channel": "chip",
            "card_present": true,
            "response": {"approved": true},
        }))
    }

    /// Turns it into a payment at a web shop.
    pub fn at_web_shop(self, merchant: &str, name: &str, country: &str) -> Self {
        self.set("channel", "ecommerce")
            .set("card_present", false)
            .set("terminal", Value::Null)
            .set(
                "merchant",
                json!({"id": merchant, "name": name, "mcc": "5651", "country": country}),
            )
    }

    /// Sets a field by its path, such as `merchant.country`.
    pub fn set(mut self, path: &str, value: impl Into<Value>) -> Self {
        let pointer = format!("/{}", path.replace('.', "/"));
        match self.0.pointer_mut(&pointer) {
            Some(field) => *field = value.into(),
            None => self.insert(path, value.into()),
        }
        self
    }

    fn insert(&mut self, path: &str, value: Value) {
        let mut object = &mut self.0;
        for part in path.split('.') {
            object = object.as_object_mut().unwrap().entry(part).or_insert_with(|| json!({}));
        }
        *object = value;
    }

    pub fn text(&self) -> String {
        self.0.to_string()
    }

    pub fn card(&self) -> &str {
        self.0["card"]["token"].as_str().unwrap_or_default()
    }

    pub fn id(&self) -> &str {
        self.0["id"].as_str().unwrap_or_default()
    }

    pub fn record(&self) -> Outgoing {
        Outgoing::new(self.card(), self.text())
    }
}

/// The paths of the fields that a message writes as text.
pub fn text_fields() -> impl Iterator<Item = &'static str> {
    let fields = Field::ALL.iter().map(|field| field.row());
    fields.filter(|row| is_written_as_text(row.ty)).map(|row| row.path)
}

/// Whether a message writes values of this type as text.
fn is_written_as_text(ty: FieldType) -> bool {
    match ty {
        FieldType::Id
        | FieldType::Address
        | FieldType::Text
        | FieldType::CardToken
        | FieldType::LastFour
        | FieldType::Expiry
        | FieldType::MessageType
        | FieldType::Time
        | FieldType::Currency
        | FieldType::Country
        | FieldType::Category
        | FieldType::Funding
        | FieldType::CardStatus
        | FieldType::Channel
        | FieldType::Check
        | FieldType::ThreeDSecure
        | FieldType::DeclineReason => true,
        // Where a card number belongs, and is replaced.
        FieldType::CardNumber => false,
        FieldType::Object
        | FieldType::Amount
        | FieldType::Flag
        | FieldType::Latitude
        | FieldType::Longitude => false,
    }
}

/// Yesterday, so that no transaction is ahead of its record, whenever the test runs.
pub fn yesterday_ms() -> i64 {
    wall_millis() - DAY_MS
}

/// A time in redcard's format: UTC with three decimals.
pub fn rfc3339(time_ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(time_ms).unwrap();
    format!("{time:.3}")
}

/// Small domestic charges spread over `cards` cards, with ids `<stem>-0`, `<stem>-1`, …
pub fn traffic(stem: &str, cards: usize, count: usize) -> Vec<Charge> {
    let start = yesterday_ms();
    let charge = |number: usize| {
        let time = start + i64::try_from(number).unwrap() * 1_000;
        Charge::new(&format!("{stem}-{number}"), &format!("c_{}", number % cards), time, 1_250)
    };
    (0..count).map(charge).collect()
}
