//! How the messages of a source are to be read.

use super::card_search::CardNumbers;
use super::time::Times;
use super::token::is_token;
use super::tokenizer::Tokenizer;
use crate::transaction::{BaseCurrency, Currency, Field, MINUTE_MS};
use std::borrow::Cow;

/// The unit of amounts in messages. It is configured, never guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Amounts {
    /// An integer in the currency's minor unit.
    #[default]
    Minor,
    /// An exact decimal, as a JSON number or string.
    Major,
}

/// How to read the messages of a source.
#[derive(Debug)]
pub struct DecodeSettings {
    pub amounts: Amounts,
    pub times: Times,
    pub default_currency: Option<Currency>,
    pub base_currency: BaseCurrency,
    pub max_message_bytes: usize,
    /// How far a transaction's time may be ahead of its record's timestamp, in milliseconds.
    pub max_skew_ms: i64,
    /// Without a tokenizer, messages with `card.number` are rejected.
    pub tokenizer: Option<Tokenizer>,
    /// What counts as a card number.
    pub card_numbers: CardNumbers,
}

/// The default limit. Longer messages are rejected.
pub const MESSAGE_DEFAULT_BYTES: usize = 64 * 1024;
/// How far a transaction may be ahead of its record by default.
pub const SKEW_DEFAULT_MINUTES: i64 = 5;

impl DecodeSettings {
    /// The defaults: minor units, a currency in every message, card tokens.
    pub fn new(base_currency: BaseCurrency) -> Self {
        Self {
            amounts: Amounts::Minor,
            times: Times::Rfc3339,
            default_currency: None,
            base_currency,
            max_message_bytes: MESSAGE_DEFAULT_BYTES,
            max_skew_ms: SKEW_DEFAULT_MINUTES * MINUTE_MS,
            tokenizer: None,
            card_numbers: CardNumbers::default(),
        }
    }

    /// A transaction's id as decoding changes it, for looking one up: without surrounding white
    /// space, and with tokens in place of card numbers. Without a key, no message with a card
    /// number in its id is accepted.
    pub fn id_of<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let id = text.trim();
        if !self.card_numbers.may_hold_one(id, Field::Id) || is_token(id.as_bytes()) {
            return id.into();
        }
        let replaced = self.card_numbers.replace(id, |number, next| match &self.tokenizer {
            Some(tokenizer) => tokenizer.card_token(number),
            None => number.masked(next),
        });
        replaced.map_or(Cow::Borrowed(id), |(id, _)| id.into())
    }
}
