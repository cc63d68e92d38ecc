//! Named lists of texts, each entry with an optional end: watched merchants, snoozed cards, travellers.

use super::types::Hash;
use crate::memory::{id_hash32, id_hash64};
use crate::transaction::Time;
use std::collections::HashMap;

/// A list by name; hundreds of thousands of entries are fine.
#[derive(Debug, Default)]
pub struct NamedList {
    /// Until when each entry holds.
    entries: HashMap<Box<str>, Time>,
    /// The same by the hashes of ids, for remembered charges.
    by_hash64: HashMap<u64, Time>,
    by_hash32: HashMap<u32, Time>,
}

const FOREVER: Time = Time(i64::MAX);

impl NamedList {
    /// One entry a line; after a tab, optionally, the time until which it holds. Empty lines and
    /// those that begin with `#` are passed over. Gives the numbers of lines whose time is none.
    pub fn parse(text: &str) -> (Self, Vec<usize>) {
        let mut list = Self::default();
        let mut wrong = Vec::new();
        for (at, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let (entry, until) = line.split_once('\t').unwrap_or((line, ""));
            match (until.trim(), Time::parse_rfc3339(until.trim())) {
                ("", _) => list.insert(entry.trim(), FOREVER),
                (_, Some(until)) => list.insert(entry.trim(), until),
                _ => wrong.push(at + 1),
            }
        }
        (list, wrong)
    }

    fn insert(&mut self, entry: &str, until: Time) {
        self.entries.insert(entry.into(), until);
        self.by_hash64.insert(id_hash64(entry), until);
        self.by_hash32.insert(id_hash32(entry), until);
    }

    pub fn has(&self, text: &str, now: Time) -> bool {
        self.entries.get(text).is_some_and(|until| now < *until)
    }

    pub fn has_hash(&self, hash: Hash, bits: u64, now: Time) -> bool {
        let until = match hash {
            Hash::Bits64 => self.by_hash64.get(&bits),
            Hash::Bits32 => u32::try_from(bits).ok().and_then(|bits| self.by_hash32.get(&bits)),
        };
        until.is_some_and(|until| now < *until)
    }
}
