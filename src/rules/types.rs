//! Defines the types of the rule language and how their values are stored in 64 bits.

use crate::transaction::{
    CardStatus, Channel, Check, Country, DeclineReason, Funding, Kind, ThreeDSecure, WireName,
};
use std::fmt;
use std::ops::Deref;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    Bool,
    Int,
    Double,
    /// Minor units of the base currency; shown as a decimal.
    Money,
    Text,
    /// A string from a closed set, stored as a number.
    Code(Code),
    /// The hash of an id of a remembered charge: it can be compared but not shown.
    Id(IdHash),
    /// Milliseconds since the epoch.
    Time,
    /// Milliseconds.
    Duration,
}

/// How an id is hashed in memory ([`crate::memory::id_hash64`], [`crate::memory::id_hash32`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdHash {
    Bits64,
    Bits32,
}

/// The closed sets of strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    Country,
    Mcc,
    Kind,
    Channel,
    Funding,
    Status,
    Check,
    ThreeDSecure,
    Reason,
}

impl Type {
    pub fn is_number(self) -> bool {
        matches!(self, Type::Int | Type::Double | Type::Money)
    }

    pub fn is_text(self) -> bool {
        matches!(self, Type::Text | Type::Code(_))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Double => "double",
            Type::Money => "decimal",
            Type::Text | Type::Code(_) => "string",
            Type::Id(_) => "id",
            Type::Time => "timestamp",
            Type::Duration => "duration",
        })
    }
}

/// The text of a code, without an allocation.
#[derive(Debug, Clone, Copy)]
pub enum CodeText {
    Name(&'static str),
    /// Two letters or four digits, and how many.
    Letters([u8; 4], u8),
}

impl CodeText {
    const NONE: Self = CodeText::Name("");

    fn of(letters: &[u8]) -> Self {
        let (mut kept, mut length) = ([0; 4], 0);
        for (place, letter) in kept.iter_mut().zip(letters) {
            *place = *letter;
            length += 1;
        }
        CodeText::Letters(kept, length)
    }
}

impl Deref for CodeText {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            CodeText::Name(name) => name,
            CodeText::Letters(kept, length) => {
                let letters = kept.get(..usize::from(*length)).unwrap_or_default();
                std::str::from_utf8(letters).unwrap_or_default()
            }
        }
    }
}

impl Code {
    /// The number of a string; `None` if the string is not in the set.
    pub fn number(self, text: &str) -> Option<u64> {
        match self {
            Code::Country => {
                let capital = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
                Country::parse(text).filter(|_| capital).map(|country| u64::from(country.code()))
            }
            Code::Mcc => {
                let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
                text.parse().ok().filter(|_| digits)
            }
            Code::Kind
            | Code::Channel
            | Code::Funding
            | Code::Status
            | Code::Check
            | Code::ThreeDSecure
            | Code::Reason => self.names().position(|name| name == text).map(|at| at as u64),
        }
    }

    /// The inverse of [`Code::number`].
    pub fn text(self, number: u64) -> CodeText {
        match self {
            Code::Country => u16::try_from(number)
                .ok()
                .and_then(Country::from_code)
                .map_or(CodeText::NONE, |country| CodeText::of(&country.alpha2())),
            Code::Mcc => {
                let digit = |place: u64| b'0' + (number / place % 10) as u8;
                CodeText::of(&[1_000, 100, 10, 1].map(digit))
            }
            Code::Kind
            | Code::Channel
            | Code::Funding
            | Code::Status
            | Code::Check
            | Code::ThreeDSecure
            | Code::Reason => usize::try_from(number)
                .ok()
                .and_then(|at| self.name(at))
                .map_or(CodeText::NONE, CodeText::Name),
        }
    }

    fn name(self, at: usize) -> Option<&'static str> {
        fn of<T: WireName>(at: usize) -> Option<&'static str> {
            T::NAMES.get(at).map(|(_, name)| *name)
        }
        match self {
            Code::Country | Code::Mcc => None,
            Code::Kind => of::<Kind>(at),
            Code::Channel => of::<Channel>(at),
            Code::Funding => of::<Funding>(at),
            Code::Status => of::<CardStatus>(at),
            Code::Check => of::<Check>(at),
            Code::ThreeDSecure => of::<ThreeDSecure>(at),
            Code::Reason => of::<DeclineReason>(at),
        }
    }

    /// All strings of the set; none for countries and category codes.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        (0..).map_while(move |at| self.name(at))
    }

    /// What the strings of the set look like, for the error about one that is not in it.
    pub fn description(self) -> String {
        match self {
            Code::Country => {
                "countries are two capital letters (ISO 3166-1), as in `\"DK\"`".into()
            }
            Code::Mcc => "category codes are four digits (ISO 18245), as in `\"5651\"`".into(),
            _ => format!("it is one of: {}", self.names().collect::<Vec<_>>().join(", ")),
        }
    }
}
