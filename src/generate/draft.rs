//! Represents a planned message: small numbers from which everything in the message is derived.
//!
//! Ids are derived from these numbers only when the message becomes JSON, because thousands of
//! drafts wait for their time in memory.

use super::fraud_kind::FraudKind;
use super::world::{CountryIndex, MerchantIndex};
use crate::number::NearestDouble;
use crate::transaction::{CardStatus, Channel, Checks, Kind, Response, Time};
use std::fmt::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The letter after a seed in ids. A seed with more than [`SEED_DIGITS_TOGETHER`] digits also has
/// it between them.
const SEED_LETTER: char = 's';
const SEED_DIGITS_TOGETHER: usize = 9;

/// Digits and letters without I, L, O and U (Crockford's base 32).
const BASE32: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Digits of a message id after its seed, five bits each.
const ID_DIGITS: u32 = 10;
/// Bits of those digits that count a card's messages; the others identify the card.
const ID_COUNT_BITS: u32 = 24;

/// A seed as it is written in ids: `7s`, `4242424s242424242s`. For every seed, an id has fewer than
/// 13 digits in a row, so none looks like a card number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeedName(pub u64);

/// Which card: the holder's index in the population of a seed, and how often the card was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CardRef {
    pub seed: u64,
    pub holder: u32,
    pub replacement: u8,
}

/// The id of a message: the holder's n-th. It is unique across the populations of all seeds,
/// because two streams may be written to one topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageRef {
    pub seed: u64,
    pub holder: u32,
    pub count: u32,
}

/// What a web shop sees of the customer's device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    pub id: Opaque,
    pub address: Address,
}

/// Where goods are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShipTo {
    pub key: Opaque,
    pub country: CountryIndex,
}

/// A number that reveals nothing about what it was derived from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opaque(pub u64);

/// An IP address of a documentation range (RFC 5737, RFC 3849).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address(pub u32);

/// Which fraud a message is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpisodeRef {
    pub kind: FraudKind,
    /// The number of the fraud among the holder's.
    pub count: u16,
}

/// A message that waits for its time.
#[derive(Debug, Clone, Copy)]
pub struct Draft {
    pub id: MessageRef,
    pub kind: Kind,
    pub time: Time,
    pub card: CardRef,
    pub status: CardStatus,
    pub merchant: MerchantIndex,
    /// Counted from 1.
    pub terminal: Option<u8>,
    /// In minor units of the merchant's currency.
    pub amount: i64,
    pub channel: Channel,
    pub card_on_file: bool,
    pub recurring: bool,
    pub checks: Checks,
    pub response: Response,
    pub device: Option<Device>,
    pub ship_to: Option<ShipTo>,
    pub original: Option<MessageRef>,
    pub fraud: Option<EpisodeRef>,
}

impl Draft {
    pub fn approved(&self) -> bool {
        self.response.approved == Some(true)
    }

    pub fn card_present(&self) -> bool {
        !matches!(self.channel, Channel::Ecommerce | Channel::Moto)
    }
}

impl fmt::Display for SeedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(SEED_DIGITS_TOGETHER) {
                f.write_char(SEED_LETTER)?;
            }
            f.write_char(digit)?;
        }
        f.write_char(SEED_LETTER)
    }
}

impl fmt::Display for CardRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c_{}_{:05x}", SeedName(self.seed), self.holder)?;
        if self.replacement > 0 { write!(f, "r{}", self.replacement) } else { Ok(()) }
    }
}

impl fmt::Display for MessageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-", SeedName(self.seed))?;
        let number = u64::from(self.holder) << ID_COUNT_BITS | u64::from(self.count);
        (0..ID_DIGITS).rev().try_for_each(|digit| {
            let value = usize::try_from(number >> (5 * digit) & 31).unwrap_or(0);
            #[expect(clippy::indexing_slicing, reason = "five bits index a table of 32")]
            f.write_char(char::from(BASE32[value]))
        })
    }
}

impl Opaque {
    /// Distinct for distinct arguments (splitmix64).
    pub fn of(who: u32, what: u32) -> Self {
        let mut z = (u64::from(who) << 32 | u64::from(what)).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self(z ^ (z >> 31))
    }

    /// A value between 0 and 1, uniformly distributed.
    pub fn share(self) -> f64 {
        self.0.nearest_double() / u64::MAX.nearest_double()
    }
}

impl fmt::Display for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010x}", self.0 >> 24)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, host] = self.0.to_be_bytes();
        match a % 5 {
            0 => Ipv4Addr::new(192, 0, 2, host).fmt(f),
            1 => Ipv4Addr::new(198, 51, 100, host).fmt(f),
            2 => Ipv4Addr::new(203, 0, 113, host).fmt(f),
            _ => {
                let net = u16::from_be_bytes([b, c]);
                Ipv6Addr::new(0x2001, 0xdb8, net, u16::from(host), 0, 0, 0, 1).fmt(f)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_begin_with_the_seed_and_sort_by_card_and_count() {
        let id = |holder, count| MessageRef { seed: 7, holder, count }.to_string();
        assert_eq!(id(0, 1), "7s-0000000001");
        assert_eq!(id(1, 0), "7s-00000G0000");
        assert!(id(1, 31) < id(1, 32) && id(1, 99) < id(2, 0));
    }

    #[test]
    fn a_seed_is_named_by_its_digits_with_letters_among_them() {
        for (seed, name) in [
            (0, "0s"),
            (123_456_789, "123456789s"),
            (1_234_567_890, "1s234567890s"),
            (4_242_424_242_424_242, "4242424s242424242s"),
            (u64::MAX, "18s446744073s709551615s"),
        ] {
            assert_eq!(SeedName(seed).to_string(), name);
        }
    }

    #[test]
    fn addresses_lie_in_documentation_ranges() {
        for seed in 0..2_000_u32 {
            let text = Address(seed.wrapping_mul(0x9e37_79b9)).to_string();
            let documented = ["192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"];
            assert!(documented.iter().any(|range| text.starts_with(range)), "{text}");
        }
    }
}
