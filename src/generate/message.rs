//! Writes a draft as JSON: the message of docs/reference/transaction.md, without the fields that
//! the acquirer omits.

use super::draft::{Address, CardRef, Device, Draft, MessageRef, Opaque, SeedName, ShipTo};
use super::holder::Holder;
use super::label::Label;
use super::test_number::{self, Expiry, LastFour, TestNumber};
use super::world::{Merchant, World};
use crate::transaction::{Check, Time, WireName};
use serde::{Serialize, Serializer};
use std::fmt;
use std::io::Write;

/// One generated message, about to be written.
#[derive(Debug)]
pub struct Generated<'g> {
    pub(super) draft: Draft,
    pub(super) holder: &'g Holder,
    pub(super) world: &'g World,
    pub(super) card_numbers: bool,
    /// Share of optional fields that are omitted.
    pub(super) missing: f64,
}

/// What an acquirer may omit.
#[derive(Debug, Clone, Copy)]
enum MessagePart {
    Funding,
    CardCountry,
    Status,
    Cardholder,
    MerchantName,
    Category,
    MerchantCountry,
    Place,
    Terminal,
    Channel,
    CardPresent,
    CardOnFile,
    Recurring,
    Checks,
    Response,
    Device,
    ShipTo,
    Original,
}

impl Generated<'_> {
    pub fn time(&self) -> Time {
        self.draft.time
    }

    /// The label, if the message is fraudulent.
    pub fn label(&self) -> Option<Label> {
        Label::of(&self.draft)
    }

    /// Appends the message as one JSON object, without a line end.
    #[expect(clippy::expect_used, reason = "strings and numbers into a vector: nothing can fail")]
    pub fn write_json(&self, out: &mut Vec<u8>) {
        serde_json::to_writer(out, &self.wire()).expect("a message is made of strings and numbers");
    }

    /// Appends the key of the message's record: the card's token.
    #[expect(clippy::expect_used, reason = "writing to a vector does not fail")]
    pub fn write_key(&self, out: &mut Vec<u8>) {
        write!(out, "{}", self.draft.card).expect("a vector takes everything");
    }

    /// Whether this merchant's acquirer includes that part. An acquirer either always does or
    /// never.
    fn includes(&self, part: MessagePart) -> bool {
        let lot = Opaque::of(self.draft.merchant.position(), part as u32);
        lot.share() >= self.missing
    }

    fn if_included<T>(&self, part: MessagePart, value: T) -> Option<T> {
        self.includes(part).then_some(value)
    }

    fn wire(&self) -> Message<'_> {
        let (draft, merchant) = (&self.draft, self.world.merchant(self.draft.merchant));
        Message {
            id: Shown(draft.id),
            r#type: draft.kind.name(),
            time: Shown(draft.time),
            card: self.card_wire(),
            cardholder: self.if_included(MessagePart::Cardholder, self.cardholder()),
            amount: draft.amount,
            currency: merchant.country.currency,
            merchant: self.merchant(merchant),
            terminal: draft
                .terminal
                .filter(|_| self.includes(MessagePart::Terminal))
                .map(|n| Terminal { id: Shown(TerminalId(&merchant.id, n)) }),
            channel: self.if_included(MessagePart::Channel, draft.channel.name()),
            card_present: self.if_included(MessagePart::CardPresent, draft.card_present()),
            card_on_file: self.if_included(MessagePart::CardOnFile, draft.card_on_file),
            recurring: self.if_included(MessagePart::Recurring, draft.recurring),
            checks: ChecksWire::of(draft).filter(|_| self.includes(MessagePart::Checks)),
            response: ResponseWire::of(draft).filter(|_| self.includes(MessagePart::Response)),
            device: draft.device.filter(|_| self.includes(MessagePart::Device)).map(DeviceWire::of),
            ship_to: draft
                .ship_to
                .filter(|_| self.includes(MessagePart::ShipTo))
                .map(ShipToWire::of),
            original_id: draft.original.filter(|_| self.includes(MessagePart::Original)).map(Shown),
        }
    }

    fn card_wire(&self) -> CardWire {
        let number = TestNumber::of(self.draft.card);
        CardWire {
            token: (!self.card_numbers).then_some(Shown(self.draft.card)),
            last4: (!self.card_numbers).then_some(Shown(LastFour(number.0))),
            expiry: self.card_numbers.then_some(Shown(Expiry(self.draft.card))),
            number: self.card_numbers.then_some(Shown(number)),
            brand: test_number::brand(self.draft.card),
            funding: self.if_included(MessagePart::Funding, self.holder.funding.name()),
            country: self.if_included(MessagePart::CardCountry, self.holder.country().get().code),
            status: self.if_included(MessagePart::Status, self.draft.status.name()),
        }
    }

    fn merchant<'m>(&self, merchant: &'m Merchant) -> MerchantWire<'m> {
        let place = |degrees: f64| self.if_included(MessagePart::Place, degrees);
        MerchantWire {
            id: &merchant.id,
            name: self.if_included(MessagePart::MerchantName, &merchant.name),
            mcc: self.if_included(MessagePart::Category, merchant.category.mcc),
            country: self.if_included(MessagePart::MerchantCountry, merchant.country.code),
            city: self.if_included(MessagePart::Place, merchant.city.name),
            latitude: place(merchant.place.latitude()),
            longitude: place(merchant.place.longitude()),
        }
    }

    fn cardholder(&self) -> CardholderWire {
        let city = self.holder.home_city();
        CardholderWire {
            id: Shown(Numbered("u", self.draft.card)),
            account_id: Shown(Numbered("a", self.draft.card)),
            country: city.country.get().code,
            latitude: city.latitude,
            longitude: city.longitude,
        }
    }
}

#[derive(Serialize)]
struct Message<'m> {
    id: Shown<MessageRef>,
    r#type: &'static str,
    time: Shown<Time>,
    card: CardWire,
    #[serde(skip_serializing_if = "Option::is_none")]
    cardholder: Option<CardholderWire>,
    amount: i64,
    currency: &'static str,
    merchant: MerchantWire<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    terminal: Option<Terminal<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_present: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_on_file: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recurring: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<ChecksWire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<ResponseWire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<DeviceWire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ship_to: Option<ShipToWire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_id: Option<Shown<MessageRef>>,
}

#[derive(Serialize)]
struct CardWire {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<Shown<CardRef>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<Shown<TestNumber>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry: Option<Shown<Expiry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last4: Option<Shown<LastFour>>,
    brand: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    funding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

#[derive(Serialize)]
struct CardholderWire {
    id: Shown<Numbered>,
    account_id: Shown<Numbered>,
    country: &'static str,
    latitude: f64,
    longitude: f64,
}

#[derive(Serialize)]
struct MerchantWire<'m> {
    id: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'m String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mcc: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latitude: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    longitude: Option<f64>,
}

#[derive(Serialize)]
struct Terminal<'m> {
    id: Shown<TerminalId<'m>>,
}

#[derive(Serialize)]
struct ChecksWire {
    #[serde(skip_serializing_if = "Option::is_none")]
    cvv: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pin: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    three_d_secure: Option<&'static str>,
}

impl ChecksWire {
    fn of(draft: &Draft) -> Option<Self> {
        let checks = &draft.checks;
        let any = checks.cvv.or(checks.pin).or(checks.address).is_some();
        any.then(|| Self {
            cvv: checks.cvv.map(Check::name),
            address: checks.address.map(Check::name),
            pin: checks.pin.map(Check::name),
            three_d_secure: checks.three_d_secure.map(WireName::name),
        })
    }
}

#[derive(Serialize)]
struct ResponseWire {
    approved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl ResponseWire {
    fn of(draft: &Draft) -> Option<Self> {
        let approved = draft.response.approved?;
        Some(Self { approved, reason: draft.response.reason.map(WireName::name) })
    }
}

#[derive(Serialize)]
struct DeviceWire {
    id: Shown<Prefixed>,
    ip: Shown<Address>,
}

impl DeviceWire {
    fn of(device: Device) -> Self {
        Self { id: Shown(Prefixed("d_", device.id)), ip: Shown(device.address) }
    }
}

#[derive(Serialize)]
struct ShipToWire {
    country: &'static str,
    key: Shown<Prefixed>,
}

impl ShipToWire {
    fn of(to: ShipTo) -> Self {
        Self { country: to.country.get().code, key: Shown(Prefixed("s_", to.key)) }
    }
}

/// Serialized in its display form.
struct Shown<T>(T);

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

struct Prefixed(&'static str, Opaque);

impl fmt::Display for Prefixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0, self.1)
    }
}

struct Numbered(&'static str, CardRef);

impl fmt::Display for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}", self.0, SeedName(self.1.seed), self.1.holder)
    }
}

struct TerminalId<'m>(&'m str, u8);

impl fmt::Display for TerminalId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t_{}_{}", self.0.trim_start_matches("m_"), self.1)
    }
}
