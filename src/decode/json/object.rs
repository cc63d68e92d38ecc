//! Reads objects: values of listed keys go to the draft, and all other values are skipped.
//!
//! Skipped values are still scanned: their syntax and depth must be valid, and sensitive
//! authentication data in them is counted. Anything else in them (duplicate keys, unpaired
//! surrogates, numbers of any size) is ignored.

use super::super::message_draft::MessageDraft;
use super::super::message_field::MessageField;
use super::super::raw_value::{RawText, RawValue};
use super::super::reason::{Fault, Reason};
use super::super::sensitive::is_sensitive;
use super::state::{Reading, end_of_reading};
use super::text::{raw_value, string};
use super::walk::{WalkEvent, walk};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue as RawJson;
use std::borrow::Cow;
use std::fmt;

/// The maximum nesting of objects and arrays, including the message itself.
const DEPTH_MAX: usize = 16;

/// One bit for each field that was read in an object; see [`MessageField::bit`].
type Seen = u64;

/// Reads a whole message into the draft.
pub(crate) fn read<'a, D: MessageDraft<'a>>(text: &'a str, draft: &mut D) -> Result<(), Fault> {
    let mut reading = Reading::new(text, draft);
    let mut json = serde_json::Deserializer::from_str(text);
    if let Err(error) = json.deserialize_map(Section { reading: &mut reading, object: None }) {
        return Err(reading.into_fault(&error));
    }
    json.end().map_err(|error| Fault::at(Reason::TrailingBytes, end_of_reading(text, &error)))
}

/// A key of an object.
struct ObjectKey<'k> {
    name: &'k str,
    /// The position of its opening quote.
    at: usize,
    /// The position after its closing quote.
    end: usize,
}

/// Reads an object: that of a field, or the message itself.
struct Section<'v, 'r, 'a, D: MessageDraft<'a>> {
    reading: &'v mut Reading<'r, 'a, D>,
    object: Option<D::Field>,
}

impl<'a, D: MessageDraft<'a>> DeserializeSeed<'a> for Section<'_, '_, 'a, D> {
    type Value = ();

    fn deserialize<J: Deserializer<'a>>(self, deserializer: J) -> Result<(), J::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a, D: MessageDraft<'a>> Visitor<'a> for Section<'_, '_, 'a, D> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, values: A) -> Result<(), A::Error> {
        self.reading.object(self.object, values)
    }
}

impl<'a, D: MessageDraft<'a>> Reading<'_, 'a, D> {
    fn object<A: MapAccess<'a>>(
        &mut self,
        object: Option<D::Field>,
        mut values: A,
    ) -> Result<(), A::Error> {
        self.depth += 1;
        let mut seen: Seen = 0;
        let mut unescaped = Cow::Borrowed("");
        while let Some(key) = self.next_key(&mut values, &mut unescaped)? {
            let Some(field) = D::Field::find(object, key.name) else {
                self.unlisted_field(key.name, values.next_value::<&'a RawJson>()?.get())?;
                continue;
            };
            if field.is_object() {
                self.section(field, &mut values, key.end)?;
            } else {
                self.value(field, &mut values, key.end)?;
            }
            let bit = field.bit();
            if seen & bit != 0 {
                return Err(self.refuse(Fault::at(Reason::DuplicateKey, key.at)));
            }
            seen |= bit;
        }
        self.depth -= 1;
        Ok(())
    }

    /// The next key of an object. `unescaped` keeps a name with escapes.
    #[inline]
    fn next_key<'k, A: MapAccess<'a>>(
        &mut self,
        values: &mut A,
        unescaped: &'k mut Cow<'a, str>,
    ) -> Result<Option<ObjectKey<'k>>, A::Error>
    where
        'a: 'k,
    {
        if self.has_escapes {
            return self.next_raw_key(values, unescaped);
        }
        let Some(name) = values.next_key::<&'a str>()? else { return Ok(None) };
        let at = self.place_of(name).wrapping_sub(1);
        Ok(Some(ObjectKey { name, at, end: at + name.len() + 2 }))
    }

    fn next_raw_key<'k, A: MapAccess<'a>>(
        &mut self,
        values: &mut A,
        unescaped: &'k mut Cow<'a, str>,
    ) -> Result<Option<ObjectKey<'k>>, A::Error> {
        let Some(json) = values.next_key::<&'a RawJson>()?.map(RawJson::get) else {
            return Ok(None);
        };
        let at = self.place_of(json);
        *unescaped = string(json).text;
        Ok(Some(ObjectKey { name: unescaped, at, end: at + json.len() }))
    }

    /// Reads the object of a field, or another value in its place.
    fn section<A: MapAccess<'a>>(
        &mut self,
        field: D::Field,
        values: &mut A,
        key_end: usize,
    ) -> Result<(), A::Error> {
        self.counts_names = !field.names_results();
        if let Some((_, b'{')) = self.first_byte(key_end) {
            values.next_value_seed(Section { reading: &mut *self, object: Some(field) })?;
        } else {
            self.value(field, values, key_end)?;
        }
        self.counts_names = true;
        Ok(())
    }

    /// Reads the value of a field whose key ends before `key_end`.
    #[inline]
    fn value<A: MapAccess<'a>>(
        &mut self,
        field: D::Field,
        values: &mut A,
        key_end: usize,
    ) -> Result<(), A::Error> {
        match self.first_byte(key_end) {
            Some((at, b'"')) if !self.has_escapes => {
                let text = Cow::Borrowed(values.next_value::<&'a str>()?);
                return self.set(field, RawValue::Text(RawText { text, is_repaired: false }), at);
            }
            Some((at, b't' | b'f')) => {
                return self.set(field, RawValue::Flag(values.next_value()?), at);
            }
            _ => {}
        }
        let json = values.next_value::<&'a RawJson>()?.get();
        let value = raw_value(json);
        let is_nested = matches!(value, RawValue::Nested);
        self.set(field, value, self.place_of(json))?;
        if is_nested { self.skip_value(json) } else { Ok(()) }
    }

    #[inline]
    fn set<E: Error>(&mut self, field: D::Field, value: RawValue<'a>, at: usize) -> Result<(), E> {
        self.draft.set(field, value).map_err(|fault| self.refuse(fault.with_value_at(at)))
    }

    #[cold]
    fn unlisted_field<E: Error>(&mut self, name: &str, json: &'a str) -> Result<(), E> {
        let sensitive = u32::from(self.counts_names && is_sensitive(name));
        let notes = self.draft.notes();
        notes.unlisted_fields += 1;
        notes.sensitive_fields_dropped += sensitive;
        self.skip_value(json)
    }

    /// Skips a value: checks its depth and counts the sensitive fields in it.
    #[cold]
    fn skip_value<E: Error>(&mut self, json: &'a str) -> Result<(), E> {
        if !json.starts_with(['{', '[']) {
            return Ok(());
        }
        let (depth_left, mut sensitive) = (DEPTH_MAX - self.depth, 0);
        let walked = walk(json, |event| {
            match event {
                WalkEvent::Key(key) => sensitive += u32::from(is_sensitive(&string(key).text)),
                WalkEvent::Deeper(depth) if depth > depth_left => return Err(()),
                WalkEvent::Deeper(_) => {}
            }
            Ok(())
        });
        if let Err(at) = walked {
            let at = self.place_of(json) + at;
            return Err(self.refuse(Fault::at(Reason::TooDeep, at)));
        }
        let counted = if self.counts_names { sensitive } else { 0 };
        self.draft.notes().sensitive_fields_dropped += counted;
        Ok(())
    }
}
