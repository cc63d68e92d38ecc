//! Parses currencies of ISO 4217, and defines money in integer minor units.

use super::iso_4217::{ENTRY_BYTES, TABLE, WITHOUT_MINOR_UNIT};
use super::letters;
use std::fmt;

/// An ISO 4217 currency: an index into the table in `iso_4217.rs`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(u16);

const UNASSIGNED: u16 = u16::MAX;
const NUMERIC_CODES: usize = 1000;

/// Lookup tables for each form of a code, filled in at compile time.
struct Codes {
    alphabetic: [u16; letters::CODES],
    /// If two currencies share a numeric code, this has the later one in [`TABLE`].
    numeric: [u16; NUMERIC_CODES],
}

static CODES: Codes = Codes::from_table();

impl Codes {
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
    const fn from_table() -> Self {
        let mut codes =
            Self { alphabetic: [UNASSIGNED; letters::CODES], numeric: [UNASSIGNED; NUMERIC_CODES] };
        let mut rest = TABLE.as_bytes();
        let mut next = 0;
        while let Some((entry, tail)) = rest.split_first_chunk::<ENTRY_BYTES>() {
            let [a, b, c, _, hundreds, tens, ones, _] = *entry;
            if let Some(index) = letters::index_of(&[a, b, c]) {
                codes.alphabetic[index] = next;
            }
            codes.numeric[number([hundreds, tens, ones]) as usize] = next;
            next += 1;
            rest = tail;
        }
        codes
    }
}

const fn number([hundreds, tens, ones]: [u8; 3]) -> u16 {
    (hundreds - b'0') as u16 * 100 + (tens - b'0') as u16 * 10 + (ones - b'0') as u16
}

/// Why a code cannot be the currency of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CurrencyError {
    /// The text is not such a code. Withdrawn currencies are unknown too, except for a few that
    /// older logs need.
    #[error("not a currency code of ISO 4217, such as EUR or 978")]
    Unknown,
    /// There is no smallest unit to count an amount in, such as for gold (XAU) or the testing code
    /// XTS.
    #[error("a code of ISO 4217 without a minor unit (metals, special drawing rights, test codes)")]
    NoMinorUnit,
}

impl CurrencyError {
    fn of(is_known: bool) -> Self {
        if is_known { Self::NoMinorUnit } else { Self::Unknown }
    }
}

impl Currency {
    /// How many currencies there are.
    pub(super) const COUNT: usize = TABLE.len() / ENTRY_BYTES;

    /// Looks up an alphabetic code in any case, or a numeric code (three digits).
    pub fn read(text: &str) -> Result<Self, CurrencyError> {
        match *text.as_bytes() {
            [a, b, c] if a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit() => {
                Self::from_numeric(number([a, b, c]))
            }
            [a, b, c] => {
                let capitals = [a, b, c].map(|letter| letter.to_ascii_uppercase());
                Self::from_code(&capitals).ok_or_else(|| {
                    let is_known = |(code, _): &(&str, _)| code.as_bytes() == capitals;
                    CurrencyError::of(WITHOUT_MINOR_UNIT.iter().any(is_known))
                })
            }
            _ => Err(CurrencyError::Unknown),
        }
    }

    /// Like [`Currency::read`], without the reason.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// Looks up an ISO 4217 numeric code: 978 for EUR.
    pub fn from_numeric(number: u16) -> Result<Self, CurrencyError> {
        match CODES.numeric.get(usize::from(number)) {
            Some(&index) if index != UNASSIGNED => Ok(Self(index)),
            _ => {
                let is_known = |(_, code): &(_, &str)| code.parse() == Ok(number);
                Err(CurrencyError::of(WITHOUT_MINOR_UNIT.iter().any(is_known)))
            }
        }
    }

    /// Looks up an alphabetic code exactly as ISO 4217 writes it, in capital letters.
    pub fn from_code(code: &[u8]) -> Option<Self> {
        let index = *CODES.alphabetic.get(letters::index_of(code)?)?;
        (index != UNASSIGNED).then_some(Self(index))
    }

    /// The alphabetic code.
    pub fn code(self) -> &'static str {
        let start = self.index() * ENTRY_BYTES;
        TABLE.get(start..start + 3).unwrap_or_default()
    }

    /// Decimal places of the minor unit: 2 for USD, 0 for JPY, 3 for BHD.
    pub fn exponent(self) -> u8 {
        let digit = TABLE.as_bytes().get(self.index() * ENTRY_BYTES + 3);
        digit.map_or(0, |digit| digit - b'0')
    }

    /// The index into tables of [`Currency::COUNT`] items; not stable across versions.
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
    /// Counted in units of 10^-[`exponent`](Currency::exponent): 2,600 is USD 26.00, JPY 2,600 or
    /// BHD 2.600.
    pub minor: i64,
    /// As charged, or the base currency where amounts are compared.
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
    fn a_currency_is_read_from_each_form_of_its_code() {
        for (text, code) in [
            ("USD", "USD"),
            ("usd", "USD"),
            ("uSd", "USD"),
            ("840", "USD"),
            ("978", "EUR"),
            ("008", "ALL"),
            ("392", "JPY"),
            ("191", "HRK"),
            ("532", "XCG"),
        ] {
            assert_eq!(Currency::read(text).map(Currency::code), Ok(code), "{text}");
        }
        assert_eq!(Currency::from_numeric(8).map(Currency::code), Ok("ALL"));
    }

    #[test]
    fn codes_without_a_minor_unit_are_told_apart_from_unknown_ones() {
        for (code, number) in WITHOUT_MINOR_UNIT {
            for text in [*code, &code.to_lowercase(), *number] {
                assert_eq!(Currency::read(text), Err(CurrencyError::NoMinorUnit), "{text}");
            }
        }
        for text in [
            "",
            "US",
            "USDX",
            "AAA",
            "ZZZ",
            "000",
            "001",
            "84",
            "0840",
            "U$D",
            "€",
            "84O",
            "８４０",
        ] {
            assert_eq!(Currency::read(text), Err(CurrencyError::Unknown), "{text}");
        }
        assert_eq!(Currency::from_numeric(1000), Err(CurrencyError::Unknown));
    }

    #[test]
    fn only_capital_letters_are_the_code_itself() {
        assert_eq!(Currency::from_code(b"EUR"), Currency::parse("eur"));
        for text in ["eur", "978", "XAU", ""] {
            assert_eq!(Currency::from_code(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn every_entry_of_the_table_is_found_by_both_its_codes() {
        let entries: Vec<&str> = TABLE.split_ascii_whitespace().collect();
        assert_eq!(entries.len(), Currency::COUNT);
        assert_eq!(entries.len(), 171);
        for entry in entries {
            let currency = Currency::from_code(&entry.as_bytes()[..3]).unwrap();
            assert_eq!(format!("{currency}{}", currency.exponent()), &entry[..4]);
            let numeric = Currency::read(&entry[4..]).unwrap();
            assert!(numeric == currency || entry == "ANG2532", "{entry}");
        }
    }
}
