//! The types of the language, and how their values stand in 64 bits.

use crate::transaction::{
    CardStatus, Channel, Check, Country, DeclineReason, Funding, Kind, ThreeDSecure, WireName,
};
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    Bool,
    Int,
    Double,
    /// Minor units of the base currency; a decimal to the reader.
    Money,
    Text,
    /// A string of a closed set, kept as a number.
    Code(Code),
    /// The hash of an id of a remembered charge: compared, never read.
    Id(Hash),
    /// Milliseconds since the epoch.
    Time,
    /// Milliseconds.
    Duration,
}

/// How an id is hashed in memory ([`crate::memory::id_hash64`], [`crate::memory::id_hash32`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hash {
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

impl Code {
    /// The number that stands for a string; `None` where the set does not hold it.
    pub fn number(self, text: &str) -> Option<u64> {
        fn of<T: WireName>(text: &str) -> Option<u64> {
            T::NAMES.iter().position(|(_, name)| *name == text).map(|at| at as u64)
        }
        match self {
            Code::Country => {
                let capital = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
                Country::parse(text).filter(|_| capital).map(|country| u64::from(country.code()))
            }
            Code::Mcc => {
                let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
                text.parse().ok().filter(|_| digits)
            }
            Code::Kind => of::<Kind>(text),
            Code::Channel => of::<Channel>(text),
            Code::Funding => of::<Funding>(text),
            Code::Status => of::<CardStatus>(text),
            Code::Check => of::<Check>(text),
            Code::ThreeDSecure => of::<ThreeDSecure>(text),
            Code::Reason => of::<DeclineReason>(text),
        }
    }

    /// The reverse of [`Code::number`].
    pub fn text(self, number: u64) -> String {
        match self {
            Code::Country => u16::try_from(number)
                .ok()
                .and_then(Country::from_code)
                .map_or_else(String::new, |country| country.to_string()),
            Code::Mcc => format!("{number:04}"),
            _ => self.names().nth(number as usize).unwrap_or("").to_owned(),
        }
    }

    /// Every string of the set, where they are few.
    pub fn names(self) -> Box<dyn Iterator<Item = &'static str>> {
        fn of<T: WireName>() -> Box<dyn Iterator<Item = &'static str>> {
            Box::new(T::NAMES.iter().map(|(_, name)| *name))
        }
        match self {
            Code::Country | Code::Mcc => Box::new(std::iter::empty()),
            Code::Kind => of::<Kind>(),
            Code::Channel => of::<Channel>(),
            Code::Funding => of::<Funding>(),
            Code::Status => of::<CardStatus>(),
            Code::Check => of::<Check>(),
            Code::ThreeDSecure => of::<ThreeDSecure>(),
            Code::Reason => of::<DeclineReason>(),
        }
    }

    /// How a string of the set looks, for the error that one does not.
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
