//! The cards of a record, numbered in the order in which its entries introduce them.

use crate::memory::CardKey;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Which cards a record has introduced. One that was introduced by its key counts as another than
/// the same card with its token, so that an entry comes back as it was.
#[derive(Debug, Default)]
pub(in super::super) struct CardTable {
    indices: HashMap<(CardKey, bool), u32, BuildHasherDefault<HashedAlready>>,
}

/// Where a card stands in its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Known(u32),
    /// The entry introduces it.
    New(u32),
}

impl CardTable {
    pub(in super::super) fn clear(&mut self) {
        self.indices.clear();
    }

    /// The card's index, which it gets now if it has none yet.
    pub(super) fn place(&mut self, card: CardKey, has_token: bool) -> Place {
        let next = self.indices.len() as u32;
        match *self.indices.entry((card, has_token)).or_insert(next) {
            index if index == next => Place::New(index),
            index => Place::Known(index),
        }
    }
}

/// Keys are hashes: half of one is as good a hash as any.
#[derive(Debug, Default)]
struct HashedAlready(u64);

impl Hasher for HashedAlready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }

    fn write_u8(&mut self, has_token: u8) {
        self.0 ^= u64::from(has_token);
    }
}
