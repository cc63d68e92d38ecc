//! Checks that invalid bytes are rejected with the offset and what to do, and never cause a panic.

use super::support::*;
use crate::history::*;
use crate::memory::EventField;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Records of both versions, to be damaged.
fn samples() -> Vec<Vec<u8>> {
    let random = (0..5).map(|seed| {
        let mut content = random_content(&mut ChaCha8Rng::seed_from_u64(seed));
        content.entries.truncate(4);
        content.write()
    });
    let last = [VERSION_1_SAMPLE.to_vec(), sample().write(), empty().write()];
    random.chain(last).collect()
}

/// Parses bytes after correcting their checksum. Whatever is accepted must be a valid record:
/// written again, it gives the same bytes or, for version 1, the same entries.
fn read_with_valid_checksum(bytes: Vec<u8>) -> Result<(), HistoryError> {
    let bytes = with_checksum(bytes);
    let record = Record::parse(&bytes)?;
    let content = Content::read(&bytes)?;
    let written = content.write();
    match record.header.version {
        FormatVersion::V1 => assert_eq!(Content::read(&written), Ok(content)),
        FormatVersion::V2 if record.has_more => {
            assert_eq!(Content::read(&written), Ok(content));
        }
        FormatVersion::V2 => assert_eq!(written, bytes),
    }
    Ok(())
}

#[test]
fn every_truncation_is_refused() {
    for bytes in samples() {
        for length in 0..bytes.len() {
            assert!(Record::parse(&bytes[..length]).is_err(), "{length} bytes");
        }
    }
}

#[test]
fn every_truncation_with_a_valid_checksum_is_refused() {
    for bytes in [VERSION_1_SAMPLE.to_vec(), sample().write()] {
        for length in 8..bytes.len() {
            assert!(read_with_valid_checksum(bytes[..length].to_vec()).is_err(), "{length} bytes");
        }
    }
}

#[test]
fn the_checksum_detects_every_changed_byte() {
    for bytes in [VERSION_1_SAMPLE.to_vec(), sample().write()] {
        for at in 0..bytes.len() {
            for change in 1..=255 {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                let error = Record::parse(&changed).unwrap_err();
                match at {
                    0..4 => assert_eq!(error, HistoryError::NotHistory),
                    4 if FormatVersion::from_number(changed[4]).is_none() => {
                        assert_eq!(error, HistoryError::UnknownVersion { found: changed[4] });
                    }
                    _ => assert!(matches!(error, HistoryError::Damaged { .. })),
                }
            }
        }
    }
}

#[test]
fn every_changed_byte_with_a_valid_checksum_is_an_error_or_another_record() {
    for bytes in samples() {
        for at in 0..bytes.len() - 8 {
            for change in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                let _ = read_with_valid_checksum(changed);
            }
        }
    }
}

#[test]
fn random_bytes_are_an_error_or_a_record() {
    for seed in 0..10_000 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let samples = [VERSION_1_SAMPLE.to_vec(), sample().write()];
        let mut bytes = samples[random.random_range(0..2)].clone();
        for _ in 0..random.random_range(1..8) {
            let at = random.random_range(5..bytes.len());
            bytes[at] = *[0, 1, 0x7f, 0x80, 0xff].get(random.random_range(0..5)).unwrap();
        }
        let surplus = random.random_range(0..20);
        bytes.extend((0..surplus).map(|_| random.random::<u8>()));
        let _ = read_with_valid_checksum(bytes);
    }
}

/// Replaces some bytes of a sample, and checks the error.
#[track_caller]
fn check(sample: &[u8], at: usize, bytes: &[u8], expected: HistoryError) {
    let mut changed = sample.to_vec();
    changed[at..at + bytes.len()].copy_from_slice(bytes);
    assert_eq!(read_with_valid_checksum(changed), Err(expected));
}

fn invalid(offset: usize, problem: Problem) -> HistoryError {
    HistoryError::Invalid { offset, problem }
}

#[test]
fn what_precedes_the_header_is_the_same_in_every_version() {
    for sample in [VERSION_1_SAMPLE, &sample().write()] {
        check(sample, 0, b"{\"id", HistoryError::NotHistory);
        check(sample, 4, &[0], HistoryError::UnknownVersion { found: 0 });
        check(sample, 4, &[3], HistoryError::UnknownVersion { found: 3 });
        check(sample, 5, &[8], HistoryError::UnknownFlags { found: 8 });
        // A gap cannot be both open and closed.
        check(sample, 5, &[5], HistoryError::UnknownFlags { found: 5 });
        check(sample, 6, b"usd", invalid(6, Problem::Currency));
        check(sample, 6, &[0xff; 3], invalid(6, Problem::Currency));
        check(sample, 9, &[0xff; 4], invalid(9, Problem::Partition));
    }
}

#[test]
fn an_unknown_version_is_named_with_what_to_do() {
    let error = HistoryError::UnknownVersion { found: 3 }.to_string();
    for part in ["version 3", "reads version 1 to 2", "run that release or a later one"] {
        assert!(error.contains(part), "{part} in: {error}");
    }
}

#[test]
fn an_invalid_header_of_version_1_is_refused() {
    let sample = VERSION_1_SAMPLE;
    check(sample, 13, &[0xff; 8], invalid(13, Problem::Offsets));
    check(sample, 21, &999_i64.to_le_bytes(), invalid(13, Problem::Offsets));
    check(sample, 45, &8_u32.to_le_bytes(), invalid(45, Problem::Count));
    check(sample, 45, &u32::MAX.to_le_bytes(), invalid(45, Problem::Count));
    check(sample, 45, &6_u32.to_le_bytes(), HistoryError::Short { length: sample.len() - 8 });
    check(sample, 45, &4_u32.to_le_bytes(), invalid(0xe6, Problem::Surplus));
}

#[test]
fn an_invalid_entry_of_version_1_is_refused() {
    // The sample's first entry: bits at 49, card at 51, id at 67, time (6 bytes) at 75, amount (3
    // bytes) at 81, merchant at 84, terminal, country, category, flags, place at 92 to 110. The
    // original of the fourth entry is at 0xd6.
    let sample = VERSION_1_SAMPLE;
    check(sample, 50, &[0xff], invalid(49, Problem::Bits));
    check(sample, 75, &[0xff; 10], invalid(75, Problem::Number));
    check(sample, 81, &[0x80, 0x80, 0], invalid(81, Problem::Number));
    check(sample, 81, &[0x81, 0x80, 1], invalid(81, Problem::Negative));
    check(sample, 84, &[0; 8], invalid(81, Problem::Event(EventField::Merchant)));
    check(sample, 92, &[0; 4], invalid(92, Problem::Absent));
    check(sample, 96, &[0; 2], invalid(96, Problem::Absent));
    check(sample, 96, b"dk", invalid(81, Problem::Event(EventField::Country)));
    let category = 10_000_u16.to_le_bytes();
    check(sample, 98, &category, invalid(81, Problem::Event(EventField::MerchantCategoryCode)));
    check(sample, 100, &[0xff; 2], invalid(81, Problem::Event(EventField::Flags)));
    // Values that releases writing version 1 did not know.
    check(sample, 96, b"XK", invalid(81, Problem::Event(EventField::Country)));
    check(sample, 101, &[0x5c], invalid(81, Problem::Event(EventField::Flags)));
    check(sample, 101, &[0x84], invalid(81, Problem::Event(EventField::Flags)));
    let latitude = 900_000_001_u32.to_le_bytes();
    check(sample, 102, &latitude, invalid(81, Problem::Event(EventField::Place)));
    check(sample, 0xd6, &[0], invalid(0xd6, Problem::Original));
}

#[test]
fn an_invalid_header_of_version_2_is_refused() {
    let sample = sample().write();
    let sample = &*sample;
    check(sample, 29, &10_u32.to_le_bytes(), invalid(29, Problem::Count));
    check(sample, 29, &u32::MAX.to_le_bytes(), invalid(29, Problem::Count));
    check(sample, 29, &8_u32.to_le_bytes(), HistoryError::Short { length: sample.len() - 8 });
    check(sample, 33, &[0], invalid(33, Problem::Topics));
    check(sample, 34, &[1], invalid(34, Problem::Topics));
    check(sample, 35, &[0xff; 8], invalid(35, Problem::Offsets));
    check(sample, 43, &999_i64.to_le_bytes(), invalid(35, Problem::Offsets));
}

/// Offsets of the sample's entries and their fields, in the record of version 2.
mod at {
    /// The first entry, its card, the length of its token, the token.
    pub const CHARGE: usize = 51;
    pub const CARD: usize = CHARGE + 3;
    pub const TOKEN_LENGTH: usize = CARD + 1;
    pub const TOKEN: usize = TOKEN_LENGTH + 1;
    /// After the id: the time (6 bytes), the merchant, the amount (3 bytes).
    pub const TIME: usize = TOKEN + 6 + 8;
    pub const MERCHANT: usize = TIME + 6;
    pub const AMOUNT: usize = MERCHANT + 8;
    pub const TERMINAL: usize = AMOUNT + 3;
    pub const COUNTRY: usize = TERMINAL + 8;
    pub const CATEGORY: usize = COUNTRY + 2;
    pub const FLAGS: usize = CATEGORY + 2;
    pub const PLACE: usize = FLAGS + 2;
    pub const ALERT: usize = PLACE + 8;
    /// The second entry: bits, card, id, time, merchant.
    pub const REFUND: usize = ALERT + 1;
    pub const CAPTURES: usize = REFUND + 1 + 1 + 8 + 1 + 8;
    /// Bits (3 bytes), card, id, time (2 bytes), merchant, amount (3 bytes), original.
    pub const TAKES_BACK: usize = CAPTURES + 3 + 1 + 8 + 2 + 8 + 3 + 8;
    /// As before, but with a time of 3 bytes and without an amount.
    pub const RESPONSE: usize = TAKES_BACK + 3 + 1 + 8 + 3 + 8 + 8;
    /// Bits, card, id, time (3 bytes).
    pub const RESPONSE_MERCHANT: usize = RESPONSE + 1 + 1 + 8 + 3;
    pub const RESPONSE_KIND: usize = RESPONSE_MERCHANT + 8;
    pub const RESPONSE_CODE: usize = RESPONSE_KIND + 1;
    /// The first entry of the second card.
    pub const FULL: usize = RESPONSE_CODE + 2;
    pub const FULL_CARD: usize = FULL + 3;
}

#[test]
fn an_invalid_entry_of_version_2_is_refused() {
    let sample = sample().write();
    let sample = &*sample;
    assert_eq!(sample[at::TOKEN..][..6], *b"c_9f21");
    assert_eq!(sample[at::COUNTRY..][..2], *b"DK");
    assert_eq!(sample[at::FULL_CARD..][..6], *b"\x01\x04c_77");
    // Role 6, and bits in a longer form than necessary.
    check(sample, at::REFUND, &[6], invalid(at::REFUND, Problem::Bits));
    check(sample, at::CHARGE, &[0x80, 0x80, 0], invalid(at::CHARGE, Problem::Number));
    // An unknown bit, and a bit that refunds do not have.
    check(sample, at::CHARGE + 2, &[0x0c], invalid(at::CHARGE, Problem::Bits));
    check(sample, at::CHARGE, &[sample[at::CHARGE] | 1, sample[at::CHARGE + 1], 1], {
        invalid(at::CHARGE, Problem::Bits)
    });
    check(sample, at::CARD, &[1], invalid(at::CARD, Problem::CardIndex));
    check(sample, at::TOKEN, &[0xff], invalid(at::TOKEN_LENGTH, Problem::Token));
    check(sample, at::TIME, &[0xff; 10], invalid(at::TIME, Problem::Number));
    let event = |field| invalid(at::MERCHANT, Problem::Event(field));
    check(sample, at::MERCHANT, &[0; 8], event(EventField::Merchant));
    check(sample, at::AMOUNT, &[0x80, 0x80, 0], invalid(at::AMOUNT, Problem::Number));
    check(sample, at::TERMINAL, &[0; 8], invalid(at::TERMINAL, Problem::Absent));
    check(sample, at::COUNTRY, &[0; 2], invalid(at::COUNTRY, Problem::Absent));
    check(sample, at::COUNTRY, b"dk", event(EventField::Country));
    let category = 10_000_u16.to_le_bytes();
    check(sample, at::CATEGORY, &category, event(EventField::MerchantCategoryCode));
    check(sample, at::FLAGS, &[0xff; 2], event(EventField::Flags));
    let latitude = 900_000_001_u32.to_le_bytes();
    check(sample, at::PLACE, &latitude, event(EventField::Place));
    check(sample, at::RESPONSE_MERCHANT, &[0; 8], invalid(at::RESPONSE_MERCHANT, Problem::Absent));
    check(sample, at::RESPONSE_KIND, &[3], invalid(at::RESPONSE_KIND, Problem::Kind));
    let response = invalid(at::RESPONSE_CODE, Problem::Response);
    check(sample, at::RESPONSE_CODE, &[3], response);
    check(sample, at::RESPONSE_CODE, &[0, 16], response);
    check(sample, at::RESPONSE_CODE, &[0, 0], response);
    check(sample, at::FULL_CARD, &[2], invalid(at::FULL_CARD, Problem::CardIndex));
}

#[test]
fn a_card_is_not_introduced_twice_in_a_record_of_version_2() {
    let twin = sample();
    let other = crate::memory::CardKey::of("c_9f22");
    let twin = Content { entries: twin.entries[..2].to_vec(), ..twin };
    let mut changed = twin.clone();
    (changed.entries[1].card, changed.entries[1].token) = (other, Some("c_9f22"));
    let mut bytes = changed.write();
    let at = bytes.windows(6).position(|token| token == b"c_9f22").unwrap();
    bytes[at + 5] = b'1';
    assert_eq!(read_with_valid_checksum(bytes), Err(invalid(at - 2, Problem::CardTwice)));
}

#[test]
fn a_refund_of_version_2_is_not_a_clearing() {
    let mut content = sample();
    content.entries.truncate(1);
    let clearing = content.clone().write();
    let mut bytes = clearing;
    bytes[at::FLAGS + 1] |= 0x80;
    assert_eq!(read_with_valid_checksum(bytes.clone()), Ok(()));
    bytes[at::CHARGE] |= 1;
    let flags = invalid(at::MERCHANT, Problem::Event(EventField::Flags));
    assert_eq!(read_with_valid_checksum(bytes), Err(flags));
}

/// The sample as a later release may write it: with another topic's offsets and with parts.
fn of_a_later_release(topic: &[u8], parts: &[u8]) -> Vec<u8> {
    let mut bytes = sample().write();
    let end = bytes.len() - 8;
    bytes.splice(end..end, parts.iter().copied());
    if !topic.is_empty() {
        bytes.splice(51..51, topic.iter().copied());
        bytes[33] = 2;
    }
    with_checksum(bytes)
}

/// Code, first and next offset.
fn topic(code: u8, first: i64, next: i64) -> Vec<u8> {
    [&[code][..], &first.to_le_bytes(), &next.to_le_bytes()].concat()
}

#[test]
fn unknown_parts_of_version_2_are_skipped() {
    let other = topic(2, 7, 9);
    let parts: &[u8] = b"\x01\x03abc\x80\x01\x00";
    for (topic, parts) in [(&other[..], &[][..]), (&[], parts), (&other, parts)] {
        let bytes = of_a_later_release(topic, parts);
        let record = Record::parse(&bytes).unwrap();
        assert_eq!((record.entries, record.has_more), (sample().entries, true));
    }
    assert!(!Record::parse(&sample().write()).unwrap().has_more);
}

#[test]
fn unknown_parts_of_version_2_must_be_well_formed() {
    let end = sample().write().len() - 8;
    let check = |topic: &[u8], parts: &[u8], expected| {
        assert_eq!(Record::parse(&of_a_later_release(topic, parts)), Err(expected));
    };
    check(&topic(0, 7, 9), b"", invalid(51, Problem::Topics));
    check(&topic(1, 9, 7), b"", invalid(52, Problem::Offsets));
    check(b"", b"\x00\x00", invalid(end, Problem::Part));
    check(b"", b"\x02\x00\x01\x00", invalid(end + 2, Problem::Part));
    check(b"", b"\x01\x00\x01\x00", invalid(end + 2, Problem::Part));
    check(b"", b"\x01", HistoryError::Short { length: end + 1 });
    check(b"", b"\x01\x04abc", HistoryError::Short { length: end + 5 });
    check(b"", b"\x81\x00\x00", invalid(end, Problem::Number));
}

#[test]
fn bytes_after_the_last_entry_of_version_1_are_refused() {
    let mut longer = VERSION_1_SAMPLE.to_vec();
    let end = longer.len() - 8;
    longer.push(0);
    assert_eq!(read_with_valid_checksum(longer), Err(invalid(end, Problem::Surplus)));
}

/// Found by a fuzzer: a restore applied the entries before the invalid one and accepted the record.
#[test]
fn a_record_with_an_invalid_entry_is_refused_as_a_whole() {
    let found = include_bytes!("../../../tests/golden/history-invalid-entry.bin");
    let bytes = with_checksum(found.to_vec());
    assert_eq!(Record::parse(&bytes), Err(invalid(181, Problem::Bits)));
}
