//! Decodes bytes into a [`Transaction`], or a reason why that is impossible. Card numbers are
//! tokenized here and go no further.
//!
//! ```text
//! bytes ─ serde_json ─ objects ─┬─ fields, codes: domain types ─ draft ─ finish ─► Transaction, Notes
//!                               └─ unlisted fields, skipped
//!                    any fault ─ reading ─ reason ─► Rejection
//! ```
//!
//! serde_json parses the JSON syntax. The visitors in `objects`, with `json` and the state in
//! `reading`, add what redcard needs beyond that: a separate reason for each fault, positions,
//! detection of duplicate listed keys, exact amounts, and errors that never quote the message.
//!
//! A message is only rejected because of what a decision needs: the required fields,
//! `response.approved` and `original_id`. Any other invalid value is left out or repaired, and
//! noted by field. docs/reference/transaction.md specifies the messages. This module knows no
//! Kafka, keeps no state between messages, and reads no clock.

mod amount;
mod card_number;
mod card_search;
mod characters;
mod codes;
mod draft;
mod feed_format;
mod field;
mod fields;
mod issuers;
mod json;
mod notes;
mod objects;
mod reading;
mod reason;
mod time;
mod tokenizer;
mod unlisted;
mod written_number;

pub use card_number::Prefix;
pub use card_search::{CardNumbers, blank_card_numbers, contains_card_number, mask_card_numbers};
pub use feed_format::{FEED_HEAD_BYTES, FeedFormat, Medium};
pub use field::{Change, Field};
pub use fields::TEXT_MAX_CHARS;
pub use notes::Notes;
pub use reason::{Reason, Rejection};
pub use time::Times;
pub use tokenizer::{KeyFileError, Tokenizer};
pub use unlisted::unlisted_names;

use crate::transaction::{BaseCurrency, Currency, MINUTE_MS, Time, Transaction};
use draft::Draft;
use reason::Fault;
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
}

impl DecodeSettings {
    /// A transaction's id as decoding changes it, for looking one up: without surrounding white
    /// space, and with tokens in place of card numbers. Without a key, no message with a card
    /// number in its id is accepted.
    pub fn id_of<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let id = text.trim();
        if !self.card_numbers.may_hold_one(id, Field::Id) || tokenizer::is_token(id.as_bytes()) {
            return id.into();
        }
        let replaced = self.card_numbers.replace(id, |number, next| match &self.tokenizer {
            Some(tokenizer) => tokenizer.card_token(number),
            None => number.masked(next),
        });
        replaced.map_or(Cow::Borrowed(id), |(id, _)| id.into())
    }
}

/// Reads messages with the settings of one source.
#[derive(Debug)]
pub struct Decoder {
    settings: DecodeSettings,
}

impl Decoder {
    pub fn new(settings: DecodeSettings) -> Self {
        Self { settings }
    }

    pub fn settings(&self) -> &DecodeSettings {
        &self.settings
    }

    /// Reads one message. `record_time` is the Kafka record's timestamp, if there is one.
    ///
    /// The caller handles tombstones (records with a null value). An empty value is rejected.
    pub fn decode<'a>(
        &self,
        bytes: &'a [u8],
        record_time: Option<Time>,
    ) -> Result<(Transaction<'a>, Notes), Rejection> {
        self.read(bytes, record_time).map_err(|fault| fault.into_rejection(bytes))
    }

    fn read<'a>(
        &self,
        bytes: &'a [u8],
        record_time: Option<Time>,
    ) -> Result<(Transaction<'a>, Notes), Fault> {
        let text = checked_text(bytes, self.settings.max_message_bytes)?;
        let mut draft = Draft::default();
        let mut notes = objects::read(text, &self.settings, &mut draft)?;
        Ok((draft.finish(&self.settings, record_time, &mut notes)?, notes))
    }
}

/// The message as text, after the checks that need no parsing.
fn checked_text(bytes: &[u8], max_bytes: usize) -> Result<&str, Fault> {
    if bytes.len() > max_bytes {
        return Err(Fault::message(Reason::TooLarge));
    }
    if bytes.is_empty() {
        return Err(Fault::message(Reason::Empty));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(Fault::message(Reason::ByteOrderMark));
    }
    std::str::from_utf8(bytes)
        .map_err(|error| Fault::at(Reason::NotUtf8, Some(error.valid_up_to())))
}

#[cfg(test)]
mod tests;
