//! Makes cards the values of a store, with their keys.

use super::card::Card;
use super::card_changes::CardChanges;
use crate::memory::card::message::identity::CardKey;
use crate::memory::store::value::{StoreKey, StoreValue};
use crate::transaction::Time;
use std::hash::{Hash, Hasher};

/// A [`CardKey`] in halves, so that a slot of the index takes 24 bytes instead of 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::memory) struct CardKeyHalves {
    low: u64,
    high: u64,
}

impl From<CardKey> for CardKeyHalves {
    fn from(key: CardKey) -> Self {
        Self { low: key.low_half(), high: key.high_half() }
    }
}

impl From<CardKeyHalves> for CardKey {
    fn from(key: CardKeyHalves) -> Self {
        Self(u128::from(key.high) << 64 | u128::from(key.low))
    }
}

impl Hash for CardKeyHalves {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.low);
    }
}

impl StoreKey for CardKey {
    type Indexed = CardKeyHalves;

    fn tie_breaker(self) -> u64 {
        self.low_half()
    }
}

impl StoreValue for Card {
    type Key = CardKey;
    type Changes = CardChanges;

    fn key(&self) -> CardKey {
        self.key
    }

    fn newest(&self) -> Time {
        self.times.newest
    }
}
