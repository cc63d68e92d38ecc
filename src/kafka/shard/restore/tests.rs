//! Tests when a checkpoint is used, and when the history is read from its start instead.

use super::*;
use crate::clock::monotonic_now;
use crate::history::{Continuity, FormatVersion, Start, Writer, fingerprint};
use crate::memory::Limits;
use crate::transaction::{Currency, DAY_MS};

const WRITTEN: Time = Time(1_767_607_200_000);

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
        progress: memory().progress(),
        gap: Gap::None,
        warm_up_until: None,
    });
    writer.finish(next_offset).to_vec()
}

/// A restore that reads from a checkpoint's record. The checkpoint has a gap, which distinguishes
/// its memory from one read from the history.
fn with_checkpoint(history_offset: i64, own: &[u8], next_offset: i64) -> Restore {
    let mark = Mark {
        partition: 0,
        origin: 0,
        base_currency: Currency::parse("USD").unwrap(),
        next_offset,
        history_offset,
        history_hash: fingerprint(own),
    };
    let mut kept = memory();
    kept.note_gap(WRITTEN);
    Restore {
        stage: Stage::Reading { committed: Some(20), end: 9, last: None },
        checkpoint: Some(Box::new((kept, mark))),
        ..Restore::new(monotonic_now())
    }
}

#[test]
fn a_checkpoint_that_the_next_record_continues_is_used() {
    let (own, next) = (record(5, 10), record(10, 20));
    let (mut restore, mut memory) = (with_checkpoint(3, &own, 10), memory());
    restore.read((3, WRITTEN, &own), &mut memory).unwrap();
    assert_eq!(restore.read((4, WRITTEN, &next), &mut memory), Ok(Continuity::Contiguous));
    assert!(restore.is_reading() && !restore.ignored);
    assert!(memory != self::memory(), "it is the checkpoint's");
}

/// Without transactions, a record before the checkpoint's own record may cover more than that one
/// does.
#[test]
fn a_checkpoint_that_the_next_record_does_not_continue_is_discarded() {
    let (own, next) = (record(5, 8), record(10, 20));
    let (mut restore, mut memory) = (with_checkpoint(3, &own, 8), memory());
    restore.read((3, WRITTEN, &own), &mut memory).unwrap();
    restore.read((4, WRITTEN, &next), &mut memory).unwrap();
    assert!(restore.ignored && matches!(restore.stage, Stage::Settling { .. }));
    assert!(memory == self::memory(), "nothing of the checkpoint is left");
}

#[test]
fn a_checkpoint_whose_own_record_differs_is_discarded() {
    let (own, other) = (record(5, 10), record(6, 10));
    let (mut restore, mut memory) = (with_checkpoint(3, &own, 10), memory());
    restore.read((3, WRITTEN, &other), &mut memory).unwrap();
    assert!(restore.ignored && matches!(restore.stage, Stage::Settling { .. }));
    assert!(memory == self::memory());
}
