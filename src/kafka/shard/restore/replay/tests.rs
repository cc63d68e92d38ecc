//! Tests when a checkpoint is used, and when the history is read from its start instead.

use super::*;
use crate::history::{FormatVersion, Gap, Writer};
use crate::memory::Limits;
use crate::transaction::{Currency, DAY_MS};

const WRITTEN: Time = Time(1_767_607_200_000);
/// The history's offset to read to.
const END: i64 = 9;

fn memory() -> Memory {
    let limits = Limits { retention_ms: DAY_MS, events_per_card: 8, cards: 10, bytes: 1 << 20 };
    Memory::new(limits)
}

/// A history record that covers these input offsets and has no entries.
fn record(first_offset: i64, next_offset: i64) -> Vec<u8> {
    let mut writer = Writer::new(FormatVersion::V2, 1_000);
    writer.begin(&Start {
        partition: 0,
        base_currency: Currency::parse("USD").unwrap(),
        first_offset,
        first_label: None,
        progress: memory().progress(),
        gap: Gap::None,
        warm_up_until: None,
    });
    writer.finish(next_offset, None).to_vec()
}

/// A replay that reads from a checkpoint's record. The checkpoint has a gap, which distinguishes its
/// memory from one read from the history.
fn with_checkpoint(history_offset: i64, own: &[u8], next_offset: i64) -> Replay {
    let mark = Mark {
        partition: 0,
        origin: 0,
        base_currency: Currency::parse("USD").unwrap(),
        next_offset,
        next_label: None,
        history_offset,
        history_hash: fingerprint(own),
    };
    let mut kept = memory();
    kept.note_gap(WRITTEN);
    let mut replay = Replay::new();
    replay.use_checkpoint(Box::new((kept, mark)));
    assert_eq!(replay.begin(0, END), history_offset);
    replay
}

#[test]
fn a_checkpoint_that_the_next_record_continues_is_used() {
    let (own, next) = (record(5, 10), record(10, 20));
    let (mut replay, mut memory) = (with_checkpoint(3, &own, 10), memory());
    assert_eq!(replay.read((3, WRITTEN, &own), END, &mut memory), Ok(Applied::Follows));
    assert_eq!(replay.read((4, WRITTEN, &next), END, &mut memory), Ok(Applied::Follows));
    assert!(replay.is_complete() && !replay.has_ignored_checkpoint());
    assert!(memory != self::memory(), "it is the checkpoint's");
}

/// Without transactions, a record before the checkpoint's own record may cover more than that one
/// does.
#[test]
fn a_checkpoint_that_the_next_record_does_not_continue_is_discarded() {
    let (own, next) = (record(5, 8), record(10, 20));
    let (mut replay, mut memory) = (with_checkpoint(3, &own, 8), memory());
    assert_eq!(replay.read((3, WRITTEN, &own), END, &mut memory), Ok(Applied::Follows));
    assert_eq!(replay.read((4, WRITTEN, &next), END, &mut memory), Ok(Applied::StartOver));
    assert!(replay.has_ignored_checkpoint() && replay.used_checkpoint().is_none());
    assert!(memory == self::memory(), "nothing of the checkpoint is left");
}

#[test]
fn a_checkpoint_whose_own_record_differs_is_discarded() {
    let (own, other) = (record(5, 10), record(6, 10));
    let (mut replay, mut memory) = (with_checkpoint(3, &own, 10), memory());
    assert_eq!(replay.read((3, WRITTEN, &other), END, &mut memory), Ok(Applied::StartOver));
    assert!(replay.has_ignored_checkpoint() && replay.used_checkpoint().is_none());
    assert!(memory == self::memory());
}

#[test]
fn a_checkpoint_without_its_record_is_discarded() {
    let mut replay = with_checkpoint(3, &record(5, 10), 10);
    assert!(!replay.is_complete() && replay.has_ignored_checkpoint());
    assert!(replay.is_complete(), "the second time there is no checkpoint");
}
