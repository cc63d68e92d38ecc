//! Describes the alert that was published about a message, as an entry has it.

use super::identity::id_hash32;

/// The alert that was published about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertEntry<'t> {
    /// The rank of its severity; higher is more severe.
    pub severity: u8,
    /// The rules behind it that a cardholder can snooze.
    pub rules: RuleHashes<'t>,
}

/// [`id_hash32`] of the ids of rules: four bytes each, the lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleHashes<'t>(&'t [u8]);

const HASH_BYTES: usize = size_of::<u32>();

impl<'t> RuleHashes<'t> {
    /// More rules behind one alert are not remembered.
    pub const MAX: usize = 64;
    /// The most bytes that the hashes take.
    pub const BYTES_MAX: usize = Self::MAX * HASH_BYTES;

    /// The hashes of the rules with these ids, whose bytes replace those in `bytes`.
    pub fn of<'i>(ids: impl Iterator<Item = &'i str>, bytes: &'t mut Vec<u8>) -> Self {
        bytes.clear();
        bytes.extend(ids.take(Self::MAX).flat_map(|id| id_hash32(id).to_le_bytes()));
        Self(bytes)
    }

    /// The hashes in these bytes. Bytes after the last complete one are left out.
    pub fn from_bytes(bytes: &'t [u8]) -> Self {
        let length = bytes.len().min(Self::BYTES_MAX);
        Self(bytes.get(..length - length % HASH_BYTES).unwrap_or_default())
    }

    /// How many bytes this many hashes take.
    pub fn bytes_of(hashes: usize) -> usize {
        hashes.saturating_mul(HASH_BYTES)
    }

    /// The hashes as bytes.
    pub fn as_bytes(&self) -> &'t [u8] {
        self.0
    }

    /// How many hashes there are.
    pub fn len(&self) -> usize {
        self.0.len() / HASH_BYTES
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hashes, in the order of the ruleset.
    pub fn iter(&self) -> impl Iterator<Item = u32> + use<'t> {
        let (hashes, _) = self.0.as_chunks();
        hashes.iter().map(|hash| u32::from_le_bytes(*hash))
    }
}
