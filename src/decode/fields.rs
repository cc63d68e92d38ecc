//! The kinds of field that messages are made of, each read into its domain type.
//!
//! Everywhere `null` is the same as missing, and so is blank text in an optional field. Text is
//! freed of card numbers here, before anything else sees it.

use super::card_number::{CardNumber, Next, replace_card_numbers};
use super::reason::{Fault, Reason};
use super::tokenizer::is_token;
use super::walk::{Names, Walker};
use super::{Notes, Tokenizer};
use crate::transaction::{Country, Text, WireName};
use std::borrow::Cow;
use zeroize::Zeroize;

/// Every four-digit code is a category; which of them are in use changes too often to refuse one.
const MCC_MAX: u16 = 9999;

/// A message being read.
pub(super) struct Fields<'a, 'd> {
    walker: Walker<'a>,
    tokenizer: Option<&'d Tokenizer>,
    notes: Notes,
}

/// Which of an object's known fields a key named, for duplicates; `None` for an unknown key.
pub(super) type Known = Result<Option<u8>, Fault>;

impl<'a, 'd> Fields<'a, 'd> {
    pub(super) fn new(text: &'a str, tokenizer: Option<&'d Tokenizer>) -> Self {
        Self { walker: Walker::new(text), tokenizer, notes: Notes::default() }
    }

    pub(super) fn notes(&self) -> Notes {
        Notes { sensitive_fields_dropped: self.walker.sensitive_fields, ..self.notes }
    }

    /// The message itself, from its first byte to its last.
    #[inline]
    pub(super) fn message(
        &mut self,
        known: impl FnMut(&mut Self, &str) -> Known,
    ) -> Result<(), Fault> {
        match self.walker.json.peek() {
            b'{' => self.object(Names::Counted, known)?,
            b'[' | b'"' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9' => {
                return Err(Fault::message(Reason::NotAnObject));
            }
            _ => return Err(self.walker.json.not_json()),
        }
        self.walker.json.end()
    }

    /// An object within the message.
    #[inline]
    pub(super) fn section(
        &mut self,
        field: &'static str,
        names: Names,
        known: impl FnMut(&mut Self, &str) -> Known,
    ) -> Result<(), Fault> {
        match self.walker.json.peek() {
            b'{' => self.object(names, known),
            b'n' => self.walker.json.literal("null"),
            _ => Err(self.wrong_type(field, "an object")),
        }
    }

    #[inline]
    fn object(
        &mut self,
        names: Names,
        mut known: impl FnMut(&mut Self, &str) -> Known,
    ) -> Result<(), Fault> {
        self.walker.json.open(b'{')?;
        let opened = self.walker.open_object();
        let mut seen = 0u32;
        let mut more = !self.walker.json.closes(b'}');
        while more {
            let (key, at) = self.walker.key()?;
            match known(self, &key)? {
                Some(number) if seen & (1 << number) != 0 => {
                    return Err(Fault::at(Reason::DuplicateKey, at));
                }
                Some(number) => seen |= 1 << number,
                None => self.walker.unknown_field((key, at), names)?,
            }
            more = self.walker.json.more(b'}')?;
        }
        self.walker.close_object(opened)
    }

    /// Text as it stands in the message.
    #[inline]
    fn raw(&mut self, field: &'static str) -> Result<Option<Text<'a>>, Fault> {
        match self.walker.json.peek() {
            b'"' => self.walker.json.string().map(Some),
            b'n' => self.walker.json.literal("null").map(|()| None),
            _ => Err(self.wrong_type(field, "text")),
        }
    }

    /// Optional text for people, with card numbers masked.
    #[inline]
    pub(super) fn text(&mut self, field: &'static str) -> Result<Option<Text<'a>>, Fault> {
        let text = self.raw(field)?.filter(|text| !is_blank(text));
        Ok(text.map(|text| self.without_card_numbers(text, |number, next, _| number.masked(next))))
    }

    /// An optional id or key. A card number in it is replaced by its token where there is a key, so
    /// that ids which differ stay different.
    #[inline]
    pub(super) fn id(&mut self, field: &'static str) -> Result<Option<Text<'a>>, Fault> {
        let id = self.raw(field)?.filter(|id| !is_blank(id));
        Ok(id.map(|id| self.without_card_numbers(id, token_or_mask)))
    }

    /// An id that a message must have.
    #[inline]
    pub(super) fn required_id(&mut self, field: &'static str) -> Result<Option<Text<'a>>, Fault> {
        let id = self.required_raw(field)?;
        Ok(id.map(|id| self.without_card_numbers(id, token_or_mask)))
    }

    /// Text that a message must have, as it stands there.
    #[inline]
    pub(super) fn required_raw(&mut self, field: &'static str) -> Result<Option<Text<'a>>, Fault> {
        match self.raw(field)? {
            Some(text) if is_blank(&text) => Err(Fault::field(Reason::EmptyText, field)),
            text => Ok(text),
        }
    }

    /// `card.token`, and the last four digits of a card number that stood in its place.
    pub(super) fn card_token(
        &mut self,
        field: &'static str,
    ) -> Result<(Option<Text<'a>>, Option<String>), Fault> {
        let Some(token) = self.required_raw(field)? else { return Ok((None, None)) };
        if is_token(token.as_bytes()) {
            return Ok((Some(token), None));
        }
        let mut last4 = None;
        let token = self.without_card_numbers(token, |number, next, tokenizer| {
            last4 = Some(number.last4());
            token_or_mask(number, next, tokenizer)
        });
        if last4.is_some() && self.tokenizer.is_none() {
            return Err(Fault::field(Reason::CardNumberInToken, field));
        }
        Ok((Some(token), last4))
    }

    /// `card.number`, as text or as a JSON number.
    pub(super) fn card_number(&mut self, field: &'static str) -> Result<Option<CardNumber>, Fault> {
        let text = match self.walker.json.peek() {
            b'0'..=b'9' => Some(Cow::Borrowed(self.walker.json.number()?)),
            _ => self.raw(field)?.filter(|text| !is_blank(text)),
        };
        let number = text.as_deref().map(CardNumber::parse).transpose();
        if let Some(Cow::Owned(mut text)) = text {
            text.zeroize();
        }
        number.map_err(|reason| Fault::field(reason, field))
    }

    /// `card.last4`: exactly four digits. A whole card number in its place is cut to them.
    pub(super) fn last4(&mut self, field: &'static str) -> Result<Option<Text<'a>>, Fault> {
        let Some(text) = self.raw(field)?.filter(|text| !is_blank(text)) else { return Ok(None) };
        let text = self.without_card_numbers(text, |number, _, _| number.last4());
        let is_last4 = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_last4 { Ok(Some(text)) } else { Err(Fault::field(Reason::BadLast4, field)) }
    }

    /// `card.expiry`: `YYYY-MM` → its keyed hash; without a key it is dropped.
    pub(super) fn expiry(&mut self, field: &'static str) -> Result<Option<Text<'a>>, Fault> {
        let Some(month) = self.raw(field)?.filter(|text| !is_blank(text)) else { return Ok(None) };
        if !is_month(month.as_bytes()) {
            return Err(Fault::field(Reason::BadExpiry, field));
        }
        Ok(self.tokenizer.map(|tokenizer| tokenizer.expiry_hash(&month).into()))
    }

    #[inline]
    pub(super) fn boolean(&mut self, field: &'static str) -> Result<Option<bool>, Fault> {
        match self.walker.json.peek() {
            b't' => self.walker.json.literal("true").map(|()| Some(true)),
            b'f' => self.walker.json.literal("false").map(|()| Some(false)),
            b'n' => self.walker.json.literal("null").map(|()| None),
            _ => Err(self.wrong_type(field, "true or false")),
        }
    }

    /// An optional enumeration: an unknown name is counted and taken as missing.
    #[inline]
    pub(super) fn named<T: WireName>(&mut self, field: &'static str) -> Result<Option<T>, Fault> {
        let Some(name) = self.raw(field)?.filter(|name| !is_blank(name)) else { return Ok(None) };
        let value = T::from_name(&name);
        self.notes.unknown_values += u32::from(value.is_none());
        Ok(value)
    }

    /// A country by any of its codes, numeric ones as text or as a number: an unknown one is counted
    /// and taken as missing.
    #[inline]
    pub(super) fn country(&mut self, field: &'static str) -> Result<Option<Country>, Fault> {
        let country = match self.walker.json.peek() {
            b'-' | b'0'..=b'9' => {
                self.walker.json.number()?.parse().ok().and_then(Country::from_numeric)
            }
            _ => match self.raw(field)?.filter(|code| !is_blank(code)) {
                Some(code) => Country::parse(&code),
                None => return Ok(None),
            },
        };
        self.notes.unknown_values += u32::from(country.is_none());
        Ok(country)
    }

    /// A merchant category code (ISO 18245): text of four digits, or a number.
    #[inline]
    pub(super) fn mcc(&mut self, field: &'static str) -> Result<Option<u16>, Fault> {
        let code = match self.walker.json.peek() {
            b'-' | b'0'..=b'9' => self.walker.json.number()?.parse().ok(),
            _ => match self.raw(field)?.filter(|code| !is_blank(code)) {
                Some(code) => four_digits(&code),
                None => return Ok(None),
            },
        };
        match code {
            Some(0..=MCC_MAX) => Ok(code),
            _ => Err(Fault::field(Reason::BadMcc, field)),
        }
    }

    /// Degrees within ±`limit`.
    #[inline]
    pub(super) fn degrees(
        &mut self,
        field: &'static str,
        limit: f64,
    ) -> Result<Option<f64>, Fault> {
        let degrees = match self.walker.json.peek() {
            b'-' | b'0'..=b'9' => self.walker.json.number()?.parse::<f64>().ok(),
            b'n' => return self.walker.json.literal("null").map(|()| None),
            _ => return Err(self.wrong_type(field, "a number of degrees")),
        };
        match degrees.filter(|degrees| degrees.abs() <= limit) {
            None => Err(Fault::field(Reason::BadPlace, field)),
            inside => Ok(inside),
        }
    }

    /// The exact text of an amount: a JSON number, and a string too where `or_text` allows it.
    #[inline]
    pub(super) fn amount(
        &mut self,
        field: &'static str,
        or_text: bool,
    ) -> Result<Option<Text<'a>>, Fault> {
        match self.walker.json.peek() {
            b'-' | b'0'..=b'9' => self.walker.json.number().map(|text| Some(Cow::Borrowed(text))),
            b'n' => self.walker.json.literal("null").map(|()| None),
            b'"' if or_text => self.walker.json.string().map(Some),
            _ if or_text => Err(self.wrong_type(field, "a number or text")),
            _ => Err(self.wrong_type(field, "a number")),
        }
    }

    #[cold]
    fn wrong_type(&self, field: &'static str, wanted: &'static str) -> Fault {
        let at = self.walker.json.at();
        if self.walker.json.at_value() {
            return Fault::wrong_type(field, wanted, at);
        }
        self.walker.json.not_json()
    }

    #[inline]
    fn without_card_numbers(
        &mut self,
        text: Text<'a>,
        mut replacement: impl FnMut(&CardNumber, Next, Option<&Tokenizer>) -> String,
    ) -> Text<'a> {
        let tokenizer = self.tokenizer;
        match replace_card_numbers(&text, |number, next| replacement(number, next, tokenizer)) {
            None => text,
            Some((replaced, count)) => {
                self.notes.card_numbers_masked += count;
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
