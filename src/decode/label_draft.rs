//! Collects the values of a label as they are read, and turns them into a [`Label`].

use super::card_number::CardNumber;
use super::change::Change;
use super::draft::{missing, money, name_card};
use super::message_draft::MessageDraft;
use super::notes::Notes;
use super::raw_value::{RawText, RawValue};
use super::reason::{Fault, Reason};
use super::sanitize::{Sanitizer, is_blank};
use super::settings::DecodeSettings;
use super::token::CardToken;
use crate::transaction::{
    Card, Currency, Label, LabelField, LabelKind, LabelSource, LabelValue, Text, Time,
};

/// A label being read. Required values may still be missing.
pub(super) struct LabelDraft<'s, 'a> {
    sanitizer: Sanitizer<'s, LabelField>,
    transaction_id: Option<Text<'a>>,
    token: Option<CardToken<'a>>,
    /// Consumed when the token is made, and goes nowhere else.
    number: Option<CardNumber>,
    label: Option<LabelValue>,
    known_at: Option<Time>,
    kind: Option<LabelKind>,
    source: Option<LabelSource>,
    time: Option<Time>,
    /// As it is written, until the currency is known.
    amount: Option<Text<'a>>,
    currency: Option<Currency>,
    merchant_id: Option<Text<'a>>,
}

impl<'s, 'a> LabelDraft<'s, 'a> {
    pub(super) fn new(settings: &'s DecodeSettings) -> Self {
        Self {
            sanitizer: Sanitizer::new(settings),
            transaction_id: None,
            token: None,
            number: None,
            label: None,
            known_at: None,
            kind: None,
            source: None,
            time: None,
            amount: None,
            currency: None,
            merchant_id: None,
        }
    }

    /// The label, if nothing required is missing. One without `known_at` becomes known at `known_at`, if
    /// that is given.
    pub(super) fn finish(
        self,
        known_at: Option<Time>,
    ) -> Result<(Label<'a>, Notes<LabelField>), Fault> {
        let Sanitizer { settings, mut notes } = self.sanitizer;
        let transaction_id =
            self.transaction_id.ok_or_else(|| missing(LabelField::TransactionId))?;
        let mut card = Card::default();
        name_card(&mut card, self.token, self.number, settings)?;
        let amount = self.amount.and_then(|amount| {
            let money = money(Some(amount), self.currency, settings);
            money.map_err(|_| notes.add(LabelField::Amount, Change::Dropped, 1)).ok()
        });
        let label = Label {
            transaction_id,
            card,
            label: self.label.ok_or_else(|| missing(LabelField::Label))?,
            kind: self.kind,
            known_at: self.known_at.or(known_at).ok_or_else(|| missing(LabelField::KnownAt))?,
            source: self.source,
            time: self.time,
            amount,
            base_amount: amount.and_then(|amount| settings.base_currency.convert(amount)),
            merchant_id: self.merchant_id,
        };
        Ok((label, notes))
    }

    /// An optional value, of which an invalid one is noted and treated as missing.
    fn optional<T>(
        &mut self,
        field: LabelField,
        value: RawValue<'a>,
        read: impl FnOnce(
            &mut Sanitizer<'s, LabelField>,
            LabelField,
            RawValue<'a>,
        ) -> Result<Option<T>, Fault>,
    ) -> Option<T> {
        if matches!(&value, RawValue::Text(RawText { text, .. }) if is_blank(text)) {
            return None;
        }
        read(&mut self.sanitizer, field, value).unwrap_or_else(|_| {
            self.sanitizer.note(field, Change::Dropped);
            None
        })
    }
}

impl<'a> MessageDraft<'a> for LabelDraft<'_, 'a> {
    type Field = LabelField;

    fn notes(&mut self) -> &mut Notes<LabelField> {
        &mut self.sanitizer.notes
    }

    fn set(&mut self, field: LabelField, value: RawValue<'a>) -> Result<(), Fault> {
        let sanitizer = &mut self.sanitizer;
        match field {
            LabelField::TransactionId => self.transaction_id = sanitizer.id(field, value)?,
            LabelField::CardToken => self.token = sanitizer.card_token(field, value)?,
            LabelField::CardNumber => self.number = sanitizer.card_number(field, value)?,
            LabelField::Label => {
                self.label = sanitizer.required_name(field, value, Reason::UnknownLabel)?;
            }
            LabelField::Kind => self.kind = sanitizer.named(field, value)?,
            LabelField::KnownAt => self.known_at = sanitizer.time(field, value)?,
            LabelField::Source => self.source = sanitizer.named(field, value)?,
            LabelField::Time => self.time = self.optional(field, value, Sanitizer::time),
            LabelField::Amount => self.amount = sanitizer.amount(field, value)?,
            LabelField::Currency => {
                self.currency = self.optional(field, value, Sanitizer::currency);
            }
            LabelField::MerchantId => self.merchant_id = sanitizer.id(field, value)?,
            // An object's fields are set one by one. This is a value in the place of an object.
            LabelField::Card | LabelField::Merchant if matches!(value, RawValue::Null) => {}
            LabelField::Card | LabelField::Merchant => sanitizer.invalid(field, "an object")?,
        }
        Ok(())
    }
}
