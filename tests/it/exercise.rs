//! The functions that the fuzz targets and the hostile-input tests run: each takes any bytes and
//! reads them as a ruleset, an expression, a message, an entry of a list or a record of the history. They assert only
//! what holds for every input; the failures they look for are panics and hangs.

#![allow(dead_code, reason = "each fuzz target includes the whole file and runs one function")]

#[path = "../fixtures/mod.rs"]
mod fixtures;

use redcard::decode::{ListChange, ListDecoder};
use redcard::history::{FormatVersion, Record, Restore, Writer};
use redcard::memory::{Event, Limits, Memory, Recall};
use redcard::rules::{Evaluation, TopicLists};
use redcard::transaction::{HOUR_MS, Time, Transaction};
use redcard::{decode, memory, rules, transaction};
use xxhash_rust::xxh3::xxh3_64;

/// Length of a record's checksum, which is at its end.
const CHECKSUM_BYTES: usize = 8;
const NOW: Time = Time(1_767_607_200_000);
const MESSAGE: &str = r#"{"id":"a","type":"authorization","time":"2026-01-05T10:00:00Z",
    "card":{"token":"c","country":"US"},"amount":5000,"currency":"USD","channel":"ecommerce",
    "merchant":{"id":"shop","mcc":"5411","country":"DK","latitude":55.6,"longitude":12.5}}"#;

/// Compiles the bytes as a ruleset of one file, and evaluates it if it compiles.
pub fn ruleset(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match fixtures::sources(text).compile(fixtures::environment()) {
        Ok((ruleset, warnings)) => {
            let _ = warnings.to_string();
            let message = fixtures::decoder();
            let Ok((tx, _)) = message.decode(MESSAGE.as_bytes(), Some(NOW)) else { return };
            let charges: Vec<Event> = (0..70).rev().map(|ago| charge(&tx, ago)).collect();
            let mut evaluation = Evaluation::default();
            for (charges, cut) in [(&[][..], None), (&charges, None), (&charges, Some(NOW))] {
                let past = recall(charges, cut);
                ruleset.evaluate(&tx, &past, &mut evaluation);
            }
        }
        Err(errors) => assert!(!errors.to_string().is_empty()),
    }
}

/// Puts the text everywhere a ruleset takes an expression.
pub fn expression(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // Escaped as a basic string of TOML, so that any text is valid there.
    let quoted: String = text.chars().map(escaped).collect();
    let file = format!(
        "[ruleset]\nname = \"t\"\nversion = \"1\"\nreview = 300\ndecline = 600\n[features]\n\
         f = \"{quoted}\"\n[[rule]]\nid = \"r\"\nwhen = \"{quoted}\"\npoints = 1\n\
         severity = \"low\"\nreason = \"R\"\nmessage = \"m\"\n[[rule]]\nid = \"s\"\nwhen = \"true\"\n\
         points = \"f\"\nseverity = \"low\"\nreason = \"R\"\nmessage = \"{{f}} {quoted}\"\n"
    );
    ruleset(file.as_bytes());
    // Also alone, as a feature and a condition: if the text is not a number, the points of the
    // second rule keep the whole file from compiling.
    let alone = file.split("[[rule]]\nid = \"s\"").next().unwrap_or_default();
    ruleset(alone.as_bytes());
}

/// Decodes the bytes as a message, and as a label.
pub fn transaction(bytes: &[u8]) {
    if let Ok((label, _)) = fixtures::decoder().decode_label(bytes) {
        assert!(!label.transaction_id.is_empty());
    }
    if let Ok((tx, _)) = fixtures::decoder().decode(bytes, Some(NOW)) {
        let event = Event::of(&tx);
        assert_eq!(event.time(), tx.time);
    }
}

/// Reads the bytes as a record of the lists topic, and applies it: its key ends at the first line end, and
/// without one, the record has no value. An entry that was read is read again as the same after it is
/// written.
pub fn list(bytes: &[u8]) {
    let settings = fixtures::decode_settings();
    let decoder = ListDecoder::new(&settings);
    let mut parts = bytes.splitn(2, |byte| *byte == b'\n');
    let (change, fault) = decoder.change(parts.next(), parts.next());
    assert!(fault.is_none_or(|fault| !fault.to_string().is_empty()));
    let Some(change) = change else { return };
    let lists = TopicLists::of([&change]).expect("room for an entry");
    let ListChange::Set(entry) = &change else { return };
    assert_eq!(lists.entries(), 1);
    let (key, value) = (entry.key.to_text(), entry.to_json());
    let again = decoder.record(Some(key.as_bytes()), Some(value.as_bytes()));
    assert_eq!(again.ok(), Some(change), "{value}");
}

/// Reads the bytes as a record of the history, as they are and with a corrected checksum.
pub fn history(bytes: &[u8]) {
    restore(bytes);
    if let Some(end) = bytes.len().checked_sub(CHECKSUM_BYTES) {
        let body = bytes.get(..end).unwrap_or_default();
        restore(&[body, &xxh3_64(body).to_le_bytes()].concat());
    }
}

/// Anything that parses as a record restores completely, and parses to the same record after it is
/// written again.
fn restore(bytes: &[u8]) {
    let Ok(record) = Record::parse(bytes) else { return };
    let header = record.header;
    let mut memory = Memory::new(Limits {
        retention_ms: fixtures::RETENTION_MS,
        events_per_card: 16,
        cards: 64,
        bytes: 1 << 20,
    });
    let mut restore = Restore::new();
    restore.take(&record, header.start.progress.reached, &mut memory);
    assert_eq!(restore.next_offset(), Some(header.next_offset));
    let transactions = record.transactions().len() as u64;
    let recorded = header.start.progress.recorded.saturating_add(transactions);
    assert_eq!(memory.progress().recorded, recorded);
    let written = written(&record);
    if header.version == FormatVersion::V2 && !record.has_more {
        assert_eq!(written, bytes, "there are two ways to write it");
    }
    let again = Record::parse(&written).expect("a record that was written");
    assert_eq!((again.header, again.entries), (header, record.entries));
}

fn written(record: &Record<'_>) -> Vec<u8> {
    let mut writer = Writer::new(record.header.version, usize::MAX);
    writer.begin(&record.header.start);
    record.entries.iter().for_each(|entry| writer.push(entry));
    writer.finish(record.header.next_offset, record.header.next_label).to_vec()
}

fn escaped(c: char) -> String {
    match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    }
}

fn charge(tx: &Transaction<'_>, ago: i64) -> Event {
    let mut tx = tx.clone();
    tx.time = Time(NOW.millis() - ago * HOUR_MS);
    tx.id = format!("charge-{ago}").into();
    tx.base_amount = (ago % 3 != 0).then_some(ago * 100);
    tx.response.approved = Some(ago % 4 != 0);
    Event::of(&tx)
}

fn recall(charges: &[Event], cut: Option<Time>) -> Recall<'_> {
    Recall { cut, unknown_until: cut, ..fixtures::recall(NOW, charges) }
}
