//! Writes memory as bytes and reads it back.

use super::support::*;
use super::traffic::{Traffic, for_each_seed};
use crate::decode::{DecodeSettings, Decoder};
use crate::memory::*;
use crate::transaction::{BaseCurrency, Currency, Time};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::io;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Written from [`MESSAGES`] when version 2 was defined.
const GOLDEN: &[u8] = include_bytes!("../../../../tests/golden/checkpoint-v2.bin");
const MESSAGES: &str = include_str!("../../../../tests/golden/checkpoint-v1.jsonl");
/// Of these messages, and of one that has not come.
const LABELS: &str = include_str!("../../../../tests/golden/checkpoint-v2-labels.jsonl");
/// To run one case alone, set this to `seed..seed + 1`.
const SEEDS: Range<u64> = 0..500;

fn mark() -> Mark {
    let base_currency = Currency::parse("USD").unwrap();
    Mark {
        partition: 3,
        origin: 5,
        base_currency,
        next_offset: 1_007,
        next_label: Some(51),
        history_offset: 41,
        history_hash: 7,
    }
}

fn written(memory: &Memory) -> Vec<u8> {
    let mut bytes = Vec::new();
    memory.write_checkpoint(mark(), &mut bytes).unwrap();
    bytes
}

fn read(limits: Limits, bytes: &[u8]) -> Result<(Memory, Mark), CheckpointError> {
    Memory::read_checkpoint(limits, &mut { bytes })
}

/// A memory with some of everything, and the traffic to continue with.
struct RandomMemory {
    traffic: Traffic,
    limits: Limits,
    memory: Memory,
}

impl RandomMemory {
    fn new(mut random: ChaCha8Rng) -> Self {
        let limits = Limits {
            retention_ms: random.random_range(2_000..100_000),
            events_per_card: random.random_range(1..=12),
            cards: random.random_range(1..=5),
            bytes: if random.random_bool(0.3) { 3_000 } else { usize::MAX },
        };
        let mut original =
            Self { traffic: Traffic::new(random), limits, memory: Memory::new(limits) };
        if original.traffic.random.random_bool(0.3) {
            original.memory.note_gap(Time(990_000));
        }
        for _ in 0..original.traffic.random.random_range(0..300) {
            original.record();
        }
        original
    }

    fn record(&mut self) -> Option<Entry<'static>> {
        if self.traffic.random.random_bool(0.15) {
            return record_label(&mut self.memory, &self.traffic.label()).0;
        }
        let (message, alert) = (self.traffic.message(), self.traffic.alert());
        Some(record(&mut self.memory, &message, alert)?.0)
    }
}

#[test]
fn a_restored_memory_is_equal_and_behaves_equally() {
    for_each_seed(SEEDS, |random| {
        let mut original = RandomMemory::new(random);
        let (mut read, read_mark) = read(original.limits, &written(&original.memory)).unwrap();
        assert_eq!(read_mark, mark());
        assert_eq!(read.dump(), original.memory.dump());
        read.check();
        for entry in (0..100).filter_map(|_| original.record()) {
            read.apply(&entry);
        }
        assert_eq!(read.dump(), original.memory.dump());
    });
}

#[test]
fn a_memory_of_many_blocks_round_trips() {
    let mut fixture = MemoryFixture::new(Limits { cards: 10_000, ..LIMITS });
    for n in 0..20_000 {
        let message = charge(&format!("n{n}"), n).on(n as u128 % 5_000);
        record(&mut fixture.memory, &message, None);
    }
    let bytes = written(&fixture.memory);
    assert!(bytes.len() > 1 << 20, "{} bytes", bytes.len());
    let (read, _) = read(fixture.memory.limits, &bytes).unwrap();
    assert_eq!(read.dump(), fixture.memory.dump());
    let second_block = blocks(&bytes).take(2).map(|block| block.len() + 12).sum::<usize>() + 5;
    let cut = read_error(fixture.memory.limits, &bytes[..second_block]);
    assert!(matches!(cut, CheckpointError::Damaged { .. }), "cut between two blocks: {cut}");
}

fn read_error(limits: Limits, bytes: &[u8]) -> CheckpointError {
    read(limits, bytes).map(|(_, mark)| mark).unwrap_err()
}

/// A checkpoint of about three thousand bytes.
fn sample() -> (Limits, Vec<u8>) {
    let original = RandomMemory::new(ChaCha8Rng::seed_from_u64(5));
    (original.limits, written(&original.memory))
}

#[test]
fn every_truncation_is_refused() {
    let (limits, bytes) = sample();
    for length in 0..bytes.len() {
        let error = read_error(limits, &bytes[..length]);
        assert!(matches!(error, CheckpointError::Damaged { .. }), "{length} bytes: {error}");
    }
}

#[test]
fn every_change_of_a_byte_is_refused() {
    let (limits, bytes) = sample();
    for at in 0..bytes.len() {
        for change in [1, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= change;
            let error = read_error(limits, &changed);
            match at {
                0..4 => assert!(matches!(error, CheckpointError::NotACheckpoint)),
                4 => assert!(matches!(error, CheckpointError::OtherVersion { .. })),
                _ => assert!(matches!(error, CheckpointError::Damaged { .. })),
            }
        }
    }
}

/// The blocks of a checkpoint, without their lengths and checksums.
fn blocks(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = &bytes[5..];
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk()?;
        let (block, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        rest = &after[8..];
        Some(block)
    })
}

/// A checkpoint of these blocks.
fn of_blocks(blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = written(&Memory::new(LIMITS))[..5].to_vec();
    for (number, block) in blocks.iter().enumerate() {
        bytes.extend((block.len() as u32).to_le_bytes());
        bytes.extend(block);
        bytes.extend(xxh3_64_with_seed(block, number as u64).to_le_bytes());
    }
    bytes
}

#[test]
fn data_with_a_valid_checksum_is_still_checked() {
    let (limits, bytes) = sample();
    let original: Vec<Vec<u8>> = blocks(&bytes).map(<[u8]>::to_vec).collect();
    assert_eq!(of_blocks(&original), bytes);
    for seed in 0..20_000 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut changed = original.clone();
        let block = random.random_range(0..changed.len());
        let at = random.random_range(0..changed[block].len());
        changed[block][at] = *[0, 1, 0x7f, 0x80, 0xff].get(random.random_range(0..5)).unwrap();
        if random.random_bool(0.3) {
            changed[block].truncate(at);
        }
        // It may be an error or another memory, but it must not panic.
        if let Ok((memory, _)) = read(limits, &of_blocks(&changed)) {
            assert_eq!(memory.usage().cards, memory.dump().0.len(), "seed {seed}");
        }
    }
}

#[test]
fn a_checkpoint_under_other_limits_is_refused() {
    let (limits, bytes) = sample();
    for other in [
        Limits { retention_ms: limits.retention_ms + 1, ..limits },
        Limits { events_per_card: limits.events_per_card + 1, ..limits },
        Limits { cards: limits.cards + 1, ..limits },
        Limits { bytes: 77_777, ..limits },
    ] {
        assert!(matches!(read_error(other, &bytes), CheckpointError::OtherLimits));
    }
}

#[test]
fn a_duplicate_card_is_rejected() {
    let (limits, bytes) = sample();
    let mut blocks: Vec<Vec<u8>> = blocks(&bytes).map(<[u8]>::to_vec).collect();
    blocks.push(blocks[1].clone());
    let error = read_error(limits, &of_blocks(&blocks));
    assert!(matches!(error, CheckpointError::Damaged { .. }));
}

#[test]
fn a_stream_error_is_reported() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = Memory::new(LIMITS).write_checkpoint(mark(), &mut Full).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}

#[test]
fn a_checkpoint_of_version_2_gives_what_its_messages_give() {
    let limits = Limits { events_per_card: 6, ..LIMITS };
    let decoder = Decoder::new(DecodeSettings::new(BaseCurrency::new(base(), []).unwrap()));
    let mut folded = Memory::new(limits);
    for line in MESSAGES.lines() {
        let (tx, _) = decoder.decode(line.as_bytes(), None).unwrap();
        let card = folded.open(CardKey::of(&tx.card.token));
        let role = card.role(&tx);
        card.record(&tx, role, base(), None);
    }
    for line in LABELS.lines() {
        let (label, _) = decoder.decode_label(line.as_bytes()).unwrap();
        folded.open(CardKey::of(&label.card.token)).label(&label);
    }
    let (memory, read_mark) = read(limits, GOLDEN).unwrap();
    assert_eq!(read_mark, mark());
    assert_eq!(memory.dump(), folded.dump());
    assert_eq!(memory.usage(), folded.usage());
    assert_eq!(written(&memory).len(), GOLDEN.len());
}
