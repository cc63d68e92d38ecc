//! Decodes messages with [`Decoder::decode`]: checks each transaction, and the reason of each
//! rejection.

mod documented;
mod hostile;
mod labels;
mod messages;
mod oracle;
mod random;
mod rejections;
mod repairs;
mod second_format;
mod tree;
mod twins;
mod written_number;

use super::*;
use crate::transaction::{BaseCurrency, Currency, Time, Transaction};

/// The example of docs/reference/transaction.md.
pub(super) const EXAMPLE: &str = crate::fixtures::FULL_MESSAGE;

const KEY_FILE: &str = "current = \"1\"\n[keys]\n\
    1 = \"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"";

fn settings() -> DecodeSettings {
    let dollar = Currency::parse("USD").unwrap();
    DecodeSettings {
        amounts: Amounts::Minor,
        default_currency: None,
        base_currency: BaseCurrency::new(dollar, [("EUR", 1.25), ("JPY", 0.01)]).unwrap(),
        max_message_bytes: 1 << 16,
        max_skew_ms: 60_000,
        tokenizer: None,
        times: Times::Rfc3339,
        card_numbers: CardNumbers::default(),
    }
}

fn with_key() -> DecodeSettings {
    DecodeSettings { tokenizer: Some(Tokenizer::from_toml(KEY_FILE).unwrap()), ..settings() }
}

/// The shortest valid message, with one field replaced or added; `""` removes the field.
fn minimal(field: &str, value: &str) -> String {
    let fields = [
        ("id", "\"t1\""),
        ("type", "\"authorization\""),
        ("time", "\"2026-01-05T10:15:30Z\""),
        ("card", "{\"token\":\"c1\"}"),
        ("amount", "100"),
        ("currency", "\"USD\""),
        ("merchant", "{\"id\":\"m1\"}"),
    ];
    let is_new = !field.is_empty() && fields.iter().all(|(name, _)| *name != field);
    let replaced = fields.map(|(name, old)| (name, if name == field { value } else { old }));
    let members: Vec<String> = replaced
        .into_iter()
        .chain(is_new.then_some((field, value)))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}
