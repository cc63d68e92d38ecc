//! Names the fields of a message that docs/reference/transaction.md does not list, so that a
//! misspelled name can be shown to a person.
//!
//! Decoding only counts such fields, since naming them would cost time for each message. This
//! module looks at a message that decoding has accepted, and only where someone asks for the names.

use super::super::card_search::CardNumbers;
use super::text::string;
use crate::transaction::Field;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Longer names are cut.
const NAME_MAX_CHARS: usize = 60;

/// The paths of the first unlisted fields of a message, such as `card.numbr`, in the order of the
/// message and at most `max` of them. Card numbers in names are masked.
pub fn unlisted_names(message: &[u8], card_numbers: &CardNumbers, max: usize) -> Vec<String> {
    let mut names = Vec::new();
    let Ok(text) = std::str::from_utf8(message) else { return names };
    collect("", text, &mut names, max);
    names.iter().map(|name| shown(&card_numbers.mask(name))).collect()
}

fn shown(name: &str) -> String {
    match name.char_indices().nth(NAME_MAX_CHARS) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// Adds the unlisted names of an object. `prefix` is the path of the object with a dot after it.
fn collect(prefix: &str, json: &str, names: &mut Vec<String>, max: usize) {
    let mut json = serde_json::Deserializer::from_str(json);
    // Decoding has accepted the message, and a value that is not an object has no names.
    let _ = Names { prefix, names, max }.deserialize(&mut json);
}

struct Names<'n> {
    prefix: &'n str,
    names: &'n mut Vec<String>,
    max: usize,
}

impl<'a> DeserializeSeed<'a> for Names<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut values: A) -> Result<(), A::Error> {
        while let Some(key) = values.next_key::<&'a RawValue>()? {
            let value = values.next_value::<&'a RawValue>()?.get();
            let path = format!("{}{}", self.prefix, string(key.get()).text);
            if self.names.len() >= self.max {
                continue;
            }
            match Field::from_path(&path) {
                Some(_) => collect(&format!("{path}."), value, self.names, self.max),
                None if !self.names.contains(&path) => self.names.push(path),
                None => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: &[&str]) {
        let names = unlisted_names(message.as_bytes(), &CardNumbers::default(), 4);
        assert_eq!(names, expected, "{message}");
    }

    #[test]
    fn unlisted_fields_are_named_with_their_object() {
        check(
            r#"{"id": "a", "card": {"token": "c", "numbr": 1}, "chanel": 2}"#,
            &["card.numbr", "chanel"],
        );
        check(r#"{"extra": {"id": 1, "cvv": 2}, "extra": 3}"#, &["extra"]);
        check(r#"{"card.token": 1, "checks": ["cvv"]}"#, &[]);
        check(r#"{"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}"#, &["a", "b", "c", "d"]);
        check("[]", &[]);
    }

    #[test]
    fn a_name_is_repaired_masked_and_cut() {
        check(r#"{"\ud83c": 1, "\u0061b": 2}"#, &["\u{fffd}", "ab"]);
        check(r#"{"pan 4242 4242 4242 4242": 1}"#, &["pan ************4242"]);
        check(r#"{"4242424242424242": {"a": 1}}"#, &["************4242"]);
        check(&format!("{{\"{}\": 1}}", "x".repeat(61)), &[&format!("{}…", "x".repeat(60))]);
    }
}
