//! Collects the fields of a message as they are read, and turns them into a [`Transaction`].

use super::card_number::CardNumber;
use super::field::{Change, Field};
use super::objects::{FieldIndex, FieldValue, Object};
use super::reason::{Fault, Reason};
use super::sanitize::TokenField;
use super::{Amounts, DecodeSettings, Notes, amount};
use crate::transaction::{
    Card, CardStatus, Cardholder, Channel, Checks, Country, Currency, Device, Funding, Kind,
    Merchant, Money, Place, Response, ShipTo, Text, Time, Transaction,
};
use serde::de::MapAccess;

const LATITUDE_MAX: f64 = 90.0;
const LONGITUDE_MAX: f64 = 180.0;

/// Defines how an object's fields are read: for each key, where its value goes and which reader
/// parses it.
macro_rules! object {
    ($object:ty, |$this:ident, $value:ident| { $($name:literal => $read:expr,)+ }) => {
        impl<'a> Object<'a> for $object {
            #[inline]
            fn field<A: MapAccess<'a>>(
                &mut self,
                key: &str,
                $value: FieldValue<'_, '_, 'a, A>,
            ) -> FieldIndex<A::Error> {
                let $this = self;
                let mut number = 0;
                $(
                    if key == $name {
                        $read;
                        return Ok(Some(number));
                    }
                    number += 1;
                )+
                let _ = number;
                Ok(None)
            }
        }
    };
}

/// The fields of a message, parsed into their domain types. Required ones may still be missing.
#[derive(Default)]
pub(super) struct Draft<'a> {
    id: Option<Text<'a>>,
    kind: Option<Kind>,
    time: Option<Time>,
    card: CardDraft<'a>,
    cardholder: CardholderDraft<'a>,
    amount: Option<Text<'a>>,
    currency: Option<Currency>,
    merchant: MerchantDraft<'a>,
    terminal: TerminalDraft<'a>,
    channel: Option<Channel>,
    card_present: Option<bool>,
    card_on_file: Option<bool>,
    recurring: Option<bool>,
    checks: Checks,
    response: Response,
    device: Device<'a>,
    ship_to: ShipTo<'a>,
    original_id: Option<Text<'a>>,
}

#[derive(Default)]
struct CardDraft<'a> {
    token: Option<TokenField<'a>>,
    /// Consumed when the token is made, and goes nowhere else.
    number: Option<CardNumber>,
    last4: Option<Text<'a>>,
    brand: Option<Text<'a>>,
    funding: Option<Funding>,
    country: Option<Country>,
    status: Option<CardStatus>,
    expiry: Option<Text<'a>>,
}

#[derive(Default)]
struct CardholderDraft<'a> {
    id: Option<Text<'a>>,
    account_id: Option<Text<'a>>,
    country: Option<Country>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

#[derive(Default)]
struct MerchantDraft<'a> {
    id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    mcc: Option<u16>,
    country: Option<Country>,
    city: Option<Text<'a>>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

#[derive(Default)]
struct TerminalDraft<'a> {
    id: Option<Text<'a>>,
}

object!(Draft<'a>, |draft, value| {
    "id" => draft.id = value.required_id(Field::Id)?,
    "type" => draft.kind = value.kind(Field::Type)?,
    "time" => draft.time = value.time(Field::Time)?,
    "card" => value.required_section(Field::Card, &mut draft.card)?,
    "cardholder" => value.section(Field::Cardholder, &mut draft.cardholder)?,
    "amount" => draft.amount = value.amount(Field::Amount)?,
    "currency" => draft.currency = value.currency(Field::Currency)?,
    "merchant" => value.required_section(Field::Merchant, &mut draft.merchant)?,
    "terminal" => value.section(Field::Terminal, &mut draft.terminal)?,
    "channel" => draft.channel = value.named(Field::Channel)?,
    "card_present" => draft.card_present = value.boolean(Field::CardPresent)?,
    "card_on_file" => draft.card_on_file = value.boolean(Field::CardOnFile)?,
    "recurring" => draft.recurring = value.boolean(Field::Recurring)?,
    "checks" => value.results(Field::Checks, &mut draft.checks)?,
    "response" => value.required_section(Field::Response, &mut draft.response)?,
    "device" => value.section(Field::Device, &mut draft.device)?,
    "ship_to" => value.section(Field::ShipTo, &mut draft.ship_to)?,
    "original_id" => draft.original_id = value.reference(Field::OriginalId)?,
});

object!(CardDraft<'a>, |card, value| {
    "token" => card.token = value.card_token(Field::CardToken)?,
    "number" => card.number = value.card_number(Field::CardNumber)?,
    "last4" => card.last4 = value.last4(Field::CardLast4)?,
    "brand" => card.brand = value.text(Field::CardBrand)?,
    "funding" => card.funding = value.named(Field::CardFunding)?,
    "country" => card.country = value.country(Field::CardCountry)?,
    "status" => card.status = value.named(Field::CardStatus)?,
    "expiry" => card.expiry = value.expiry(Field::CardExpiry)?,
});

object!(CardholderDraft<'a>, |cardholder, value| {
    "id" => cardholder.id = value.id(Field::CardholderId)?,
    "account_id" => cardholder.account_id = value.id(Field::CardholderAccountId)?,
    "country" => cardholder.country = value.country(Field::CardholderCountry)?,
    "latitude" => cardholder.latitude = value.degrees(Field::CardholderLatitude, LATITUDE_MAX)?,
    "longitude" => cardholder.longitude = value.degrees(Field::CardholderLongitude, LONGITUDE_MAX)?,
});

object!(MerchantDraft<'a>, |merchant, value| {
    "id" => merchant.id = value.required_id(Field::MerchantId)?,
    "name" => merchant.name = value.text(Field::MerchantName)?,
    "mcc" => merchant.mcc = value.mcc(Field::MerchantMcc)?,
    "country" => merchant.country = value.country(Field::MerchantCountry)?,
    "city" => merchant.city = value.text(Field::MerchantCity)?,
    "latitude" => merchant.latitude = value.degrees(Field::MerchantLatitude, LATITUDE_MAX)?,
    "longitude" => merchant.longitude = value.degrees(Field::MerchantLongitude, LONGITUDE_MAX)?,
});

object!(TerminalDraft<'a>, |terminal, value| {
    "id" => terminal.id = value.id(Field::TerminalId)?,
});

object!(Checks, |checks, value| {
    "cvv" => checks.cvv = value.named(Field::ChecksCvv)?,
    "address" => checks.address = value.named(Field::ChecksAddress)?,
    "pin" => checks.pin = value.named(Field::ChecksPin)?,
    "three_d_secure" => checks.three_d_secure = value.named(Field::ChecksThreeDSecure)?,
});

object!(Response, |response, value| {
    "approved" => response.approved = value.strict_boolean(Field::ResponseApproved)?,
    "reason" => response.reason = value.decline_reason(Field::ResponseReason)?,
});

object!(Device<'a>, |device, value| {
    "id" => device.id = value.id(Field::DeviceId)?,
    "ip" => device.ip = value.address(Field::DeviceIp)?,
});

object!(ShipTo<'a>, |ship_to, value| {
    "country" => ship_to.country = value.country(Field::ShipToCountry)?,
    "key" => ship_to.key = value.id(Field::ShipToKey)?,
});

impl<'a> Draft<'a> {
    /// The transaction, if nothing required is missing and the fields are consistent.
    pub(super) fn finish(
        self,
        settings: &DecodeSettings,
        record_time: Option<Time>,
        notes: &mut Notes,
    ) -> Result<Transaction<'a>, Fault> {
        let id = self.id.ok_or_else(|| missing(Field::Id))?;
        let kind = self.kind.ok_or_else(|| missing(Field::Type))?;
        let time = self.time.ok_or_else(|| missing(Field::Time))?;
        if record_time.is_some_and(|record| time.0 > record.0.saturating_add(settings.max_skew_ms))
        {
            return Err(Fault::field(Reason::TimeAhead, Field::Time));
        }
        let card = self.card.finish(settings)?;
        let amount = money(self.amount, self.currency, settings)?;
        Ok(Transaction {
            id,
            kind,
            time,
            card,
            cardholder: self.cardholder.finish(notes),
            amount,
            base_amount: settings.base_currency.convert(amount),
            merchant: self.merchant.finish(notes)?,
            terminal_id: self.terminal.id,
            channel: self.channel,
            card_present: self.card_present,
            card_on_file: self.card_on_file,
            recurring: self.recurring,
            checks: self.checks,
            response: self.response,
            device: self.device,
            ship_to: self.ship_to,
            original_id: self.original_id,
        })
    }
}

impl<'a> CardDraft<'a> {
    /// If there is both a number and a token, the token wins: it is the name that the stream's
    /// owner chose.
    fn finish(self, settings: &DecodeSettings) -> Result<Card<'a>, Fault> {
        let mut named = self.token;
        if let Some(number) = self.number {
            let tokenizer = settings.tokenizer.as_ref();
            let tokenizer =
                tokenizer.ok_or_else(|| Fault::field(Reason::NoKey, Field::CardNumber))?;
            let last4 = Some(number.last4());
            named = Some(match named {
                Some(named) => TokenField { last4, ..named },
                None => TokenField::of(tokenizer.card_tokens(&number), last4),
            });
        }
        let named = named.ok_or_else(|| missing(Field::CardToken))?;
        Ok(Card {
            token: named.token,
            former_token: named.former,
            last4: named.last4.map(Text::Owned).or(self.last4),
            brand: self.brand,
            funding: self.funding,
            country: self.country,
            status: self.status,
            expiry: self.expiry,
        })
    }
}

impl<'a> CardholderDraft<'a> {
    fn finish(self, notes: &mut Notes) -> Cardholder<'a> {
        Cardholder {
            id: self.id,
            account_id: self.account_id,
            country: self.country,
            place: place(
                (self.latitude, Field::CardholderLatitude),
                (self.longitude, Field::CardholderLongitude),
                notes,
            ),
        }
    }
}

impl<'a> MerchantDraft<'a> {
    fn finish(self, notes: &mut Notes) -> Result<Merchant<'a>, Fault> {
        Ok(Merchant {
            id: self.id.ok_or_else(|| missing(Field::MerchantId))?,
            name: self.name,
            mcc: self.mcc,
            country: self.country,
            city: self.city,
            place: place(
                (self.latitude, Field::MerchantLatitude),
                (self.longitude, Field::MerchantLongitude),
                notes,
            ),
        })
    }
}

/// A place needs both coordinates. One without the other is noted, unless the other was already
/// noted as invalid. 0, 0, in the sea off Africa, is what systems write if they have no place. It
/// is noted under the latitude.
fn place(
    latitude: (Option<f64>, Field),
    longitude: (Option<f64>, Field),
    notes: &mut Notes,
) -> Option<Place> {
    let (alone, other) = match (latitude, longitude) {
        ((None, _), (None, _)) => return None,
        ((Some(_), alone), (None, other)) | ((None, other), (Some(_), alone)) => (alone, other),
        ((Some(latitude), field), (Some(longitude), _)) => {
            let place = Place::from_degrees(latitude, longitude)?;
            if place.to_e7() == (0, 0) {
                notes.add(field, Change::Dropped, 1);
                return None;
            }
            return Some(place);
        }
    };
    if !notes.has(other, Change::Dropped) {
        notes.add(alone, Change::Dropped, 1);
    }
    None
}

fn money(
    amount: Option<Text<'_>>,
    currency: Option<Currency>,
    settings: &DecodeSettings,
) -> Result<Money, Fault> {
    let fault = |reason| Fault::field(reason, Field::Amount);
    let text = amount.ok_or_else(|| missing(Field::Amount))?;
    let currency = currency.or(settings.default_currency);
    let currency =
        currency.ok_or_else(|| Fault::field(Reason::MissingCurrency, Field::Currency))?;
    let card_numbers = &settings.card_numbers;
    if card_numbers.may_hold_one(&text, Field::Amount) && card_numbers.contains(text.as_bytes()) {
        return Err(fault(Reason::CardNumberInAmount));
    }
    let minor = match settings.amounts {
        Amounts::Minor => amount::minor(&text),
        Amounts::Major => amount::major(&text, currency.exponent()),
    };
    Ok(Money { minor: minor.map_err(fault)?, currency })
}

#[cold]
fn missing(field: Field) -> Fault {
    Fault::field(Reason::MissingField, field)
}
