//! Holds the state of a message while serde_json reads it, and turns its errors into [`Fault`]s.
//!
//! A fault found within a value is stored in [`Reading`], and serde_json gets an empty error to
//! unwind with. For serde_json's own errors only the category and position are used, never the
//! text, which may quote the message. This file does not know which fields there are.

use super::super::reason::{Fault, Reason};
use super::text::may_have_escapes;
use super::walk::is_space;
use serde::de::Error;
use serde_json::error::Category;
use serde_json::value::RawValue as RawJson;

/// A message being read.
pub(super) struct Reading<'r, 'a, D> {
    text: &'a str,
    /// Whether the message contains escapes. If not, its strings need not be searched for them.
    pub(super) has_escapes: bool,
    pub(super) draft: &'r mut D,
    /// The number of objects that are currently open.
    pub(super) depth: usize,
    /// Whether names of sensitive fields are counted. Within `checks` they are names of results.
    pub(super) counts_names: bool,
    fault: Option<Fault>,
}

impl<'r, 'a, D> Reading<'r, 'a, D> {
    pub(super) fn new(text: &'a str, draft: &'r mut D) -> Self {
        let has_escapes = may_have_escapes(text);
        Self { text, has_escapes, draft, depth: 0, counts_names: true, fault: None }
    }

    /// Stores the fault, and returns the error to unwind with.
    #[cold]
    pub(super) fn refuse<E: Error>(&mut self, fault: Fault) -> E {
        self.fault = Some(fault);
        E::custom("")
    }

    /// The position of a part of the message's text.
    #[inline]
    pub(super) fn place_of(&self, part: &str) -> usize {
        part.as_ptr().addr().wrapping_sub(self.text.as_ptr().addr())
    }

    /// The first byte of the value whose key ends before `key_end`, with its position.
    #[inline]
    pub(super) fn first_byte(&self, key_end: usize) -> Option<(usize, u8)> {
        let bytes = self.text.as_bytes();
        match bytes.get(key_end..)? {
            [b':', first @ b'!'..=0xff, ..] => Some((key_end + 1, *first)),
            [b':', b' ', first @ b'!'..=0xff, ..] => Some((key_end + 2, *first)),
            rest => {
                let at = rest.iter().position(|byte| !is_space(*byte) && *byte != b':')?;
                Some((key_end + at, *rest.get(at)?))
            }
        }
    }

    /// The fault, once serde_json has returned the error.
    #[cold]
    pub(super) fn into_fault(self, error: &serde_json::Error) -> Fault {
        match (self.fault, error.classify()) {
            (Some(fault), _) => fault,
            (None, Category::Data) => Fault::message(Reason::NotAnObject),
            _ => Fault::at(Reason::NotJson, end_of_skipping(self.text, error)),
        }
    }
}

/// Where serde_json stops if it only skips the message, as a byte offset. If it borrows a text with a
/// control character, it stops one byte later than if it skips that text. Which of the two it does
/// depends on whether there are escapes elsewhere in the message, and the offset must not.
#[cold]
fn end_of_skipping(text: &str, error: &serde_json::Error) -> usize {
    let skipped = serde_json::from_str::<&RawJson>(text);
    skipped.map_or_else(|error| end_of_reading(text, &error), |_| end_of_reading(text, error))
}

/// Where serde_json stopped, as a byte offset.
#[cold]
pub(super) fn end_of_reading(text: &str, error: &serde_json::Error) -> usize {
    let lines_before = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    lines_before.map(str::len).sum::<usize>() + error.column().saturating_sub(1)
}
