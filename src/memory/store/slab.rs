//! Stores values in chunks, so that growth moves nothing, and reuses free slots.

/// Values per chunk; a power of two.
const CHUNK_LEN: u32 = 1024;

#[derive(Debug)]
pub(in crate::memory) struct Slab<V> {
    chunks: Vec<Vec<Option<V>>>,
    free: Vec<u32>,
    used: u32,
}

impl<V> Default for Slab<V> {
    fn default() -> Self {
        Self { chunks: Vec::new(), free: Vec::new(), used: 0 }
    }
}

impl<V> Slab<V> {
    /// `None` once four billion values are held. The caller's limits are far below.
    pub(in crate::memory) fn insert(&mut self, value: V) -> Option<u32> {
        if let Some(slot) = self.free.pop() {
            *self.place(slot)? = Some(value);
            return Some(slot);
        }
        let slot = self.used;
        let next = slot.checked_add(1)?;
        let is_full = |chunk: &Vec<_>| chunk.len() == CHUNK_LEN as usize;
        if self.chunks.last().is_none_or(is_full) {
            self.chunks.push(Vec::with_capacity(CHUNK_LEN as usize));
        }
        self.chunks.last_mut()?.push(Some(value));
        self.used = next;
        Some(slot)
    }

    /// Frees the slot and returns its value.
    pub(in crate::memory) fn remove(&mut self, slot: u32) -> Option<V> {
        let value = self.place(slot)?.take()?;
        self.free.push(slot);
        Some(value)
    }

    pub(in crate::memory) fn get(&self, slot: u32) -> Option<&V> {
        let chunk = self.chunks.get((slot / CHUNK_LEN) as usize)?;
        chunk.get((slot % CHUNK_LEN) as usize)?.as_ref()
    }

    pub(in crate::memory) fn get_mut(&mut self, slot: u32) -> Option<&mut V> {
        self.place(slot)?.as_mut()
    }

    fn place(&mut self, slot: u32) -> Option<&mut Option<V>> {
        let chunk = self.chunks.get_mut((slot / CHUNK_LEN) as usize)?;
        chunk.get_mut((slot % CHUNK_LEN) as usize)
    }
}
