//! The places and bits of format version 1, as docs/history.md has them; for both directions.

/// What a record begins with.
pub(super) const MAGIC: [u8; 4] = *b"RCHI";

/// The version of the format that is written.
pub const FORMAT_VERSION: u8 = 1;

/// Magic, version, flags, base currency, partition, first and next offset, entries before, time
/// reached, entries.
pub(super) const HEADER_BYTES: usize = 4 + 1 + 1 + 3 + 4 + 8 + 8 + 8 + 8 + 4;

/// Where those fields of the header stand that are known only at the end.
pub(super) const NEXT_OFFSET_AT: usize = 21;
pub(super) const ENTRIES_AT: usize = 45;

/// XXH3, 64 bits, of all bytes before it.
pub(super) const CHECKSUM_BYTES: usize = 8;

/// Header flag: the end of a gap follows the header.
pub(super) const HAS_GAP: u8 = 1;

/// Header flag: the gap before the record has no end yet.
pub(super) const HAS_OPEN_GAP: u8 = 4;

/// Header flag: the end of the warm-up follows the header, after the gap.
pub(super) const HAS_WARM_UP: u8 = 2;

/// The least that an entry takes: bits, card, id, one byte of time.
pub(super) const ENTRY_BYTES_MIN: usize = 2 + 16 + 8 + 1;

/// The most that an entry takes: a charge with everything, and numbers of full length.
pub const ENTRY_BYTES_MAX: usize =
    ENTRY_BYTES_MIN - 1 + 2 * VARINT_BYTES_MAX + 8 + 8 + 4 * 4 + 4 * 2 + 8 + 1 + VARINT_BYTES_MAX;

/// Of a number of 64 bits.
pub(super) const VARINT_BYTES_MAX: usize = 10;

/// How long a record may get by default: below what clients and brokers take by default, with
/// room for what Kafka puts around it.
pub const RECORD_BYTES_DEFAULT: usize = 900_000;

/// The bits that an entry begins with: its role, and what of it is there.
pub(super) mod bits {
    pub const ROLE: u16 = 0b11;
    pub const CHARGE: u16 = 0;
    pub const REFUND: u16 = 1;
    pub const SETTLES: u16 = 2;
    pub const REVERSES: u16 = 3;

    pub const AMOUNT: u16 = 1 << 2;
    pub const ORIGINAL: u16 = 1 << 3;
    pub const ALERT: u16 = 1 << 4;
    /// The last alert is not of the entry's own time.
    pub const ALERT_TIME: u16 = 1 << 5;
    pub const TERMINAL: u16 = 1 << 6;
    pub const DEVICE: u16 = 1 << 7;
    pub const IP: u16 = 1 << 8;
    pub const SHIP_TO: u16 = 1 << 9;
    pub const COUNTRY: u16 = 1 << 10;
    pub const SHIP_TO_COUNTRY: u16 = 1 << 11;
    pub const MCC: u16 = 1 << 12;
    pub const FLAGS: u16 = 1 << 13;
    pub const PLACE: u16 = 1 << 14;

    /// What entries of each role may have.
    pub const OF_ANY: u16 = ROLE | AMOUNT | ALERT | ALERT_TIME;
    pub const OF_REFUND: u16 =
        OF_ANY | TERMINAL | DEVICE | IP | SHIP_TO | COUNTRY | SHIP_TO_COUNTRY | MCC | FLAGS | PLACE;
    pub const OF_CHARGE: u16 = OF_REFUND | ORIGINAL;
    pub const OF_ADJUSTMENT: u16 = OF_ANY | ORIGINAL;
}

/// Small numbers of either sign as small numbers: 0, -1, 1, -2 become 0, 1, 2, 3.
pub(super) fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

pub(super) fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}
