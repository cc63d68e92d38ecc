//! Currencies by ISO 4217, and money in integer minor units.

use super::iso_4217::{ENTRY_BYTES, TABLE};
use super::letters;
use std::fmt;

/// An ISO 4217 currency: an index into the table of `iso_4217.rs`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(u16);

const UNASSIGNED: u16 = u16::MAX;

static BY_CODE: [u16; letters::CODES] = index_table();

const fn index_table() -> [u16; letters::CODES] {
    let mut table = [UNASSIGNED; letters::CODES];
    let mut rest = TABLE.as_bytes();
    let mut next = 0;
    while let Some(([a, b, c, _, _], tail)) = rest.split_first_chunk::<ENTRY_BYTES>() {
        if let Some(index) = letters::index_of(&[*a, *b, *c]) {
            table[index] = next;
        }
        next += 1;
        rest = tail;
    }
    table
}

impl Currency {
    /// How many currencies there are.
    pub(super) const COUNT: usize = TABLE.len() / ENTRY_BYTES;

    /// By alphabetic code, exactly as ISO 4217 writes it; `None` for an unknown one.
    pub fn parse(code: &str) -> Option<Self> {
        let index = *BY_CODE.get(letters::index_of(code.as_bytes())?)?;
        (index != UNASSIGNED).then_some(Self(index))
    }

    /// The alphabetic code.
    pub fn code(self) -> &'static str {
        let start = self.index() * ENTRY_BYTES;
        TABLE.get(start..start + 3).unwrap_or_default()
    }

    /// Decimal places of its minor unit: 2 for USD, 0 for JPY, 3 for BHD.
    pub fn exponent(self) -> u8 {
        let digit = TABLE.as_bytes().get(self.index() * ENTRY_BYTES + 3);
        digit.map_or(0, |digit| digit - b'0')
    }

    /// Its place in tables of [`Currency::COUNT`]; not stable across versions.
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in minor units of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_have_the_exponents_of_iso_4217() {
        for (code, exponent) in [
            ("USD", 2),
            ("EUR", 2),
            ("JPY", 0),
            ("BHD", 3),
            ("CLF", 4),
            ("KRW", 0),
            ("AED", 2),
            ("ZWL", 2),
        ] {
            let currency = Currency::parse(code).unwrap();
            assert_eq!((currency.code(), currency.exponent()), (code, exponent));
        }
    }

    #[test]
    fn what_is_no_currency_of_iso_4217_is_unknown() {
        for code in ["", "US", "usd", "USDX", "XXX", "XAU", "AAA", "ZZZ", "840", "U$D", "€"] {
            assert_eq!(Currency::parse(code), None, "{code}");
        }
    }

    #[test]
    fn every_entry_of_the_table_is_found_by_its_code() {
        let entries: Vec<&str> = TABLE.split_ascii_whitespace().collect();
        assert_eq!(entries.len(), Currency::COUNT);
        assert_eq!(entries.len(), 171);
        for entry in entries {
            let currency = Currency::parse(&entry[..3]).unwrap();
            assert_eq!(format!("{currency}{}", currency.exponent()), entry);
        }
    }
}
