//! The oracle of decoding: it naively reads messages field by field from a tree of JSON values.
//! This file says what each field becomes and what rejects a message; `values` reads single values.

mod values;

use super::tree::Tree;
use super::*;
use crate::transaction::{
    Card, Cardholder, Checks, Country, CurrencyError, DeclineReason, Device, Kind, Merchant, Money,
    Place, Response, ShipTo, Text, TimeError, WireName,
};
use std::collections::BTreeSet;
use std::net::IpAddr;

const SECTIONS: [&str; 8] =
    ["card", "cardholder", "merchant", "terminal", "checks", "response", "device", "ship_to"];

/// Sections whose invalid type rejects the message.
const REQUIRED_SECTIONS: [&str; 3] = ["card", "merchant", "response"];

/// Reads messages without a key, with amounts in minor units. It continues after a fault and
/// collects them all.
struct Naive<'v> {
    message: &'v Tree,
    wrong: Vec<Reason>,
    noted: Noted,
}

/// What was done to which field. Other tests check how often.
pub(super) type Noted = BTreeSet<(Field, Change)>;

pub(super) type Outcome = Result<(Transaction<'static>, Noted), Vec<Reason>>;

/// The transaction and its notes, or everything that is wrong.
pub(super) fn naively(json: &str) -> Outcome {
    let message = &Tree::of(json);
    let mut naive = Naive { message, wrong: Vec::new(), noted: Noted::new() };
    for section in SECTIONS {
        if naive.at(section).is_none_or(|value| matches!(value, Tree::Object(_))) {
            continue;
        }
        if REQUIRED_SECTIONS.contains(&section) {
            naive.wrong.push(Reason::WrongType);
        } else {
            naive.note(section, Change::Dropped);
        }
    }
    if depth(message) > 16 {
        naive.wrong.push(Reason::TooDeep);
    }
    let paths: Vec<&str> = Field::ALL.iter().map(|field| field.path()).collect();
    if repeats(message, "", &paths) {
        naive.wrong.push(Reason::DuplicateKey);
    }
    let transaction = naive.transaction();
    match transaction {
        Some(transaction) if naive.wrong.is_empty() => Ok((transaction, naive.noted)),
        _ => Err(naive.wrong),
    }
}

fn depth(value: &Tree) -> usize {
    match value {
        Tree::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Tree::Object(members) => 1 + members.iter().map(|(_, v)| depth(v)).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether a listed key occurs twice.
fn repeats(value: &Tree, path: &str, listed: &[&str]) -> bool {
    let Tree::Object(members) = value else { return false };
    let mut seen = Vec::new();
    members.iter().any(|(key, value)| {
        let path = format!("{path}{}", String::from_utf16_lossy(key));
        let is_listed = listed.contains(&&*path);
        let is_second = seen.contains(key);
        seen.push(key.clone());
        is_listed && (is_second || repeats(value, &format!("{path}."), listed))
    })
}

/// Counts the names of sensitive data, at any depth.
fn sensitive(value: &Tree) -> u32 {
    let is_sensitive = |name: &[u16]| {
        ["cvv", "cvc", "cvv2", "track1", "track2", "pin", "pin_block"]
            .contains(&String::from_utf16_lossy(name).to_ascii_lowercase().as_str())
    };
    match value {
        Tree::Array(values) => values.iter().map(sensitive).sum(),
        Tree::Object(members) => members
            .iter()
            .map(|(name, value)| u32::from(is_sensitive(name)) + sensitive(value))
            .sum(),
        _ => 0,
    }
}

/// Counts the names of sensitive data outside `checks`.
pub(super) fn sensitive_outside_checks(json: &str) -> u32 {
    let message = Tree::of(json);
    sensitive(&message) - message.get("checks").map_or(0, sensitive)
}

/// The notes as a set.
pub(super) fn noted(notes: &Notes) -> Noted {
    notes.changes().map(|(field, change, _)| (field, change)).collect()
}

impl<'v> Naive<'v> {
    fn kind(&mut self) -> Option<Kind> {
        let name = String::from_utf16_lossy(self.required("type")?);
        Kind::from_name(&name).or_else(|| self.wrong(Reason::UnknownType))
    }

    fn time(&mut self) -> Option<Time> {
        let text = String::from_utf16_lossy(self.required("time")?);
        Time::parse(&text)
            .map_err(|error| match error {
                TimeError::Malformed => self.wrong.push(Reason::BadTime),
                TimeError::NoColon => self.wrong.push(Reason::TimeWithoutColon),
                TimeError::NoSuchTime => self.wrong.push(Reason::NoSuchTime),
                TimeError::OutOfRange => self.wrong.push(Reason::TimeOutOfRange),
            })
            .ok()
    }

    fn currency(&mut self) -> Option<Currency> {
        let read = match self.at("currency") {
            None => return self.wrong(Reason::MissingCurrency),
            Some(Tree::Number(number)) => {
                number.parse().map_or(Err(CurrencyError::Unknown), Currency::from_numeric)
            }
            Some(_) => Currency::read(&String::from_utf16_lossy(self.required("currency")?)),
        };
        match read {
            Ok(currency) => Some(currency),
            Err(CurrencyError::Unknown) => self.wrong(Reason::UnknownCurrency),
            Err(CurrencyError::NoMinorUnit) => self.wrong(Reason::NoMinorUnit),
        }
    }

    fn amount(&mut self) -> Option<Money> {
        let currency = self.currency();
        let number = match self.at("amount") {
            None => return self.wrong(Reason::MissingField),
            Some(Tree::Number(number)) => number,
            Some(_) => return self.wrong(Reason::WrongType),
        };
        let minor = match number.parse::<i64>() {
            _ if contains_card_number(number.as_bytes()) => self.wrong(Reason::CardNumberInAmount),
            _ if number.contains(['.', 'e', 'E']) => self.wrong(Reason::BadAmount),
            Ok(minor) if minor < 0 => self.wrong(Reason::NegativeAmount),
            Ok(minor) => Some(minor),
            Err(_) => self.wrong(Reason::AmountOverflow),
        };
        Some(Money { minor: minor?, currency: currency? })
    }

    fn card(&mut self) -> Option<Card<'static>> {
        match self.at("card.number") {
            Some(Tree::Text(text)) if String::from_utf16_lossy(text).trim().is_empty() => {}
            Some(Tree::Text(_)) => self.wrong.extend(NUMBER_REASONS),
            Some(Tree::Number(number)) if !number.starts_with('-') => {
                self.wrong.extend(NUMBER_REASONS);
            }
            Some(_) => self.wrong.push(Reason::WrongType),
            None => {}
        }
        let token = self.required("card.token").and_then(|token| match String::from_utf16(token) {
            Ok(token) => Some(token),
            Err(_) => self.wrong(Reason::UnpairedSurrogate),
        });
        if token.as_ref().is_some_and(|token| contains_card_number(token.as_bytes())) {
            self.wrong.push(Reason::CardNumberInToken);
        }
        Some(Card {
            former_token: None,
            last4: self.last4(),
            brand: self.text("card.brand"),
            funding: self.named("card.funding"),
            country: self.country("card.country"),
            status: self.named("card.status"),
            expiry: self.expiry(),
            token: token?.trim().to_owned().into(),
        })
    }

    fn merchant(&mut self) -> Option<Merchant<'static>> {
        let id = self.required_id("merchant.id");
        Some(Merchant {
            name: self.text("merchant.name"),
            mcc: self.mcc("merchant.mcc"),
            country: self.country("merchant.country"),
            city: self.text("merchant.city"),
            place: self.place("merchant"),
            id: id?,
        })
    }

    fn checks(&mut self) -> Checks {
        Checks {
            cvv: self.named("checks.cvv"),
            address: self.named("checks.address"),
            pin: self.named("checks.pin"),
            three_d_secure: self.named("checks.three_d_secure"),
        }
    }

    fn cardholder(&mut self) -> Cardholder<'static> {
        Cardholder {
            id: self.id("cardholder.id"),
            account_id: self.id("cardholder.account_id"),
            country: self.country("cardholder.country"),
            place: self.place("cardholder"),
        }
    }

    fn response(&mut self) -> Response {
        let approved = match self.at("response.approved") {
            None => None,
            Some(Tree::Flag(flag)) => Some(*flag),
            Some(_) => self.wrong(Reason::WrongType),
        };
        Response { approved, reason: self.reason() }
    }

    fn original_id(&mut self) -> Option<Text<'static>> {
        match self.at("original_id")? {
            Tree::Text(_) => self.id("original_id"),
            _ => self.wrong(Reason::WrongType),
        }
    }

    fn transaction(&mut self) -> Option<Transaction<'static>> {
        let id = self.required_id("id");
        let (kind, time, card) = (self.kind(), self.time(), self.card());
        let (amount, merchant) = (self.amount(), self.merchant());
        let (cardholder, checks) = (self.cardholder(), self.checks());
        let response = self.response();
        let device = Device { id: self.id("device.id"), ip: self.id("device.ip") };
        let ship_to =
            ShipTo { country: self.country("ship_to.country"), key: self.id("ship_to.key") };
        let terminal_id = self.id("terminal.id");
        let channel = self.named("channel");
        let [card_present, card_on_file, recurring] =
            ["card_present", "card_on_file", "recurring"].map(|path| self.boolean(path));
        let original_id = self.original_id();
        Some(Transaction {
            id: id?,
            kind: kind?,
            time: time?,
            card: card?,
            cardholder,
            amount: amount?,
            base_amount: settings().base_currency.convert(amount?),
            merchant: merchant?,
            terminal_id,
            channel,
            card_present,
            card_on_file,
            recurring,
            checks,
            response,
            device,
            ship_to,
            original_id,
        })
    }
}

/// The possible reasons to reject a `card.number` without a key.
const NUMBER_REASONS: [Reason; 3] =
    [Reason::NoKey, Reason::CardNumberLength, Reason::CardNumberLuhn];
