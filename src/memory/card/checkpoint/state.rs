//! Stores what a checkpoint holds besides the cards.

use super::bytes::{ByteReader, InvalidBytes, Stored, stored_fields};
use super::format::Mark;
use crate::memory::card::limits::Limits;
use crate::memory::card::partition::partition_state::{State, Usage};
use crate::memory::store::clock::PartitionClock;
use crate::transaction::Time;

/// The first block.
#[derive(Debug)]
pub(super) struct Head {
    pub mark: Mark,
    pub limits: Limits,
    pub state: State,
}

stored_fields!(Head { mark, limits, state });
stored_fields!(Mark {
    partition,
    origin,
    base_currency,
    next_offset,
    next_label,
    history_offset,
    history_hash
});
stored_fields!(Limits { retention_ms, events_per_card, cards, bytes });
stored_fields!(State { clock, forgotten, gap, usage, recorded, recorded_labels });
stored_fields!(PartitionClock { block, filled, reached });
stored_fields!(Usage {
    cards,
    events,
    bytes,
    evicted_cards,
    expired_cards,
    too_old,
    evicted_waiting
});

/// The times in the clock's block.
impl<const N: usize> Stored for [Time; N] {
    fn put(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|time| time.put(out));
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        let mut times = [Time(0); N];
        for time in &mut times {
            *time = Time::take(input)?;
        }
        Ok(times)
    }
}
