//! Watches whether the input is keyed and encoded as redcard requires: every record has a key,
//! every card is in one partition, and every value is a message.
//!
//! If the input is keyed differently, each charge is scored without a part of its card's past, and
//! no error results. All shards share one watch. It logs each kind of problem once and keeps a
//! sample of cards with the partition in which each was last seen. It does not know what a
//! transaction is.

use crate::decode::{FeedFormat, Medium};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use xxhash_rust::xxh3::xxh3_64;

/// The maximum number of watched cards. Up to this number all cards are watched. Whenever the
/// sample is full, half of it is dropped by hash, and from then on the same share of new cards is
/// ignored.
const WATCHED_CARDS_MAX: usize = 4096;
/// The maximum number of formats that are logged.
const FORMATS_MAX: usize = 64;

/// The watch of one process.
#[derive(Default)]
pub struct FeedWatch {
    /// The partition in which each card of the sample was last seen, by the hash of its token.
    cards: DashMap<u64, i32>,
    /// The number of cards in the sample.
    count: AtomicUsize,
    /// A card is in the sample if its hash ends in at least this many zero bits.
    zero_bits: AtomicU32,
    has_logged_keyless: AtomicBool,
    has_logged_move: AtomicBool,
    has_logged_conflict: AtomicBool,
    has_logged_conflicting_outcome: AtomicBool,
    has_logged_time: AtomicBool,
    /// The names of the formats that were logged.
    formats: DashMap<&'static str, ()>,
}

/// The position of a record, for the log.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
}

impl FeedWatch {
    /// Warns about a record without a key.
    pub fn keyless(&self, at: At<'_>) {
        if !self.has_logged_keyless.swap(true, Ordering::Relaxed) {
            let At { topic, partition, offset } = at;
            tracing::warn!(
                topic,
                partition,
                offset,
                "a record has no key: without one, the charges of a card are spread over the partitions \
                 and each is scored without the others; let the producer set the key to the card's token \
                 (logged once; redcard_records_without_key_total counts them)"
            );
        }
    }

    /// Warns about a duplicate whose content differs from the remembered transaction.
    pub fn conflicting_duplicate(&self, at: At<'_>) {
        if !self.has_logged_conflict.swap(true, Ordering::Relaxed) {
            let At { topic, partition, offset } = at;
            tracing::warn!(
                topic,
                partition,
                offset,
                "a transaction has the type, id, merchant and second of a remembered one but \
                 other content; it is a duplicate and not scored again: let the producer give \
                 each transaction its own id (logged once; redcard_conflicting_duplicates_total \
                 counts them)"
            );
        }
    }

    /// Warns about an outcome whose other content differs from its transaction.
    pub fn conflicting_outcome(&self, at: At<'_>) {
        if !self.has_logged_conflicting_outcome.swap(true, Ordering::Relaxed) {
            let At { topic, partition, offset } = at;
            tracing::warn!(
                topic,
                partition,
                offset,
                "the response to a remembered transaction differs from it in more than the \
                 response; the response was applied and the rest was dropped: let the producer \
                 send a response with the content of its transaction, and give each transaction \
                 its own id (logged once; redcard_conflicting_duplicates_total counts them)"
            );
        }
    }

    /// Notes where the card is; returns whether it was last seen in another partition.
    pub fn has_moved(&self, token: &str, at: At<'_>) -> bool {
        let Some(before) = self.last_seen(xxh3_64(token.as_bytes()), at.partition) else {
            return false;
        };
        if !self.has_logged_move.swap(true, Ordering::Relaxed) {
            let At { topic, partition, offset } = at;
            tracing::warn!(
                topic,
                partition,
                offset,
                before,
                "a card is in two partitions: each transaction is scored without the charges that are remembered in the other; key \
                 the records by card, with one partitioner for all producers, and do not add partitions \
                 to a topic in use (logged once; redcard_card_partition_changes_total counts them)"
            );
        }
        true
    }

    /// Warns about times that are probably not in the format of `source.time`.
    pub(super) fn doubtful_time(&self, doubt: &str, at: At<'_>) {
        if !self.has_logged_time.swap(true, Ordering::Relaxed) {
            let At { topic, partition, offset } = at;
            tracing::warn!(topic, partition, offset, "{doubt} (logged once)");
        }
    }

    /// What to do about a rejected record whose format is known.
    pub fn hint(&self, format: FeedFormat, at: At<'_>) -> String {
        let hint = format.hint(Medium::KafkaRecord);
        let is_known = self.formats.len() >= FORMATS_MAX;
        if !is_known && self.formats.insert(format.code(), ()).is_none() {
            let At { topic, partition, offset } = at;
            tracing::warn!(
                topic,
                partition,
                offset,
                format = format.code(),
                "a record is not a transaction: {hint} (logged once for each format)"
            );
        }
        hint
    }

    /// Notes where the card is; returns its previous partition if that was another one.
    fn last_seen(&self, card: u64, partition: i32) -> Option<i32> {
        let zero_bits = self.zero_bits.load(Ordering::Relaxed);
        if card.trailing_zeros() < zero_bits {
            return None;
        }
        // The usual case takes no lock that excludes the other shards.
        if self.cards.get(&card).is_some_and(|last| *last == partition) {
            return None;
        }
        match self.cards.entry(card) {
            Entry::Occupied(mut last) => Some(last.insert(partition)).filter(|p| *p != partition),
            Entry::Vacant(vacant) => {
                drop(vacant.insert(partition));
                if self.count.fetch_add(1, Ordering::Relaxed) >= WATCHED_CARDS_MAX {
                    self.thin_out(zero_bits);
                }
                None
            }
        }
    }

    /// Halves the sample, unless another shard has done so.
    fn thin_out(&self, zero_bits: u32) {
        let halved = zero_bits + 1;
        let set = self.zero_bits.compare_exchange(
            zero_bits,
            halved,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        if set.is_ok() {
            self.cards.retain(|card, _| {
                let stays = card.trailing_zeros() >= halved;
                if !stays {
                    self.count.fetch_sub(1, Ordering::Relaxed);
                }
                stays
            });
        }
    }
}

impl fmt::Debug for FeedWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedWatch").field("cards", &self.cards.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(partition: i32) -> At<'static> {
        At { topic: "transactions", partition, offset: 7 }
    }

    #[test]
    fn a_card_that_comes_from_another_partition_than_before_is_seen() {
        let watch = FeedWatch::default();
        let moved = [("a", 0), ("b", 1), ("a", 0), ("a", 1), ("a", 1), ("b", 1), ("a", 0)]
            .map(|(card, partition)| watch.has_moved(card, at(partition)));
        assert_eq!(moved, [false, false, false, true, false, false, true]);
    }

    #[test]
    fn the_sample_is_bounded_and_still_finds_cards_that_move() {
        let watch = FeedWatch::default();
        let cards: Vec<String> =
            (0..50 * WATCHED_CARDS_MAX).map(|card| format!("c_{card}")).collect();
        for card in &cards {
            assert!(!watch.has_moved(card, at(0)));
            assert!(watch.cards.len() <= WATCHED_CARDS_MAX + 1);
        }
        assert_eq!(watch.count.load(Ordering::Relaxed), watch.cards.len());
        let moved = cards.iter().filter(|card| watch.has_moved(card, at(1))).count();
        assert!((WATCHED_CARDS_MAX / 8..=WATCHED_CARDS_MAX).contains(&moved), "{moved}");
        assert!(cards.iter().all(|card| !watch.has_moved(card, at(1))));
    }

    #[test]
    fn shards_that_share_a_watch_keep_its_bound_and_its_count() {
        let watch = FeedWatch::default();
        std::thread::scope(|scope| {
            for shard in 0..4 {
                let watch = &watch;
                scope.spawn(move || {
                    for card in 0..20_000 {
                        watch.has_moved(&format!("c_{shard}_{card}"), at(shard));
                    }
                });
            }
        });
        assert!(watch.cards.len() <= WATCHED_CARDS_MAX + 4, "{}", watch.cards.len());
    }
}
