//! Reads checkpoints of version 1: one written by that release, and cards built by hand.

use super::layout::*;
use crate::fixtures;
use crate::memory::card::checkpoint::bytes::{ByteReader, Stored};
use crate::memory::card::checkpoint::state::Head;
use crate::memory::{
    AdjustmentKind, CardKey, CheckpointError, Event as EventNow, EventIds, Limits, Memory,
    MessageId, MissingInV1, OriginalId, Past, Recognised, Usage,
};
use crate::transaction::{DAY_MS, HOUR_MS, Kind, Time};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Written by release 0.1.0 on Kafka from [`MESSAGES`], when it shut down.
const GOLDEN: &[u8] = include_bytes!("../../../../../tests/golden/checkpoint-v1.bin");
/// Holds, captures in one part and in two, voided probes, a partial release, messages that wait for
/// their original, a refund, a card beyond its cap, and an alert.
const MESSAGES: &str = include_str!("../../../../../tests/golden/checkpoint-v1.jsonl");
const CARDS: [&str; 6] = ["c_plain", "c_captured", "c_reversed", "c_waiting", "c_busy", "c_third"];
/// The limits that the release ran under.
const LIMITS: Limits =
    Limits { retention_ms: 30 * DAY_MS, events_per_card: 6, cards: 1_000, bytes: 512 << 20 };
/// 2 March 2026, noon.
const NOW: Time = Time(1_772_452_800_000);

fn read(bytes: &[u8]) -> Result<Memory, CheckpointError> {
    Memory::read_checkpoint(LIMITS, &mut { bytes }).map(|(memory, _)| memory)
}

/// Applies messages as the engine does, without alerts.
fn fold(memory: &mut Memory, lines: &str) {
    let (base, decoder) = (fixtures::dollar(), fixtures::decoder());
    for line in lines.lines() {
        let (tx, _) = decoder.decode(line.as_bytes(), None).unwrap();
        let card = memory.open(CardKey::of(&tx.card.token));
        assert!(matches!(card.recognise(&tx), Recognised::New { .. }), "{line}");
        let role = card.role(&tx);
        card.record(&tx, role, base, None);
    }
}

fn folded(lines: &str) -> Memory {
    let mut memory = Memory::new(LIMITS);
    fold(&mut memory, lines);
    memory
}

/// Events without what version 1 did not keep: the lower halves of hashes, the account, and older
/// alerts.
fn reduced(past: Past<'_>) -> Vec<EventNow> {
    const UPPER: u64 = !0 << 32;
    let reduce = |event: &EventNow| EventNow {
        ids: EventIds {
            merchant: event.ids.merchant,
            terminal: event.ids.terminal & UPPER,
            device: event.ids.device & UPPER,
            ip: event.ids.ip & UPPER,
            ship_to: event.ids.ship_to & UPPER,
            account: 0,
        },
        ..event.with_alert(None)
    };
    past.iter().map(reduce).collect()
}

/// Asserts that both recall the same for every card, except for alerts that version 1 did not keep.
fn assert_same_recall(found: &mut Memory, expected: &mut Memory) {
    for name in CARDS {
        let (found, expected) = (found.open(CardKey::of(name)), expected.open(CardKey::of(name)));
        let (found, expected) = (found.recall(NOW), expected.recall(NOW));
        assert_eq!(reduced(found.charges), reduced(expected.charges), "{name}");
        assert_eq!(reduced(found.refunds), reduced(expected.refunds), "{name}");
        assert_eq!(found.cut_countries, expected.cut_countries, "{name}");
        assert_eq!((found.cut, found.unknown_until), (expected.cut, expected.unknown_until));
    }
}

/// `amount/attempted` of each charge of a card, oldest first.
fn charges(memory: &mut Memory, card: &str) -> Vec<String> {
    let text = |amount: Option<i64>| amount.map_or("?".to_owned(), |amount| amount.to_string());
    let card = memory.open(CardKey::of(card));
    let line = |event: &EventNow| {
        let mark = if event.reversed() { " reversed" } else { "" };
        format!("{}/{}{mark}", text(event.amount()), text(event.attempted()))
    };
    card.recall(NOW).charges.iter().map(line).collect()
}

#[test]
fn a_checkpoint_of_the_previous_release_equals_its_messages() {
    let (mut found, mark) = Memory::read_checkpoint(LIMITS, &mut { GOLDEN }).unwrap();
    assert_eq!((mark.partition, mark.next_offset), (0, MESSAGES.lines().count() as i64));
    found.check();
    let mut expected = folded(MESSAGES);
    assert_same_recall(&mut found, &mut expected);
    assert_eq!(found.usage().cards, expected.usage().cards);
    assert_eq!(found.usage().events, expected.usage().events);
    assert_eq!(found.progress(), expected.progress());
    assert_eq!(charges(&mut found, "c_captured"), ["6000/10000", "3500/5000"]);
    let probe = "0/100 reversed";
    assert_eq!(charges(&mut found, "c_reversed"), [probe, probe, probe, probe, "5000/8000"]);
}

#[test]
fn a_restored_memory_continues_like_one_that_never_stopped() {
    let (mut found, mut expected) = (read(GOLDEN).unwrap(), folded(MESSAGES));
    let more = r#"{"id":"later","type":"authorization","time":"2026-03-02T09:00:30Z","card":{"token":"c_waiting"},"amount":2000,"currency":"USD","merchant":{"id":"m_1"}}
{"id":"gone","type":"authorization","time":"2026-03-02T08:59:00Z","card":{"token":"c_waiting"},"amount":5000,"currency":"USD","merchant":{"id":"m_1"}}
{"id":"qr2","type":"reversal","time":"2026-03-02T11:00:00Z","card":{"token":"c_reversed"},"amount":5000,"currency":"USD","merchant":{"id":"m_1"},"original_id":"q"}
{"id":"b2r","type":"reversal","time":"2026-03-02T11:00:00Z","card":{"token":"c_captured"},"amount":500,"currency":"USD","merchant":{"id":"m_1"},"original_id":"b2c1"}
{"id":"n8","type":"authorization","time":"2026-03-02T11:00:00Z","card":{"token":"c_busy"},"amount":50,"currency":"USD","merchant":{"id":"m_1"}}
{"id":"n0c","type":"clearing","time":"2026-03-02T11:00:00Z","card":{"token":"c_busy"},"amount":1000,"currency":"USD","merchant":{"id":"m_0"},"original_id":"n0"}"#;
    fold(&mut found, more);
    fold(&mut expected, more);
    found.check();
    assert_same_recall(&mut found, &mut expected);
    assert_eq!(charges(&mut found, "c_waiting"), ["3000/5000", "1300/2000"]);
}

#[test]
fn every_remembered_message_is_recognised_as_a_duplicate() {
    let (mut found, mut expected) = (read(GOLDEN).unwrap(), folded(MESSAGES));
    let decoder = fixtures::decoder();
    let mut again = 0;
    for line in MESSAGES.lines() {
        let (tx, _) = decoder.decode(line.as_bytes(), None).unwrap();
        let key = CardKey::of(&tx.card.token);
        let is_new =
            |memory: &mut Memory| matches!(memory.open(key).recognise(&tx), Recognised::New { .. });
        assert_eq!(is_new(&mut found), is_new(&mut expected), "{line}");
        again += usize::from(!is_new(&mut found));
    }
    // All but the two that the cap has cut.
    assert_eq!(again, MESSAGES.lines().count() - 2);
}

#[test]
fn the_newest_alert_stays_with_its_charge() {
    let mut found = read(GOLDEN).unwrap();
    let card = found.open(CardKey::of("c_third"));
    let alerted: Vec<bool> = card.recall(NOW).charges.iter().map(EventNow::alerted).collect();
    assert_eq!(alerted, [false, false, true]);
    assert_eq!(card.last_alert().map(|alert| alert.time), Some(Time(NOW.millis() - 298 * 60_000)));
}

/// The blocks of a checkpoint, without their lengths and checksums.
fn blocks(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (mut rest, mut blocks) = (&bytes[5..], Vec::new());
    while let Some((length, after)) = rest.split_first_chunk() {
        let (block, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        blocks.push(block.to_vec());
        rest = &after[8..];
    }
    blocks
}

fn of_blocks(blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"RCCP\x01".to_vec();
    for (number, block) in blocks.iter().enumerate() {
        bytes.extend((block.len() as u32).to_le_bytes());
        bytes.extend(block);
        bytes.extend(xxh3_64_with_seed(block, number as u64).to_le_bytes());
    }
    bytes
}

#[test]
fn every_truncation_and_every_changed_byte_is_refused() {
    for length in 0..GOLDEN.len() {
        assert!(read(&GOLDEN[..length]).is_err(), "{length} bytes");
    }
    for at in 0..GOLDEN.len() {
        for change in [1, 3, 0x80, 0xff] {
            let mut changed = GOLDEN.to_vec();
            changed[at] ^= change;
            assert!(read(&changed).is_err(), "byte {at} ^ {change}");
        }
    }
}

#[test]
fn data_with_a_valid_checksum_is_not_trusted() {
    let original = blocks(GOLDEN);
    assert_eq!(of_blocks(&original), GOLDEN);
    for seed in 0..20_000 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut changed = original.clone();
        for _ in 0..random.random_range(1..4) {
            let block = random.random_range(0..changed.len());
            let at = random.random_range(0..changed[block].len());
            changed[block][at] = [0, 1, 2, 0x7f, 0x80, 0xff][random.random_range(0..6)];
        }
        if random.random_bool(0.2) {
            let at = random.random_range(0..changed[1].len());
            changed[1].truncate(at);
        }
        // It may be an error or another memory, but it must not panic.
        if let Ok(memory) = read(&of_blocks(&changed)) {
            memory.check();
        }
    }
}

const HOLD: &str = "hold";
const CAPTURE: &str = "capture";

fn id(kind: Kind, id: &str) -> MessageId {
    MessageId::of(kind, id)
}

fn hold(amount: i64, hours: i64) -> Event {
    Event {
        time: Time(NOW.millis() - 12 * HOUR_MS + hours * HOUR_MS),
        id: id(Kind::Authorization, HOLD),
        amount,
        merchant: 7,
        terminal: 0,
        device: 0,
        ip: 0,
        ship_to: 0,
        country: 0,
        ship_to_country: 0,
        mcc: u16::MAX,
        flags: 0,
        latitude_e7: i32::MIN,
        longitude_e7: i32::MIN,
    }
}

fn adjustment(change: AdjustmentKind, name: &str, amount: i64, hours: i64) -> Adjustment {
    let kind = if change == AdjustmentKind::Capture { Kind::Clearing } else { Kind::Reversal };
    let target = TargetV1::Charge(id(Kind::Authorization, HOLD));
    Adjustment {
        id: id(kind, name),
        target,
        time: hold(0, hours).time,
        amount: Some(amount),
        change,
    }
}

fn note(amount: i64, cleared: bool, stands: bool) -> NoteV1 {
    let balance = Balance { amount: Some(amount), cleared, stands };
    NoteV1 { charge: id(Kind::Authorization, HOLD), balance, settles: None }
}

/// A checkpoint of one card, `c`, with one charge that version 1 showed at `shown`; `None` if it
/// did not show it.
fn of_card(shown: Option<i64>, notes: &[NoteV1], adjustments: &[Adjustment]) -> Vec<u8> {
    let charge = hold(shown.unwrap_or(0), 1);
    let known = KnownV1 { newest: NOW, cut: None, unknown_until: None, alert: None };
    let mut ledger = Ledger::default();
    ledger.notes.extend(notes);
    ledger.adjustments.extend(adjustments);
    let charges = if shown.is_some() { [charge].into() } else { VecDeque::new() };
    if shown.is_none() {
        ledger.reversed.push_back(charge);
    }
    let events = charges.len();
    let key = CardKey::of("c");
    let card = CardV1 { key, known, charges, ledger: Some(ledger), cut_countries: Vec::new() };
    let mut blocks = blocks(GOLDEN);
    let mut head = take_head(&mut ByteReader { bytes: &blocks[0], capacity_max: 0 }).unwrap();
    head.state.usage = Usage { cards: 1, events, ..Usage::default() };
    blocks[0] = head_of_version_1(&head);
    blocks.truncate(1);
    blocks.push(Vec::new());
    card.put(&mut blocks[1]);
    of_blocks(&blocks)
}

fn head_of_version_1(head: &Head) -> Vec<u8> {
    let (state, mut out) = (&head.state, Vec::new());
    let mark = head.mark;
    ((mark.partition, mark.origin), mark.base_currency).put(&mut out);
    ((mark.next_offset, mark.history_offset), mark.history_hash).put(&mut out);
    head.limits.put(&mut out);
    state.clock.put(&mut out);
    (state.forgotten, state.gap).put(&mut out);
    let usage = state.usage;
    ((usage.cards, usage.events), usage.bytes).put(&mut out);
    ((usage.evicted_cards, usage.expired_cards), usage.too_old).put(&mut out);
    state.recorded.put(&mut out);
    out
}

#[test]
fn the_remaining_amount_of_a_charge_is_computed_from_messages_that_refer_to_it() {
    let capture = |amount, hours| adjustment(AdjustmentKind::Capture, CAPTURE, amount, hours);
    let reversal = |amount, hours| adjustment(AdjustmentKind::Reversal, "reversal", amount, hours);
    let check = |shown, note: NoteV1, adjustments: &[Adjustment], expected: &str| {
        let mut memory = read(&of_card(shown, &[note], adjustments)).unwrap();
        memory.check();
        assert_eq!(charges(&mut memory, "c"), [expected], "{shown:?} {note:?} {adjustments:?}");
    };
    let plain = note(100, false, true);
    check(Some(100), plain, &[], "100/100");
    check(Some(60), plain, &[capture(60, 2)], "60/100");
    check(Some(70), plain, &[reversal(30, 2)], "70/100");
    check(None, plain, &[reversal(100, 2)], "0/100 reversed");
    // Version 1 left one hundredth of it.
    check(Some(1), plain, &[reversal(99, 2)], "0/100 reversed");
    // A reversal before the clearing can only be a reversal of the hold.
    check(Some(60), plain, &[reversal(40, 2), capture(60, 3)], "60/100");
    // The clearing was evicted: the charge keeps the amount that version 1 showed.
    check(Some(60), note(60, true, true), &[], "60/?");
    check(Some(75), note(60, true, true), &[capture(15, 3)], "75/?");
}

#[test]
fn information_missing_from_a_checkpoint_is_read_from_the_history() {
    let check = |shown, note: NoteV1, adjustments: &[Adjustment], expected: MissingInV1| {
        let error = read(&of_card(shown, &[note], adjustments)).map(drop).unwrap_err();
        assert!(matches!(error, CheckpointError::MissingInV1(lost) if lost == expected), "{error}");
    };
    let capture = adjustment(AdjustmentKind::Capture, CAPTURE, 60, 2);
    let reversal = adjustment(AdjustmentKind::Reversal, "reversal", 40, 3);
    let plain = note(100, false, true);
    check(Some(20), plain, &[capture, reversal], MissingInV1::WhatAReversalMeans);
    check(Some(20), note(60, true, true), &[reversal], MissingInV1::WhatAReversalMeans);
    check(None, note(0, false, false), &[], MissingInV1::WhatWasAttempted);
    check(Some(0), note(0, true, true), &[], MissingInV1::WhatWasAttempted);
}

#[test]
fn a_reversal_that_waits_refers_to_one_text() {
    let original = OriginalId::of("later");
    let of = |clearing| Adjustment {
        target: TargetV1::Awaited {
            authorization: original.as_kind(Kind::Authorization),
            clearing,
        },
        ..adjustment(AdjustmentKind::Reversal, "reversal", 40, 3)
    };
    let plain = note(100, false, true);
    assert!(read(&of_card(Some(100), &[plain], &[of(original.as_kind(Kind::Clearing))])).is_ok());
    let error = read(&of_card(Some(100), &[plain], &[of(MessageId(1))])).map(drop).unwrap_err();
    assert!(matches!(error, CheckpointError::Damaged { .. }), "{error}");
}
