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
        // Labels among the entries before.
        &5_u64.to_le_bytes(),
        // Role 5 with bit 17, a new card, its token.
        &[0x85, 0x80, 0x08, 0, 6],
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
    assert_eq!(without_time.write().len(), bytes.len() - 3, "two bytes of bits, and the time");
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
            content: offset as u64,
        };
        Entry { effect: Effect::Label(label), ..self::label(None) }
    };
    offsets.map(at).collect()
}

/// A record of these labels only, which covers no input.
fn record(offsets: std::ops::Range<i64>) -> Vec<u8> {
    let before = offsets.start as u64;
    let progress = Progress { recorded: before, labels: before, reached: Time(i64::MIN) };
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
    for (offsets, continuity, covered) in [
        (0..2, Continuity::Contiguous, 2),
        (2..4, Continuity::Contiguous, 4),
        (0..2, Continuity::Repeated, 4),
        (2..4, Continuity::Repeated, 4),
        (2..6, Continuity::Overlaps, 6),
        (6..7, Continuity::Contiguous, 7),
    ] {
        let bytes = record(offsets.clone());
        let follows = restore.take(&Record::parse(&bytes).unwrap(), Time(0), &mut memory);
        assert_eq!((follows, restore.next_label()), (continuity, Some(covered)), "{offsets:?}");
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
    let mut take =
        |offsets| restore.take(&Record::parse(&record(offsets)).unwrap(), Time(0), &mut memory);
    assert_eq!(take(1..3), Continuity::Repeated);
    assert_eq!(take(2..4), Continuity::Overlaps);
    assert_eq!(take(4..5), Continuity::Contiguous);
}

/// A charge for each offset.
fn charges(offsets: std::ops::Range<i64>) -> Vec<Entry<'static>> {
    let template = &sample().entries[0];
    let Effect::Charge { event, .. } = template.effect else { panic!("the sample has changed") };
    let at = |offset: i64| {
        let parts = EventParts {
            id: MessageId(offset as u64),
            time: Time(KNOWN_AT + offset),
            ..event.to_parts()
        };
        let event = Event::from_parts(parts).unwrap();
        Entry { effect: Effect::Charge { event, original: None, charged: None }, ..label(None) }
    };
    offsets.map(at).collect()
}

/// Two members commit the same input and labels, but read the labels at other times.
#[test]
fn a_record_that_overlaps_adds_what_is_new_of_each_topic() {
    let limits = Limits { retention_ms: 1 << 40, events_per_card: 10, cards: 10, bytes: 1 << 20 };
    let record = |input: std::ops::Range<i64>, labels: std::ops::Range<i64>, is_label_first| {
        let (recorded, before) = ((input.start + labels.start) as u64, labels.start as u64);
        let progress = Progress { recorded, labels: before, reached: Time(i64::MIN) };
        let (first_offset, first_label) = (input.start, Some(labels.start));
        let start = Start { first_offset, first_label, progress, ..start() };
        let (next_offset, next_label) = (input.end, Some(labels.end));
        let both = [charges(input), self::labels(labels)];
        let [one, other] = &both;
        let entries = if is_label_first { [&other[..], one].concat() } else { both.concat() };
        Content { version: FormatVersion::V2, start, next_offset, next_label, entries }.write()
    };
    let mut memory = Memory::new(limits);
    let mut restore = Restore::new();
    for (bytes, continuity) in [
        (record(0..2, 0..1, false), Continuity::Contiguous),
        // A successor, which reads labels later.
        (record(0..3, 0..0, false), Continuity::Overlaps),
        (record(3..4, 0..2, true), Continuity::Overlaps),
        (record(4..5, 2..3, true), Continuity::Contiguous),
        (record(3..4, 0..2, true), Continuity::Repeated),
    ] {
        let follows = restore.take(&Record::parse(&bytes).unwrap(), Time(0), &mut memory);
        assert_eq!(follows, continuity);
    }
    let mut expected = Memory::new(limits);
    expected.apply_all(&[&charges(0..5)[..], &labels(0..3)].concat());
    assert_eq!(memory.progress(), expected.progress());
    let shown = |memory: &mut Memory| {
        let card = memory.open(label(None).card);
        card.recall(Time(KNOWN_AT + 100)).charges.iter().copied().collect::<Vec<_>>()
    };
    assert_eq!(shown(&mut memory), shown(&mut expected));
    assert_eq!(shown(&mut memory).len(), 5);
    // Every label is there once.
    for entry in labels(0..3) {
        let before = memory.usage();
        memory.apply(&entry);
        assert_eq!(memory.usage(), before, "{entry:?}");
    }
    assert_eq!((restore.next_offset(), restore.next_label()), (Some(5), Some(3)));
}
