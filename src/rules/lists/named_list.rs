//! The entries of a named list for one use. Each entry may have an end time.
//!
//! The same list may be compared with several fields. Each use has its own [`NamedList`], with entries
//! in the form of the values that it is compared with.

use super::super::types::IdHash;
use super::list_file::ListText;
use super::list_use::{ListUse, Lookup};
use crate::memory::{id_hash32, id_hash64};
use crate::transaction::Time;
use std::collections::HashMap;

/// The entries of a list for one use. Hundreds of thousands are fine.
#[derive(Debug)]
pub enum NamedList {
    /// Each entry with the time until which it is valid.
    Texts(HashMap<Box<str>, Time>),
    Hashes(HashMap<u64, Time>),
}

impl NamedList {
    /// Keeps the entries that a value can equal, in the form of the value. If several entries are equal,
    /// the one that is valid longest counts.
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
            (Self::Hashes(entries), Lookup::ByHash(IdHash::Bits32)) => {
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
