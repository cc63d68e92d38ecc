//! Stores cards in chunks, so that growth moves nothing, and reuses free slots.

use super::CardKey;
use super::card::Card;
use crate::transaction::Time;

/// Cards per chunk; a power of two.
const CHUNK_LEN: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct Slab {
    chunks: Vec<Vec<Card>>,
    free: Vec<u32>,
    used: u32,
}

impl Slab {
    /// `None` once four billion cards are held. The caller's limits are far below.
    pub(super) fn insert(&mut self, card: Card) -> Option<u32> {
        if let Some(slot) = self.free.pop() {
            *self.get_mut(slot)? = card;
            return Some(slot);
        }
        let slot = self.used;
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK_LEN) {
            self.chunks.push(Vec::with_capacity(CHUNK_LEN));
        }
        self.chunks.last_mut()?.push(card);
        self.used = slot.checked_add(1)?;
        Some(slot)
    }

    /// Frees the slot and returns its card.
    pub(super) fn remove(&mut self, slot: u32) -> Option<Card> {
        let vacant = Card::new(CardKey(0), Time(i64::MIN), None);
        let card = std::mem::replace(self.get_mut(slot)?, vacant);
        self.free.push(slot);
        Some(card)
    }

    pub(super) fn get(&self, slot: u32) -> Option<&Card> {
        let slot = slot as usize;
        self.chunks.get(slot / CHUNK_LEN)?.get(slot % CHUNK_LEN)
    }

    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut Card> {
        let slot = slot as usize;
        self.chunks.get_mut(slot / CHUNK_LEN)?.get_mut(slot % CHUNK_LEN)
    }
}
