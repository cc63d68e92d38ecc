//! Numbers the cards of a record in the order in which its entries introduce them.

use crate::memory::CardKey;

/// Which cards a record has introduced: a hash table of their indices. Keys are hashes, so their
/// lowest bits select the first slot to try.
///
/// A card introduced by its key and the same card introduced by its token get different indices, so
/// that an entry is read back unchanged.
#[derive(Debug, Default)]
pub(in super::super) struct CardTable {
    cards: Vec<(CardKey, bool)>,
    /// A power of two in number, at most half of them used. Each holds an index plus one, or 0.
    slots: Vec<u32>,
}

/// The index of a card in its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CardIndex {
    Known(u32),
    /// The entry introduces the card.
    New(u32),
}

const SLOTS_MIN: usize = 64;

impl CardTable {
    pub(in super::super) fn clear(&mut self) {
        self.cards.clear();
        self.slots.fill(0);
    }

    /// The card's index, assigned now if it has none yet.
    pub(super) fn place(&mut self, card: CardKey, has_token: bool) -> CardIndex {
        if self.slots.len() <= 2 * self.cards.len() {
            self.grow();
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a card takes an entry, and a record has fewer than 2^32 entries"
        )]
        let new = self.cards.len() as u32;
        let slot = self.slot((card, has_token));
        match self.slots.get_mut(slot) {
            Some(index) if *index != 0 => CardIndex::Known(*index - 1),
            free => {
                free.into_iter().for_each(|free| *free = new + 1);
                self.cards.push((card, has_token));
                CardIndex::New(new)
            }
        }
    }

    /// The card's slot, or the free slot where it belongs. There is always one, since half of them
    /// are free.
    fn slot(&self, card: (CardKey, bool)) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = card.0.0 as usize & mask;
        while let Some(index @ 1..) = self.slots.get(at)
            && self.cards.get(*index as usize - 1) != Some(&card)
        {
            at = (at + 1) & mask;
        }
        at
    }

    fn grow(&mut self) {
        let slots = (2 * self.slots.len()).max(SLOTS_MIN);
        self.slots.clear();
        self.slots.resize(slots, 0);
        for (index, card) in (1..).zip(self.cards.clone()) {
            let slot = self.slot(card);
            self.slots.get_mut(slot).into_iter().for_each(|free| *free = index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::collections::HashMap;

    /// Compares the table with a map of the standard library, on cards whose keys collide.
    #[test]
    fn every_card_has_the_index_of_its_first_entry() {
        let mut table = CardTable::default();
        for seed in 0..50 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut known = HashMap::new();
            table.clear();
            for _ in 0..random.random_range(0..2_000) {
                let low = random.random_range(0..16_u128);
                let card = CardKey(random.random_range(0..40_u128) << 64 | low << 3);
                let has_token = random.random();
                let next = known.len() as u32;
                let index = *known.entry((card, has_token)).or_insert(next);
                let expected =
                    if index == next { CardIndex::New(next) } else { CardIndex::Known(index) };
                assert_eq!(table.place(card, has_token), expected, "seed {seed}");
            }
        }
    }
}
