//! Turns the texts of a message into texts that are safe to keep: ids and human-readable text.
//!
//! Card numbers are removed here, before any other code sees a text, whatever format it comes from.
//! `null` always means missing, and so does blank text in an optional field. An invalid value in an
//! optional field is noted and treated as missing; in a required field it rejects the message.
//! `codes` reads the other types of field.

use super::card_number::{CardNumber, Next};
use super::change::Change;
use super::message_field::MessageField;
use super::notes::Notes;
use super::raw_value::{RawText, RawValue};
use super::reason::{Fault, Reason};
use super::settings::DecodeSettings;
use super::token::{CardToken, CardTokens, is_token};
use super::tokenizer::Tokenizer;
use crate::transaction::{Need, Text};
// Only addresses: `std::net` also has sockets.
use core::net::IpAddr;
use std::borrow::Cow;
use zeroize::{Zeroize, Zeroizing};

/// Human-readable text is cut to this length.
pub const TEXT_MAX_CHARS: usize = 256;

pub(super) const TEXT_OR_NUMBER: &str = "text or a number";

/// Reads the values of one message, and notes what it changes.
pub(super) struct Sanitizer<'s, F> {
    pub(super) settings: &'s DecodeSettings,
    pub(super) notes: Notes<F>,
}

impl<'s, F: MessageField> Sanitizer<'s, F> {
    pub(super) fn new(settings: &'s DecodeSettings) -> Self {
        Self { settings, notes: Notes::default() }
    }

    pub(super) fn note(&mut self, field: F, change: Change) {
        self.notes.add(field, change, 1);
    }

    /// An invalid value is treated as missing, unless the field is one that rejects the message.
    #[cold]
    pub(super) fn invalid(&mut self, field: F, wanted: &'static str) -> Result<(), Fault> {
        match field.need() {
            Need::Required | Need::Strict => Err(Fault::wrong_type(field, wanted)),
            Need::Optional => {
                self.note(field, Change::Dropped);
                Ok(())
            }
        }
    }

    /// Text that is not blank.
    #[inline(always)]
    pub(super) fn raw_text<'a>(
        &mut self,
        field: F,
        value: RawValue<'a>,
    ) -> Result<Option<RawText<'a>>, Fault> {
        match value {
            RawValue::Text(text) if !is_blank(&text.text) => Ok(Some(text)),
            RawValue::Text(_) if field.need() == Need::Required => {
                Err(Fault::field(Reason::EmptyText, field))
            }
            RawValue::Text(_) | RawValue::Null => Ok(None),
            _ => self.invalid(field, "text").map(|()| None),
        }
    }

    /// A text that is kept as it is: it has no escapes, no surrounding white space and too few
    /// digits for a card number. Nearly all texts are such.
    #[inline]
    fn clean<'a>(&self, field: F, value: &RawValue<'a>) -> Option<&'a str> {
        let RawValue::Text(RawText { text: Cow::Borrowed(text), is_repaired: false }) = value
        else {
            return None;
        };
        let is_clean =
            is_trimmed(text) && !self.settings.card_numbers.may_hold_one(text, field.searched_as());
        is_clean.then_some(*text)
    }

    /// Human-readable text, with card numbers masked.
    #[inline]
    pub(super) fn text<'a>(
        &mut self,
        field: F,
        value: RawValue<'a>,
    ) -> Result<Option<Text<'a>>, Fault> {
        if let Some(text) = self.clean(field, &value).filter(|text| text.len() <= TEXT_MAX_CHARS) {
            return Ok(Some(Cow::Borrowed(text)));
        }
        let Some(RawText { text, is_repaired }) = self.raw_text(field, value)? else {
            return Ok(None);
        };
        if is_repaired {
            self.note(field, Change::Repaired);
        }
        let text = self.masked(text, field);
        if text.len() <= TEXT_MAX_CHARS {
            return Ok(Some(text));
        }
        Ok(Some(self.cut(text, field)))
    }

    #[cold]
    fn cut<'a>(&mut self, text: Text<'a>, field: F) -> Text<'a> {
        let Some((end, _)) = text.char_indices().nth(TEXT_MAX_CHARS) else { return text };
        self.note(field, Change::Truncated);
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or_default()),
            Cow::Owned(mut text) => {
                text.truncate(end);
                Cow::Owned(text)
            }
        };
        // What remains of a longer run of digits may read as a card number.
        self.masked(text, field)
    }

    fn masked<'a>(&mut self, text: Text<'a>, field: F) -> Text<'a> {
        self.without_card_numbers(text, field, |number, next, _| number.masked(next))
    }

    /// An IP address, read like an id. A valid address is never searched for card numbers.
    #[inline]
    pub(super) fn address<'a>(
        &mut self,
        field: F,
        value: RawValue<'a>,
    ) -> Result<Option<Text<'a>>, Fault> {
        if let Some(text) = self.clean(field, &value) {
            return Ok(Some(Cow::Borrowed(text)));
        }
        match self.raw_text(field, value)? {
            Some(RawText { text, is_repaired: false })
                if self.settings.card_numbers.may_hold_one(&text, field.searched_as())
                    && text.trim().parse::<IpAddr>().is_ok() =>
            {
                Ok(Some(trimmed(text)))
            }
            Some(address) => self.tokenized_id(field, address).map(Some),
            None => Ok(None),
        }
    }

    /// An id or key, without surrounding white space, like the entries of lists.
    #[inline]
    pub(super) fn id<'a>(
        &mut self,
        field: F,
        value: RawValue<'a>,
    ) -> Result<Option<Text<'a>>, Fault> {
        if let Some(id) = self.clean(field, &value) {
            return Ok(Some(Cow::Borrowed(id)));
        }
        match self.raw_text(field, value)? {
            Some(id) => self.tokenized_id(field, id).map(Some),
            None => Ok(None),
        }
    }

    /// A card number in an id is replaced by its token, so that different ids stay different.
    /// Without a key the message is rejected.
    #[inline]
    fn tokenized_id<'a>(&mut self, field: F, id: RawText<'a>) -> Result<Text<'a>, Fault> {
        let id = whole(field, id)?;
        let card_numbers = &self.settings.card_numbers;
        if !card_numbers.may_hold_one(&id, field.searched_as()) || is_token(id.as_bytes()) {
            return Ok(id);
        }
        let Some(tokenizer) = self.tokenizer() else {
            return if card_numbers.contains(id.as_bytes()) {
                Err(Fault::field(Reason::CardNumberWithoutKey, field))
            } else {
                Ok(id)
            };
        };
        Ok(self.without_card_numbers(id, field, |number, _, _| tokenizer.card_token(number)))
    }

    /// `card.token`. A card number in its place is replaced by its token.
    pub(super) fn card_token<'a>(
        &mut self,
        field: F,
        value: RawValue<'a>,
    ) -> Result<Option<CardToken<'a>>, Fault> {
        if let Some(token) = self.clean(field, &value) {
            let token = Cow::Borrowed(token);
            return Ok(Some(CardToken { token, former: None, last4: None }));
        }
        let Some(text) = self.raw_text(field, value)? else { return Ok(None) };
        let token = whole(field, text)?;
        if is_token(token.as_bytes()) {
            return Ok(Some(CardToken { token, former: None, last4: None }));
        }
        let mut last4 = None;
        let mut formers = Vec::new();
        let token = self.without_card_numbers(token, field, |number, next, tokenizer| {
            last4 = Some(number.last4());
            let Some(tokenizer) = tokenizer else { return number.masked(next) };
            let CardTokens { current, former } = tokenizer.card_tokens(number);
            formers.extend(former.map(|former| (current.clone(), former)));
            current
        });
        if last4.is_some() && self.tokenizer().is_none() {
            return Err(Fault::field(Reason::CardNumberInToken, field));
        }
        let former = (!formers.is_empty()).then(|| {
            let text = token.clone().into_owned();
            formers
                .iter()
                .fold(text, |text, (current, former)| text.replace(current, former))
                .into()
        });
        Ok(Some(CardToken { token, former, last4 }))
    }

    /// `card.number`, as text or as a number.
    pub(super) fn card_number(
        &mut self,
        field: F,
        value: RawValue<'_>,
    ) -> Result<Option<CardNumber>, Fault> {
        let card_numbers = &self.settings.card_numbers;
        let number = match value {
            RawValue::Null => return Ok(None),
            RawValue::Text(text) if is_blank(&text.text) => return Ok(None),
            RawValue::Text(text) => card_numbers.parse(&Zeroizing::new(text.text.into_owned())),
            RawValue::Number(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                card_numbers.parse(digits)
            }
            RawValue::Number(number) if !number.starts_with('-') => Err(Reason::CardNumberLength),
            _ => return self.invalid(field, TEXT_OR_NUMBER).map(|()| None),
        };
        number.map(Some).map_err(|reason| Fault::field(reason, field))
    }

    /// `card.last4`: exactly four digits. A full card number in its place is cut to its last four.
    pub(super) fn last4<'a>(
        &mut self,
        field: F,
        value: RawValue<'a>,
    ) -> Result<Option<Text<'a>>, Fault> {
        let Some(RawText { text, .. }) = self.raw_text(field, value)? else { return Ok(None) };
        let text = self.without_card_numbers(text, field, |number, _, _| number.last4());
        let is_last4 = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_last4 {
            self.note(field, Change::Dropped);
        }
        Ok(Some(text).filter(|_| is_last4))
    }

    pub(super) fn tokenizer(&self) -> Option<&'s Tokenizer> {
        self.settings.tokenizer.as_ref()
    }

    #[inline]
    fn without_card_numbers<'a>(
        &mut self,
        text: Text<'a>,
        field: F,
        mut replacement: impl FnMut(&CardNumber, Next, Option<&Tokenizer>) -> String,
    ) -> Text<'a> {
        let tokenizer = self.tokenizer();
        let card_numbers = &self.settings.card_numbers;
        if !card_numbers.may_hold_one(&text, field.searched_as()) {
            return text;
        }
        match card_numbers.replace(&text, |number, next| replacement(number, next, tokenizer)) {
            None => text,
            Some((replaced, count)) => {
                self.notes.add(field, Change::CardNumber, count);
                if let Cow::Owned(mut text) = text {
                    text.zeroize();
                }
                Cow::Owned(replaced)
            }
        }
    }
}

/// An id, which must not have been repaired: that could make two ids equal.
#[inline]
fn whole<'a>(field: impl MessageField, id: RawText<'a>) -> Result<Text<'a>, Fault> {
    if id.is_repaired {
        return Err(Fault::field(Reason::UnpairedSurrogate, field));
    }
    Ok(trimmed(id.text))
}

#[inline]
fn trimmed(text: Text<'_>) -> Text<'_> {
    match text {
        Cow::Borrowed(text) if is_trimmed(text) => Cow::Borrowed(text),
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// Whether the text begins and ends with ASCII that is not white space. Nearly all do.
#[inline]
fn is_trimmed(text: &str) -> bool {
    let is_visible = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    is_visible(text.as_bytes().first()) && is_visible(text.as_bytes().last())
}

#[inline]
pub(super) fn is_blank(text: &str) -> bool {
    text.as_bytes().first().is_none_or(|first| *first <= b' ' || *first >= 0x80)
        && text.trim().is_empty()
}
