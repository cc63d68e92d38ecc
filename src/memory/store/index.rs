//! Finds the slot of a key.

use super::value::StoreKey;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

#[derive(Debug)]
pub(in crate::memory) struct Index<K: StoreKey> {
    slots: HashMap<K::Indexed, u32, BuildHasherDefault<PrehashedKeyHasher>>,
}

impl<K: StoreKey> Default for Index<K> {
    fn default() -> Self {
        Self { slots: HashMap::default() }
    }
}

/// Keys are already hashes, so 64 bits of one are as good as any hash.
#[derive(Debug, Default)]
struct PrehashedKeyHasher(u64);

impl Hasher for PrehashedKeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, half: u64) {
        self.0 = half;
    }
}

impl<K: StoreKey> Index<K> {
    /// Bytes per key: two slots of the map (which is at least 7/16 full) with a control byte each.
    pub(in crate::memory) const BYTES_PER_KEY: usize = 2 * (size_of::<(K::Indexed, u32)>() + 1);

    pub(in crate::memory) fn find(&self, key: K) -> Option<u32> {
        self.slots.get(&key.into()).copied()
    }

    pub(in crate::memory) fn insert(&mut self, key: K, slot: u32) {
        self.slots.insert(key.into(), slot);
    }

    pub(in crate::memory) fn remove(&mut self, key: K) -> Option<u32> {
        self.slots.remove(&key.into())
    }

    pub(in crate::memory) fn iter(&self) -> impl Iterator<Item = (K, u32)> {
        self.slots.iter().map(|(key, slot)| ((*key).into(), *slot))
    }
}
