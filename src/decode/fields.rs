//! The kinds of field that messages are made of, each read into its domain type.
//!
//! Everywhere `null` is the same as missing, and so is blank text in an optional field. Text is
//! freed of card numbers here, before anything else sees it.

use super::card_number::{CardNumber, Next, replace_card_numbers};
use super::objects::{Object, Section, Value};
use super::reading::Borrowed;
use super::reason::{Fault, Reason};
use super::tokenizer::{CardTokens, is_token};
use super::{Amounts, Tokenizer};
use crate::transaction::{Country, Currency, Kind, Text, Time, TimeError, WireName};
use serde::Deserialize;
use serde::de::{Error, MapAccess};
use serde_json::value::RawValue;
use std::borrow::Cow;
use zeroize::{Zeroize, Zeroizing};

/// Every four-digit code is a category; which of them are in use changes too often to refuse one.
const MCC_MAX: u16 = 9999;

const TEXT_OR_NUMBER: &str = "text or a number";

/// What may be text or a number.
enum Scalar<'a> {
    Missing,
    Text(Text<'a>),
    /// As it stands in the message.
    Number(&'a str),
}

/// What a card goes by.
pub(super) struct TokenField<'a> {
    pub token: Text<'a>,
    /// See [`crate::transaction::Card::former_token`].
    pub former: Option<Text<'a>>,
    /// Of the card number that the token was made of.
    pub last4: Option<String>,
}

impl TokenField<'_> {
    pub(super) fn of(tokens: CardTokens, last4: Option<String>) -> Self {
        let CardTokens { current, former } = tokens;
        Self { token: Cow::Owned(current), former: former.map(Cow::Owned), last4 }
    }
}

impl<'s, 'a, A: MapAccess<'a>> Value<'_, 's, 'a, A> {
    /// An object within the message.
    pub(super) fn section(
        self,
        field: &'static str,
        object: &mut impl Object<'a>,
    ) -> Result<(), A::Error> {
        let read = self.values.next_value_seed(Section { reading: &mut *self.reading, object });
        read.inspect_err(|_| self.reading.passes(field, "an object", self.key_at))
    }

    /// An object of results of checks, which go by the names of what was checked.
    pub(super) fn results(
        self,
        field: &'static str,
        object: &mut impl Object<'a>,
    ) -> Result<(), A::Error> {
        let Value { reading, values, key_at } = self;
        reading.counts_names = false;
        Value { reading: &mut *reading, values, key_at }.section(field, object)?;
        reading.counts_names = true;
        Ok(())
    }

    /// A value as serde_json reads it, `wanted` being what it should be.
    #[inline]
    fn read<T: Deserialize<'a>>(
        &mut self,
        field: &'static str,
        wanted: &'static str,
    ) -> Result<T, A::Error> {
        let value = self.values.next_value();
        value.inspect_err(|_| self.reading.passes(field, wanted, self.key_at))
    }

    /// Text as it stands in the message.
    #[inline]
    fn raw(&mut self, field: &'static str) -> Result<Option<Text<'a>>, A::Error> {
        let text: Option<Borrowed<'a>> = self.read(field, "text")?;
        Ok(text.map(|Borrowed(text)| text))
    }

    /// Text, or a number with its exact digits.
    #[inline]
    fn scalar(
        &mut self,
        field: &'static str,
        wanted: &'static str,
    ) -> Result<Scalar<'a>, A::Error> {
        let json = self.read::<&RawValue>(field, wanted)?.get();
        match json.as_bytes() {
            [b'-' | b'0'..=b'9', ..] => Ok(Scalar::Number(json)),
            [b'n', ..] => Ok(Scalar::Missing),
            [b'"', ..] => match serde_json::from_str(json) {
                Ok(Borrowed(text)) => Ok(Scalar::Text(text)),
                Err(_) => Err(self.reading.refuse(Fault::at_end(Reason::NotJson))),
            },
            _ => Err(self.wrong_type(field, wanted)),
        }
    }

    /// Text that is not blank, or a number.
    #[inline]
    fn code(&mut self, field: &'static str) -> Result<Scalar<'a>, A::Error> {
        match self.scalar(field, TEXT_OR_NUMBER)? {
            Scalar::Text(text) if is_blank(&text) => Ok(Scalar::Missing),
            code => Ok(code),
        }
    }

    #[cold]
    fn refuse(&mut self, reason: Reason, field: &'static str) -> A::Error {
        self.reading.refuse(Fault::field(reason, field))
    }

    #[cold]
    fn wrong_type(&mut self, field: &'static str, wanted: &'static str) -> A::Error {
        self.reading.passes(field, wanted, self.key_at);
        A::Error::custom("")
    }

    /// Optional text for people, with card numbers masked.
    #[inline]
    pub(super) fn text(mut self, field: &'static str) -> Result<Option<Text<'a>>, A::Error> {
        let text = self.raw(field)?.filter(|text| !is_blank(text));
        Ok(text.map(|text| self.without_card_numbers(text, |number, next, _| number.masked(next))))
    }

    /// An optional id or key. A card number in it is replaced by its token where there is a key, so
    /// that ids which differ stay different.
    #[inline]
    pub(super) fn id(mut self, field: &'static str) -> Result<Option<Text<'a>>, A::Error> {
        let id = self.raw(field)?.filter(|id| !is_blank(id));
        Ok(id.map(|id| self.without_card_numbers(id, token_or_mask)))
    }

    /// An id that a message must have.
    #[inline]
    pub(super) fn required_id(mut self, field: &'static str) -> Result<Option<Text<'a>>, A::Error> {
        let id = self.required_raw(field)?;
        Ok(id.map(|id| self.without_card_numbers(id, token_or_mask)))
    }

    /// Text that a message must have, as it stands there.
    #[inline]
    fn required_raw(&mut self, field: &'static str) -> Result<Option<Text<'a>>, A::Error> {
        match self.raw(field)? {
            Some(text) if is_blank(&text) => Err(self.refuse(Reason::EmptyText, field)),
            text => Ok(text),
        }
    }

    /// `card.token`; a card number that stands in its place becomes one.
    pub(super) fn card_token(
        mut self,
        field: &'static str,
    ) -> Result<Option<TokenField<'a>>, A::Error> {
        let Some(token) = self.required_raw(field)? else { return Ok(None) };
        if is_token(token.as_bytes()) {
            return Ok(Some(TokenField { token, former: None, last4: None }));
        }
        let mut last4 = None;
        let mut formers = Vec::new();
        let token = self.without_card_numbers(token, |number, next, tokenizer| {
            last4 = Some(number.last4());
            let Some(tokenizer) = tokenizer else { return number.masked(next) };
            let CardTokens { current, former } = tokenizer.card_tokens(number);
            formers.extend(former.map(|former| (current.clone(), former)));
            current
        });
        if last4.is_some() && self.tokenizer().is_none() {
            return Err(self.refuse(Reason::CardNumberInToken, field));
        }
        let former = (!formers.is_empty()).then(|| {
            let text = token.clone().into_owned();
            formers
                .iter()
                .fold(text, |text, (current, former)| text.replace(current, former))
                .into()
        });
        Ok(Some(TokenField { token, former, last4 }))
    }

    /// `card.number`, as text or as a JSON number.
    pub(super) fn card_number(
        mut self,
        field: &'static str,
    ) -> Result<Option<CardNumber>, A::Error> {
        let number = match self.code(field)? {
            Scalar::Missing => return Ok(None),
            Scalar::Number(text) if text.starts_with('-') => {
                return Err(self.wrong_type(field, TEXT_OR_NUMBER));
            }
            Scalar::Number(text) => CardNumber::parse(text),
            Scalar::Text(text) => CardNumber::parse(&Zeroizing::new(text.into_owned())),
        };
        number.map(Some).map_err(|reason| self.refuse(reason, field))
    }

    /// `card.last4`: exactly four digits. A whole card number in its place is cut to them.
    pub(super) fn last4(mut self, field: &'static str) -> Result<Option<Text<'a>>, A::Error> {
        let Some(text) = self.raw(field)?.filter(|text| !is_blank(text)) else { return Ok(None) };
        let text = self.without_card_numbers(text, |number, _, _| number.last4());
        let is_last4 = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_last4 { Ok(Some(text)) } else { Err(self.refuse(Reason::BadLast4, field)) }
    }

    /// `card.expiry`: `YYYY-MM` → its keyed hash; without a key it is dropped.
    pub(super) fn expiry(mut self, field: &'static str) -> Result<Option<Text<'a>>, A::Error> {
        let Some(month) = self.raw(field)?.filter(|text| !is_blank(text)) else { return Ok(None) };
        if !is_month(month.as_bytes()) {
            return Err(self.refuse(Reason::BadExpiry, field));
        }
        Ok(self.tokenizer().map(|tokenizer| tokenizer.expiry_hash(&month).into()))
    }

    #[inline]
    pub(super) fn boolean(mut self, field: &'static str) -> Result<Option<bool>, A::Error> {
        self.read(field, "true or false")
    }

    /// An optional enumeration: an unknown name is counted and taken as missing.
    #[inline]
    pub(super) fn named<T: WireName>(mut self, field: &'static str) -> Result<Option<T>, A::Error> {
        let Some(name) = self.raw(field)?.filter(|name| !is_blank(name)) else { return Ok(None) };
        let value = T::from_name(&name);
        self.reading.notes.unknown_values += u32::from(value.is_none());
        Ok(value)
    }

    /// `type`: an enumeration too, but required.
    pub(super) fn kind(mut self, field: &'static str) -> Result<Option<Kind>, A::Error> {
        let Some(name) = self.required_raw(field)? else { return Ok(None) };
        Kind::from_name(&name).map(Some).ok_or_else(|| self.refuse(Reason::UnknownType, field))
    }

    pub(super) fn time(mut self, field: &'static str) -> Result<Option<Time>, A::Error> {
        let Some(text) = self.required_raw(field)? else { return Ok(None) };
        let reason = |error| match error {
            TimeError::Malformed => Reason::BadTime,
            TimeError::NoSuchTime => Reason::NoSuchTime,
            TimeError::OutOfRange => Reason::TimeOutOfRange,
        };
        Time::parse(&text).map(Some).map_err(|error| self.refuse(reason(error), field))
    }

    pub(super) fn currency(mut self, field: &'static str) -> Result<Option<Currency>, A::Error> {
        let Some(code) = self.required_raw(field)? else { return Ok(None) };
        let currency = Currency::parse(&code);
        currency.map(Some).ok_or_else(|| self.refuse(Reason::UnknownCurrency, field))
    }

    /// A country by any of its codes, numeric ones as text or as a number: an unknown one is counted
    /// and taken as missing.
    #[inline]
    pub(super) fn country(mut self, field: &'static str) -> Result<Option<Country>, A::Error> {
        let country = match self.code(field)? {
            Scalar::Missing => return Ok(None),
            Scalar::Text(code) => Country::parse(&code),
            Scalar::Number(code) => code.parse().ok().and_then(Country::from_numeric),
        };
        self.reading.notes.unknown_values += u32::from(country.is_none());
        Ok(country)
    }

    /// A merchant category code (ISO 18245): text of four digits, or a number.
    #[inline]
    pub(super) fn mcc(mut self, field: &'static str) -> Result<Option<u16>, A::Error> {
        let code = match self.code(field)? {
            Scalar::Missing => return Ok(None),
            Scalar::Text(code) => four_digits(&code),
            Scalar::Number(code) => code.parse().ok().filter(|mcc| *mcc <= MCC_MAX),
        };
        code.map(Some).ok_or_else(|| self.refuse(Reason::BadMcc, field))
    }

    /// Degrees within ±`limit`.
    #[inline]
    pub(super) fn degrees(
        mut self,
        field: &'static str,
        limit: f64,
    ) -> Result<Option<f64>, A::Error> {
        const WANTED: &str = "a number of degrees";
        let degrees = match self.scalar(field, WANTED)? {
            Scalar::Missing => return Ok(None),
            Scalar::Text(_) => return Err(self.wrong_type(field, WANTED)),
            Scalar::Number(number) => number.parse().ok(),
        };
        let inside = degrees.filter(|degrees: &f64| degrees.abs() <= limit);
        inside.map(Some).ok_or_else(|| self.refuse(Reason::BadPlace, field))
    }

    /// The exact text of an amount: a JSON number, and a string too where amounts are decimals.
    #[inline]
    pub(super) fn amount(mut self, field: &'static str) -> Result<Option<Text<'a>>, A::Error> {
        let or_text = self.reading.settings.amounts == Amounts::Major;
        let wanted = if or_text { "a number or text" } else { "a number" };
        match self.scalar(field, wanted)? {
            Scalar::Missing => Ok(None),
            Scalar::Number(number) => Ok(Some(Cow::Borrowed(number))),
            Scalar::Text(text) if or_text => Ok(Some(text)),
            Scalar::Text(_) => Err(self.wrong_type(field, wanted)),
        }
    }

    fn tokenizer(&self) -> Option<&'s Tokenizer> {
        self.reading.settings.tokenizer.as_ref()
    }

    #[inline]
    fn without_card_numbers(
        &mut self,
        text: Text<'a>,
        mut replacement: impl FnMut(&CardNumber, Next, Option<&Tokenizer>) -> String,
    ) -> Text<'a> {
        let tokenizer = self.tokenizer();
        match replace_card_numbers(&text, |number, next| replacement(number, next, tokenizer)) {
            None => text,
            Some((replaced, count)) => {
                self.reading.notes.card_numbers_masked += count;
                if let Cow::Owned(mut text) = text {
                    text.zeroize();
                }
                Cow::Owned(replaced)
            }
        }
    }
}

fn token_or_mask(number: &CardNumber, next: Next, tokenizer: Option<&Tokenizer>) -> String {
    tokenizer.map_or_else(|| number.masked(next), |tokenizer| tokenizer.card_token(number))
}

#[inline]
fn is_blank(text: &str) -> bool {
    text.as_bytes().first().is_none_or(|first| *first <= b' ' || *first >= 0x80)
        && text.trim().is_empty()
}

fn four_digits(text: &str) -> Option<u16> {
    let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// `2029-12`, from the years 2000 to 2199.
fn is_month(text: &[u8]) -> bool {
    let [b'2', b'0' | b'1', b'0'..=b'9', b'0'..=b'9', b'-', tens, ones] = *text else {
        return false;
    };
    matches!((tens, ones), (b'0', b'1'..=b'9') | (b'1', b'0'..=b'2'))
}
