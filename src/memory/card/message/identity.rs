//! Identifies cards and messages by stable hashes (XXH3) of strings, equal in every process and
//! version.

use crate::transaction::{Kind, SECOND_MS, Time, Transaction};
use xxhash_rust::const_xxh3::xxh3_64 as const_xxh3_64;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// The key of a card in memory: a 128-bit hash of its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CardKey(pub u128);

impl CardKey {
    /// The key of the card with this token.
    pub fn of(token: &str) -> Self {
        Self(xxh3_128(token.as_bytes()))
    }

    /// The lower 64 bits.
    #[expect(clippy::cast_possible_truncation, reason = "the upper half is dropped on purpose")]
    pub(in crate::memory) fn low_half(self) -> u64 {
        self.0 as u64
    }

    /// The upper 64 bits.
    pub(in crate::memory) fn high_half(self) -> u64 {
        (self.0 >> 64) as u64
    }
}

/// A hash of a message's type and id: what an `original_id` can refer to. Ids may be reused; the
/// full identity of a message is an [`Identity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub u64);

impl MessageId {
    /// Mixes in the type after hashing the id. If the type were XXH3's seed, the letters of a short
    /// id could cancel it out, and an authorization `t-1` and a refund `t-2` would be the same
    /// message.
    pub fn of(kind: Kind, id: &str) -> Self {
        OriginalId::of(id).as_kind(kind)
    }
}

/// The stable hash of an `original_id`. It includes no type, so the message that it refers to
/// depends on the type that is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OriginalId(pub u64);

impl OriginalId {
    /// The hash of an id.
    pub fn of(id: &str) -> Self {
        Self(xxh3_64(id.as_bytes()))
    }

    /// The message of this type with this id.
    pub fn as_kind(self, kind: Kind) -> MessageId {
        MessageId(self.0 ^ kind_hash(kind))
    }

    /// The id of a message whose type is known.
    pub fn of_message(id: MessageId, kind: Kind) -> Self {
        Self(id.0 ^ kind_hash(kind))
    }
}

fn kind_hash(kind: Kind) -> u64 {
    const AUTHORIZATION: u64 = const_xxh3_64(b"authorization");
    const CLEARING: u64 = const_xxh3_64(b"clearing");
    const REVERSAL: u64 = const_xxh3_64(b"reversal");
    const REFUND: u64 = const_xxh3_64(b"refund");
    match kind {
        Kind::Authorization => AUTHORIZATION,
        Kind::Clearing => CLEARING,
        Kind::Reversal => REVERSAL,
        Kind::Refund => REFUND,
    }
}

/// What makes two messages of a card the same: type, id, merchant, and time to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// The hash of the type and id.
    pub id: MessageId,
    /// [`id_hash64`] of `merchant.id`; 0 if a version 1 history did not contain it.
    pub merchant: u64,
    /// Seconds since the epoch, rounded down.
    pub second: i64,
}

impl Identity {
    /// The identity of a message of this time.
    pub fn new(id: MessageId, merchant: u64, time: Time) -> Self {
        Self { id, merchant, second: second_of(time) }
    }

    /// The identity of a transaction.
    pub fn of(tx: &Transaction<'_>) -> Self {
        Self::new(MessageId::of(tx.kind, &tx.id), id_hash64(&tx.merchant.id), tx.time)
    }

    /// Whether both identify the same message. An unknown merchant equals any merchant.
    pub fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
            && self.second == other.second
            && (self.merchant == other.merchant || self.merchant == 0 || other.merchant == 0)
    }
}

/// Seconds since the epoch, rounded down.
pub(in crate::memory) fn second_of(time: Time) -> i64 {
    time.millis().div_euclid(SECOND_MS)
}

/// The stable hash of an id, as events store it. Never 0, which means absent.
pub fn id_hash64(id: &str) -> u64 {
    xxh3_64(id.as_bytes()).max(1)
}

/// The upper half of [`id_hash64`]. Rules compare the events of one card by it, and a version 1
/// history has nothing else of ids other than merchants. Never 0, which means absent.
pub fn id_hash32(id: &str) -> u32 {
    upper_half(id_hash64(id))
}

/// The upper half of a nonzero hash, never 0; 0 for 0.
pub(crate) fn upper_half(hash: u64) -> u32 {
    if hash == 0 { 0 } else { ((hash >> 32) as u32).max(1) }
}
