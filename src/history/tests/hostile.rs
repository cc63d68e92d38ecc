//! Bytes that are no record: refused with the place and what to do, and nothing worse.

use super::support::*;
use crate::history::*;
use crate::memory::EventField;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The length of the sample record: header, five entries, checksum.
fn lengths() -> (usize, usize) {
    let length = sample().write().len();
    (length, length - 8)
}

/// Reads without a wrong checksum in the way. What is taken for a record must be one: written
/// again, it gives the same bytes.
fn read_below_the_checksum(bytes: Vec<u8>) -> Result<Content, HistoryError> {
    let bytes = with_checksum(bytes);
    let content = Content::read(&bytes)?;
    assert_eq!(content.write(), bytes);
    Ok(content)
}

#[test]
fn every_truncation_is_refused() {
    let bytes = sample().write();
    for length in 0..bytes.len() {
        assert!(Content::read(&bytes[..length]).is_err(), "{length} bytes");
        if length >= 8 {
            assert!(read_below_the_checksum(bytes[..length].to_vec()).is_err(), "{length} bytes");
        }
    }
}

#[test]
fn every_change_of_a_byte_is_noticed_by_the_checksum() {
    let bytes = sample().write();
    for at in 0..bytes.len() {
        for change in 1..=255 {
            let mut changed = bytes.clone();
            changed[at] ^= change;
            let error = Content::read(&changed).unwrap_err();
            match at {
                0..4 => assert_eq!(error, HistoryError::NotHistory),
                4 => assert!(matches!(error, HistoryError::UnknownVersion { .. })),
                _ => assert!(matches!(error, HistoryError::Damaged { .. })),
            }
        }
    }
}

#[test]
fn every_change_of_a_byte_below_the_checksum_is_an_error_or_another_record() {
    let contents = (0..5).map(|seed| random_content(&mut ChaCha8Rng::seed_from_u64(seed)));
    for content in contents.chain([sample()]) {
        let bytes = content.write();
        for at in 0..bytes.len() - 8 {
            for change in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                let _ = read_below_the_checksum(changed);
            }
        }
    }
}

#[test]
fn random_bytes_are_an_error_or_a_record() {
    for seed in 0..10_000 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut bytes = sample().write();
        for _ in 0..random.random_range(1..8) {
            let at = random.random_range(5..bytes.len());
            bytes[at] = *[0, 1, 0x7f, 0x80, 0xff].get(random.random_range(0..5)).unwrap();
        }
        let surplus = random.random_range(0..20);
        bytes.extend((0..surplus).map(|_| random.random::<u8>()));
        let _ = read_below_the_checksum(bytes);
    }
}

/// What comes of the sample with some bytes at a place replaced.
#[track_caller]
fn check(at: usize, bytes: &[u8], expected: HistoryError) {
    let mut changed = sample().write();
    changed[at..at + bytes.len()].copy_from_slice(bytes);
    assert_eq!(read_below_the_checksum(changed), Err(expected));
}

fn invalid(offset: usize, problem: Problem) -> HistoryError {
    HistoryError::Invalid { offset, problem }
}

#[test]
fn the_header_is_held_to_what_it_can_be() {
    check(0, b"{\"id", HistoryError::NotHistory);
    check(4, &[2], HistoryError::UnknownVersion { found: 2 });
    check(5, &[8], HistoryError::UnknownFlags { found: 8 });
    // A gap that has an end and has none.
    check(5, &[5], HistoryError::UnknownFlags { found: 5 });
    check(6, b"usd", invalid(6, Problem::Currency));
    check(6, &[0xff; 3], invalid(6, Problem::Currency));
    check(9, &[0xff; 4], invalid(9, Problem::Partition));
    check(13, &[0xff; 8], invalid(13, Problem::Offsets));
    check(21, &999_i64.to_le_bytes(), invalid(13, Problem::Offsets));
    check(45, &8_u32.to_le_bytes(), invalid(45, Problem::Count));
    check(45, &u32::MAX.to_le_bytes(), invalid(45, Problem::Count));
    let (_, end) = lengths();
    check(45, &6_u32.to_le_bytes(), HistoryError::Short { length: end });
}

#[test]
fn an_entry_is_held_to_what_it_can_be() {
    // The sample's first entry: bits at 49, card at 51, id at 67, time (6 bytes) at 75, amount
    // (3 bytes) at 81, merchant at 84, terminal, country, category, flags, place at 92 to 110.
    check(50, &[0xff], invalid(49, Problem::Bits));
    check(75, &[0xff; 10], invalid(75, Problem::Number));
    check(81, &[0x80, 0x80, 0], invalid(81, Problem::Number));
    check(84, &[0; 8], invalid(81, Problem::Event(EventField::Merchant)));
    check(92, &[0; 4], invalid(92, Problem::Absent));
    check(96, &[0; 2], invalid(96, Problem::Absent));
    check(96, b"dk", invalid(81, Problem::Event(EventField::Country)));
    check(
        98,
        &10_000_u16.to_le_bytes(),
        invalid(81, Problem::Event(EventField::MerchantCategoryCode)),
    );
    check(100, &[0xff; 2], invalid(81, Problem::Event(EventField::Flags)));
    check(102, &900_000_001_u32.to_le_bytes(), invalid(81, Problem::Event(EventField::Place)));
}

#[test]
fn bytes_after_the_last_entry_are_refused() {
    let (_, end) = lengths();
    let mut longer = sample().write();
    longer.push(0);
    assert_eq!(read_below_the_checksum(longer), Err(invalid(end, Problem::Surplus)));
}

#[test]
fn after_an_error_nothing_comes() {
    let mut bytes = sample().write();
    bytes[50] = 0xff;
    let bytes = with_checksum(bytes);
    let mut entries = Record::parse(&bytes).unwrap().entries();
    assert!(entries.next().is_some_and(|entry| entry.is_err()));
    assert!(entries.next().is_none());
}
