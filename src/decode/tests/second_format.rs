//! A second format, to show that card numbers are found whatever the format: `path=value` pairs,
//! which go straight to the draft.
//!
//! The format knows nothing about card numbers, and cannot: it only has `MessageDraft::set`.

use super::hostile::leaks;
use super::*;
use crate::decode::card_number::test_numbers::{NUMBERS, disguised, grouped};
use crate::decode::draft::Draft;
use crate::decode::message_draft::MessageDraft;
use crate::decode::raw_value::{RawText, RawValue};
use crate::decode::reason::{Contract, Fault};
use crate::transaction::{FieldType, Need};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const MINIMAL: [(&str, &str); 7] = [
    ("id", "t1"),
    ("type", "authorization"),
    ("time", "2026-01-05T10:15:30Z"),
    ("card.token", "c1"),
    ("amount", "100"),
    ("currency", "USD"),
    ("merchant.id", "m1"),
];

/// Pairs, each in a line.
fn decode<'a>(
    settings: &DecodeSettings,
    message: &'a str,
) -> Result<(Transaction<'a>, Notes), Fault> {
    let mut draft = Draft::new(settings);
    for line in message.lines() {
        let (path, value) = line.split_once('=').unwrap();
        match Field::from_path(path) {
            Some(field) => draft.set(field, raw(value))?,
            None => draft.notes().unlisted_fields += 1,
        }
    }
    draft.finish(None)
}

/// Text in quotes, a word of JSON, a number if it looks like one, otherwise text. Parts that were not
/// valid text have been replaced.
fn raw(value: &str) -> RawValue<'_> {
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match value {
        "null" => RawValue::Null,
        "true" | "false" => RawValue::Flag(value == "true"),
        "[]" => RawValue::Nested,
        _ if value.parse::<f64>().is_ok() => RawValue::Number(value),
        _ => {
            let text = quoted.unwrap_or(value);
            let is_repaired = text.contains(char::REPLACEMENT_CHARACTER);
            RawValue::Text(RawText { text: text.into(), is_repaired })
        }
    }
}

/// The shortest message, with this field replaced or added.
fn message(path: &str, value: &str) -> String {
    let others = MINIMAL.iter().filter(|(known, _)| *known != path);
    let lines = others.map(|(path, value)| format!("{path}={value}\n"));
    lines.collect::<String>() + &format!("{path}={value}\n")
}

/// Values that contain the number.
fn disguises(number: &str, random: &mut impl Rng) -> Vec<String> {
    let plain = [
        number.to_owned(),
        format!("-{number}"),
        format!("{number}.5"),
        format!("\"{number}\""),
        grouped(number, " "),
        grouped(number, "-"),
        grouped(number, ", "),
        grouped(number, "%20"),
        format!("x{number}y {number}"),
        format!("%B{number}^NAME/A^2912"),
        format!("{number} {}", char::REPLACEMENT_CHARACTER),
        format!("{}{number}", "x".repeat(245)),
    ];
    let random = (0..6).map(|_| format!("to {}.", disguised(number, random)));
    plain.into_iter().chain(random).collect()
}

#[test]
fn a_second_format_reads_the_same_transaction_as_json() {
    let value: serde_json::Value = serde_json::from_str(EXAMPLE).unwrap();
    let mut pairs = String::new();
    for field in Field::ALL.iter().filter(|field| field.row().ty != FieldType::Object) {
        let pointer = format!("/{}", field.path().replace('.', "/"));
        let Some(value) = value.pointer(&pointer) else { continue };
        pairs += &format!("{}={value}\n", field.path());
    }
    let decoder = Decoder::new(settings());
    let expected = decoder.decode(EXAMPLE.as_bytes(), None).unwrap();
    assert_eq!(decode(&settings(), &pairs).map_err(|_| "rejected"), Ok(expected));
}

#[test]
fn no_field_of_any_format_lets_a_card_number_through() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let (mut accepted, mut rejected) = (0, 0);
    for number in NUMBERS.into_iter().step_by(3) {
        for field in Field::ALL {
            for value in disguises(number, &mut random) {
                let message = message(field.path(), &value);
                for settings in [settings(), with_key()] {
                    let shown = match decode(&settings, &message) {
                        Ok((tx, _)) => {
                            accepted += 1;
                            format!("{tx:?}")
                        }
                        Err(fault) => {
                            rejected += 1;
                            let rejection =
                                fault.into_rejection(message.as_bytes(), &Contract::TRANSACTION);
                            format!("{rejection} {rejection:?}")
                        }
                    };
                    assert!(!leaks(&shown, number), "{message}: {shown}");
                }
            }
        }
    }
    assert!(accepted > 500 && rejected > 500, "{accepted} accepted, {rejected} rejected");
}

#[test]
fn what_decoding_does_to_a_value_depends_on_its_field_and_not_on_the_format() {
    let long = "x".repeat(300);
    let spaced = "4242 4242 4242 4242";
    for field in Field::ALL {
        let row = field.row();
        for (value, change) in [
            ("[]", Change::Dropped),
            (spaced, Change::CardNumber),
            (&*long, Change::Truncated),
            ("a\u{fffd}", Change::Repaired),
            ("nonesuch", Change::Unknown),
        ] {
            let message = message(row.path, value);
            let Ok((_, notes)) = decode(&with_key(), &message) else {
                let is_id = matches!(row.ty, FieldType::Id | FieldType::Address);
                assert!(row.need != Need::Optional || is_id, "{}: {value}", row.path);
                continue;
            };
            let is_possible = Change::possible(*field).contains(&change);
            assert!(is_possible || notes.count(change) == 0, "{}: {value}", row.path);
            let is_always = matches!(change, Change::Dropped | Change::CardNumber);
            let is_made = notes.count(change) == 1;
            assert!(!(is_possible && is_always) || is_made, "{}: {value}", row.path);
        }
    }
}
