//! The baseline that decoding is compared with: serde_json's derive reads every field of
//! docs/reference/transaction.md and borrows text from the message unless it is escaped. It
//! validates nothing beyond the types.

#![expect(dead_code, reason = "the fields are read from JSON, and that is what is measured")]

use serde::Deserialize;
use std::borrow::Cow;

pub fn parse(bytes: &[u8]) -> serde_json::Result<Message<'_>> {
    serde_json::from_slice(bytes)
}

/// A newtype, because `Option<Cow<str>>` does not borrow.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

type Optional<'a> = Option<Text<'a>>;

#[derive(Deserialize)]
pub struct Message<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    card: Card<'a>,
    #[serde(borrow)]
    cardholder: Option<Cardholder<'a>>,
    amount: i64,
    #[serde(borrow)]
    currency: Optional<'a>,
    #[serde(borrow)]
    merchant: Merchant<'a>,
    #[serde(borrow)]
    terminal: Option<Terminal<'a>>,
    #[serde(borrow)]
    channel: Optional<'a>,
    card_present: Option<bool>,
    card_on_file: Option<bool>,
    recurring: Option<bool>,
    #[serde(borrow)]
    checks: Option<Checks<'a>>,
    #[serde(borrow)]
    response: Option<Response<'a>>,
    #[serde(borrow)]
    device: Option<Device<'a>>,
    #[serde(borrow)]
    ship_to: Option<ShipTo<'a>>,
    #[serde(borrow)]
    original_id: Optional<'a>,
}

#[derive(Deserialize)]
struct Card<'a> {
    #[serde(borrow)]
    token: Optional<'a>,
    #[serde(borrow)]
    number: Optional<'a>,
    #[serde(borrow)]
    expiry: Optional<'a>,
    #[serde(borrow)]
    last4: Optional<'a>,
    #[serde(borrow)]
    brand: Optional<'a>,
    #[serde(borrow)]
    funding: Optional<'a>,
    #[serde(borrow)]
    country: Optional<'a>,
    #[serde(borrow)]
    status: Optional<'a>,
}

#[derive(Deserialize)]
struct Cardholder<'a> {
    #[serde(borrow)]
    id: Optional<'a>,
    #[serde(borrow)]
    account_id: Optional<'a>,
    #[serde(borrow)]
    country: Optional<'a>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

#[derive(Deserialize)]
struct Merchant<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    name: Optional<'a>,
    #[serde(borrow)]
    mcc: Optional<'a>,
    #[serde(borrow)]
    country: Optional<'a>,
    #[serde(borrow)]
    city: Optional<'a>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

#[derive(Deserialize)]
struct Terminal<'a> {
    #[serde(borrow)]
    id: Optional<'a>,
}

#[derive(Deserialize)]
struct Checks<'a> {
    #[serde(borrow)]
    cvv: Optional<'a>,
    #[serde(borrow)]
    address: Optional<'a>,
    #[serde(borrow)]
    pin: Optional<'a>,
    #[serde(borrow)]
    three_d_secure: Optional<'a>,
}

#[derive(Deserialize)]
struct Response<'a> {
    approved: Option<bool>,
    #[serde(borrow)]
    reason: Optional<'a>,
}

#[derive(Deserialize)]
struct Device<'a> {
    #[serde(borrow)]
    id: Optional<'a>,
    #[serde(borrow)]
    ip: Optional<'a>,
}

#[derive(Deserialize)]
struct ShipTo<'a> {
    #[serde(borrow)]
    country: Optional<'a>,
    #[serde(borrow)]
    key: Optional<'a>,
}
