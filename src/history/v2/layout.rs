//! The numbers and bits of format version 2.

use super::super::number::VARINT_BYTES_MAX;
use super::event;
use crate::memory::RuleHashes;

/// Magic, version, flags, base currency, partition, entries before, time reached, entries, number of
/// topics.
pub const HEADER_BYTES: usize = 4 + 1 + 1 + 3 + 4 + 8 + 8 + 4 + 1;

/// Offsets of the header fields that are only known at the end: the next offset of the first topic,
/// which is the input, and the number of entries.
pub const NEXT_OFFSET_AT: usize = HEADER_BYTES + 1 + 8;
pub const ENTRIES_AT: usize = HEADER_BYTES - 1 - 4;

/// The topic of transactions, the first topic of every record.
pub const INPUT: u8 = 0;
/// The topic of labels. If a record has it, it is the second topic, and its offsets are followed by
/// how many labels were in the records before.
pub const LABELS: u8 = 1;

/// The offset of the next label offset, in a record that has one.
pub const NEXT_LABEL_AT: usize = NEXT_OFFSET_AT + 8 + 1 + 8;

/// A longer token is not written; its card is identified by its key. Real tokens are much shorter.
pub const TOKEN_BYTES_MAX: usize = 1_024;

/// The longest bits of an entry.
pub const BITS_BYTES_MAX: usize = 3;

/// The shortest entry: bits, card, id, time and merchant of an adjustment.
pub const ENTRY_BYTES_MIN: usize = 1 + 1 + 8 + 1 + 8;

/// The longest entry: a charge with every field, the first of its card, and numbers of full length.
/// The card takes its index, the length of its token and the token. Then follow id and time, the
/// fields of the event, the original, the amount as charged and the alert.
pub const ENTRY_BYTES_MAX: usize = BITS_BYTES_MAX
    + (2 * VARINT_BYTES_MAX + TOKEN_BYTES_MAX)
    + (8 + VARINT_BYTES_MAX)
    + event::BYTES_MAX
    + 8
    + (3 + VARINT_BYTES_MAX)
    + (1 + VARINT_BYTES_MAX + RuleHashes::BYTES_MAX);

/// The bits that an entry begins with: its role, and which fields are present. The most common
/// fields have the lowest fourteen bits, which take two bytes.
pub mod bits {
    pub const ROLE: u64 = 0b111;
    pub const CHARGE: u64 = 0;
    pub const REFUND: u64 = 1;
    pub const CAPTURES: u64 = 2;
    pub const TAKES_BACK: u64 = 3;
    pub const RESPONSE: u64 = 4;
    pub const LABEL: u64 = 5;

    // The bits from 3 to 13 are those of the event's fields.
    pub const ORIGINAL: u64 = 1 << 14;
    pub const CHARGED: u64 = 1 << 15;
    pub const ALERT: u64 = 1 << 16;
    /// The time of a label's message.
    pub const TIME: u64 = 1 << 17;
    /// A label's source is the cardholder.
    pub const CARDHOLDER: u64 = 1 << 18;

    /// What entries of each role may have.
    const OF_ANY: u64 = ROLE | ALERT;
    const OF_ADJUSTMENT: u64 = OF_ANY | super::event::AMOUNT | ORIGINAL | CHARGED;
    const OF_REFUND: u64 = OF_ANY | super::event::ALL;
    const OF_CHARGE: u64 = OF_REFUND | OF_ADJUSTMENT;
    const OF_LABEL: u64 = ROLE | TIME | CARDHOLDER;

    /// An unknown role may have nothing, not even its role bits.
    pub const fn allowed(role: u64) -> u64 {
        match role {
            CHARGE => OF_CHARGE,
            REFUND => OF_REFUND,
            CAPTURES | TAKES_BACK => OF_ADJUSTMENT,
            RESPONSE => OF_ANY,
            LABEL => OF_LABEL,
            _ => 0,
        }
    }
}

/// The bit of an event's flags that marks a charge as a clearing. Refunds do not have it.
pub const CLEARING_FLAG: u16 = 1 << 15;

/// The types of message that can have a separate response.
pub const RESPONSE_KINDS: [crate::transaction::Kind; 3] = {
    use crate::transaction::Kind;
    [Kind::Authorization, Kind::Clearing, Kind::Refund]
};
