//! A value of a message as its format wrote it: what a format gives to the draft.
//!
//! It is not searched for card numbers yet, so it has no `Debug`. `sanitize` and `codes` turn it
//! into domain types.

use std::borrow::Cow;

/// A value, before anything is known about its field.
pub(super) enum RawValue<'a> {
    /// The same as a missing value.
    Null,
    Flag(bool),
    /// A number as it is written, in the grammar of JSON numbers.
    Number(&'a str),
    Text(RawText<'a>),
    /// An object or an array, which no value of a field is.
    Nested,
}

pub(super) struct RawText<'a> {
    /// Borrowed from the message if it has no escapes.
    pub(super) text: Cow<'a, str>,
    /// Whether parts of it were not valid text, and were replaced with U+FFFD.
    pub(super) is_repaired: bool,
}
