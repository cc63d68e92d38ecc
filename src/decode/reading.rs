//! What reading by serde_json needs besides serde_json: one state for the whole message, and how
//! its errors become faults of ours.
//!
//! A fault found within a value is left in [`Reading`], and serde_json gets an error without content
//! to unwind with. Its own errors are asked for their category and place, never for their text,
//! which may quote the message. It knows nothing about transactions.

use super::Notes;
use super::reason::{Fault, Reason};
use serde::Deserialize;
use serde::de::{self, Visitor};
use serde_json::error::Category;
use std::borrow::Cow;

/// Text, borrowed where it stands in the message unescaped.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Borrowed<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// The state of a message being read.
pub(super) struct Reading<'a> {
    text: &'a str,
    pub(super) notes: Notes,
    /// Unknown keys of the objects being read, outermost first, each with its place.
    pub(super) unknown_keys: Vec<(Cow<'a, str>, Option<usize>)>,
    fault: Option<Fault>,
    /// What [`Fault`] it is if the error under way is one of type.
    wrong_type: Option<Fault>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let notes = Notes::default();
        Self { text, notes, unknown_keys: Vec::new(), fault: None, wrong_type: None }
    }

    /// An error to unwind with.
    #[cold]
    pub(super) fn refuse<E: de::Error>(&mut self, fault: Fault) -> E {
        self.fault = Some(fault);
        E::custom("")
    }

    /// On an error's way out of the value of a field, whose key is at `key`.
    #[cold]
    pub(super) fn passing(
        &mut self,
        field: &'static str,
        wanted: &'static str,
        key: Option<usize>,
    ) {
        if self.wrong_type.is_none() {
            let at = key.and_then(|key| self.value_at(key));
            self.wrong_type = Some(Fault::wrong_type(field, wanted, at));
        }
    }

    /// Where a key stands, if it was borrowed and not unescaped.
    #[inline]
    pub(super) fn key_at(&self, key: &str) -> Option<usize> {
        let start = key.as_ptr().addr().wrapping_sub(self.text.as_ptr().addr());
        if start < self.text.len() { start.checked_sub(1) } else { None }
    }

    /// Where the value begins that belongs to the key at a place.
    fn value_at(&self, key: usize) -> Option<usize> {
        let (_, rest) = self.text.get(key + 1..)?.split_once('"')?;
        let value = rest.trim_start_matches([' ', '\n', '\r', '\t', ':']);
        Some(self.text.len() - value.len())
    }

    /// What was wrong, when reading has ended with an error.
    #[cold]
    pub(super) fn into_fault(self, error: &serde_json::Error) -> Fault {
        let stopped_at = place_of(self.text, error);
        let is_wrong_type = error.classify() == Category::Data;
        match (self.fault, self.wrong_type) {
            (Some(fault), _) => fault.stopped(stopped_at),
            (None, Some(fault)) if is_wrong_type => fault.stopped(stopped_at),
            (None, None) if is_wrong_type => Fault::message(Reason::NotAnObject),
            _ => Fault::at(Reason::NotJson, stopped_at),
        }
    }
}

/// Where serde_json stopped, as a byte offset.
pub(super) fn place_of(text: &str, error: &serde_json::Error) -> usize {
    let lines_before = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    lines_before.map(str::len).sum::<usize>() + error.column().saturating_sub(1)
}

/// What may be text or a number.
pub(super) enum Code<'a> {
    Missing,
    Text(Cow<'a, str>),
    Number(u64),
    Negative,
    /// With a decimal point or an exponent, or beyond 64 bits.
    Decimal,
}

impl<'de: 'a, 'a> Deserialize<'de> for Code<'a> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CodeVisitor)
    }
}

struct CodeVisitor;

impl<'de> Visitor<'de> for CodeVisitor {
    type Value = Code<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("text or a number")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Code::Missing)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Code::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Code::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Code::Number(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Code::Negative)
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(if number.is_sign_negative() { Code::Negative } else { Code::Decimal })
    }
}
