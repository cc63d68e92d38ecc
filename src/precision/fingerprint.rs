//! Hashes that identify transactions and alerts. With 128 bits, no two of them are ever equal by
//! chance (nor the 64 bits of two ids of the same card), so they are compared instead of the texts and take less memory.

use crate::memory::OriginalId;
use xxhash_rust::xxh3::Xxh3;

/// A hash of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// The order of the texts matters, and so does where one ends and the next begins.
    pub fn of(texts: &[&str]) -> Self {
        let mut hash = Xxh3::new();
        for text in texts {
            hash.update(&text.len().to_le_bytes());
            hash.update(text.as_bytes());
        }
        Self(hash.digest128())
    }

    /// That of a card's transaction. Links have only the hash of its id.
    pub fn of_transaction(card: &str, id: OriginalId) -> Self {
        let mut hash = Xxh3::new();
        hash.update(&id.0.to_le_bytes());
        hash.update(card.as_bytes());
        Self(hash.digest128())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_texts_have_another_fingerprint() {
        let all = [&["a", "b"][..], &["ab", ""], &["", "ab"], &["b", "a"], &["ab"], &["a"], &[]];
        for (index, texts) in all.iter().enumerate() {
            assert_eq!(Fingerprint::of(texts), Fingerprint::of(texts));
            for others in all.iter().skip(index + 1) {
                assert_ne!(Fingerprint::of(texts), Fingerprint::of(others), "{texts:?} {others:?}");
            }
        }
    }
}
