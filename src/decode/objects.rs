//! Objects: the values of known keys go where they belong, all others are passed over.
//!
//! What is passed over is walked nevertheless: its syntax, depth and duplicate keys are the
//! message's own, and sensitive authentication data in it is counted.

use super::reading::{Borrowed, Key, Reading, end_of_reading};
use super::reason::{Fault, Reason};
use super::{Notes, Settings};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Objects and arrays within each other, the message's own object included.
const DEPTH_MAX: u8 = 16;

/// Names of fields with sensitive authentication data, in any case; what stands in them is never
/// looked at (PCI DSS, requirement 3.3: not to be kept after authorization).
const SENSITIVE_NAMES: [&str; 7] = ["cvv", "cvc", "cvv2", "track1", "track2", "pin", "pin_block"];

/// Which of an object's fields a key named, counted from 0; `None` for a key that names none.
pub(super) type Known<E> = Result<Option<u8>, E>;

/// An object with known fields.
pub(super) trait Object<'a> {
    /// Reads the value of a key, if it is one of the fields.
    fn field<A: MapAccess<'a>>(
        &mut self,
        key: &str,
        value: Value<'_, '_, 'a, A>,
    ) -> Known<A::Error>;
}

/// The value of a key, not yet read.
pub(super) struct Value<'r, 's, 'a, A> {
    pub(super) reading: &'r mut Reading<'s, 'a>,
    pub(super) values: &'r mut A,
    pub(super) key_at: Option<usize>,
}

/// Reads a message, from its first byte to its last, into an object.
pub(super) fn read<'a>(
    text: &'a str,
    settings: &Settings,
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

/// Reads an object, or the `null` in its place.
pub(super) struct Section<'r, 's, 'a, O> {
    pub(super) reading: &'r mut Reading<'s, 'a>,
    pub(super) object: &'r mut O,
}

impl<'a, O: Object<'a>> DeserializeSeed<'a> for Section<'_, '_, 'a, O> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a, O: Object<'a>> Visitor<'a> for Section<'_, '_, 'a, O> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
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
        mut known: impl FnMut(&str, Value<'_, 's, 'a, A>) -> Known<A::Error>,
    ) -> Result<(), A::Error> {
        self.enter()?;
        let outer_keys = self.unknown_keys.len();
        let mut seen = 0u32;
        while let Some(Borrowed(key)) = values.next_key()? {
            let key_at = self.place_of(&key);
            match known(&key, Value { reading: self, values: &mut values, key_at })? {
                Some(number) if seen & (1 << number) != 0 => return Err(self.duplicate(key_at)),
                Some(number) => seen |= 1 << number,
                None => self.unknown_field((key, key_at), &mut values)?,
            }
        }
        self.depth -= 1;
        if self.unknown_keys.len() == outer_keys { Ok(()) } else { self.drop_keys(outer_keys) }
    }

    #[inline]
    fn enter<E: Error>(&mut self) -> Result<(), E> {
        if self.depth == DEPTH_MAX {
            return Err(self.refuse(Fault::at_end(Reason::TooDeep)));
        }
        self.depth += 1;
        Ok(())
    }

    #[cold]
    fn unknown_field<A: MapAccess<'a>>(
        &mut self,
        key: Key<'a>,
        values: &mut A,
    ) -> Result<(), A::Error> {
        let sensitive = || SENSITIVE_NAMES.iter().any(|name| name.eq_ignore_ascii_case(&key.0));
        self.notes.sensitive_fields_dropped += u32::from(self.counts_names && sensitive());
        self.unknown_keys.push(key);
        values.next_value_seed(self)
    }

    /// At the end of an object that is within others with `outer_keys` unknown keys.
    #[cold]
    fn drop_keys<E: Error>(&mut self, outer_keys: usize) -> Result<(), E> {
        let keys = self.unknown_keys.get_mut(outer_keys..).unwrap_or_default();
        keys.sort_unstable();
        for pair in keys.windows(2) {
            if let [(first, _), (second, at)] = pair
                && first == second
            {
                let at = *at;
                return Err(self.duplicate(at));
            }
        }
        self.unknown_keys.truncate(outer_keys);
        Ok(())
    }

    #[cold]
    fn duplicate<E: Error>(&mut self, at: Option<usize>) -> E {
        self.refuse(Fault::at(Reason::DuplicateKey, at))
    }
}

/// Passes over a value. It calls itself no deeper than `DEPTH_MAX`.
impl<'a> DeserializeSeed<'a> for &mut Reading<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for &mut Reading<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut elements: A) -> Result<(), A::Error> {
        self.enter()?;
        while elements.next_element_seed(&mut *self)?.is_some() {}
        self.depth -= 1;
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, values: A) -> Result<(), A::Error> {
        self.object(values, |_, _| Ok(None))
    }
}
