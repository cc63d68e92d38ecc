//! Decodes bytes into a [`Transaction`](crate::transaction::Transaction), or a reason why that is
//! impossible. Card numbers are tokenized here and go no further.
//!
//! ```text
//! bytes ─ json ─┬─ field, raw value ─► draft ─ sanitize, codes: domain types ─ finish ─► Transaction, Notes
//!               │                 label_draft ─ the same ──────────────────── finish ─► Label, Notes
//!               └─ unlisted fields, skipped
//!    any fault ─ reason ─► Rejection
//! ```
//!
//! A format (so far only `json`) knows syntax: it finds the fields of a message, and gives each value
//! to the draft as it is written. Everything else is the same for all formats, above all the search
//! for card numbers: the draft takes values only in a way that searches them, so no format can
//! forget to.
//!
//! A message is only rejected because of what a decision needs: the required fields,
//! `response.approved` and `original_id`. Any other invalid value is left out or repaired, and
//! noted by field. docs/reference/transaction.md specifies the messages, and
//! `src/transaction/schema.rs` lists their fields. This module knows no Kafka, keeps no state
//! between messages, and reads no clock.

mod amount;
mod card_number;
mod card_search;
mod change;
mod characters;
mod codes;
mod decoder;
mod draft;
mod feed_format;
mod issuers;
mod json;
mod label_draft;
mod lists;
mod message_draft;
mod message_field;
mod notes;
mod raw_value;
mod reason;
mod sanitize;
mod sensitive;
mod settings;
mod time;
mod token;
mod tokenizer;
mod written_number;

#[cfg(test)]
mod tests;

pub use crate::transaction::Field;
pub use card_number::Prefix;
pub use card_search::{CardNumbers, blank_card_numbers, contains_card_number, mask_card_numbers};
pub use change::{Change, is_searched};
pub use decoder::Decoder;
pub use feed_format::{FEED_HEAD_BYTES, FeedFormat, Medium};
pub use json::unlisted_names;
pub use lists::{
    ListChange, ListDecoder, ListEntry, ListFault, ListKey, ListReason, ListText, SNOOZES,
    is_list_name,
};
pub use notes::Notes;
pub use reason::{Reason, Rejection};
pub use sanitize::TEXT_MAX_CHARS;
pub use settings::{Amounts, DecodeSettings, MESSAGE_DEFAULT_BYTES, SKEW_DEFAULT_MINUTES};
pub use time::Times;
pub use tokenizer::{KeyFileError, Tokenizer};
