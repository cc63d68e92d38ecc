//! A message as far as it was read, and the step from there to a [`Transaction`].

use super::card_number::{CardNumber, contains_card_number};
use super::fields::{Fields, Known};
use super::reason::{Fault, Reason};
use super::walk::Names;
use super::{Amounts, Settings, amount};
use crate::transaction::{
    Card, CardStatus, Cardholder, Channel, Checks, Country, Currency, Device, Funding, Kind,
    Merchant, Money, Place, Response, ShipTo, Text, Time, TimeError, Transaction, WireName,
};

const LATITUDE_MAX: f64 = 90.0;
const LONGITUDE_MAX: f64 = 180.0;

/// Reads the field that a key names, and returns its number within the object, counted from 0, so
/// that duplicates are seen; `None` for a key that names none.
macro_rules! known {
    ($key:expr, { $($name:literal => $read:expr,)+ }) => {{
        let mut number = 0;
        $(
            if $key == $name {
                $read;
                return Ok(Some(number));
            }
            number += 1;
        )+
        let _ = number;
        Ok(None)
    }};
}

/// Every field of a message, each already of its own type but not yet known to be there.
#[derive(Default)]
pub(super) struct Draft<'a> {
    id: Option<Text<'a>>,
    kind: Option<Kind>,
    time: Option<Time>,
    card: CardDraft<'a>,
    cardholder: Cardholder<'a>,
    amount: Option<Text<'a>>,
    currency: Option<Currency>,
    merchant: MerchantDraft<'a>,
    terminal_id: Option<Text<'a>>,
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
    token: Option<Text<'a>>,
    /// Consumed when the token is made; goes no further.
    number: Option<CardNumber>,
    /// Of a card number that stood in `card.token`.
    token_last4: Option<String>,
    last4: Option<Text<'a>>,
    brand: Option<Text<'a>>,
    funding: Option<Funding>,
    country: Option<Country>,
    status: Option<CardStatus>,
    expiry: Option<Text<'a>>,
}

#[derive(Default)]
struct MerchantDraft<'a> {
    id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    mcc: Option<u16>,
    country: Option<Country>,
    city: Option<Text<'a>>,
    place: Option<Place>,
}

impl<'a> Draft<'a> {
    /// Reads the whole message.
    pub(super) fn read(
        &mut self,
        fields: &mut Fields<'a, '_>,
        amounts: Amounts,
    ) -> Result<(), Fault> {
        fields.message(|fields, key| self.field(fields, key, amounts))
    }

    /// One field of the top level.
    #[inline]
    fn field(&mut self, fields: &mut Fields<'a, '_>, key: &str, amounts: Amounts) -> Known {
        known!(key, {
            "id" => self.id = fields.required_id("id")?,
            "type" => self.kind = kind(fields, "type")?,
            "time" => self.time = time(fields, "time")?,
            "card" => self.card.read(fields)?,
            "cardholder" => read_cardholder(fields, &mut self.cardholder)?,
            "amount" => self.amount = fields.amount("amount", amounts == Amounts::Major)?,
            "currency" => self.currency = currency(fields, "currency")?,
            "merchant" => self.merchant.read(fields)?,
            "terminal" => read_terminal(fields, &mut self.terminal_id)?,
            "channel" => self.channel = fields.named("channel")?,
            "card_present" => self.card_present = fields.boolean("card_present")?,
            "card_on_file" => self.card_on_file = fields.boolean("card_on_file")?,
            "recurring" => self.recurring = fields.boolean("recurring")?,
            "checks" => read_checks(fields, &mut self.checks)?,
            "response" => read_response(fields, &mut self.response)?,
            "device" => read_device(fields, &mut self.device)?,
            "ship_to" => read_ship_to(fields, &mut self.ship_to)?,
            "original_id" => self.original_id = fields.id("original_id")?,
        })
    }

    /// The transaction, if nothing required is missing and what belongs together agrees.
    pub(super) fn finish(
        self,
        settings: &Settings,
        record_time: Option<Time>,
    ) -> Result<Transaction<'a>, Fault> {
        let id = self.id.ok_or_else(|| missing("id"))?;
        let kind = self.kind.ok_or_else(|| missing("type"))?;
        let time = self.time.ok_or_else(|| missing("time"))?;
        if record_time.is_some_and(|record| time.0 > record.0.saturating_add(settings.max_skew_ms))
        {
            return Err(Fault::field(Reason::TimeAhead, "time"));
        }
        let card = self.card.finish(settings)?;
        let amount = money(self.amount, self.currency, settings)?;
        Ok(Transaction {
            id,
            kind,
            time,
            card,
            cardholder: self.cardholder,
            amount,
            base_amount: settings.base_currency.convert(amount),
            merchant: self.merchant.finish()?,
            terminal_id: self.terminal_id,
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
    fn read(&mut self, fields: &mut Fields<'a, '_>) -> Result<(), Fault> {
        fields.section("card", Names::Counted, |fields, key| {
            known!(key, {
                "token" => (self.token, self.token_last4) = fields.card_token("card.token")?,
                "number" => self.number = fields.card_number("card.number")?,
                "last4" => self.last4 = fields.last4("card.last4")?,
                "brand" => self.brand = fields.text("card.brand")?,
                "funding" => self.funding = fields.named("card.funding")?,
                "country" => self.country = fields.country("card.country")?,
                "status" => self.status = fields.named("card.status")?,
                "expiry" => self.expiry = fields.expiry("card.expiry")?,
            })
        })
    }

    /// Of a number and a token the token wins: it is the name that the stream's owner chose.
    fn finish(self, settings: &Settings) -> Result<Card<'a>, Fault> {
        let mut last4 = self.token_last4.map(Text::Owned).or(self.last4);
        let mut number_token = None;
        if let Some(number) = self.number {
            let tokenizer = settings.tokenizer.as_ref();
            let tokenizer = tokenizer.ok_or_else(|| Fault::field(Reason::NoKey, "card.number"))?;
            last4 = Some(Text::Owned(number.last4()));
            number_token = self.token.is_none().then(|| Text::Owned(tokenizer.card_token(&number)));
        }
        Ok(Card {
            token: self.token.or(number_token).ok_or_else(|| missing("card.token"))?,
            last4,
            brand: self.brand,
            funding: self.funding,
            country: self.country,
            status: self.status,
            expiry: self.expiry,
        })
    }
}

impl<'a> MerchantDraft<'a> {
    fn read(&mut self, fields: &mut Fields<'a, '_>) -> Result<(), Fault> {
        let mut degrees = (None, None);
        fields.section("merchant", Names::Counted, |fields, key| {
            known!(key, {
                "id" => self.id = fields.required_id("merchant.id")?,
                "name" => self.name = fields.text("merchant.name")?,
                "mcc" => self.mcc = fields.mcc("merchant.mcc")?,
                "country" => self.country = fields.country("merchant.country")?,
                "city" => self.city = fields.text("merchant.city")?,
                "latitude" => degrees.0 = fields.degrees("merchant.latitude", LATITUDE_MAX)?,
                "longitude" => degrees.1 = fields.degrees("merchant.longitude", LONGITUDE_MAX)?,
            })
        })?;
        self.place = place(degrees);
        Ok(())
    }

    fn finish(self) -> Result<Merchant<'a>, Fault> {
        Ok(Merchant {
            id: self.id.ok_or_else(|| missing("merchant.id"))?,
            name: self.name,
            mcc: self.mcc,
            country: self.country,
            city: self.city,
            place: self.place,
        })
    }
}

fn read_cardholder<'a>(
    fields: &mut Fields<'a, '_>,
    cardholder: &mut Cardholder<'a>,
) -> Result<(), Fault> {
    let mut degrees = (None, None);
    fields.section("cardholder", Names::Counted, |fields, key| {
        known!(key, {
            "id" => cardholder.id = fields.id("cardholder.id")?,
            "account_id" => cardholder.account_id = fields.id("cardholder.account_id")?,
            "country" => cardholder.country = fields.country("cardholder.country")?,
            "latitude" => degrees.0 = fields.degrees("cardholder.latitude", LATITUDE_MAX)?,
            "longitude" => degrees.1 = fields.degrees("cardholder.longitude", LONGITUDE_MAX)?,
        })
    })?;
    cardholder.place = place(degrees);
    Ok(())
}

fn read_terminal<'a>(fields: &mut Fields<'a, '_>, id: &mut Option<Text<'a>>) -> Result<(), Fault> {
    fields.section("terminal", Names::Counted, |fields, key| {
        known!(key, {
            "id" => *id = fields.id("terminal.id")?,
        })
    })
}

fn read_checks(fields: &mut Fields<'_, '_>, checks: &mut Checks) -> Result<(), Fault> {
    fields.section("checks", Names::Results, |fields, key| {
        known!(key, {
            "cvv" => checks.cvv = fields.named("checks.cvv")?,
            "address" => checks.address = fields.named("checks.address")?,
            "pin" => checks.pin = fields.named("checks.pin")?,
            "three_d_secure" => checks.three_d_secure = fields.named("checks.three_d_secure")?,
        })
    })
}

fn read_response(fields: &mut Fields<'_, '_>, response: &mut Response) -> Result<(), Fault> {
    fields.section("response", Names::Counted, |fields, key| {
        known!(key, {
            "approved" => response.approved = fields.boolean("response.approved")?,
            "reason" => response.reason = fields.named("response.reason")?,
        })
    })
}

fn read_device<'a>(fields: &mut Fields<'a, '_>, device: &mut Device<'a>) -> Result<(), Fault> {
    fields.section("device", Names::Counted, |fields, key| {
        known!(key, {
            "id" => device.id = fields.id("device.id")?,
            "ip" => device.ip = fields.id("device.ip")?,
        })
    })
}

fn read_ship_to<'a>(fields: &mut Fields<'a, '_>, ship_to: &mut ShipTo<'a>) -> Result<(), Fault> {
    fields.section("ship_to", Names::Counted, |fields, key| {
        known!(key, {
            "country" => ship_to.country = fields.country("ship_to.country")?,
            "key" => ship_to.key = fields.id("ship_to.key")?,
        })
    })
}

fn kind(fields: &mut Fields<'_, '_>, field: &'static str) -> Result<Option<Kind>, Fault> {
    let Some(name) = fields.required_raw(field)? else { return Ok(None) };
    Kind::from_name(&name).map(Some).ok_or_else(|| Fault::field(Reason::UnknownType, field))
}

fn time(fields: &mut Fields<'_, '_>, field: &'static str) -> Result<Option<Time>, Fault> {
    let Some(text) = fields.required_raw(field)? else { return Ok(None) };
    let reason = |error| match error {
        TimeError::Malformed => Reason::BadTime,
        TimeError::NoSuchTime => Reason::NoSuchTime,
        TimeError::OutOfRange => Reason::TimeOutOfRange,
    };
    Time::parse(&text).map(Some).map_err(|error| Fault::field(reason(error), field))
}

fn currency(fields: &mut Fields<'_, '_>, field: &'static str) -> Result<Option<Currency>, Fault> {
    let Some(code) = fields.required_raw(field)? else { return Ok(None) };
    Currency::parse(&code).map(Some).ok_or_else(|| Fault::field(Reason::UnknownCurrency, field))
}

/// Half a place is none.
fn place((latitude, longitude): (Option<f64>, Option<f64>)) -> Option<Place> {
    Place::from_degrees(latitude?, longitude?)
}

fn money(
    amount: Option<Text<'_>>,
    currency: Option<Currency>,
    settings: &Settings,
) -> Result<Money, Fault> {
    let fault = |reason| Fault::field(reason, "amount");
    let text = amount.ok_or_else(|| missing("amount"))?;
    let currency = currency.or(settings.default_currency);
    let currency = currency.ok_or_else(|| Fault::field(Reason::MissingCurrency, "currency"))?;
    if contains_card_number(text.as_bytes()) {
        return Err(fault(Reason::CardNumberInAmount));
    }
    let minor = match settings.amounts {
        Amounts::Minor => amount::minor(&text),
        Amounts::Major => amount::major(&text, currency.exponent()),
    };
    Ok(Money { minor: minor.map_err(fault)?, currency })
}

#[cold]
fn missing(field: &'static str) -> Fault {
    Fault::field(Reason::MissingField, field)
}
