//! Computes the partition of a key as Kafka's Java producer and `partitioner=murmur2` do.

const SEED: u32 = 0x9747_b28c;
const M: u32 = 0x5bd1_e995;
const R: u32 = 24;

/// The partition of a key in a topic with `partitions` partitions.
pub fn partition(key: &[u8], partitions: i32) -> i32 {
    let positive = (hash(key) & 0x7fff_ffff).cast_signed();
    positive.checked_rem(partitions).unwrap_or(0)
}

/// MurmurHash2, 32 bits.
fn hash(key: &[u8]) -> u32 {
    let length = u32::try_from(key.len()).unwrap_or(u32::MAX);
    let (words, rest) = key.as_chunks::<4>();
    let mut h = SEED ^ length;
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> R;
        h = h.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !rest.is_empty() {
        let tail = rest.iter().rev().fold(0, |tail, byte| tail << 8 | u32::from(*byte));
        h = (h ^ tail).wrapping_mul(M);
    }
    h = (h ^ (h >> 13)).wrapping_mul(M);
    h ^ (h >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From Kafka's own tests (`UtilsTest.testMurmur2`).
    #[test]
    fn keys_hash_as_in_kafka() {
        for (key, expected) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(hash(key.as_bytes()).cast_signed(), expected, "{key}");
        }
    }

    #[test]
    fn every_key_has_a_partition() {
        for key in 0..1000_u32 {
            assert!((0..7).contains(&partition(&key.to_le_bytes(), 7)));
        }
    }
}
