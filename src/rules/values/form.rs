//! Converts a text to the form in which a value can equal it, or says why no value can.
//!
//! Messages contain countries, currencies and category codes in several forms; redcard stores one.
//! List entries are converted in the same way.

use super::super::types::{Code, Type};
use super::kind::{ValueKind, ValueOrigin};
use crate::decode::TEXT_MAX_CHARS;
use crate::transaction::{Country, Currency, DeclineReason, Kind, WireName};
use std::borrow::Cow;

/// Why no value of a kind equals a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NeverEqual {
    /// Values have this form instead.
    Meant(String),
    /// Values look different. The explanations for a list entry and for a literal may differ.
    Other { entry: Cow<'static, str>, literal: Cow<'static, str> },
}

impl NeverEqual {
    fn because(help: impl Into<Cow<'static, str>>) -> Self {
        let help = help.into();
        Self::Other { entry: help.clone(), literal: help }
    }

    /// Entries may have any form that messages accept, literals only the stored one.
    fn not_a(code: Code, entry: &'static str) -> Self {
        Self::Other { entry: entry.into(), literal: code.description().into() }
    }

    /// What to write instead.
    pub fn help(self, origin: ValueOrigin) -> Cow<'static, str> {
        match (self, origin) {
            (Self::Meant(form), ValueOrigin::ListEntry) => format!("did you mean `{form}`?").into(),
            (Self::Meant(form), ValueOrigin::Literal) => {
                format!("did you mean `\"{form}\"`?").into()
            }
            (Self::Other { entry, .. }, ValueOrigin::ListEntry) => entry,
            (Self::Other { literal, .. }, ValueOrigin::Literal) => literal,
        }
    }
}

impl ValueKind {
    /// The form in which a value equals this text.
    pub fn form(self, text: &str) -> Result<Cow<'_, str>, NeverEqual> {
        if self != Self::Text && text.trim().is_empty() {
            return Err(NeverEqual::because(
                "a blank text is the same as a missing field: ask with `has(…)`",
            ));
        }
        match self {
            Self::Text | Self::Id | Self::Ip => Ok(text.into()),
            Self::Name if text.chars().nth(TEXT_MAX_CHARS).is_some() => Err(NeverEqual::because(
                format!("longer texts of messages are cut to {TEXT_MAX_CHARS} characters"),
            )),
            Self::Name => Ok(text.into()),
            Self::Last4 if is_digits(text) && text.len() == 4 => Ok(text.into()),
            Self::Last4 => Err(NeverEqual::because("it is four digits, as in `4242`")),
            Self::Expiry if text.contains(['-', '/']) || text.len() < 8 => Err(
                NeverEqual::because("messages bring a month, of which redcard keeps a keyed hash"),
            ),
            Self::Expiry => Ok(text.into()),
            Self::Currency => currency(text),
            Self::Code(Code::Country) => country(text),
            Self::Code(Code::Mcc) => merchant_category(text),
            Self::Code(Code::Reason) => decline_reason(text),
            Self::Code(code) => named(code, text),
            Self::Number(ty) => number(ty, text),
        }
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
        match meant {
            Some((_, code)) => NeverEqual::Meant((*code).to_owned()),
            None => NeverEqual::not_a(
                Code::Country,
                "countries are codes of ISO 3166-1, as in `DK`, `DNK` or `208`",
            ),
        }
    })
}

fn currency(entry: &str) -> Result<Cow<'_, str>, NeverEqual> {
    let code = match is_digits(entry) {
        true => format!("{entry:0>3}"),
        false => entry.to_ascii_uppercase(),
    };
    let currency = Currency::parse(&code).map(|currency| currency.code().into());
    currency.ok_or_else(|| NeverEqual::Other {
        entry: "currencies are codes of ISO 4217 with a minor unit, as in `EUR` or `978`".into(),
        literal: "currencies are codes of ISO 4217 with a minor unit, as in `\"EUR\"`".into(),
    })
}

fn merchant_category(entry: &str) -> Result<Cow<'_, str>, NeverEqual> {
    match is_digits(entry) && entry.len() <= 4 {
        true => Ok(format!("{entry:0>4}").into()),
        false => Err(NeverEqual::not_a(
            Code::Mcc,
            "category codes are four digits (ISO 18245), one a line",
        )),
    }
}

fn decline_reason(entry: &str) -> Result<Cow<'_, str>, NeverEqual> {
    // As in messages, the number 5 is the code `05`.
    let code = match is_digits(entry) {
        true => Cow::Owned(format!("{entry:0>2}")),
        false => Cow::Borrowed(entry),
    };
    match DeclineReason::read(&code) {
        Some(reason) => Ok(reason.name().into()),
        None => named(Code::Reason, entry),
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
    Err(match near {
        Some(near) => NeverEqual::Meant(near.to_owned()),
        None => NeverEqual::because(code.description()),
    })
}

/// A number that is converted with `string(…)` has one form.
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
