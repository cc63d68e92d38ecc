//! Written and read again.

use super::support::*;
use crate::history::*;
use crate::transaction::Time;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// To try one record alone: its seed, up to the next.
const SEEDS: Range<u64> = 0..2_000;

#[test]
fn random_entries_come_back_as_they_were() {
    for seed in SEEDS {
        let content = random_content(&mut ChaCha8Rng::seed_from_u64(seed));
        let bytes = content.write();
        let read = Content::read(&bytes);
        let to_try = seed + 1;
        assert_eq!(read.as_ref(), Ok(&content), "to reproduce it: SEEDS = {seed}..{to_try}");
        let most = 73 + content.entries.len() * ENTRY_BYTES_MAX;
        assert!(bytes.len() <= most, "seed {seed}: {} bytes, at most {most}", bytes.len());
    }
}

#[test]
fn a_record_without_entries_carries_its_offsets() {
    let content = Content { entries: vec![], ..sample() };
    let bytes = content.write();
    assert_eq!(Content::read(&bytes), Ok(content));
    assert_eq!(bytes.len(), 57);
}

#[test]
fn a_record_may_say_up_to_when_messages_are_missing_before_it() {
    let start = Start { gap: Gap::Closed(Time(1_767_608_100_000)), ..start() };
    let content = Content { start, ..sample() };
    assert_eq!(Content::read(&content.write()), Ok(content));
}

#[test]
fn what_was_not_finished_is_dropped_by_beginning_again() {
    let mut writer = Writer::new(RECORD_BYTES_DEFAULT);
    writer.begin(&start());
    writer.push(&sample().entries[1]);
    writer.begin(&sample().start);
    sample().entries.iter().for_each(|entry| writer.push(entry));
    assert_eq!(writer.entries(), 5);
    assert_eq!(writer.finish(sample().next_offset), sample().write());
}

#[test]
fn a_full_record_is_finished_before_the_next_entry_would_exceed_the_bound() {
    const BOUND: usize = 600;
    let entries: Vec<_> = (0..25).flat_map(|_| sample().entries).collect();
    let (mut records, mut offset) = (Vec::new(), 1_000);
    let mut writer = Writer::new(BOUND);
    writer.begin(&start());
    for entry in &entries {
        writer.push(entry);
        offset += 1;
        if writer.is_full() {
            records.push(writer.finish(offset).to_vec());
            writer.begin(&Start { first_offset: offset, ..start() });
        }
    }
    records.push(writer.finish(offset).to_vec());
    let contents: Vec<_> = records.iter().map(|bytes| Content::read(bytes).unwrap()).collect();
    assert!(records.len() > 10 && records.iter().all(|bytes| bytes.len() <= BOUND));
    assert_eq!(contents.iter().flat_map(|c| c.entries.clone()).collect::<Vec<_>>(), entries);
    assert!(contents.windows(2).all(|w| w[0].next_offset == w[1].start.first_offset));
}
