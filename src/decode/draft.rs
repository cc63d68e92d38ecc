//! A message as far as it was read, and the step from there to a [`Transaction`].

use super::card_number::{CardNumber, contains_card_number};
use super::fields::TokenField;
use super::objects::{Known, Object, Value};
use super::reason::{Fault, Reason};
use super::{Amounts, Settings, amount};
use crate::transaction::{
    Card, CardStatus, Cardholder, Channel, Checks, Country, Currency, Device, Funding, Kind,
    Merchant, Money, Place, Response, ShipTo, Text, Time, Transaction,
};
use serde::de::MapAccess;

const LATITUDE_MAX: f64 = 90.0;
const LONGITUDE_MAX: f64 = 180.0;

/// How an object's fields are read: for each key, where its value goes and as what kind of field.
macro_rules! object {
    ($object:ty, |$this:ident, $value:ident| { $($name:literal => $read:expr,)+ }) => {
        impl<'a> Object<'a> for $object {
            #[inline]
            fn field<A: MapAccess<'a>>(
                &mut self,
                key: &str,
                $value: Value<'_, '_, 'a, A>,
            ) -> Known<A::Error> {
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

/// Every field of a message, each already of its own type but not yet known to be there.
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
    /// Consumed when the token is made; goes no further.
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
    "id" => draft.id = value.required_id("id")?,
    "type" => draft.kind = value.kind("type")?,
    "time" => draft.time = value.time("time")?,
    "card" => value.section("card", &mut draft.card)?,
    "cardholder" => value.section("cardholder", &mut draft.cardholder)?,
    "amount" => draft.amount = value.amount("amount")?,
    "currency" => draft.currency = value.currency("currency")?,
    "merchant" => value.section("merchant", &mut draft.merchant)?,
    "terminal" => value.section("terminal", &mut draft.terminal)?,
    "channel" => draft.channel = value.named("channel")?,
    "card_present" => draft.card_present = value.boolean("card_present")?,
    "card_on_file" => draft.card_on_file = value.boolean("card_on_file")?,
    "recurring" => draft.recurring = value.boolean("recurring")?,
    "checks" => value.results("checks", &mut draft.checks)?,
    "response" => value.section("response", &mut draft.response)?,
    "device" => value.section("device", &mut draft.device)?,
    "ship_to" => value.section("ship_to", &mut draft.ship_to)?,
    "original_id" => draft.original_id = value.id("original_id")?,
});

object!(CardDraft<'a>, |card, value| {
    "token" => card.token = value.card_token("card.token")?,
    "number" => card.number = value.card_number("card.number")?,
    "last4" => card.last4 = value.last4("card.last4")?,
    "brand" => card.brand = value.text("card.brand")?,
    "funding" => card.funding = value.named("card.funding")?,
    "country" => card.country = value.country("card.country")?,
    "status" => card.status = value.named("card.status")?,
    "expiry" => card.expiry = value.expiry("card.expiry")?,
});

object!(CardholderDraft<'a>, |cardholder, value| {
    "id" => cardholder.id = value.id("cardholder.id")?,
    "account_id" => cardholder.account_id = value.id("cardholder.account_id")?,
    "country" => cardholder.country = value.country("cardholder.country")?,
    "latitude" => cardholder.latitude = value.degrees("cardholder.latitude", LATITUDE_MAX)?,
    "longitude" => cardholder.longitude = value.degrees("cardholder.longitude", LONGITUDE_MAX)?,
});

object!(MerchantDraft<'a>, |merchant, value| {
    "id" => merchant.id = value.required_id("merchant.id")?,
    "name" => merchant.name = value.text("merchant.name")?,
    "mcc" => merchant.mcc = value.mcc("merchant.mcc")?,
    "country" => merchant.country = value.country("merchant.country")?,
    "city" => merchant.city = value.text("merchant.city")?,
    "latitude" => merchant.latitude = value.degrees("merchant.latitude", LATITUDE_MAX)?,
    "longitude" => merchant.longitude = value.degrees("merchant.longitude", LONGITUDE_MAX)?,
});

object!(TerminalDraft<'a>, |terminal, value| {
    "id" => terminal.id = value.id("terminal.id")?,
});

object!(Checks, |checks, value| {
    "cvv" => checks.cvv = value.named("checks.cvv")?,
    "address" => checks.address = value.named("checks.address")?,
    "pin" => checks.pin = value.named("checks.pin")?,
    "three_d_secure" => checks.three_d_secure = value.named("checks.three_d_secure")?,
});

object!(Response, |response, value| {
    "approved" => response.approved = value.boolean("response.approved")?,
    "reason" => response.reason = value.named("response.reason")?,
});

object!(Device<'a>, |device, value| {
    "id" => device.id = value.id("device.id")?,
    "ip" => device.ip = value.id("device.ip")?,
});

object!(ShipTo<'a>, |ship_to, value| {
    "country" => ship_to.country = value.country("ship_to.country")?,
    "key" => ship_to.key = value.id("ship_to.key")?,
});

impl<'a> Draft<'a> {
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
            cardholder: self.cardholder.finish(),
            amount,
            base_amount: settings.base_currency.convert(amount),
            merchant: self.merchant.finish()?,
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
    /// Of a number and a token the token wins: it is the name that the stream's owner chose.
    fn finish(self, settings: &Settings) -> Result<Card<'a>, Fault> {
        let mut named = self.token;
        if let Some(number) = self.number {
            let tokenizer = settings.tokenizer.as_ref();
            let tokenizer = tokenizer.ok_or_else(|| Fault::field(Reason::NoKey, "card.number"))?;
            let last4 = Some(number.last4());
            named = Some(match named {
                Some(named) => TokenField { last4, ..named },
                None => TokenField::of(tokenizer.card_tokens(&number), last4),
            });
        }
        let named = named.ok_or_else(|| missing("card.token"))?;
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
    fn finish(self) -> Cardholder<'a> {
        Cardholder {
            id: self.id,
            account_id: self.account_id,
            country: self.country,
            place: place(self.latitude, self.longitude),
        }
    }
}

impl<'a> MerchantDraft<'a> {
    fn finish(self) -> Result<Merchant<'a>, Fault> {
        Ok(Merchant {
            id: self.id.ok_or_else(|| missing("merchant.id"))?,
            name: self.name,
            mcc: self.mcc,
            country: self.country,
            city: self.city,
            place: place(self.latitude, self.longitude),
        })
    }
}

/// Half a place is none.
fn place(latitude: Option<f64>, longitude: Option<f64>) -> Option<Place> {
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
