//! What is read of a message without being understood: unknown fields, and sensitive ones.
//!
//! They are passed over, but walked: their syntax, depth and duplicate keys are the message's own,
//! and sensitive authentication data in them is counted.

use super::reading::{Borrowed, Reading};
use super::reason::{Fault, Reason};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;

/// Objects and arrays within each other, the message's own object included.
const DEPTH_MAX: u8 = 16;

/// Names of fields with sensitive authentication data, in any case; what stands in them is never
/// looked at (PCI DSS, requirement 3.3: not to be kept after authorization).
const SENSITIVE_NAMES: [&str; 7] = ["cvv", "cvc", "cvv2", "track1", "track2", "pin", "pin_block"];

/// Whether sensitive names are counted: within `checks` they name results.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Names {
    Counted,
    Results,
}

impl<'a> Reading<'a> {
    /// Passes over an unknown key's value; `depth` is that of the object it belongs to.
    #[cold]
    pub(super) fn unknown_field<A: MapAccess<'a>>(
        &mut self,
        (key, at): (Cow<'a, str>, Option<usize>),
        values: &mut A,
        names: Names,
        depth: u8,
    ) -> Result<(), A::Error> {
        let sensitive = || SENSITIVE_NAMES.iter().any(|name| name.eq_ignore_ascii_case(&key));
        if names == Names::Counted && sensitive() {
            self.notes.sensitive_fields_dropped += 1;
        }
        self.unknown_keys.push((key, at));
        values.next_value_seed(Walk { reading: self, names, depth })
    }

    /// Refuses duplicates among an object's unknown keys: those from `opened` on, which is how many
    /// there were when it began.
    #[inline]
    pub(super) fn close_object<E: Error>(&mut self, opened: usize) -> Result<(), E> {
        if self.unknown_keys.len() == opened { Ok(()) } else { self.refuse_duplicates(opened) }
    }

    fn refuse_duplicates<E: Error>(&mut self, opened: usize) -> Result<(), E> {
        let keys = self.unknown_keys.get_mut(opened..).unwrap_or_default();
        keys.sort_unstable();
        for pair in keys.windows(2) {
            if let [(first, _), (second, at)] = pair
                && first == second
            {
                let fault = Fault::near(Reason::DuplicateKey, *at);
                return Err(self.refuse(fault));
            }
        }
        self.unknown_keys.truncate(opened);
        Ok(())
    }
}

/// Passes over a value. It calls itself no deeper than [`DEPTH_MAX`].
struct Walk<'r, 'a> {
    reading: &'r mut Reading<'a>,
    names: Names,
    /// Of what the value stands in.
    depth: u8,
}

impl<'a> Walk<'_, 'a> {
    /// For what is in this value.
    fn deeper<E: Error>(&mut self) -> Result<Walk<'_, 'a>, E> {
        if self.depth == DEPTH_MAX {
            return Err(self.reading.refuse(Fault::near(Reason::TooDeep, None)));
        }
        Ok(Walk { reading: self.reading, names: self.names, depth: self.depth + 1 })
    }
}

impl<'a> DeserializeSeed<'a> for Walk<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Walk<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut elements: A) -> Result<(), A::Error> {
        loop {
            if elements.next_element_seed(self.deeper()?)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut values: A) -> Result<(), A::Error> {
        let Walk { reading, names, depth } = self.deeper()?;
        let opened = reading.unknown_keys.len();
        while let Some(Borrowed(key)) = values.next_key()? {
            let at = reading.key_at(&key);
            reading.unknown_field((key, at), &mut values, names, depth)?;
        }
        reading.close_object(opened)
    }
}
