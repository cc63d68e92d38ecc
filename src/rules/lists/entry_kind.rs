//! What list entries are compared with, and the one form that an equal entry has.
//!
//! Messages bring countries, currencies and category codes in several forms, of which one is kept.
//! Entries are read in the same way.

use super::super::types::{Code, Type};
use crate::decode::contains_card_number;
use crate::transaction::{Country, Currency, Kind, WireName};
use std::borrow::Cow;

/// What a list is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// Some text, of which nothing is known.
    Text,
    /// An id or a key.
    Id,
    Ip,
    /// A name for people, in which any punctuation may stand.
    Name,
    Last4,
    /// The keyed hash of a month.
    Expiry,
    Currency,
    Code(Code),
    /// `string(…)` of a number.
    Number(Type),
}

/// Why nothing of that kind ever equals an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeverEqual {
    pub help: Cow<'static, str>,
}

impl NeverEqual {
    fn because(help: impl Into<Cow<'static, str>>) -> Self {
        Self { help: help.into() }
    }
}

impl EntryKind {
    /// What is known of two values of which one is taken.
    pub fn or(self, other: Self) -> Self {
        if self == other { self } else { Self::Text }
    }

    /// The form that what equals this entry has.
    pub fn form(self, entry: &str) -> Result<Cow<'_, str>, NeverEqual> {
        match self {
            Self::Text => Ok(entry.into()),
            Self::Id | Self::Name if contains_card_number(entry.as_bytes()) => {
                Err(NeverEqual::because(
                    "it reads as a card number, which redcard replaces in every message: list the token",
                ))
            }
            Self::Id | Self::Name => Ok(entry.into()),
            Self::Ip if entry.contains(['/', '*']) => Err(NeverEqual::because(
                "an entry is one address; ask `device.ip.startsWith(\"203.0.113.\")` for a network",
            )),
            Self::Ip => Ok(entry.into()),
            Self::Last4 if is_digits(entry) && entry.len() == 4 => Ok(entry.into()),
            Self::Last4 => Err(NeverEqual::because("it is four digits, as in `4242`")),
            Self::Expiry if entry.contains(['-', '/']) || entry.len() < 8 => Err(
                NeverEqual::because("messages bring a month, of which redcard keeps a keyed hash"),
            ),
            Self::Expiry => Ok(entry.into()),
            Self::Currency => currency(entry),
            Self::Code(Code::Country) => country(entry),
            Self::Code(Code::Mcc) => merchant_category(entry),
            Self::Code(code) => named(code, entry),
            Self::Number(ty) => number(ty, entry),
        }
    }

    /// Whether a comma, a quote or a `#` may well be a part of an entry.
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Name | Self::Text)
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn country(entry: &str) -> Result<Cow<'_, str>, NeverEqual> {
    let country = match is_digits(entry) && entry.len() <= 3 {
        true => entry.parse().ok().and_then(Country::from_numeric),
        false => Country::parse(entry),
    };
    country.map(|country| country.to_string().into()).ok_or_else(|| {
        let often = [("UK", "GB"), ("EN", "GB"), ("EL", "GR"), ("SU", "RU"), ("YU", "RS")];
        let upper = entry.to_ascii_uppercase();
        let meant = often.iter().find(|(wrong, _)| *wrong == upper);
        NeverEqual::because(match meant {
            Some((_, code)) => {
                format!("did you mean `{code}`? Countries are codes of ISO 3166-1").into()
            }
            None => Cow::from("countries are codes of ISO 3166-1, as in `DK`, `DNK` or `208`"),
        })
    })
}

fn currency(entry: &str) -> Result<Cow<'_, str>, NeverEqual> {
    let code = match is_digits(entry) {
        true => format!("{entry:0>3}"),
        false => entry.to_ascii_uppercase(),
    };
    let currency = Currency::parse(&code).map(|currency| currency.code().into());
    currency.ok_or_else(|| {
        NeverEqual::because(
            "currencies are codes of ISO 4217 with a minor unit, as in `EUR` or `978`",
        )
    })
}

fn merchant_category(entry: &str) -> Result<Cow<'_, str>, NeverEqual> {
    match is_digits(entry) && entry.len() <= 4 {
        true => Ok(format!("{entry:0>4}").into()),
        false => Err(NeverEqual::because("category codes are four digits (ISO 18245), one a line")),
    }
}

fn named(code: Code, entry: &str) -> Result<Cow<'_, str>, NeverEqual> {
    if code == Code::Kind && entry == Kind::Reversal.name() {
        return Err(NeverEqual::because(
            "a reversal changes what is remembered, and runs no rules",
        ));
    }
    if code.names().any(|name| name == entry) {
        return Ok(entry.into());
    }
    let near = super::super::diagnostics::nearest(&entry.to_ascii_lowercase(), code.names());
    Err(NeverEqual::because(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => code.description(),
    }))
}

/// A number that was made a text has one form.
fn number(ty: Type, entry: &str) -> Result<Cow<'_, str>, NeverEqual> {
    let (same, example) = match ty {
        Type::Bool => (matches!(entry, "true" | "false"), "`true` or `false`"),
        Type::Int => (
            entry.parse::<i64>().is_ok_and(|value| value.to_string() == entry),
            "a whole number, as in `12`",
        ),
        Type::Double | Type::Money => (
            entry.parse::<f64>().is_ok_and(|value| value.is_finite())
                && !(entry.contains('.') && entry.ends_with(['0', '.']))
                && !entry.contains(['e', 'E', '+']),
            "a number without zeros at its end, as in `12` or `12.5`",
        ),
        _ => (true, ""),
    };
    match same {
        true => Ok(entry.into()),
        false => Err(NeverEqual::because(format!("`string(…)` of it is {example}"))),
    }
}
