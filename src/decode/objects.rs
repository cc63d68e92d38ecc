//! Reads objects: values of listed keys go into their fields, and all other values are skipped.
//!
//! Skipped values are still scanned: their syntax and depth must be valid, and sensitive
//! authentication data in them is counted. Anything else in them (duplicate keys, unpaired
//! surrogates, numbers of any size) is ignored.

use super::json::{JsonText, WalkEvent, walk};
use super::reading::{Reading, end_of_reading};
use super::reason::{Fault, Reason};
use super::{DecodeSettings, Notes};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// The maximum nesting of objects and arrays, including the message itself.
const DEPTH_MAX: usize = 16;

/// Names of fields with sensitive authentication data, in any case. Their values are never read
/// (PCI DSS, requirement 3.3: not to be kept after authorization).
const SENSITIVE_NAMES: [&str; 7] = ["cvv", "cvc", "cvv2", "track1", "track2", "pin", "pin_block"];

/// The index of the object's field that a key names, from 0; `None` for an unlisted key.
pub(super) type FieldIndex<E> = Result<Option<u8>, E>;

/// An object with known fields.
pub(super) trait Object<'a> {
    /// Reads the value of a key, if the key names one of the fields.
    fn field<A: MapAccess<'a>>(
        &mut self,
        key: &str,
        value: FieldValue<'_, '_, 'a, A>,
    ) -> FieldIndex<A::Error>;
}

/// The value of a key, before it is read.
pub(super) struct FieldValue<'r, 's, 'a, A> {
    pub(super) reading: &'r mut Reading<'s, 'a>,
    pub(super) values: &'r mut A,
    /// Where the key ends in the message.
    pub(super) key_end: usize,
}

/// Reads a whole message into an object.
pub(super) fn read<'a>(
    text: &'a str,
    settings: &DecodeSettings,
    object: &mut impl Object<'a>,
) -> Result<Notes, Fault> {
    let mut reading = Reading::new(text, settings);
    let mut json = serde_json::Deserializer::from_str(text);
    if let Err(error) = json.deserialize_map(Section { reading: &mut reading, object }) {
        return Err(reading.into_fault(&error));
    }
    match json.end() {
        Ok(()) => Ok(reading.notes),
        Err(error) => Err(Fault::at(Reason::TrailingBytes, Some(end_of_reading(text, &error)))),
    }
}

/// Reads an object.
pub(super) struct Section<'r, 's, 'a, O> {
    pub(super) reading: &'r mut Reading<'s, 'a>,
    pub(super) object: &'r mut O,
}

impl<'a, O: Object<'a>> DeserializeSeed<'a> for Section<'_, '_, 'a, O> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a, O: Object<'a>> Visitor<'a> for Section<'_, '_, 'a, O> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, values: A) -> Result<(), A::Error> {
        self.reading.object(values, |key, value| self.object.field(key, value))
    }
}

impl<'s, 'a> Reading<'s, 'a> {
    #[inline]
    fn object<A: MapAccess<'a>>(
        &mut self,
        mut values: A,
        mut known: impl FnMut(&str, FieldValue<'_, 's, 'a, A>) -> FieldIndex<A::Error>,
    ) -> Result<(), A::Error> {
        self.depth += 1;
        let mut seen = 0u32;
        while let Some(key) = values.next_key::<&'a RawValue>()?.map(RawValue::get) {
            let key_at = self.place_of(key);
            let key_end = key_at + key.len();
            let key = JsonText::of(key, self.has_escapes).text;
            match known(&key, FieldValue { reading: self, values: &mut values, key_end })? {
                Some(number) if seen & (1 << number) != 0 => {
                    return Err(self.refuse(Fault::at(Reason::DuplicateKey, Some(key_at))));
                }
                Some(number) => seen |= 1 << number,
                None => self.unlisted_field(&key, values.next_value::<&'a RawValue>()?.get())?,
            }
        }
        self.depth -= 1;
        Ok(())
    }

    #[cold]
    fn unlisted_field<E: Error>(&mut self, key: &str, json: &'a str) -> Result<(), E> {
        self.notes.unlisted_fields += 1;
        self.notes.sensitive_fields_dropped += u32::from(self.counts_names && is_sensitive(key));
        self.skip_value(json)
    }

    /// Skips a value: checks its depth and counts the sensitive fields in it.
    #[cold]
    pub(super) fn skip_value<E: Error>(&mut self, json: &'a str) -> Result<(), E> {
        if !json.starts_with(['{', '[']) {
            return Ok(());
        }
        let (depth_left, mut sensitive) = (DEPTH_MAX - self.depth, 0);
        let walked = walk(json, |event| {
            match event {
                WalkEvent::Key(key) => {
                    sensitive += u32::from(is_sensitive(&JsonText::of(key, true).text))
                }
                WalkEvent::Deeper(depth) if depth > depth_left => return Err(()),
                WalkEvent::Deeper(_) => {}
            }
            Ok(())
        });
        if let Err(at) = walked {
            let at = self.place_of(json) + at;
            return Err(self.refuse(Fault::at(Reason::TooDeep, Some(at))));
        }
        self.notes.sensitive_fields_dropped += if self.counts_names { sensitive } else { 0 };
        Ok(())
    }
}

fn is_sensitive(name: &str) -> bool {
    SENSITIVE_NAMES.iter().any(|sensitive| sensitive.eq_ignore_ascii_case(name))
}
