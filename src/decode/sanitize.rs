//! Reads objects, ids and human-readable text into their domain types. `codes` reads the other
//! kinds of field.
//!
//! `null` always means missing, and so does blank text in an optional field. An invalid value in an
//! optional field is noted and treated as missing; in a required field it rejects the message. Card
//! numbers are removed from text here, before any other code sees it.

use super::Tokenizer;
use super::card_number::{CardNumber, Next};
use super::field::{Change, Field};
use super::json::{Json, JsonText};
use super::objects::{FieldValue, Object, Section};
use super::reason::{Fault, Reason};
use super::tokenizer::{CardTokens, is_token};
use crate::transaction::Text;
// Only addresses: `std::net` also has sockets.
use core::net::IpAddr;
use serde::de::MapAccess;
use serde_json::value::RawValue;
use std::borrow::Cow;
use zeroize::{Zeroize, Zeroizing};

/// Human-readable text is cut to this length.
pub const TEXT_MAX_CHARS: usize = 256;

pub(super) const TEXT_OR_NUMBER: &str = "text or a number";

/// The token of a card, as read from the message.
pub(super) struct TokenField<'a> {
    pub token: Text<'a>,
    /// See [`crate::transaction::Card::former_token`].
    pub former: Option<Text<'a>>,
    /// The last four digits of the card number that the token was made from.
    pub last4: Option<String>,
}

impl TokenField<'_> {
    pub(super) fn of(tokens: CardTokens, last4: Option<String>) -> Self {
        let CardTokens { current, former } = tokens;
        Self { token: Cow::Owned(current), former: former.map(Cow::Owned), last4 }
    }
}

impl<'s, 'a, A: MapAccess<'a>> FieldValue<'_, 's, 'a, A> {
    /// An optional nested object.
    pub(super) fn section(
        self,
        field: Field,
        object: &mut impl Object<'a>,
    ) -> Result<(), A::Error> {
        self.object(field, object, Self::dropped)
    }

    /// A nested object that holds required fields.
    pub(super) fn required_section(
        self,
        field: Field,
        object: &mut impl Object<'a>,
    ) -> Result<(), A::Error> {
        self.object(field, object, |value, field, json| {
            Err(value.wrong_type(field, json, "an object"))
        })
    }

    /// An object of check results, whose keys are names of what was checked, such as `cvv`.
    pub(super) fn results(
        self,
        field: Field,
        object: &mut impl Object<'a>,
    ) -> Result<(), A::Error> {
        let FieldValue { reading, values, key_end } = self;
        reading.counts_names = false;
        FieldValue { reading: &mut *reading, values, key_end }.section(field, object)?;
        reading.counts_names = true;
        Ok(())
    }

    #[inline]
    fn object(
        mut self,
        field: Field,
        object: &mut impl Object<'a>,
        otherwise: impl FnOnce(&mut Self, Field, &'a str) -> Result<(), A::Error>,
    ) -> Result<(), A::Error> {
        if self.reading.first_byte(self.key_end) == Some(b'{') {
            return self.values.next_value_seed(Section { reading: self.reading, object });
        }
        match self.json()? {
            (Json::Null, _) => Ok(()),
            (_, json) => otherwise(&mut self, field, json),
        }
    }

    /// The parsed value, and its JSON text.
    #[inline]
    pub(super) fn json(&mut self) -> Result<(Json<'a>, &'a str), A::Error> {
        let json = self.values.next_value::<&'a RawValue>()?.get();
        Ok((Json::of(json, self.reading.has_escapes), json))
    }

    /// Notes that the value is treated as missing.
    #[cold]
    pub(super) fn dropped(&mut self, field: Field, json: &'a str) -> Result<(), A::Error> {
        self.note(field, Change::Dropped);
        self.reading.skip_value(json)
    }

    pub(super) fn note(&mut self, field: Field, change: Change) {
        self.reading.notes.add(field, change, 1);
    }

    #[cold]
    pub(super) fn refuse(&mut self, reason: Reason, field: Field) -> A::Error {
        self.reading.refuse(Fault::field(reason, field))
    }

    #[cold]
    pub(super) fn wrong_type(
        &mut self,
        field: Field,
        json: &str,
        wanted: &'static str,
    ) -> A::Error {
        let at = self.reading.place_of(json);
        self.reading.refuse(Fault::wrong_type(field, wanted, at))
    }

    /// The text of an optional field, if it is not blank.
    #[inline]
    pub(super) fn optional_text(&mut self, field: Field) -> Result<Option<JsonText<'a>>, A::Error> {
        match self.json()? {
            (Json::Text(text), _) => Ok(Some(text).filter(|text| !is_blank(&text.text))),
            (Json::Null, _) => Ok(None),
            (_, json) => self.dropped(field, json).map(|()| None),
        }
    }

    /// The text of a required field. Blank text rejects the message.
    #[inline]
    pub(super) fn required_text(&mut self, field: Field) -> Result<Option<JsonText<'a>>, A::Error> {
        match self.json()? {
            (Json::Text(text), _) if is_blank(&text.text) => {
                Err(self.refuse(Reason::EmptyText, field))
            }
            (Json::Text(text), _) => Ok(Some(text)),
            (Json::Null, _) => Ok(None),
            (_, json) => Err(self.wrong_type(field, json, "text")),
        }
    }

    /// Optional human-readable text, with card numbers masked.
    #[inline]
    pub(super) fn text(mut self, field: Field) -> Result<Option<Text<'a>>, A::Error> {
        let Some(JsonText { text, is_repaired }) = self.optional_text(field)? else {
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
    fn cut(&mut self, text: Text<'a>, field: Field) -> Text<'a> {
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

    fn masked(&mut self, text: Text<'a>, field: Field) -> Text<'a> {
        self.without_card_numbers(text, field, |number, next, _| number.masked(next))
    }

    /// An optional id or key. A card number in it is replaced by its token, so that different ids
    /// stay different. Without a key the message is rejected.
    #[inline]
    pub(super) fn id(mut self, field: Field) -> Result<Option<Text<'a>>, A::Error> {
        let id = self.optional_text(field)?;
        self.tokenized_id(id, field)
    }

    /// An IP address, read like an id. A valid address is never searched for card numbers.
    #[inline]
    pub(super) fn address(mut self, field: Field) -> Result<Option<Text<'a>>, A::Error> {
        match self.optional_text(field)? {
            Some(JsonText { text, is_repaired: false })
                if self.reading.settings.card_numbers.may_hold_one(&text, field)
                    && text.trim().parse::<IpAddr>().is_ok() =>
            {
                Ok(Some(trimmed(text)))
            }
            address => self.tokenized_id(address, field),
        }
    }

    /// A required id.
    #[inline]
    pub(super) fn required_id(mut self, field: Field) -> Result<Option<Text<'a>>, A::Error> {
        let id = self.required_text(field)?;
        self.tokenized_id(id, field)
    }

    /// An optional id whose invalid values reject the message.
    #[inline]
    pub(super) fn reference(mut self, field: Field) -> Result<Option<Text<'a>>, A::Error> {
        let id = match self.json()? {
            (Json::Text(text), _) => Some(text).filter(|text| !is_blank(&text.text)),
            (Json::Null, _) => None,
            (_, json) => return Err(self.wrong_type(field, json, "text")),
        };
        self.tokenized_id(id, field)
    }

    /// An id without surrounding white space, like the entries of lists.
    #[inline]
    fn tokenized_id(
        &mut self,
        id: Option<JsonText<'a>>,
        field: Field,
    ) -> Result<Option<Text<'a>>, A::Error> {
        let Some(id) = id else { return Ok(None) };
        if id.is_repaired {
            return Err(self.refuse(Reason::UnpairedSurrogate, field));
        }
        let id = trimmed(id.text);
        let card_numbers = &self.reading.settings.card_numbers;
        if !card_numbers.may_hold_one(&id, field) || is_token(id.as_bytes()) {
            return Ok(Some(id));
        }
        let Some(tokenizer) = self.tokenizer() else {
            let holds_one = card_numbers.contains(id.as_bytes());
            return if holds_one {
                Err(self.refuse(Reason::CardNumberWithoutKey, field))
            } else {
                Ok(Some(id))
            };
        };
        Ok(Some(self.without_card_numbers(id, field, |number, _, _| tokenizer.card_token(number))))
    }

    /// `card.token`. A card number in its place is replaced by its token.
    pub(super) fn card_token(mut self, field: Field) -> Result<Option<TokenField<'a>>, A::Error> {
        let Some(JsonText { text, is_repaired }) = self.required_text(field)? else {
            return Ok(None);
        };
        if is_repaired {
            return Err(self.refuse(Reason::UnpairedSurrogate, field));
        }
        let token = trimmed(text);
        if is_token(token.as_bytes()) {
            return Ok(Some(TokenField { token, former: None, last4: None }));
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
    pub(super) fn card_number(mut self, field: Field) -> Result<Option<CardNumber>, A::Error> {
        let card_numbers = &self.reading.settings.card_numbers;
        let number = match self.json()? {
            (Json::Null, _) => return Ok(None),
            (Json::Text(text), _) if is_blank(&text.text) => return Ok(None),
            (Json::Text(text), _) => card_numbers.parse(&Zeroizing::new(text.text.into_owned())),
            (Json::Number(digits), _) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                card_numbers.parse(digits)
            }
            (Json::Number(number), _) if !number.starts_with('-') => Err(Reason::CardNumberLength),
            (_, json) => return Err(self.wrong_type(field, json, TEXT_OR_NUMBER)),
        };
        number.map(Some).map_err(|reason| self.refuse(reason, field))
    }

    /// `card.last4`: exactly four digits. A full card number in its place is cut to its last four.
    pub(super) fn last4(mut self, field: Field) -> Result<Option<Text<'a>>, A::Error> {
        let Some(JsonText { text, .. }) = self.optional_text(field)? else { return Ok(None) };
        let text = self.without_card_numbers(text, field, |number, _, _| number.last4());
        let is_last4 = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_last4 {
            self.note(field, Change::Dropped);
        }
        Ok(Some(text).filter(|_| is_last4))
    }

    pub(super) fn tokenizer(&self) -> Option<&'s Tokenizer> {
        self.reading.settings.tokenizer.as_ref()
    }

    #[inline]
    fn without_card_numbers(
        &mut self,
        text: Text<'a>,
        field: Field,
        mut replacement: impl FnMut(&CardNumber, Next, Option<&Tokenizer>) -> String,
    ) -> Text<'a> {
        let tokenizer = self.tokenizer();
        let card_numbers = &self.reading.settings.card_numbers;
        if !card_numbers.may_hold_one(&text, field) {
            return text;
        }
        match card_numbers.replace(&text, |number, next| replacement(number, next, tokenizer)) {
            None => text,
            Some((replaced, count)) => {
                self.reading.notes.add(field, Change::CardNumber, count);
                if let Cow::Owned(mut text) = text {
                    text.zeroize();
                }
                Cow::Owned(replaced)
            }
        }
    }
}

fn trimmed(text: Text<'_>) -> Text<'_> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

#[inline]
pub(super) fn is_blank(text: &str) -> bool {
    text.as_bytes().first().is_none_or(|first| *first <= b' ' || *first >= 0x80)
        && text.trim().is_empty()
}
