//! Checks what a record holds of labels, byte by byte, and that records that cover only labels are
//! restored once.

use super::support::*;
use crate::history::*;
use crate::memory::*;
use crate::transaction::{LabelValue, Time};

const KNOWN_AT: i64 = 1_767_945_600_000;

fn label(time: Option<i64>) -> Entry<'static> {
    let token = "c_9f21";
    let label = LabelEntry {
        of: OriginalId(0x0102_0304_0506_0708),
        value: LabelValue::Genuine,
        known_at: Time(KNOWN_AT),
        merchant: 0x1112_1314_1516_1718,
        time: time.map(Time),
        is_from_cardholder: true,
        content: 0x2122_2324_2526_2728,
    };
    Entry {
        card: CardKey::of(token),
        token: Some(token),
        effect: Effect::Label(label),
        alert: None,
    }
}

fn content(entries: Vec<Entry<'static>>) -> Content<'static> {
    let progress = Progress { labels: 5, ..start().progress };
    let start = Start { first_label: Some(7), progress, ..start() };
    let next_label = Some(7 + entries.len() as i64);
    Content { version: FormatVersion::V2, start, next_offset: 1_000, next_label, entries }
}

#[test]
fn a_label_is_written_as_the_document_says() {
    let content = content(vec![label(Some(KNOWN_AT - 3))]);
    let bytes = content.write();
    assert_eq!(Content::read(&bytes).as_ref(), Ok(&content));
    let expected = [
        // The number of topics, and the offsets of both.
        &[2, 0][..],
        &1_000_i64.to_le_bytes(),
        &1_000_i64.to_le_bytes(),
        &[1],
        &7_i64.to_le_bytes(),
        &8_i64.to_le_bytes(),
        // The labels in the records before.
        &5_u64.to_le_bytes(),
        // Role 5 with bits 17 and 18, a new card, its token.
        &[0x85, 0x80, 0x18, 0, 6],
        b"c_9f21",
        &0x2122_2324_2526_2728_u64.to_le_bytes(),
        // Twice the time it became known, seven bits in each byte.
        &[0x80, 0xf0, 0xa7, 0x9c, 0xf4, 0x66],
        &0x1112_1314_1516_1718_u64.to_le_bytes(),
        &0x0102_0304_0506_0708_u64.to_le_bytes(),
        // Genuine, and three milliseconds earlier.
        &[1, 5],
    ]
    .concat();
    assert_eq!(bytes[33..bytes.len() - 8], expected);
    let without_time = Content { entries: vec![label(None)], ..content };
    assert_eq!(without_time.write().len(), bytes.len() - 1, "the time");
}

#[test]
fn an_invalid_label_is_refused() {
    let bytes = content(vec![label(Some(KNOWN_AT - 3))]).write();
    let end = bytes.len() - 8;
    let refused = |at: usize, value: u8| {
        let mut changed = bytes.clone();
        changed[at] = value;
        Record::parse(&with_checksum(changed)).unwrap_err()
    };
    let invalid = |offset, problem| HistoryError::Invalid { offset, problem };
    assert_eq!(refused(end - 2, 4), invalid(end - 2, Problem::Label));
    // The bit of an alert.
    assert_eq!(refused(78, 0x0c), invalid(76, Problem::Bits));
}

#[test]
fn more_entries_than_offsets_of_both_topics_are_refused() {
    let entries = vec![label(None), label(Some(0))];
    let record = Content { next_label: Some(8), ..content(entries) }.write();
    let problem = HistoryError::Invalid { offset: 29, problem: Problem::Count };
    assert_eq!(Record::parse(&record), Err(problem));
}

#[test]
fn version_1_leaves_labels_out() {
    let content = Content { version: FormatVersion::V1, ..content(vec![label(None)]) };
    let read = content.write();
    let read = Content::read(&read).unwrap();
    assert_eq!((read.entries.len(), read.start.first_label, read.next_label), (0, None, None));
    assert!(!FormatVersion::V1.holds_labels() && FormatVersion::V2.holds_labels());
}

/// A label of another charge for each offset.
fn labels(offsets: std::ops::Range<i64>) -> Vec<Entry<'static>> {
    let at = |offset| {
        let label = LabelEntry {
            of: OriginalId(offset as u64),
            value: LabelValue::Fraud,
            known_at: Time(KNOWN_AT + offset),
            merchant: 0,
            time: None,
            is_from_cardholder: false,
            content: offset as u64,
        };
        Entry { effect: Effect::Label(label), ..self::label(None) }
    };
    offsets.map(at).collect()
}

/// A record of these labels only, which covers no input.
fn record(offsets: std::ops::Range<i64>) -> Vec<u8> {
    let progress = Progress { recorded: 0, labels: offsets.start as u64, reached: Time(i64::MIN) };
    let start = Start { first_label: Some(offsets.start), progress, ..start() };
    let next_label = Some(offsets.end);
    let entries = labels(offsets);
    let version = FormatVersion::V2;
    Content { version, start, next_offset: start.first_offset, next_label, entries }.write()
}

#[test]
fn a_record_that_covers_only_labels_is_applied_once() {
    let limits = Limits { retention_ms: 1 << 40, events_per_card: 10, cards: 10, bytes: 1 << 20 };
    let (mut memory, mut expected) = (Memory::new(limits), Memory::new(limits));
    let mut restore = Restore::new();
    // Some again, as two members may write them without transactions.
    for (offsets, next) in [(0..2, 2), (2..4, 4), (0..2, 4), (2..4, 4), (2..6, 6), (6..7, 7)] {
        let bytes = record(offsets.clone());
        let follows = restore.take(&Record::parse(&bytes).unwrap(), Time(0), &mut memory);
        let expected = (Continuity::Contiguous, Some(next));
        assert_eq!((follows, restore.next_label()), expected, "{offsets:?}");
    }
    expected.apply_all(&labels(0..7));
    assert!(memory == expected, "{memory:#?}");
    assert_eq!(restore.next_offset(), Some(1_000));
}

#[test]
fn a_restore_continues_after_the_labels_of_a_checkpoint() {
    let limits = Limits { retention_ms: 1 << 40, events_per_card: 10, cards: 10, bytes: 1 << 20 };
    let mut memory = Memory::new(limits);
    memory.apply_all(&labels(0..3));
    let mut restore = Restore::after(1_000, Some(3));
    for offsets in [1..3, 2..4, 4..5] {
        let bytes = record(offsets);
        let follows = restore.take(&Record::parse(&bytes).unwrap(), Time(0), &mut memory);
        assert_eq!(follows, Continuity::Contiguous);
    }
    let mut expected = Memory::new(limits);
    expected.apply_all(&labels(0..5));
    assert!(memory == expected, "{memory:#?}");
    assert_eq!((restore.next_offset(), restore.next_label()), (Some(1_000), Some(5)));
}

#[test]
fn a_label_after_a_transaction_is_refused() {
    let transaction = sample().entries[0];
    let start = Start { first_label: Some(0), ..start() };
    let (version, next_offset) = (FormatVersion::V2, start.first_offset + 1);
    let entries = vec![transaction, label(None)];
    let bytes = Content { version, start, next_offset, next_label: Some(1), entries }.write();
    let error = Record::parse(&bytes).unwrap_err();
    assert!(
        matches!(error, HistoryError::Invalid { problem: Problem::LabelOrder, .. }),
        "{error:?}"
    );
}
