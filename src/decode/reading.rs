//! The state of a message being read with serde_json, and how its errors become faults of ours.
//!
//! A fault found within a value is left in [`Reading`], and serde_json gets an error without content
//! to unwind with. Its own errors are asked for their category and place, never for their text,
//! which may quote the message. This file knows nothing about transactions.

use super::reason::{Fault, Reason};
use super::{Notes, Settings};
use serde::Deserialize;
use serde::de::Error;
use serde_json::error::Category;
use std::borrow::Cow;

/// Text, borrowed where it stands in the message unescaped.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Borrowed<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// A key, and where it stands; that is not known of a key with escapes.
pub(super) type Key<'a> = (Cow<'a, str>, Option<usize>);

/// A message being read.
pub(super) struct Reading<'s, 'a> {
    text: &'a str,
    pub(super) settings: &'s Settings,
    pub(super) notes: Notes,
    /// Objects and arrays that have begun and not ended.
    pub(super) depth: u8,
    /// Whether names of sensitive fields are counted: within `checks` they name results.
    pub(super) counts_names: bool,
    /// Those of the objects that have begun and not ended, outermost first.
    pub(super) unknown_keys: Vec<Key<'a>>,
    fault: Option<Fault>,
    /// What the fault is if the error on its way out is one of type.
    wrong_type: Option<Fault>,
}

impl<'s, 'a> Reading<'s, 'a> {
    pub(super) fn new(text: &'a str, settings: &'s Settings) -> Self {
        Self {
            text,
            settings,
            notes: Notes::default(),
            depth: 0,
            counts_names: true,
            unknown_keys: Vec::new(),
            fault: None,
            wrong_type: None,
        }
    }

    /// The error to unwind with.
    #[cold]
    pub(super) fn refuse<E: Error>(&mut self, fault: Fault) -> E {
        self.fault = Some(fault);
        E::custom("")
    }

    /// An error is on its way out of the value of a field, whose key stands at `key`.
    #[cold]
    pub(super) fn passes(&mut self, field: &'static str, wanted: &'static str, key: Option<usize>) {
        if self.wrong_type.is_none() {
            let at = key.and_then(|key| self.value_at(key));
            self.wrong_type = Some(Fault::wrong_type(field, wanted, at));
        }
    }

    /// Where a key stands, with its quote.
    #[inline]
    pub(super) fn place_of(&self, key: &str) -> Option<usize> {
        let start = key.as_ptr().addr().wrapping_sub(self.text.as_ptr().addr());
        if start < self.text.len() { start.checked_sub(1) } else { None }
    }

    /// Where the value stands whose key, free of escapes, stands at `key`.
    fn value_at(&self, key: usize) -> Option<usize> {
        let (_, rest) = self.text.get(key + 1..)?.split_once('"')?;
        let value = rest.trim_start_matches([' ', '\n', '\r', '\t', ':']);
        Some(self.text.len() - value.len())
    }

    /// What was wrong, once the error has come out of the message.
    #[cold]
    pub(super) fn into_fault(self, error: &serde_json::Error) -> Fault {
        let fault = match (self.fault, self.wrong_type, error.classify()) {
            (Some(fault), _, _) | (None, Some(fault), Category::Data) => fault,
            (None, None, Category::Data) => Fault::message(Reason::NotAnObject),
            _ => Fault::at_end(Reason::NotJson),
        };
        fault.ended_at(end_of_reading(self.text, error))
    }
}

/// Where serde_json gave up, as a byte offset.
#[cold]
pub(super) fn end_of_reading(text: &str, error: &serde_json::Error) -> usize {
    let lines_before = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    lines_before.map(str::len).sum::<usize>() + error.column().saturating_sub(1)
}
