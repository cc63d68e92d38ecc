//! The numbers and bits of format version 1.

use super::super::number::VARINT_BYTES_MAX;

/// Magic, version, flags, base currency, partition, first and next offset, entries before, time
/// reached, entries.
pub const HEADER_BYTES: usize = 4 + 1 + 1 + 3 + 4 + 8 + 8 + 8 + 8 + 4;

/// Offsets of the header fields that are only known at the end.
pub const NEXT_OFFSET_AT: usize = 21;
pub const ENTRIES_AT: usize = 45;

/// The shortest entry: bits, card, id, one byte of time.
pub const ENTRY_BYTES_MIN: usize = 2 + 16 + 8 + 1;

/// The longest entry: a charge with every field, and numbers of full length.
pub const ENTRY_BYTES_MAX: usize =
    ENTRY_BYTES_MIN - 1 + 2 * VARINT_BYTES_MAX + 8 + 8 + 4 * 4 + 4 * 2 + 8 + 1 + VARINT_BYTES_MAX;

/// The bits that an entry begins with: its role, and which fields are present.
pub mod bits {
    pub const ROLE: u16 = 0b11;
    pub const CHARGE: u16 = 0;
    pub const REFUND: u16 = 1;
    /// A clearing that captures a charge.
    pub const SETTLES: u16 = 2;
    pub const REVERSES: u16 = 3;

    pub const AMOUNT: u16 = 1 << 2;
    pub const ORIGINAL: u16 = 1 << 3;
    pub const ALERT: u16 = 1 << 4;
    /// The time of the card's last alert differs from that of the entry.
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
    const OF_ANY: u16 = ROLE | AMOUNT | ALERT | ALERT_TIME;
    const OF_REFUND: u16 =
        OF_ANY | TERMINAL | DEVICE | IP | SHIP_TO | COUNTRY | SHIP_TO_COUNTRY | MCC | FLAGS | PLACE;
    const OF_CHARGE: u16 = OF_REFUND | ORIGINAL;
    const OF_ADJUSTMENT: u16 = OF_ANY | ORIGINAL;

    pub const fn allowed(role: u16) -> u16 {
        match role {
            CHARGE => OF_CHARGE,
            REFUND => OF_REFUND,
            _ => OF_ADJUSTMENT,
        }
    }
}

/// The bit of an event's flags that marks a charge as a clearing. Version 1 has no such bit: a
/// charge with an original is a clearing.
pub const CLEARING_FLAG: u16 = 1 << 15;

/// The position of the decline reason in the flags, and its highest value in version 1, "other".
pub const REASON_SHIFT: u32 = 11;
pub const REASON_MASK: u16 = 0b1111;
pub const REASON_OTHER: u16 = 10;

/// Kosovo, which version 1 does not know: it has only the countries of ISO 3166-1.
pub const KOSOVO: u16 = u16::from_be_bytes(*b"XK");
