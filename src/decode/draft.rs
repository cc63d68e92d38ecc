//! Collects the values of a message as they are read, and turns them into a [`Transaction`].
//!
//! Every value passes [`MessageDraft::set`], which gives it to `sanitize` or `codes` by the type of its
//! field. A format has no other way to set a value, and none to read one.

use super::amount;
use super::card_number::CardNumber;
use super::change::Change;
use super::message_draft::MessageDraft;
use super::message_field::MessageField;
use super::notes::Notes;
use super::raw_value::RawValue;
use super::reason::{Fault, Reason};
use super::sanitize::Sanitizer;
use super::settings::{Amounts, DecodeSettings};
use super::token::CardToken;
use crate::transaction::{
    Card, Currency, Field, FieldMut, Kind, Money, Place, Text, Time, Transaction,
};

const LATITUDE_MAX: f64 = 90.0;
const LONGITUDE_MAX: f64 = 180.0;

/// A message being read. Required values may still be missing.
pub(super) struct Draft<'s, 'a> {
    sanitizer: Sanitizer<'s, Field>,
    /// Has the optional values. The others follow when the draft is finished.
    transaction: Transaction<'a>,
    id: Option<Text<'a>>,
    kind: Option<Kind>,
    time: Option<Time>,
    token: Option<CardToken<'a>>,
    /// Consumed when the token is made, and goes nowhere else.
    number: Option<CardNumber>,
    /// As it is written, until the currency is known.
    amount: Option<Text<'a>>,
    currency: Option<Currency>,
    merchant_id: Option<Text<'a>>,
    home: Coordinates,
    merchant_place: Coordinates,
}

#[derive(Default)]
struct Coordinates {
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl<'s, 'a> Draft<'s, 'a> {
    pub(super) fn new(settings: &'s DecodeSettings) -> Self {
        Self {
            sanitizer: Sanitizer::new(settings),
            transaction: not_yet_valid(settings.base_currency.currency()),
            id: None,
            kind: None,
            time: None,
            token: None,
            number: None,
            amount: None,
            currency: None,
            merchant_id: None,
            home: Coordinates::default(),
            merchant_place: Coordinates::default(),
        }
    }

    /// Sets the value of a field, without anything in it that must not be kept.
    fn set_value(&mut self, field: Field, value: RawValue<'a>) -> Result<(), Fault> {
        let sanitizer = &mut self.sanitizer;
        let Some(member) = field.of_mut(&mut self.transaction) else {
            return self.set_apart(field, value);
        };
        match member {
            FieldMut::Id(id) => *id = sanitizer.id(field, value)?,
            FieldMut::Address(address) => *address = sanitizer.address(field, value)?,
            FieldMut::Text(text) => *text = sanitizer.text(field, value)?,
            FieldMut::LastFour(digits) => *digits = sanitizer.last4(field, value)?,
            FieldMut::Expiry(hash) => *hash = sanitizer.expiry(field, value)?,
            FieldMut::Country(country) => *country = sanitizer.country(field, value)?,
            FieldMut::Category(category) => *category = sanitizer.category(field, value)?,
            FieldMut::Funding(funding) => *funding = sanitizer.named(field, value)?,
            FieldMut::CardStatus(status) => *status = sanitizer.named(field, value)?,
            FieldMut::Channel(channel) => *channel = sanitizer.named(field, value)?,
            FieldMut::Check(check) => *check = sanitizer.named(field, value)?,
            FieldMut::ThreeDSecure(result) => *result = sanitizer.named(field, value)?,
            FieldMut::DeclineReason(reason) => *reason = sanitizer.decline_reason(field, value)?,
            FieldMut::Flag(flag) => *flag = sanitizer.flag(field, value)?,
        }
        Ok(())
    }

    /// Sets a value that the transaction cannot lack, or has in another form.
    fn set_apart(&mut self, field: Field, value: RawValue<'a>) -> Result<(), Fault> {
        let sanitizer = &mut self.sanitizer;
        match field {
            Field::Id => self.id = sanitizer.id(field, value)?,
            Field::Type => {
                self.kind = sanitizer.required_name(field, value, Reason::UnknownType)?
            }
            Field::Time => self.time = sanitizer.time(field, value)?,
            Field::CardToken => self.token = sanitizer.card_token(field, value)?,
            Field::CardNumber => self.number = sanitizer.card_number(field, value)?,
            Field::Amount => self.amount = sanitizer.amount(field, value)?,
            Field::Currency => self.currency = sanitizer.currency(field, value)?,
            Field::MerchantId => self.merchant_id = sanitizer.id(field, value)?,
            Field::CardholderLatitude => {
                self.home.latitude = sanitizer.degrees(field, value, LATITUDE_MAX)?;
            }
            Field::CardholderLongitude => {
                self.home.longitude = sanitizer.degrees(field, value, LONGITUDE_MAX)?;
            }
            Field::MerchantLatitude => {
                self.merchant_place.latitude = sanitizer.degrees(field, value, LATITUDE_MAX)?;
            }
            Field::MerchantLongitude => {
                self.merchant_place.longitude = sanitizer.degrees(field, value, LONGITUDE_MAX)?;
            }
            // An object's fields are set one by one. This is a value in the place of an object.
            _ if matches!(value, RawValue::Null) => {}
            _ => sanitizer.invalid(field, "an object")?,
        }
        Ok(())
    }

    /// The transaction, if nothing required is missing and the values are consistent. `record_time`
    /// is the timestamp of the message's record, if it has one.
    pub(super) fn finish(
        self,
        record_time: Option<Time>,
    ) -> Result<(Transaction<'a>, Notes), Fault> {
        let Sanitizer { settings, mut notes } = self.sanitizer;
        let mut tx = self.transaction;
        tx.id = self.id.ok_or_else(|| missing(Field::Id))?;
        tx.kind = self.kind.ok_or_else(|| missing(Field::Type))?;
        tx.time = self.time.ok_or_else(|| missing(Field::Time))?;
        let latest = record_time.map(|record| record.0.saturating_add(settings.max_skew_ms));
        if latest.is_some_and(|latest| tx.time.0 > latest) {
            return Err(Fault::field(Reason::TimeAhead, Field::Time));
        }
        name_card(&mut tx.card, self.token, self.number, settings)?;
        tx.amount = money(self.amount, self.currency, settings)?;
        tx.base_amount = settings.base_currency.convert(tx.amount);
        let home = [Field::CardholderLatitude, Field::CardholderLongitude];
        tx.cardholder.place = self.home.place(home, &mut notes);
        tx.merchant.id = self.merchant_id.ok_or_else(|| missing(Field::MerchantId))?;
        let shop = [Field::MerchantLatitude, Field::MerchantLongitude];
        tx.merchant.place = self.merchant_place.place(shop, &mut notes);
        Ok((tx, notes))
    }
}

impl<'a> MessageDraft<'a> for Draft<'_, 'a> {
    type Field = Field;

    fn notes(&mut self) -> &mut Notes {
        &mut self.sanitizer.notes
    }

    #[inline]
    fn set(&mut self, field: Field, value: RawValue<'a>) -> Result<(), Fault> {
        self.set_value(field, value)
    }
}

/// If there is both a number and a token, the token wins: it is the name that the stream's owner
/// chose.
pub(super) fn name_card<'a>(
    card: &mut Card<'a>,
    token: Option<CardToken<'a>>,
    number: Option<CardNumber>,
    settings: &DecodeSettings,
) -> Result<(), Fault> {
    let mut named = token;
    if let Some(number) = number {
        let tokenizer = settings.tokenizer.as_ref();
        let tokenizer = tokenizer.ok_or_else(|| Fault::field(Reason::NoKey, Field::CardNumber))?;
        let last4 = Some(number.last4());
        named = Some(match named {
            Some(named) => CardToken { last4, ..named },
            None => CardToken::of(tokenizer.card_tokens(&number), last4),
        });
    }
    let named = named.ok_or_else(|| missing(Field::CardToken))?;
    (card.token, card.former_token) = (named.token, named.former);
    if let Some(last4) = named.last4 {
        card.last4 = Some(Text::Owned(last4));
    }
    Ok(())
}

impl Coordinates {
    /// A place needs both coordinates. One without the other is noted, unless the other was already
    /// noted as invalid. 0, 0, in the sea off Africa, is what systems write if they have no place.
    /// It is noted under the latitude.
    fn place(&self, [latitude, longitude]: [Field; 2], notes: &mut Notes) -> Option<Place> {
        let (alone, other) = match (self.latitude, self.longitude) {
            (None, None) => return None,
            (Some(_), None) => (latitude, longitude),
            (None, Some(_)) => (longitude, latitude),
            (Some(north), Some(east)) => {
                let place = Place::from_degrees(north, east)?;
                if place.to_e7() == (0, 0) {
                    notes.add(latitude, Change::Dropped, 1);
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
}

pub(super) fn money(
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
pub(super) fn missing(field: impl MessageField) -> Fault {
    Fault::field(Reason::MissingField, field)
}

/// What [`Draft::finish`] completes.
fn not_yet_valid<'a>(currency: Currency) -> Transaction<'a> {
    let none = Text::default;
    let amount = Money { minor: 0, currency };
    Transaction::new((Kind::Authorization, none()), Time(0), none(), amount, none())
}
