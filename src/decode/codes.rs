//! Reads names, codes, numbers, times and flags into their domain types.
//!
//! As in `fields`, an invalid value in an optional field is noted and treated as missing, and in a
//! required field it rejects the message.

use super::Amounts;
use super::field::{Change, Field};
use super::fields::{TEXT_OR_NUMBER, is_blank};
use super::json::{Json, JsonText};
use super::objects::FieldValue;
use super::reason::{Fault, Reason};
use crate::transaction::{
    Country, Currency, CurrencyError, DeclineReason, Kind, Text, Time, WireName,
};
use serde::de::MapAccess;
use std::borrow::Cow;

/// Every four-digit code is accepted. Which ones are in use changes too often to reject any.
const MCC_MAX: u16 = 9999;

impl<'a, A: MapAccess<'a>> FieldValue<'_, '_, 'a, A> {
    /// `card.expiry`: `YYYY-MM` becomes its keyed hash. Without a key it is dropped.
    pub(super) fn expiry(mut self, field: Field) -> Result<Option<Text<'a>>, A::Error> {
        let Some(JsonText { text: month, .. }) = self.optional_text(field)? else {
            return Ok(None);
        };
        if !is_month(month.as_bytes()) {
            self.note(field, Change::Dropped);
            return Ok(None);
        }
        let hash = self.tokenizer().and_then(|tokenizer| tokenizer.expiry_hash(&month));
        Ok(hash.map(Cow::Owned))
    }

    #[inline]
    pub(super) fn boolean(mut self, field: Field) -> Result<Option<bool>, A::Error> {
        match self.json()? {
            (Json::Flag(flag), _) => Ok(Some(flag)),
            (Json::Null, _) => Ok(None),
            (_, json) => self.dropped(field, json).map(|()| None),
        }
    }

    /// An optional flag whose invalid values reject the message.
    pub(super) fn certain_boolean(mut self, field: Field) -> Result<Option<bool>, A::Error> {
        match self.json()? {
            (Json::Flag(flag), _) => Ok(Some(flag)),
            (Json::Null, _) => Ok(None),
            (_, json) => Err(self.wrong_type(field, json, "true or false")),
        }
    }

    /// An optional enumeration. An unknown name is noted and treated as missing.
    #[inline]
    pub(super) fn named<T: WireName>(mut self, field: Field) -> Result<Option<T>, A::Error> {
        let Some(name) = self.optional_text(field)? else { return Ok(None) };
        let value = T::from_name(&name.text);
        Ok(self.known(value, field))
    }

    /// `response.reason`: a name in any case or a response code. An unknown one is noted and
    /// becomes `other`.
    pub(super) fn decline_reason(
        mut self,
        field: Field,
    ) -> Result<Option<DeclineReason>, A::Error> {
        let reason = match self.json()? {
            (Json::Null, _) => return Ok(None),
            (Json::Text(text), _) if is_blank(&text.text) => return Ok(None),
            (Json::Text(text), _) => DeclineReason::read(&text.text),
            // Field 39 has two characters, so 5 means `05`.
            (Json::Number(code), _) => DeclineReason::read(&format!("{code:0>2}")),
            (_, json) => return self.dropped(field, json).map(|()| None),
        };
        Ok(self.known(reason, field).or(Some(DeclineReason::Other)))
    }

    fn known<T>(&mut self, value: Option<T>, field: Field) -> Option<T> {
        if value.is_none() {
            self.note(field, Change::Unknown);
        }
        value
    }

    /// `type`: a required enumeration.
    pub(super) fn kind(mut self, field: Field) -> Result<Option<Kind>, A::Error> {
        let Some(name) = self.required_text(field)? else { return Ok(None) };
        let kind = Kind::from_name(&name.text);
        kind.map(Some).ok_or_else(|| self.refuse(Reason::UnknownType, field))
    }

    pub(super) fn time(mut self, field: Field) -> Result<Option<Time>, A::Error> {
        let times = self.reading.settings.times;
        let time = match self.json()? {
            (Json::Null, _) => return Ok(None),
            (Json::Text(text), _) if is_blank(&text.text) => Err(Reason::EmptyText),
            (Json::Text(text), _) => times.read(&text.text),
            (Json::Number(number), _) if times.is_number() => times.read(number),
            (Json::Number(_), json) => {
                let wanted = "text (for a number of seconds or milliseconds set `source.time`)";
                return Err(self.wrong_type(field, json, wanted));
            }
            (_, json) => {
                let wanted = if times.is_number() { TEXT_OR_NUMBER } else { "text" };
                return Err(self.wrong_type(field, json, wanted));
            }
        };
        time.map(Some).map_err(|reason| match reason {
            Reason::BadTime => {
                self.reading.refuse(Fault::unlike(reason, field, times.description()))
            }
            reason => self.refuse(reason, field),
        })
    }

    /// A currency by alphabetic or numeric code, the latter as text or as a number.
    pub(super) fn currency(mut self, field: Field) -> Result<Option<Currency>, A::Error> {
        let currency = match self.json()? {
            (Json::Null, _) => return Ok(None),
            (Json::Text(text), _) if is_blank(&text.text) => {
                return Err(self.refuse(Reason::EmptyText, field));
            }
            (Json::Text(code), _) => Currency::read(&code.text),
            (Json::Number(code), _) => match code.parse() {
                Ok(number) => Currency::from_numeric(number),
                Err(_) => Err(CurrencyError::Unknown),
            },
            (_, json) => return Err(self.wrong_type(field, json, TEXT_OR_NUMBER)),
        };
        currency.map(Some).map_err(|error| {
            let reason = match error {
                CurrencyError::Unknown => Reason::UnknownCurrency,
                CurrencyError::NoMinorUnit => Reason::NoMinorUnit,
            };
            self.refuse(reason, field)
        })
    }

    /// A country by any of its codes, numeric ones as text or as a number. An unknown one is noted
    /// and treated as missing.
    #[inline]
    pub(super) fn country(mut self, field: Field) -> Result<Option<Country>, A::Error> {
        let country = match self.json()? {
            (Json::Null, _) => return Ok(None),
            (Json::Text(code), _) if is_blank(&code.text) => return Ok(None),
            (Json::Text(code), _) => Country::parse(&code.text),
            (Json::Number(code), _) => code.parse().ok().and_then(Country::from_numeric),
            (_, json) => return self.dropped(field, json).map(|()| None),
        };
        Ok(self.known(country, field))
    }

    /// A merchant category code (ISO 18245): four digits as text, or a number.
    #[inline]
    pub(super) fn mcc(mut self, field: Field) -> Result<Option<u16>, A::Error> {
        let (code, json) = match self.json()? {
            (Json::Null, _) => return Ok(None),
            (Json::Text(code), _) if is_blank(&code.text) => return Ok(None),
            (Json::Text(code), json) => (four_digits(&code.text), json),
            (Json::Number(code), json) => (code.parse().ok().filter(|mcc| *mcc <= MCC_MAX), json),
            (_, json) => (None, json),
        };
        if code.is_none() {
            self.dropped(field, json)?;
        }
        Ok(code)
    }

    /// Degrees within ±`limit`.
    #[inline]
    pub(super) fn degrees(mut self, field: Field, limit: f64) -> Result<Option<f64>, A::Error> {
        let (degrees, json) = match self.json()? {
            (Json::Null, _) => return Ok(None),
            (Json::Number(number), json) => (number.parse().ok(), json),
            (_, json) => (None, json),
        };
        let inside = degrees.filter(|degrees: &f64| degrees.abs() <= limit);
        if inside.is_none() {
            self.dropped(field, json)?;
        }
        Ok(inside)
    }

    /// The exact text of an amount: a JSON number, or also a string if amounts are decimals.
    #[inline]
    pub(super) fn amount(mut self, field: Field) -> Result<Option<Text<'a>>, A::Error> {
        let or_text = self.reading.settings.amounts == Amounts::Major;
        match self.json()? {
            (Json::Null, _) => Ok(None),
            (Json::Number(number), _) => Ok(Some(Cow::Borrowed(number))),
            (Json::Text(text), _) if or_text => Ok(Some(text.text)),
            (_, json) => {
                let wanted = if or_text { TEXT_OR_NUMBER } else { "a number" };
                Err(self.wrong_type(field, json, wanted))
            }
        }
    }
}

fn four_digits(text: &str) -> Option<u16> {
    let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// `2029-12`, in the years 2000 to 2199.
fn is_month(text: &[u8]) -> bool {
    let [b'2', b'0' | b'1', b'0'..=b'9', b'0'..=b'9', b'-', tens, ones] = *text else {
        return false;
    };
    matches!((tens, ones), (b'0', b'1'..=b'9') | (b'1', b'0'..=b'2'))
}
