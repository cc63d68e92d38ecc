//! Reads names, codes, numbers, times and flags into their domain types.
//!
//! As in `sanitize`, an invalid value in an optional field is noted and treated as missing, and in a
//! required field it rejects the message.

use super::change::Change;
use super::message_field::MessageField;
use super::raw_value::{RawText, RawValue};
use super::reason::{Fault, Reason};
use super::sanitize::{Sanitizer, TEXT_OR_NUMBER, is_blank};
use super::settings::Amounts;
use crate::transaction::{Country, Currency, CurrencyError, DeclineReason, Text, Time, WireName};
use std::borrow::Cow;

/// Every four-digit code is accepted. Which ones are in use changes too often to reject any.
const MCC_MAX: u16 = 9999;

impl<F: MessageField> Sanitizer<'_, F> {
    /// `card.expiry`: `YYYY-MM` becomes its keyed hash. Without a key it is dropped.
    pub(super) fn expiry<'a>(
        &mut self,
        field: F,
        value: RawValue<'a>,
    ) -> Result<Option<Text<'a>>, Fault> {
        let Some(RawText { text: month, .. }) = self.raw_text(field, value)? else {
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
    pub(super) fn flag(&mut self, field: F, value: RawValue<'_>) -> Result<Option<bool>, Fault> {
        match value {
            RawValue::Flag(flag) => Ok(Some(flag)),
            RawValue::Null => Ok(None),
            _ => self.invalid(field, "true or false").map(|()| None),
        }
    }

    /// An optional enumeration. An unknown name is noted and treated as missing.
    #[inline]
    pub(super) fn named<T: WireName>(
        &mut self,
        field: F,
        value: RawValue<'_>,
    ) -> Result<Option<T>, Fault> {
        let Some(name) = self.raw_text(field, value)? else { return Ok(None) };
        Ok(self.known(T::from_name(&name.text), field))
    }

    /// `response.reason`: a name in any case or a response code. An unknown one is noted and
    /// becomes `other`.
    pub(super) fn decline_reason(
        &mut self,
        field: F,
        value: RawValue<'_>,
    ) -> Result<Option<DeclineReason>, Fault> {
        let reason = match value {
            RawValue::Null => return Ok(None),
            RawValue::Text(text) if is_blank(&text.text) => return Ok(None),
            RawValue::Text(text) => DeclineReason::read(&text.text),
            // Field 39 has two characters, so 5 means `05`.
            RawValue::Number(code) => DeclineReason::read(&format!("{code:0>2}")),
            _ => return self.invalid(field, TEXT_OR_NUMBER).map(|()| None),
        };
        Ok(self.known(reason, field).or(Some(DeclineReason::Other)))
    }

    fn known<T>(&mut self, value: Option<T>, field: F) -> Option<T> {
        if value.is_none() {
            self.note(field, Change::Unknown);
        }
        value
    }

    /// A required enumeration. An unknown name rejects the message for this reason.
    pub(super) fn required_name<T: WireName>(
        &mut self,
        field: F,
        value: RawValue<'_>,
        unknown: Reason,
    ) -> Result<Option<T>, Fault> {
        let Some(name) = self.raw_text(field, value)? else { return Ok(None) };
        T::from_name(&name.text).map(Some).ok_or_else(|| Fault::field(unknown, field))
    }

    pub(super) fn time(&mut self, field: F, value: RawValue<'_>) -> Result<Option<Time>, Fault> {
        let times = self.settings.times;
        let time = match value {
            RawValue::Null => return Ok(None),
            RawValue::Text(text) if is_blank(&text.text) => Err(Reason::EmptyText),
            RawValue::Text(text) => times.read(&text.text),
            RawValue::Number(number) if times.is_number() => times.read(number),
            RawValue::Number(_) => {
                let wanted = "text (for a number of seconds or milliseconds set `source.time`)";
                return self.invalid(field, wanted).map(|()| None);
            }
            _ => {
                let wanted = if times.is_number() { TEXT_OR_NUMBER } else { "text" };
                return self.invalid(field, wanted).map(|()| None);
            }
        };
        time.map(Some).map_err(|reason| match reason {
            Reason::BadTime => Fault::unlike(reason, field, times.description()),
            reason => Fault::field(reason, field),
        })
    }

    /// A currency by alphabetic or numeric code, the latter as text or as a number.
    pub(super) fn currency(
        &mut self,
        field: F,
        value: RawValue<'_>,
    ) -> Result<Option<Currency>, Fault> {
        let currency = match value {
            RawValue::Null => return Ok(None),
            RawValue::Text(text) if is_blank(&text.text) => {
                return Err(Fault::field(Reason::EmptyText, field));
            }
            RawValue::Text(code) => Currency::read(&code.text),
            RawValue::Number(code) => match code.parse() {
                Ok(number) => Currency::from_numeric(number),
                Err(_) => Err(CurrencyError::Unknown),
            },
            _ => return self.invalid(field, TEXT_OR_NUMBER).map(|()| None),
        };
        currency.map(Some).map_err(|error| {
            let reason = match error {
                CurrencyError::Unknown => Reason::UnknownCurrency,
                CurrencyError::NoMinorUnit => Reason::NoMinorUnit,
            };
            Fault::field(reason, field)
        })
    }

    /// A country by any of its codes, numeric ones as text or as a number. An unknown one is noted
    /// and treated as missing.
    #[inline]
    pub(super) fn country(
        &mut self,
        field: F,
        value: RawValue<'_>,
    ) -> Result<Option<Country>, Fault> {
        let country = match value {
            RawValue::Null => return Ok(None),
            RawValue::Text(code) if is_blank(&code.text) => return Ok(None),
            RawValue::Text(code) => Country::parse(&code.text),
            RawValue::Number(code) => code.parse().ok().and_then(Country::from_numeric),
            _ => return self.invalid(field, TEXT_OR_NUMBER).map(|()| None),
        };
        Ok(self.known(country, field))
    }

    /// A merchant category code (ISO 18245): four digits as text, or a number.
    #[inline]
    pub(super) fn category(&mut self, field: F, value: RawValue<'_>) -> Result<Option<u16>, Fault> {
        let code = match value {
            RawValue::Null => return Ok(None),
            RawValue::Text(code) if is_blank(&code.text) => return Ok(None),
            RawValue::Text(code) => four_digits(&code.text),
            RawValue::Number(code) => code.parse().ok().filter(|mcc| *mcc <= MCC_MAX),
            _ => None,
        };
        if code.is_none() {
            self.invalid(field, TEXT_OR_NUMBER)?;
        }
        Ok(code)
    }

    /// Degrees within ±`limit`.
    #[inline]
    pub(super) fn degrees(
        &mut self,
        field: F,
        value: RawValue<'_>,
        limit: f64,
    ) -> Result<Option<f64>, Fault> {
        let degrees = match value {
            RawValue::Null => return Ok(None),
            RawValue::Number(number) => number.parse().ok(),
            _ => None,
        };
        let inside = degrees.filter(|degrees: &f64| degrees.abs() <= limit);
        if inside.is_none() {
            self.invalid(field, "a number of degrees")?;
        }
        Ok(inside)
    }

    /// The exact text of an amount: a JSON number, or also a string if amounts are decimals.
    #[inline]
    pub(super) fn amount<'a>(
        &mut self,
        field: F,
        value: RawValue<'a>,
    ) -> Result<Option<Text<'a>>, Fault> {
        let or_text = self.settings.amounts == Amounts::Major;
        match value {
            RawValue::Null => Ok(None),
            RawValue::Number(number) => Ok(Some(Cow::Borrowed(number))),
            RawValue::Text(text) if or_text => Ok(Some(text.text)),
            _ => {
                let wanted = if or_text { TEXT_OR_NUMBER } else { "a number" };
                self.invalid(field, wanted).map(|()| None)
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
