//! Named lists of texts, each entry with an optional end: watched merchants, snoozed cards, travellers.
//!
//! ```text
//! list_file.rs  text of a file → entries with their places
//! warnings.rs   entries that never match, or are probably mistakes
//! ```
//!
//! The same list may be compared with several fields. Each use has a [`NamedList`] of its own, with
//! entries in the form that its field has.

mod list_file;
mod warnings;

pub use list_file::ListText;
pub use warnings::{Lists, report};

use super::types::Hash;
use super::values::ValueKind;
use crate::memory::{id_hash32, id_hash64};
use crate::transaction::Time;
use std::collections::HashMap;

/// What a list is compared with somewhere in a ruleset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListUse {
    /// Index into the ruleset's lists.
    pub list: u16,
    pub kind: ValueKind,
    pub lookup: Lookup,
    /// The path of the field, as in `merchant.country`, if it is one; of several uses alike, the first.
    pub field: Option<&'static str>,
}

/// How entries are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    ByText,
    /// By the hash of an id, for remembered charges.
    ByHash(Hash),
}

/// The entries of a list for one use; hundreds of thousands are fine.
#[derive(Debug)]
pub enum NamedList {
    /// Until when each entry holds.
    Texts(HashMap<Box<str>, Time>),
    Hashes(HashMap<u64, Time>),
}

impl NamedList {
    /// The entries that something of that use may equal, each in the form that it has there. Of equal
    /// entries the one that holds longest counts.
    pub fn new(of: &ListUse, text: &ListText<'_>) -> Self {
        let mut list = match of.lookup {
            Lookup::ByText => Self::Texts(HashMap::new()),
            Lookup::ByHash(_) => Self::Hashes(HashMap::new()),
        };
        for entry in text.entries() {
            if let Ok(form) = of.kind.form(entry.text) {
                list.insert(of.lookup, &form, entry.until);
            }
        }
        list
    }

    fn insert(&mut self, lookup: Lookup, form: &str, until: Time) {
        let known = match (self, lookup) {
            (Self::Texts(entries), _) => entries.entry(form.into()).or_insert(until),
            (Self::Hashes(entries), Lookup::ByHash(Hash::Bits32)) => {
                entries.entry(u64::from(id_hash32(form))).or_insert(until)
            }
            (Self::Hashes(entries), _) => entries.entry(id_hash64(form)).or_insert(until),
        };
        *known = until.max(*known);
    }

    pub fn has(&self, text: &str, now: Time) -> bool {
        match self {
            Self::Texts(entries) => entries.get(text).is_some_and(|until| now < *until),
            Self::Hashes(_) => false,
        }
    }

    pub fn has_hash(&self, bits: u64, now: Time) -> bool {
        match self {
            Self::Texts(_) => false,
            Self::Hashes(entries) => entries.get(&bits).is_some_and(|until| now < *until),
        }
    }
}
