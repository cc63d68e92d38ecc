//! A map by card. The key of a card is a hash already, so it is not hashed again.

use crate::memory::CardKey;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Values by card.
pub type CardMap<V> = HashMap<CardKey, V, BuildHasherDefault<CardKeyHasher>>;

/// Takes the upper half of the key: the lower half chooses the shard, so its last bits are the same for
/// all cards of a shard.
#[derive(Debug, Clone, Default)]
pub struct CardKeyHasher(u64);

impl Hasher for CardKeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = (key >> 64) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_found_by_their_key() {
        let mut map: CardMap<u32> = CardMap::default();
        let key = |card: u32| CardKey::of(&format!("c_{card}"));
        (0..1_000).for_each(|card| _ = map.insert(key(card), card));
        assert!((0..1_000).all(|card| map.get(&key(card)) == Some(&card)));
        assert_eq!(map.get(&key(1_000)), None);
    }
}
