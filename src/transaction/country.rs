//! Parses countries of ISO 3166-1, and Kosovo.

use super::iso_3166::{ENTRY_BYTES, TABLE};
use super::letters;
use std::fmt;

/// A country of ISO 3166-1 or Kosovo, stored as its alpha-2 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country(u16);

/// Kosovo has no code in ISO 3166-1. `XK` is one of the codes that the standard leaves to its users
/// (BIC, IBAN and CLDR use it), and `XKX` and `XKK` are alpha-3 forms of it. A numeric code is not
/// standardized.
const KOSOVO: ([u8; 2], [[u8; 3]; 2]) = (*b"XK", [*b"XKX", *b"XKK"]);

const NUMERIC_CODES: usize = 1000;

/// Lookup tables for each form of a code, filled in at compile time. A code of 0 is unassigned.
struct Codes {
    /// By first and second letter: whether the alpha-2 code is assigned.
    alpha2: [[bool; 26]; 26],
    alpha3: [u16; letters::CODES],
    numeric: [u16; NUMERIC_CODES],
}

static CODES: Codes = Codes::from_table();

impl Codes {
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
    const fn from_table() -> Self {
        let mut codes = Self {
            alpha2: [[false; 26]; 26],
            alpha3: [0; letters::CODES],
            numeric: [0; NUMERIC_CODES],
        };
        let mut rest = TABLE.as_bytes();
        while let Some((entry, tail)) = rest.split_first_chunk::<ENTRY_BYTES>() {
            let [a, b, c, d, e, hundreds, tens, ones, _] = *entry;
            codes.assign([a, b], [c, d, e]);
            codes.numeric[number([hundreds, tens, ones]) as usize] = u16::from_be_bytes([a, b]);
            rest = tail;
        }
        let (alpha2, [first, second]) = KOSOVO;
        codes.assign(alpha2, first);
        codes.assign(alpha2, second);
        codes
    }

    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
    const fn assign(&mut self, [a, b]: [u8; 2], alpha3: [u8; 3]) {
        self.alpha2[(a - b'A') as usize][(b - b'A') as usize] = true;
        if let Some(index) = letters::index_of(&alpha3) {
            self.alpha3[index] = u16::from_be_bytes([a, b]);
        }
    }
}

const fn number([hundreds, tens, ones]: [u8; 3]) -> u16 {
    (hundreds - b'0') as u16 * 100 + (tens - b'0') as u16 * 10 + (ones - b'0') as u16
}

impl Country {
    /// Reads alpha-2, alpha-3 (either in any case) or numeric (three digits) codes; `None` for a
    /// code that is neither assigned by ISO 3166-1 nor Kosovo's.
    pub fn parse(text: &str) -> Option<Self> {
        match *text.as_bytes() {
            [a, b] => Self::from_alpha2([a.to_ascii_uppercase(), b.to_ascii_uppercase()]),
            [a, b, c] if a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit() => {
                Self::from_numeric(number([a, b, c]))
            }
            [a, b, c] => Self::from_alpha3([a, b, c].map(|letter| letter.to_ascii_uppercase())),
            _ => None,
        }
    }

    /// Looks up an ISO 3166-1 numeric code: 208 for Denmark.
    pub fn from_numeric(number: u16) -> Option<Self> {
        let code = *CODES.numeric.get(usize::from(number))?;
        (code != 0).then_some(Self(code))
    }

    fn from_alpha2([a, b]: [u8; 2]) -> Option<Self> {
        let row = CODES.alpha2.get(usize::from(a.checked_sub(b'A')?))?;
        let assigned = *row.get(usize::from(b.checked_sub(b'A')?))?;
        assigned.then_some(Self(u16::from_be_bytes([a, b])))
    }

    fn from_alpha3(letters: [u8; 3]) -> Option<Self> {
        let code = *CODES.alpha3.get(letters::index_of(&letters)?)?;
        (code != 0).then_some(Self(code))
    }

    /// A stable number for storage: the two letters, big-endian. Never 0.
    pub fn code(self) -> u16 {
        self.0
    }

    /// The inverse of [`Country::code`]; `None` for anything that is not two capital letters.
    pub fn from_code(code: u16) -> Option<Self> {
        let [a, b] = code.to_be_bytes();
        (a.is_ascii_uppercase() && b.is_ascii_uppercase()).then_some(Self(code))
    }

    /// The alpha-2 code as two ASCII letters.
    pub fn alpha2(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = self.alpha2();
        write!(f, "{}{}", char::from(a), char::from(b))
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_read_from_each_of_its_three_codes() {
        for (text, alpha2) in [
            ("DK", "DK"),
            ("dk", "DK"),
            ("DNK", "DK"),
            ("dnk", "DK"),
            ("208", "DK"),
            ("US", "US"),
            ("840", "US"),
            ("NO", "NO"),
            ("AF", "AF"),
            ("004", "AF"),
            ("ZWE", "ZW"),
            ("XK", "XK"),
            ("xk", "XK"),
            ("XKX", "XK"),
            ("xkk", "XK"),
        ] {
            assert_eq!(Country::parse(text).map(|c| c.to_string()).as_deref(), Some(alpha2));
        }
    }

    #[test]
    fn what_iso_3166_does_not_assign_is_no_country() {
        for text in [
            "", "D", "XX", "UK", "EU", "ZZZ", "000", "999", "4", "0208", "D1", "D@", "ÆØ", "{}",
            "d\u{e9}",
        ] {
            assert_eq!(Country::parse(text), None, "{text}");
        }
        assert_eq!(Country::from_numeric(1000), None);
    }

    #[test]
    fn every_entry_of_the_table_leads_to_its_own_alpha_2_code() {
        let mut entries = 0;
        for entry in TABLE.split_ascii_whitespace() {
            let expected = Some(&entry[..2]);
            for code in [&entry[..2], &entry[2..5], &entry[5..]] {
                assert_eq!(Country::parse(code).map(|c| c.to_string()).as_deref(), expected);
            }
            entries += 1;
        }
        assert_eq!(entries, 249);
    }
}
