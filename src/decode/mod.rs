//! Bytes → [`Transaction`], or the reason why not. Card numbers are tokenized here and go no further.

use crate::transaction::{BaseCurrency, Currency, Time, Transaction};

/// What an amount on the wire means. Never guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Amounts {
    /// An integer of the currency's minor unit.
    #[default]
    Minor,
    /// An exact decimal, as a JSON number or string.
    Major,
}

/// How a source's messages are read.
#[derive(Debug)]
pub struct Settings {
    pub amounts: Amounts,
    pub default_currency: Option<Currency>,
    pub base_currency: BaseCurrency,
    pub max_message_bytes: usize,
    /// How far a transaction's time may lie ahead of its record's timestamp, milliseconds.
    pub max_skew_ms: i64,
    /// Without it a message with `card.number` is rejected.
    pub tokenizer: Option<Tokenizer>,
}

/// Turns card numbers and expiry dates into keyed hashes.
pub struct Tokenizer {}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokenizer(..)")
    }
}

/// Why a record could not become a transaction: a bounded code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    NotJson,
}

impl Reason {
    /// Every reason, for metrics that start at 0.
    pub const ALL: &'static [Reason] = &[Reason::NotJson];

    /// `not_json`, `missing_field`, …: the code in metrics and dead letters.
    pub fn code(self) -> &'static str {
        "not_json"
    }
}

/// A record that did not become a transaction.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    pub reason: Reason,
    /// For people; names fields and positions, never a value from the record.
    pub message: String,
}

/// What decoding dropped or replaced without rejecting the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Notes {
    /// Fields with sensitive authentication data (`cvv`, `track2`, `pin_block`, …), dropped unread.
    pub sensitive_fields_dropped: u32,
    /// Unknown values of optional enumerations, taken as missing.
    pub unknown_values: u32,
    /// Card numbers found in other fields, replaced.
    pub card_numbers_masked: u32,
}

#[derive(Debug)]
pub struct Decoder {
    settings: Settings,
}

impl Decoder {
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Reads one message. `record_time` is the Kafka record's timestamp, where there is one.
    pub fn decode<'a>(
        &self,
        _bytes: &'a [u8],
        _record_time: Option<Time>,
    ) -> Result<(Transaction<'a>, Notes), Rejection> {
        todo!("decode")
    }
}

/// Whether a card number stands anywhere in the bytes (shared/messages.md, "Card numbers").
pub fn contains_card_number(_bytes: &[u8]) -> bool {
    todo!("decode")
}
