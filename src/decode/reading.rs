//! The state of a message being read with serde_json, and how its errors become faults of ours.
//!
//! A fault found within a value is left in [`Reading`], and serde_json gets an error without content
//! to unwind with. Its own errors are asked for their category and place, never for their text,
//! which may quote the message. This file knows nothing about transactions.

use super::json::{is_space, may_have_escapes};
use super::reason::{Fault, Reason};
use super::{DecodeSettings, Notes};
use serde::de::Error;
use serde_json::error::Category;

/// A message being read.
pub(super) struct Reading<'s, 'a> {
    text: &'a str,
    /// Whether there are any in the message, which spares most messages a look at each string.
    pub(super) has_escapes: bool,
    pub(super) settings: &'s DecodeSettings,
    pub(super) notes: Notes,
    /// Objects that have begun and not ended.
    pub(super) depth: usize,
    /// Whether names of sensitive fields are counted: within `checks` they name results.
    pub(super) counts_names: bool,
    fault: Option<Fault>,
}

impl<'s, 'a> Reading<'s, 'a> {
    pub(super) fn new(text: &'a str, settings: &'s DecodeSettings) -> Self {
        Self {
            text,
            has_escapes: may_have_escapes(text),
            settings,
            notes: Notes::default(),
            depth: 0,
            counts_names: true,
            fault: None,
        }
    }

    /// The error to unwind with.
    #[cold]
    pub(super) fn refuse<E: Error>(&mut self, fault: Fault) -> E {
        self.fault = Some(fault);
        E::custom("")
    }

    /// Where a part of the message's text stands in it.
    #[inline]
    pub(super) fn place_of(&self, part: &str) -> usize {
        part.as_ptr().addr().wrapping_sub(self.text.as_ptr().addr())
    }

    /// The first byte of the value whose key ends before `key_end`.
    #[inline]
    pub(super) fn first_byte(&self, key_end: usize) -> Option<u8> {
        let rest = self.text.as_bytes().get(key_end..)?;
        rest.iter().find(|byte| !is_space(**byte) && **byte != b':').copied()
    }

    /// What was wrong, once the error has come out of the message.
    #[cold]
    pub(super) fn into_fault(self, error: &serde_json::Error) -> Fault {
        let fault = match (self.fault, error.classify()) {
            (Some(fault), _) => fault,
            (None, Category::Data) => Fault::message(Reason::NotAnObject),
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
