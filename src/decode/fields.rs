//! The kinds of field that messages are made of, each read into its domain type.
//!
//! Everywhere `null` is the same as missing, and so is blank text in an optional field. Text is
//! freed of card numbers here, before anything else sees it.

use super::card_number::{CardNumber, Next, replace_card_numbers};
use super::reading::{Borrowed, Code, Reading, place_of};
use super::reason::{Fault, Reason};
use super::tokenizer::is_token;
use super::walk::Names;
use super::{Amounts, Notes, Settings, Tokenizer};
use crate::transaction::{Country, Text, WireName};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use zeroize::Zeroize;

/// Every four-digit code is a category; which of them are in use changes too often to refuse one.
const MCC_MAX: u16 = 9999;

/// An object with known fields.
pub(super) trait Object<'a> {
    /// Reads the field that a key names, and returns its number within the object, counted from 0,
    /// so that duplicates are seen; `None` for a key that names none.
    fn field<A: MapAccess<'a>>(
        &mut self,
        fields: &mut Fields<'_, 'a, A>,
        key: &str,
    ) -> Result<Option<u8>, A::Error>;
}

/// Reads a message, from its first byte to its last, into an object.
pub(super) fn read<'a>(
    text: &'a str,
    settings: &Settings,
    object: &mut impl Object<'a>,
) -> Result<Notes, Fault> {
    let mut reading = Reading::new(text);
    let mut json = serde_json::Deserializer::from_str(text);
    let seed = Section { settings, reading: &mut reading, object, names: Names::Counted, depth: 1 };
    if let Err(error) = json.deserialize_map(seed) {
        return Err(reading.into_fault(&error));
    }
    match json.end() {
        Ok(()) => Ok(reading.notes),
        Err(error) => Err(Fault::at(Reason::TrailingBytes, place_of(text, &error))),
    }
}

/// Reads an object, or the `null` in its place.
struct Section<'r, 'a, O> {
    settings: &'r Settings,
    reading: &'r mut Reading<'a>,
    object: &'r mut O,
    names: Names,
    depth: u8,
}

impl<'a, O: Object<'a>> DeserializeSeed<'a> for Section<'_, 'a, O> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a, O: Object<'a>> Visitor<'a> for Section<'_, 'a, O> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, values: A) -> Result<(), A::Error> {
        let Section { settings, reading, object, names, depth } = self;
        Fields { settings, reading, values, names, depth, key_at: None }.read(object)
    }
}

/// The fields of an object being read.
pub(super) struct Fields<'r, 'a, A> {
    settings: &'r Settings,
    reading: &'r mut Reading<'a>,
    values: A,
    names: Names,
    depth: u8,
    /// Where the key stands whose value is read.
    key_at: Option<usize>,
}

impl<'a, A: MapAccess<'a>> Fields<'_, 'a, A> {
    fn read(mut self, object: &mut impl Object<'a>) -> Result<(), A::Error> {
        let opened = self.reading.unknown_keys.len();
        let mut seen = 0u32;
        while let Some(Borrowed(key)) = self.values.next_key()? {
            let at = self.reading.key_at(&key);
            self.key_at = at;
            match object.field(&mut self, &key)? {
                Some(number) if seen & (1 << number) != 0 => {
                    return Err(self.reading.refuse(Fault::near(Reason::DuplicateKey, at)));
                }
                Some(number) => seen |= 1 << number,
                None => {
                    let Fields { reading, values, names, depth, .. } = &mut self;
                    reading.unknown_field((key, at), values, *names, *depth)?;
                }
            }
        }
        self.reading.close_object(opened)
    }

    /// An object within the message.
    pub(super) fn section(
        &mut self,
        field: &'static str,
        object: &mut impl Object<'a>,
    ) -> Result<(), A::Error> {
        self.named_section(field, object, Names::Counted)
    }

    /// An object whose names are those of checks, with their results.
    pub(super) fn results(
        &mut self,
        field: &'static str,
        object: &mut impl Object<'a>,
    ) -> Result<(), A::Error> {
        self.named_section(field, object, Names::Results)
    }

    fn named_section(
        &mut self,
        field: &'static str,
        object: &mut impl Object<'a>,
        names: Names,
    ) -> Result<(), A::Error> {
        let (settings, depth) = (self.settings, self.depth + 1);
        let seed = Section { settings, reading: self.reading, object, names, depth };
        let read = self.values.next_value_seed(seed);
        read.inspect_err(|_| self.reading.passing(field, "an object", self.key_at))
    }

    /// A value as serde_json reads it, `wanted` being what it should be.
    #[inline]
    fn value<T: Deserialize<'a>>(
        &mut self,
        field: &'static str,
        wanted: &'static str,
    ) -> Result<T, A::Error> {
        let value = self.values.next_value();
        value.inspect_err(|_| self.reading.passing(field, wanted, self.key_at))
    }

    /// Text as it stands in the message.
    #[inline]
    fn raw(&mut self, field: &'static str) -> Result<Option<Text<'a>>, A::Error> {
        let text: Option<Borrowed<'a>> = self.value(field, "text")?;
        Ok(text.map(|Borrowed(text)| text))
    }

    /// A fault of the field's value, as an error.
    #[cold]
    pub(super) fn refuse(&mut self, reason: Reason, field: &'static str) -> A::Error {
        self.reading.refuse(Fault::field(reason, field))
    }

    #[cold]
    fn wrong_type(&mut self, field: &'static str, wanted: &'static str) -> A::Error {
        self.reading.passing(field, wanted, self.key_at);
        A::Error::custom("")
    }

    /// Optional text for people, with card numbers masked.
    #[inline]
    pub(super) fn text(&mut self, field: &'static str) -> Result<Option<Text<'a>>, A::Error> {
        let text = self.raw(field)?.filter(|text| !is_blank(text));
        Ok(text.map(|text| self.without_card_numbers(text, |number, next, _| number.masked(next))))
    }

    /// An optional id or key. A card number in it is replaced by its token where there is a key, so
    /// that ids which differ stay different.
    #[inline]
    pub(super) fn id(&mut self, field: &'static str) -> Result<Option<Text<'a>>, A::Error> {
        let id = self.raw(field)?.filter(|id| !is_blank(id));
        Ok(id.map(|id| self.without_card_numbers(id, token_or_mask)))
    }

    /// An id that a message must have.
    #[inline]
    pub(super) fn required_id(
        &mut self,
        field: &'static str,
    ) -> Result<Option<Text<'a>>, A::Error> {
        let id = self.required_raw(field)?;
        Ok(id.map(|id| self.without_card_numbers(id, token_or_mask)))
    }

    /// Text that a message must have, as it stands there.
    #[inline]
    pub(super) fn required_raw(
        &mut self,
        field: &'static str,
    ) -> Result<Option<Text<'a>>, A::Error> {
        match self.raw(field)? {
            Some(text) if is_blank(&text) => Err(self.refuse(Reason::EmptyText, field)),
            text => Ok(text),
        }
    }

    /// `card.token`, and the last four digits of a card number that stood in its place.
    pub(super) fn card_token(
        &mut self,
        field: &'static str,
    ) -> Result<(Option<Text<'a>>, Option<String>), A::Error> {
        let Some(token) = self.required_raw(field)? else { return Ok((None, None)) };
        if is_token(token.as_bytes()) {
            return Ok((Some(token), None));
        }
        let mut last4 = None;
        let token = self.without_card_numbers(token, |number, next, tokenizer| {
            last4 = Some(number.last4());
            token_or_mask(number, next, tokenizer)
        });
        if last4.is_some() && self.settings.tokenizer.is_none() {
            return Err(self.refuse(Reason::CardNumberInToken, field));
        }
        Ok((Some(token), last4))
    }

    /// `card.number`, as text or as a JSON number.
    pub(super) fn card_number(
        &mut self,
        field: &'static str,
    ) -> Result<Option<CardNumber>, A::Error> {
        let text = match self.code(field)? {
            Code::Missing => return Ok(None),
            Code::Text(text) => text,
            Code::Number(number) => Cow::Owned(number.to_string()),
            Code::Negative => return Err(self.wrong_type(field, "text or a number")),
            Code::Decimal => return Err(self.refuse(Reason::CardNumberLength, field)),
        };
        let number = CardNumber::parse(&text);
        if let Cow::Owned(mut text) = text {
            text.zeroize();
        }
        number.map(Some).map_err(|reason| self.refuse(reason, field))
    }

    /// `card.last4`: exactly four digits. A whole card number in its place is cut to them.
    pub(super) fn last4(&mut self, field: &'static str) -> Result<Option<Text<'a>>, A::Error> {
        let Some(text) = self.raw(field)?.filter(|text| !is_blank(text)) else { return Ok(None) };
        let text = self.without_card_numbers(text, |number, _, _| number.last4());
        let is_last4 = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_last4 { Ok(Some(text)) } else { Err(self.refuse(Reason::BadLast4, field)) }
    }

    /// `card.expiry`: `YYYY-MM` → its keyed hash; without a key it is dropped.
    pub(super) fn expiry(&mut self, field: &'static str) -> Result<Option<Text<'a>>, A::Error> {
        let Some(month) = self.raw(field)?.filter(|text| !is_blank(text)) else { return Ok(None) };
        if !is_month(month.as_bytes()) {
            return Err(self.refuse(Reason::BadExpiry, field));
        }
        Ok(self.settings.tokenizer.as_ref().map(|tokenizer| tokenizer.expiry_hash(&month).into()))
    }

    #[inline]
    pub(super) fn boolean(&mut self, field: &'static str) -> Result<Option<bool>, A::Error> {
        self.value(field, "true or false")
    }

    /// An optional enumeration: an unknown name is counted and taken as missing.
    #[inline]
    pub(super) fn named<T: WireName>(
        &mut self,
        field: &'static str,
    ) -> Result<Option<T>, A::Error> {
        let Some(name) = self.raw(field)?.filter(|name| !is_blank(name)) else { return Ok(None) };
        let value = T::from_name(&name);
        self.reading.notes.unknown_values += u32::from(value.is_none());
        Ok(value)
    }

    /// Text that is not blank, or a number.
    #[inline]
    fn code(&mut self, field: &'static str) -> Result<Code<'a>, A::Error> {
        match self.value(field, "text or a number")? {
            Code::Text(text) if is_blank(&text) => Ok(Code::Missing),
            code => Ok(code),
        }
    }

    /// A country by any of its codes, numeric ones as text or as a number: an unknown one is counted
    /// and taken as missing.
    #[inline]
    pub(super) fn country(&mut self, field: &'static str) -> Result<Option<Country>, A::Error> {
        let country = match self.code(field)? {
            Code::Missing => return Ok(None),
            Code::Text(text) => Country::parse(&text),
            Code::Number(number) => u16::try_from(number).ok().and_then(Country::from_numeric),
            Code::Negative | Code::Decimal => None,
        };
        self.reading.notes.unknown_values += u32::from(country.is_none());
        Ok(country)
    }

    /// A merchant category code (ISO 18245): text of four digits, or a number.
    #[inline]
    pub(super) fn mcc(&mut self, field: &'static str) -> Result<Option<u16>, A::Error> {
        let mcc = match self.code(field)? {
            Code::Missing => return Ok(None),
            Code::Text(text) => four_digits(&text),
            Code::Number(number) => u16::try_from(number).ok().filter(|mcc| *mcc <= MCC_MAX),
            Code::Negative | Code::Decimal => None,
        };
        mcc.map(Some).ok_or_else(|| self.refuse(Reason::BadMcc, field))
    }

    /// Degrees within ±`limit`.
    #[inline]
    pub(super) fn degrees(
        &mut self,
        field: &'static str,
        limit: f64,
    ) -> Result<Option<f64>, A::Error> {
        let json = self.value::<&RawValue>(field, "")?.get();
        match json.as_bytes() {
            [b'-' | b'0'..=b'9', ..] => {}
            [b'n', ..] => return Ok(None),
            _ => return Err(self.wrong_type(field, "a number of degrees")),
        }
        match json.parse::<f64>().ok().filter(|degrees| degrees.abs() <= limit) {
            None => Err(self.refuse(Reason::BadPlace, field)),
            inside => Ok(inside),
        }
    }

    /// The exact text of an amount: a JSON number, and a string too where amounts are decimals.
    #[inline]
    pub(super) fn amount(&mut self, field: &'static str) -> Result<Option<Text<'a>>, A::Error> {
        let json = self.value::<&RawValue>(field, "")?.get();
        let or_text = self.settings.amounts == Amounts::Major;
        match json.as_bytes() {
            [b'-' | b'0'..=b'9', ..] => Ok(Some(Cow::Borrowed(json))),
            [b'n', ..] => Ok(None),
            [b'"', ..] if or_text => match serde_json::from_str(json) {
                Ok(Borrowed(text)) => Ok(Some(text)),
                Err(_) => Err(self.reading.refuse(Fault::near(Reason::NotJson, None))),
            },
            _ if or_text => Err(self.wrong_type(field, "a number or text")),
            _ => Err(self.wrong_type(field, "a number")),
        }
    }

    #[inline]
    fn without_card_numbers(
        &mut self,
        text: Text<'a>,
        mut replacement: impl FnMut(&CardNumber, Next, Option<&Tokenizer>) -> String,
    ) -> Text<'a> {
        let tokenizer = self.settings.tokenizer.as_ref();
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
