//! Encodes values as little-endian bytes, with a fixed length or a length prefix.

use crate::memory::card::message::identity::{CardKey, MessageId, OriginalId};
use crate::transaction::{Country, Currency, Money, Time};

/// A value that can be stored in a checkpoint.
pub(super) trait Stored: Sized {
    fn put(&self, out: &mut Vec<u8>);

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes>;
}

/// The bytes do not hold a valid value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InvalidBytes;

/// The rest of a block that is still to be read.
#[derive(Debug)]
pub(super) struct ByteReader<'b> {
    pub bytes: &'b [u8],
    /// The largest capacity that a list can have.
    pub capacity_max: usize,
}

impl ByteReader<'_> {
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], InvalidBytes> {
        let (taken, rest) = self.bytes.split_first_chunk().ok_or(InvalidBytes)?;
        self.bytes = rest;
        Ok(*taken)
    }

    /// The capacity and the length of a list.
    pub(super) fn list(&mut self) -> Result<(usize, usize), InvalidBytes> {
        let (room, length) = (u32::take(self)? as usize, u32::take(self)? as usize);
        let can_be = length <= room && room <= self.capacity_max && length <= self.bytes.len();
        can_be.then_some((room, length)).ok_or(InvalidBytes)
    }
}

pub(super) fn put_list<'i, T: Stored + 'i>(
    out: &mut Vec<u8>,
    room: usize,
    items: impl ExactSizeIterator<Item = &'i T>,
) {
    length(room).put(out);
    length(items.len()).put(out);
    items.for_each(|item| item.put(out));
}

/// A length as it is stored. The bounds of memory keep it far below four billion; a longer list would
/// make the checkpoint invalid.
fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

macro_rules! stored_numbers {
    ($($number:ty),+) => {$(
        impl Stored for $number {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
                input.array().map(Self::from_le_bytes)
            }
        }
    )+};
}

stored_numbers!(u8, u16, u32, u64, u128, i32, i64);

/// Stores a struct field by field.
macro_rules! stored_fields {
    ($name:ident { $($field:ident),+ }) => {
        impl Stored for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)+
            }

            fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
                Ok(Self { $($field: Stored::take(input)?),+ })
            }
        }
    };
}

pub(super) use stored_fields;

stored_fields!(Money { minor, currency });

impl Stored for bool {
    fn put(&self, out: &mut Vec<u8>) {
        u8::from(*self).put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        match u8::take(input)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(InvalidBytes),
        }
    }
}

/// As 64 bits.
impl Stored for usize {
    fn put(&self, out: &mut Vec<u8>) {
        (*self as u64).put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        Self::try_from(u64::take(input)?).map_err(|_| InvalidBytes)
    }
}

impl<T: Stored> Stored for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        self.iter().for_each(|value| value.put(out));
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        bool::take(input)?.then(|| T::take(input)).transpose()
    }
}

impl<A: Stored, B: Stored> Stored for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        Ok((A::take(input)?, B::take(input)?))
    }
}

impl Stored for Time {
    fn put(&self, out: &mut Vec<u8>) {
        self.millis().put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        i64::take(input).map(Self)
    }
}

impl Stored for MessageId {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        u64::take(input).map(Self)
    }
}

impl Stored for OriginalId {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        u64::take(input).map(Self)
    }
}

/// The length, then UTF-8.
impl Stored for Box<str> {
    fn put(&self, out: &mut Vec<u8>) {
        length(self.len()).put(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        let length = u32::take(input)? as usize;
        let (text, rest) = input.bytes.split_at_checked(length).ok_or(InvalidBytes)?;
        input.bytes = rest;
        std::str::from_utf8(text).map(Self::from).map_err(|_| InvalidBytes)
    }
}

impl Stored for CardKey {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        u128::take(input).map(Self)
    }
}

impl Stored for Country {
    fn put(&self, out: &mut Vec<u8>) {
        self.code().put(out);
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        Self::from_code(u16::take(input)?).ok_or(InvalidBytes)
    }
}

/// The three letters.
impl Stored for Currency {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.code().as_bytes());
    }

    fn take(input: &mut ByteReader<'_>) -> Result<Self, InvalidBytes> {
        let letters: [u8; 3] = input.array()?;
        std::str::from_utf8(&letters).ok().and_then(Self::parse).ok_or(InvalidBytes)
    }
}
