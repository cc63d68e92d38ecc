//! Measures what the history and checkpoints cost: bytes and time per entry to write, to read and
//! to restore; a batch that can be undone, and undoing it; writing memory to bytes and reading it
//! back. Each once for authorizations alone, and once with clearings of two thirds of them.
//!
//! `cargo bench --bench history` prints the best of five runs; with `--test` it runs a little of
//! each, so that the benchmark cannot rot.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark counts small numbers, and may end where it fails"
)]

#[path = "../tests/fixtures/mod.rs"]
mod fixtures;

use fixtures::{RETENTION_MS, dollar};
use redcard::history::{FormatVersion, Gap, Record, Restore, Start, Writer};
use redcard::memory::{
    AdjustmentEntry, AdjustmentKind, AlertEntry, CardKey, Effect, Entry, Event, EventCountries,
    EventIds, EventParts, Limits, Mark, Memory, MessageId, OriginalId, Progress, RuleHashes, Usage,
};
use redcard::transaction::{Country, Kind, Time};
use redcard::{decode, memory, rules, transaction};
use std::hint::black_box;

const RUNS: usize = 5;
const ENTRIES_PER_COMMIT: usize = 1_000;
const TOKEN_PREFIX: &str = "v1_";
/// Time between two consecutive messages of the partition.
const STEP_MS: i64 = 40;

/// Two messages of this many are clearings, if there are any.
const CYCLE: usize = 5;

/// How many messages after an authorization its clearing arrives: a multiple of [`CYCLE`], and one
/// more.
#[derive(Clone, Copy)]
struct Lag(usize);

impl Lag {
    /// The authorization that message `n` clears, if it is a clearing.
    fn cleared_by(self, n: usize) -> Option<usize> {
        let is_clearing = matches!(n % CYCLE, 1 | 3);
        n.checked_sub(self.0 + 1).filter(|_| is_clearing)
    }
}

/// How much is measured: the number of entries, and the number of cards they belong to.
#[derive(Clone, Copy)]
struct Size {
    entries: usize,
    cards: u64,
}

fn main() {
    let smoke = std::env::args().any(|argument| argument == "--test");
    let size = if smoke {
        Size { entries: 5_000, cards: 100 }
    } else {
        Size { entries: 1_000_000, cards: 100_000 }
    };
    let lag = Lag(size.entries / 20 / CYCLE * CYCLE);
    for (what, lag) in [("authorizations", None), ("with clearings", Some(lag))] {
        println!("{what}:");
        measure(size, lag);
    }
}

fn measure(size: Size, lag: Option<Lag>) {
    let tokens = tokens(size, lag);
    let entries = entries(&tokens, lag);
    for version in FormatVersion::ALL {
        let records = written(version, &entries);
        let bytes: usize = records.iter().map(Vec::len).sum();
        let each = bytes as f64 / entries.len() as f64;
        println!("history, version {version}: {each:.1} bytes an entry");
        report("write records", entries.len(), || written(version, &entries));
        report("read records", entries.len(), || read(&records));
    }
    let records = written(FormatVersion::V2, &entries);
    for events_per_card in [8, 256] {
        let limits = limits(events_per_card);
        println!("at most {events_per_card} events a card, {} cards:", size.cards);
        report("restore: read and apply", entries.len(), || restored(limits, &records));
        batches(limits, &entries);
        checkpoint(limits, &records);
    }
}

fn limits(events_per_card: usize) -> Limits {
    Limits { retention_ms: RETENTION_MS, events_per_card, cards: 1_000_000, bytes: usize::MAX }
}

/// The card tokens of all messages, concatenated in message order: cards in random order, and each
/// token as long as one derived from a card number.
fn tokens(size: Size, lag: Option<Lag>) -> String {
    let mut next = random();
    let mut cards = Vec::with_capacity(size.entries);
    for n in 0..size.entries {
        let cleared = lag.and_then(|lag| lag.cleared_by(n));
        cards.push(cleared.map_or_else(|| next() % size.cards, |at| cards[at]));
    }
    cards.iter().map(|card| format!("{TOKEN_PREFIX}{card:064x}")).collect()
}

/// Numbers of 31 bits.
fn random() -> impl FnMut() -> u64 {
    let mut random = 1_u64;
    move || {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        random >> 33
    }
}

/// Authorizations like those of a typical stream, one in a hundred of which raises an alert, and
/// their clearings.
fn entries(tokens: &str, lag: Option<Lag>) -> Vec<Entry<'_>> {
    let length = TOKEN_PREFIX.len() + 64;
    let mut next = random();
    let mut entries: Vec<Entry<'_>> = Vec::with_capacity(tokens.len() / length);
    let tokens = (0..tokens.len()).step_by(length).map(|at| &tokens[at..at + length]);
    for (n, token) in tokens.enumerate() {
        let cleared = lag.and_then(|lag| lag.cleared_by(n)).map(|at| entries[at]);
        entries.push(match cleared {
            Some(authorization) => clearing(n, &authorization, &mut next),
            None => charge(n, token, &mut next),
        });
    }
    entries
}

fn clearing<'t>(n: usize, cleared: &Entry<'t>, next: &mut impl FnMut() -> u64) -> Entry<'t> {
    let Effect::Charge { event, .. } = cleared.effect else { panic!("not an authorization") };
    let effect = Effect::Adjustment(AdjustmentEntry {
        change: AdjustmentKind::Capture,
        id: MessageId(next() << 32 | n as u64),
        merchant: event.merchant(),
        time: time(n),
        amount: event.attempted(),
        original: Some(OriginalId::of_message(event.id(), Kind::Authorization)),
        charged: None,
    });
    Entry { effect, alert: None, ..*cleared }
}

fn time(n: usize) -> Time {
    Time(1_767_571_200_000 + n as i64 * STEP_MS)
}

fn charge<'t>(n: usize, token: &'t str, next: &mut impl FnMut() -> u64) -> Entry<'t> {
    let parts = EventParts {
        time: time(n),
        id: MessageId(next() << 32 | n as u64),
        amount: Some(100 + next() as i64 % 50_000),
        ids: EventIds {
            merchant: 1 + next() % 10_000,
            terminal: 1 + next() % 20_000,
            ..EventIds::default()
        },
        countries: EventCountries {
            merchant: Country::parse("DK").map_or(0, Country::code),
            ship_to: 0,
        },
        mcc: Some(5_651),
        flags: 0b0100_0001_0010,
        place_e7: None,
    };
    let alert = AlertEntry { severity: 2, rules: RuleHashes::from_bytes(b"rulehash") };
    let alert = n.is_multiple_of(100).then_some(alert);
    let event = Event::from_parts(parts).expect("the parts of an event");
    let effect = Effect::Charge { event, original: None, charged: None };
    Entry { card: CardKey::of(token), token: Some(token), effect, alert }
}

fn written(version: FormatVersion, entries: &[Entry<'_>]) -> Vec<Vec<u8>> {
    let mut writer = Writer::new(version, usize::MAX);
    let mut first_offset = 0;
    let record = |commit: &[Entry<'_>]| {
        let progress = Progress { recorded: first_offset as u64, labels: 0, reached: Time(0) };
        let start = Start {
            partition: 0,
            base_currency: dollar(),
            first_offset,
            first_label: None,
            progress,
            gap: Gap::None,
            warm_up_until: None,
        };
        writer.begin(&start);
        commit.iter().for_each(|entry| writer.push(entry));
        first_offset += commit.len() as i64;
        writer.finish(first_offset, None).to_vec()
    };
    entries.chunks(ENTRIES_PER_COMMIT).map(record).collect()
}

fn read(records: &[Vec<u8>]) -> usize {
    records.iter().map(|bytes| black_box(record(bytes)).entries.len()).sum()
}

fn record(bytes: &[u8]) -> Record<'_> {
    Record::parse(bytes).expect("just written")
}

fn restored(limits: Limits, records: &[Vec<u8>]) -> Memory {
    let (mut memory, mut restore) = (Memory::new(limits), Restore::new());
    for bytes in records {
        restore.take(&record(bytes), Time(0), &mut memory);
    }
    memory
}

/// Applies entries in commits in three ways: without undo, undoable and kept, and undone each time
/// and applied again.
fn batches(limits: Limits, entries: &[Entry<'_>]) {
    let apply = |begin: bool, undo: bool| {
        let mut memory = Memory::new(limits);
        for commit in entries.chunks(ENTRIES_PER_COMMIT) {
            if begin {
                memory.begin();
            }
            commit.iter().for_each(|entry| _ = memory.apply(entry));
            if undo {
                memory.undo();
                commit.iter().for_each(|entry| _ = memory.apply(entry));
            }
            memory.keep();
        }
        memory
    };
    report("apply", entries.len(), || apply(false, false));
    report("apply, to be taken back or kept", entries.len(), || apply(true, false));
    report("apply, take back, apply again", entries.len(), || apply(true, true));
}

fn checkpoint(limits: Limits, records: &[Vec<u8>]) {
    let memory = restored(limits, records);
    let Usage { events, bytes, .. } = memory.usage();
    println!("  memory: {:.0} bytes a charge", bytes as f64 / events as f64);
    let mark = Mark {
        partition: 0,
        origin: 0,
        base_currency: dollar(),
        next_offset: 0,
        next_label: None,
        history_offset: 0,
        history_hash: 0,
    };
    let write = || {
        let mut bytes = Vec::new();
        memory.write_checkpoint(mark, &mut bytes).expect("a vector takes all");
        bytes
    };
    let bytes = write();
    println!(
        "  a checkpoint of {events} events: {:.1} bytes an event",
        bytes.len() as f64 / events as f64
    );
    report("write a checkpoint", events, write);
    report("read a checkpoint", events, || {
        Memory::read_checkpoint(limits, &mut bytes.as_slice()).expect("just written")
    });
}

/// Prints the best of a few runs, per entry.
fn report<T>(what: &str, entries: usize, mut run: impl FnMut() -> T) {
    let nanos = (0..RUNS).map(|_| {
        let start = redcard::clock::monotonic_now();
        let result = black_box(run());
        let nanos = start.elapsed().as_nanos() as f64;
        drop(result);
        nanos / entries as f64
    });
    let best = nanos.fold(f64::INFINITY, f64::min);
    println!("  {what}: {best:.0} ns each, {:.2} million a second", 1_000.0 / best);
}
